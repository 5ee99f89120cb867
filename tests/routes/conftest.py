"""The world that every route is asked in."""

import pytest

from tests.routes.world import World, make_world


@pytest.fixture
def world(db: None) -> World:
    return make_world()
