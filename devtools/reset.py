"""`./dev reset`: forget the databases, mail and demo sign-ins of `./dev run`."""

import os
import shutil
from pathlib import Path

from devtools.failure import Failure, execute
from devtools.occupancy import claimed
from devtools.places import cluster_folder, var_folder

# The lock files stay: whoever waits for them has them open.
KEPT = {"servers.json", "servers.guests"}


def main(_arguments: list[str]) -> int:
    if named := [name for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)]:
        raise Failure(f"{' and '.join(named)} names servers of your own: ./dev reset only forgets its own data")
    with claimed("reset"):
        for folder in {cluster_folder(), var_folder()}:
            empty(folder)
    print("the data of ./dev run is gone; the next ./dev run starts anew")
    return 0


def empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name in KEPT:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


if __name__ == "__main__":
    execute(main)
