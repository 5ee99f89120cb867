"""The jobs that the product brings: registered where the apps load, and doing what the ledger relies on."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from events.models import Event, JobRun
from events.schedule import Job, run_due_jobs, run_job
from ledger.idempotency import Answer, answer_once
from ledger.jobs import UnsoundLedger, forget_keys, prove_ledger
from ledger.models import Account, IdempotencyKey
from tenants.secrets import digest
from tests.factories import NOW, Shop, make_customer, make_purchase
from tests.tenants.laboratory import rows

pytestmark = pytest.mark.django_db
DUE = date(2026, 3, 10)


def proofs(shop: Shop) -> list[dict[str, list[str]]]:
    with shop.scope():
        return [event.payload["unsound"] for event in Event.objects.filter(name="ledger.proved").order_by("pk")]


def test_a_sound_ledger_is_proved_so(shops: tuple[Shop, Shop]) -> None:
    with shops[0].scope():
        make_purchase(customer=make_customer())
    prove_ledger(shops[0].tenant, DUE)
    assert (proofs(shops[0]), proofs(shops[1])) == ([{}], [])


def test_an_unsound_account_is_named_with_what_it_breaks(shops: tuple[Shop, Shop]) -> None:
    for shop in shops:
        with shop.scope():
            make_purchase(customer=make_customer(name="Sound"))
    with shops[0].scope():
        broken = make_customer(name="Broken")
        make_purchase(customer=broken)
        account = Account.objects.get(customer=broken)
        rows("UPDATE ledger_account SET balance = balance + 1 WHERE id = %s", account.pk)
    with pytest.raises(UnsoundLedger):
        prove_ledger(shops[0].tenant, DUE)
    prove_ledger(shops[1].tenant, DUE)
    assert proofs(shops[0]) == [{str(account.pk): ["sum of entries", "available lots"]}]
    assert proofs(shops[1]) == [{}]


def test_old_idempotency_keys_are_forgotten_and_fresh_ones_kept(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    with shop.scope():
        for key, age in (("old", 31), ("fresh", 29)):
            answer_once(key=key, asked="h", now=NOW - timedelta(days=age), act=lambda: Answer(status=201, body={}))
    forget_keys(shop.tenant, DUE)
    with shop.scope():
        assert list(IdempotencyKey.objects.values_list("key", flat=True)) == [digest("fresh")]


def test_the_nightly_jobs_are_registered_and_run_once_a_night_in_every_shop(
    shops: tuple[Shop, Shop], product_jobs: dict[str, Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(product_jobs) >= {"ledger.proof", "ledger.forget_keys", "customers.forget_unproven"}
    monkeypatch.setattr("events.schedule._jobs", product_jobs)
    night = datetime(2026, 3, 10, 3, 30, tzinfo=UTC)
    for shop in shops:
        assert run_due_jobs(shop.tenant, now=night) == list(product_jobs)
        assert run_due_jobs(shop.tenant, now=night + timedelta(minutes=5)) == []
        assert len(proofs(shop)) == 1
        with shop.scope():
            assert set(JobRun.objects.values_list("state", flat=True)) == {JobRun.State.DONE}


def test_a_proof_that_could_not_be_made_is_a_failed_run(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ledger.jobs.unsound_accounts", fail)
    run_job(Job(name="ledger.proof", at=time(3, 30), run=prove_ledger), tenant=shop.tenant, now=NOW)
    with shop.scope():
        assert JobRun.objects.get().state == JobRun.State.FAILED
