"""`python -m devtools.bench [name] [--json]`, called by `./dev bench` with a migrated database of its own."""

import argparse
import sys

import django

django.setup()

from devtools.bench import history, nightly, pages, purchase_log  # noqa: E402 - needs the loaded app registry
from devtools.bench.analytics import measure as analytics  # noqa: E402
from devtools.bench.award import measure as award  # noqa: E402

BENCHES = {
    "import": purchase_log.measure,
    "pages": pages.measure,
    "award": award.measure,
    "history": history.measure,
    "nightly": nightly.measure,
    "analytics": analytics.measure,
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("name", nargs="?", choices=list(BENCHES))
    parser.add_argument("--json", action="store_true", help="one line for each figure")
    parser.add_argument("--customers", type=int, help="of `analytics`, with ten times as many purchases")
    chosen = parser.parse_args(arguments)
    if chosen.customers and chosen.name != "analytics":
        parser.error("--customers belongs to `analytics`")
    good = True
    for name in [chosen.name] if chosen.name else BENCHES:
        for figure in BENCHES[name](**({"customers": chosen.customers} if chosen.customers else {})):
            print(figure.as_json() if chosen.json else figure.as_line(), flush=True)
            good = good and figure.is_good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
