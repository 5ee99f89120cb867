"""`./dev manage …`: manage.py with the servers of a running `./dev run`, or with servers of its own for the call."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from devtools.environment import as_migrator, product_environment
from devtools.failure import Failure, execute
from devtools.occupancy import Occupied, claimed, joined, without_guests
from devtools.places import cluster_folder
from devtools.processes import call
from devtools.servers import Services, running_services

AS_MIGRATOR = {"makemigrations", "migrate", "optimizemigration", "showmigrations", "sqlmigrate", "squashmigrations"}


def main(arguments: list[str]) -> int:
    with reachable_environment() as environment:
        owns = bool(arguments) and arguments[0] in AS_MIGRATOR
        return call("manage.py", *arguments, environment=as_migrator(environment) if owns else environment)


@contextmanager
def reachable_environment() -> Iterator[dict[str, str]]:
    """The environment of the product's processes, with servers that answer."""
    database_url, redis_url = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    if database_url and redis_url:
        yield product_environment(Services(database_url=database_url, redis_url=redis_url))
        return
    with joined() as occupant:
        if occupant:
            refuse_other_servers(occupant.environment)
            yield occupant.environment
            return
    try:
        with own_servers() as environment:
            yield environment
    except Occupied:  # somebody was a moment faster: join them
        with reachable_environment() as environment:
            yield environment


def refuse_other_servers(running: dict[str, str]) -> None:
    """A call that names a database must not end up in the one of a running `./dev run`."""
    for name, used in (("DATABASE_URL", running.get("ADMIN_DATABASE_URL")), ("REDIS_URL", running.get("REDIS_URL"))):
        if os.environ.get(name, used) != used:
            raise Failure(f"{name} names other servers than the running ./dev run: set both URLs, or stop it first")


@contextmanager
def own_servers() -> Iterator[dict[str, str]]:
    """Others may join these servers; they stop when the last of them has finished."""
    with ExitStack() as last, claimed("manage") as claim, running_services(cluster_folder()) as services:
        environment = product_environment(services)
        claim.publish(environment)
        yield environment
        last.enter_context(without_guests())


if __name__ == "__main__":
    execute(main)
