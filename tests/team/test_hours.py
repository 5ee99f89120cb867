"""Opening hours as people write them, several a day, also past midnight."""

import pytest
from django.test import Client

from events.models import Event
from team.hours import read_hours, write_hours
from team.models import Store
from tests.clients import signed_in
from tests.factories import Shop, make_member


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", []),
        ("8-18", [(480, 1080)]),
        ("08:00–12:30, 14:00–18:00", [(480, 750), (840, 1080)]),
        ("8.30 – 12; 14 bis 18 Uhr", [(510, 720), (840, 1080)]),
        ("18-2", [(1080, 120)]),
        ("0-24", [(0, 1440)]),
        (" , ", []),
    ],
)
def test_what_people_write_is_understood(written: str, meant: list[tuple[int, int]]) -> None:
    assert read_hours(written) == meant
    assert read_hours(write_hours(meant)) == meant


@pytest.mark.parametrize(
    "written", ["immer", "8", "8-", "25-26", "8:75-9", "8-8", "24-3", "8-12, 11-18", "14-18, 8-12", "18-2, 1-3"]
)
def test_what_makes_no_sense_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_hours(written)


@pytest.fixture
def desk(shop: Shop) -> Client:
    with shop.scope():
        return signed_in(make_member().user, shop.tenant)


@pytest.mark.django_db(transaction=True)
def test_a_manager_states_them_for_each_day_of_the_week(shop: Shop, other_shop: Shop, desk: Client) -> None:
    path = f"/backoffice/stores/{shop.store.pk}/"
    week = {f"day_{day}": "8-12:30, 14-18" for day in range(5)} | {"day_5": "9-13"}
    assert desk.post(f"{path}hours/", week).status_code == 302
    page = desk.get(path).content.decode()
    assert "08:00–12:30, 14:00–18:00" in page
    with shop.scope():
        store = Store.objects.get(pk=shop.store.pk)
        assert len(store.opening_hours) == 11
        assert store.opening_hours[-1] == [5, 540, 780]
        assert Event.objects.filter(name="store.hours_set", payload={"store": store.pk}).count() == 1
    with other_shop.scope():
        assert Store.objects.get(pk=other_shop.store.pk).opening_hours == []


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_read_stays_and_is_said_at_its_day(shop: Shop, desk: Client) -> None:
    answer = desk.post(f"/backoffice/stores/{shop.store.pk}/hours/", {"day_0": "8-18", "day_6": "immer"})
    assert answer.context["form"].errors.keys() == {"day_6"}
    assert 'value="immer"' in answer.content.decode()
    with shop.scope():
        assert Store.objects.get(pk=shop.store.pk).opening_hours == []
