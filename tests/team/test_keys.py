"""An API key opens its own shop, with its own scopes, until it is revoked."""

import pytest
from django.db import IntegrityError, transaction

from team.models import ApiKey
from team.queries import key_actor, names_of_actors
from team.services import revoke_api_key
from tenants.roles import SYSTEM, capabilities_of
from tests.factories import NOW, Shop, make_api_key, make_member

pytestmark = pytest.mark.django_db


def test_a_key_acts_with_its_scopes(shop: Shop) -> None:
    with shop.scope():
        key, text = make_api_key(scopes=["write", "read"])
        actor = key_actor(text)
        assert actor is not None
        assert (actor.reference, actor.id) == (f"key:{key.pk}", key.pk)
        assert actor.capabilities == capabilities_of("scope:read", "scope:write")
        assert text.startswith("lk_morgenrot_")


def test_only_a_hash_of_the_secret_is_kept(shop: Shop) -> None:
    with shop.scope():
        _, text = make_api_key()
        secret = text.split("_", 3)[3]
        assert secret not in str(ApiKey.objects.values().get())
        assert len(secret) >= 40


def test_a_key_opens_no_other_shop(shops: tuple[Shop, Shop]) -> None:
    with shops[0].scope():
        _, text = make_api_key()
    with shops[1].scope():
        assert key_actor(text) is None
        assert key_actor(text.replace("lk_morgenrot_", "lk_nordlicht_")) is None


def test_a_key_that_names_another_shop_is_refused_in_its_own(shops: tuple[Shop, Shop]) -> None:
    with shops[0].scope():
        _, text = make_api_key()
        assert key_actor(text.replace("lk_morgenrot_", "lk_nordlicht_")) is None


def test_every_flipped_character_makes_a_key_wrong(shop: Shop) -> None:
    with shop.scope():
        _, text = make_api_key()
        for position, character in enumerate(text):
            flipped = text[:position] + ("b" if character == "a" else "a") + text[position + 1 :]
            assert key_actor(flipped) is None, position


def test_a_revoked_key_is_refused_and_stays_known_by_name(shop: Shop) -> None:
    with shop.scope():
        key, text = make_api_key()
        revoke_api_key(key=key, actor=SYSTEM, now=NOW)
        assert key_actor(text) is None
        assert names_of_actors({f"key:{key.pk}"}) == {f"key:{key.pk}": "Kasse"}


JUNK = [
    "",
    "lk",
    "lk_",
    "lk___",
    "lk_morgenrot",
    "lk_morgenrot_x",
    "lk_morgenrot_x_",
    "lk_morgenrot__x",
    "lk_morgenrot_x_y",
    "lk_morgenrot' OR 1=1_x_y",
    "lk_morgenrot_x' OR '1'='1_y",
    "LK_morgenrot_x_y",
    "lk_1_x_y",
    "lk_%_%_%",
    "ключ_morgenrot_x_y",
    "lk_morgenrot_ä_ö",
    "x" * 5000,
    "lk_morgenrot_x_" + "y" * 5000,
]


@pytest.mark.parametrize("text", JUNK)
def test_junk_is_no_key(shop: Shop, text: str) -> None:
    with shop.scope():
        make_api_key()
        assert key_actor(text) is None


def test_an_unknown_key_costs_the_same_comparison_as_a_wrong_secret(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    def matches(secret: str, wanted: str) -> bool:
        compared.append(wanted)
        return False

    monkeypatch.setattr("team.queries.matches", matches)
    with shop.scope():
        _, text = make_api_key()
        key_actor(text[:-1])
        key_actor("lk_morgenrot_unknown_secret")
    assert len(compared) == 2
    assert len({len(wanted) for wanted in compared}) == 1


def test_a_key_has_known_scopes_only(shop: Shop) -> None:
    with shop.scope(), pytest.raises(IntegrityError), transaction.atomic():
        make_api_key(scopes=["read", "everything"])


def test_actors_are_named_within_their_shop(shops: tuple[Shop, Shop]) -> None:
    with shops[0].scope():
        member = make_member(name="Selin")
        names = names_of_actors({f"member:{member.pk}", "system", "customer:1", "device:2"})
        assert names == {f"member:{member.pk}": "Selin"}
    with shops[1].scope():
        assert names_of_actors({f"member:{member.pk}"}) == {}
