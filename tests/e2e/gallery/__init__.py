"""Every state of every page, and the shortest way to it: a module for each surface, found by being here."""

from importlib import import_module
from pkgutil import iter_modules

from tests.e2e.gallery.exhibition import COLOURS, Exhibition, exhibit, painted, speaking
from tests.e2e.gallery.visit import STATES, State, Visit

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["COLOURS", "STATES", "Exhibition", "State", "Visit", "exhibit", "painted", "speaking"]
