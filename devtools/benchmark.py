"""`./dev bench`: the benchmarks, on servers and a database of their own that write to disk as in production."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from devtools import chromium, database_roles
from devtools.bench import load
from devtools.environment import as_migrator, product_environment
from devtools.failure import Failure, execute
from devtools.places import temporary_folder
from devtools.processes import call
from devtools.servers import Services, running_services

DATABASE = f"loyalty_bench_{os.getpid()}"
# What a benchmark needs that no lock can hold.
NEEDS: dict[str, tuple[Callable[[], None], ...]] = {
    "import": (),
    "pages": (chromium.ensure,),
    "award": (load.ensure,),
    "history": (load.ensure,),
    "nightly": (load.ensure,),
    "analytics": (load.ensure,),
}
LIKE_PRODUCTION = {"DEVELOPMENT": "1"}


def main(arguments: list[str]) -> int:
    named = NEEDS.keys() & set(arguments)
    for ensure in {ensure for name in named or NEEDS for ensure in NEEDS[name]}:
        ensure()
    with temporary_folder() as folder, running_services(folder) as services, own_database(services) as own:
        os.environ["VAR_DIR"] = str(folder / "var")
        environment = product_environment(own) | LIKE_PRODUCTION
        if call("manage.py", "migrate", "-v0", environment=as_migrator(environment)):
            raise Failure("the benchmarks need the migrations, and those failed")
        return call("-m", "devtools.bench", *arguments, environment=environment)


@contextmanager
def own_database(services: Services) -> Iterator[Services]:
    """The developer's own data stay out of it, also where DATABASE_URL names a server."""
    url = database_roles.with_database(services.database_url, DATABASE)
    try:
        yield Services(database_url=url, redis_url=services.redis_url, started=services.started)
    finally:
        database_roles.drop_database(url)


if __name__ == "__main__":
    execute(main)
