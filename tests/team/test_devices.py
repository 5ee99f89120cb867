"""A device is bound once with a code, is known by its token afterwards, and lets staff sign on with a PIN."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from events.models import Event
from team import services
from team.errors import UnknownBindingCode, WrongPin
from team.models import Device
from team.queries import device_actor, device_of_token, members_with_pin, till_actor
from tenants.errors import Invalid
from tenants.roles import CAPABILITIES, SYSTEM
from tenants.throttle import Throttled
from tests.factories import NOW, PIN, Shop, make_device, make_member

pytestmark = pytest.mark.django_db
ADDRESS = "192.0.2.7"


def registered(shop: Shop) -> tuple[Device, str]:
    return services.register_device(store=shop.store, name="Kasse 1", actor=SYSTEM, now=NOW)


# --- Binding --------------------------------------------------------------------------------------------------------


def test_a_code_binds_a_device_and_its_token_is_known_from_then_on(shop: Shop) -> None:
    with shop.scope():
        device, code = registered(shop)
        bound, token = services.bind_device(code=code, address=ADDRESS, now=NOW)
        assert bound == device == device_of_token(token)
        actor = device_actor(bound)
        assert (actor.device_id, actor.store_id) == (device.pk, shop.store.pk)
        assert actor.capabilities == CAPABILITIES["device"]


def test_a_code_works_once(shop: Shop) -> None:
    with shop.scope():
        _, code = registered(shop)
        services.bind_device(code=code, address=ADDRESS, now=NOW)
        with pytest.raises(UnknownBindingCode):
            services.bind_device(code=code, address=ADDRESS, now=NOW)


@pytest.mark.parametrize(("later", "binds"), [(timedelta(days=1, seconds=-1), True), (timedelta(days=1), False)])
def test_a_code_is_valid_for_a_day(shop: Shop, later: timedelta, binds: bool) -> None:
    with shop.scope():
        _, code = registered(shop)
        if binds:
            services.bind_device(code=code, address=ADDRESS, now=NOW + later)
        else:
            with pytest.raises(UnknownBindingCode):
                services.bind_device(code=code, address=ADDRESS, now=NOW + later)


def test_a_code_may_be_typed_sloppily(shop: Shop) -> None:
    with shop.scope():
        device, code = registered(shop)
        typed = f"  {code[:4].lower()} - {code[4:].lower()}. "
        assert services.bind_device(code=typed, address=ADDRESS, now=NOW)[0] == device


def test_a_code_of_another_shop_is_unknown(shops: tuple[Shop, Shop]) -> None:
    with shops[0].scope():
        _, code = registered(shops[0])
    with shops[1].scope(), pytest.raises(UnknownBindingCode):
        services.bind_device(code=code, address=ADDRESS, now=NOW)


@pytest.mark.parametrize("code", ["", " ", "0000", "ÄÖÜ", "' OR 1=1"])
def test_junk_binds_nothing_not_even_a_device_whose_code_is_used_up(shop: Shop, code: str) -> None:
    with shop.scope():
        make_device(store=shop.store)
        with pytest.raises(UnknownBindingCode):
            services.bind_device(code=code, address=ADDRESS, now=NOW)


def test_a_revoked_device_is_neither_bound_nor_known(shop: Shop) -> None:
    with shop.scope():
        _, token = make_device(store=shop.store)
        _, code = registered(shop)
        Device.objects.update(revoked_at=NOW)
        assert device_of_token(token) is None
        with pytest.raises(UnknownBindingCode):
            services.bind_device(code=code, address=ADDRESS, now=NOW)


def test_a_renewed_code_replaces_the_old_one_and_binding_again_ends_the_old_token(shop: Shop) -> None:
    with shop.scope():
        device, old_code = registered(shop)
        new_code = services.renew_binding_code(device=device, actor=SYSTEM, now=NOW)
        with pytest.raises(UnknownBindingCode):
            services.bind_device(code=old_code, address=ADDRESS, now=NOW)
        _, old_token = services.bind_device(code=new_code, address=ADDRESS, now=NOW)
        device.refresh_from_db()
        code = services.renew_binding_code(device=device, actor=SYSTEM, now=NOW)
        _, new_token = services.bind_device(code=code, address=ADDRESS, now=NOW)
        assert device_of_token(old_token) is None
        assert device_of_token(new_token) == device


def test_guessing_codes_is_throttled_by_address_and_shop(shops: tuple[Shop, Shop]) -> None:
    def guess(address: str) -> None:
        with pytest.raises(UnknownBindingCode):
            services.bind_device(code="WRONG", address=address, now=NOW)

    with shops[0].scope():
        for _ in range(20):
            guess(ADDRESS)
        _, code = registered(shops[0])
        with pytest.raises(Throttled):
            services.bind_device(code=code, address=ADDRESS, now=NOW)
        guess("198.51.100.1")
    with shops[1].scope():
        guess(ADDRESS)


def test_a_token_is_worthless_in_another_shop_and_never_stored(shops: tuple[Shop, Shop]) -> None:
    with shops[0].scope():
        _, token = make_device(store=shops[0].store)
        assert token not in str(Device.objects.values().get())
    with shops[1].scope():
        assert device_of_token(token) is None
        make_device(store=shops[1].store)
        assert device_of_token("") is None


def test_a_device_cannot_stand_in_another_shop_s_store(shops: tuple[Shop, Shop]) -> None:
    with shops[0].scope(), pytest.raises(IntegrityError, match="team_device_store_fk"), transaction.atomic():
        registered(shops[1])


def test_everything_about_a_device_is_in_the_audit_log_without_its_secrets(shop: Shop) -> None:
    with shop.scope():
        device, code = registered(shop)
        _, token = services.bind_device(code=code, address=ADDRESS, now=NOW)
        services.renew_binding_code(device=device, actor=SYSTEM, now=NOW)
        logged = [event for event in Event.objects.order_by("pk") if event.name.startswith("device.")]
        assert [event.name for event in logged] == ["device.registered", "device.bound", "device.code_renewed"]
        assert logged[1].actor == f"device:{device.pk}"
        assert not any(code in str(event.payload) or token in str(event.payload) for event in logged)


# --- PIN ------------------------------------------------------------------------------------------------------------


def test_the_right_pin_signs_a_member_on(shop: Shop) -> None:
    with shop.scope():
        device, _ = make_device(store=shop.store)
        member = make_member(role="staff", pin=PIN)
        services.check_pin(member=member, pin=PIN, device=device)
        actor = till_actor(member, device)
        assert (actor.reference, actor.device_id) == (f"member:{member.pk}", device.pk)
        assert actor.capabilities == CAPABILITIES["till"]


@pytest.mark.parametrize("pin", ["", "4712", "47110", "0000", "４７１１", " 4711", "pin"])
def test_a_wrong_pin_is_refused(shop: Shop, pin: str) -> None:
    with shop.scope():
        device, _ = make_device(store=shop.store)
        member = make_member(pin=PIN)
        with pytest.raises(WrongPin) as refused:
            services.check_pin(member=member, pin=pin, device=device)
        assert refused.value.field == "pin"


def test_a_member_without_a_pin_cannot_sign_on_and_is_not_offered(shop: Shop) -> None:
    with shop.scope():
        device, _ = make_device(store=shop.store)
        without = make_member()
        with_pin = make_member(pin=PIN)
        with pytest.raises(WrongPin):
            services.check_pin(member=without, pin="", device=device)
        assert list(members_with_pin()) == [with_pin]


def test_five_wrong_pins_lock_this_member_on_this_device_only(shop: Shop) -> None:
    with shop.scope():
        device, _ = make_device(store=shop.store)
        beside, _ = make_device(store=shop.store, name="Kasse 2")
        member, colleague = make_member(pin=PIN), make_member(pin=PIN)
        for _ in range(5):
            with pytest.raises(WrongPin):
                services.check_pin(member=member, pin="0000", device=device)
        with pytest.raises(Throttled):
            services.check_pin(member=member, pin=PIN, device=device)
        services.check_pin(member=member, pin=PIN, device=beside)
        services.check_pin(member=colleague, pin=PIN, device=device)


def test_the_right_pin_forgives_the_wrong_ones_before(shop: Shop) -> None:
    with shop.scope():
        device, _ = make_device(store=shop.store)
        member = make_member(pin=PIN)
        for _ in range(3):
            for _ in range(4):
                with pytest.raises(WrongPin):
                    services.check_pin(member=member, pin="0000", device=device)
            services.check_pin(member=member, pin=PIN, device=device)


@pytest.mark.parametrize("pin", ["1", "123", "123456789", "12a4", "١٢٣٤", "12 34"])
def test_a_pin_has_four_to_eight_digits(shop: Shop, pin: str) -> None:
    with shop.scope():
        member = make_member(pin=PIN)
        with pytest.raises(Invalid):
            services.set_pin(member=member, pin=pin, actor=SYSTEM)
        with pytest.raises(Invalid):
            make_member(pin=pin)


def test_a_pin_can_be_changed_and_is_kept_as_a_slow_hash(shop: Shop, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:]
    with shop.scope():
        device, _ = make_device(store=shop.store)
        member = make_member(pin=PIN)
        services.set_pin(member=member, pin="12345678", actor=SYSTEM)
        assert member.pin.startswith("argon2")
        services.check_pin(member=member, pin="12345678", device=device)
        with pytest.raises(WrongPin):
            services.check_pin(member=member, pin=PIN, device=device)
        assert "12345678" not in str(list(Event.objects.values()))
