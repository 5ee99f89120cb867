"""A task names its tenant and runs in that tenant's scope, or it does not run."""

from collections.abc import Iterator

import pytest
from celery import shared_task
from celery.contrib.django.task import DjangoTask

from customers.models import Customer
from loyalty.celery import app
from tenants.errors import TenantNotSet
from tenants.scope import current_tenant, scoped_tenant
from tenants.tasks import ChunkedTenantTask, GlobalTask, TenantTask, for_each_tenant
from tests.factories import Shop, make_customer

pytestmark = pytest.mark.django_db


@shared_task(name="tests.count", ignore_result=False)
def count(tenant_id: int) -> int:
    return Customer.objects.count()


@shared_task(name="tests.slug", ignore_result=False)
def slug(tenant_id: int, *, suffix: str = "") -> str:
    return current_tenant().slug + suffix


@shared_task(name="tests.touches_nothing", ignore_result=False)
def touches_nothing(*_: object) -> str:
    return "ran"


@shared_task(name="tests.fails")
def fails(tenant_id: int) -> None:
    make_customer()
    raise ZeroDivisionError


@shared_task(name="tests.chunked", base=ChunkedTenantTask, ignore_result=False)
def chunked(tenant_id: int) -> bool:
    return scoped_tenant() is None


@shared_task(name="tests.everywhere", base=GlobalTask, ignore_result=False)
def everywhere() -> bool:
    return scoped_tenant() is None


@pytest.fixture(autouse=True)
def eager() -> Iterator[None]:
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield
    app.conf.task_always_eager = app.conf.task_eager_propagates = False


def test_a_task_runs_in_the_scope_of_the_tenant_it_names(shops: tuple[Shop, Shop]) -> None:
    morgenrot, nordlicht = shops
    with morgenrot.scope():
        make_customer()
    assert [count.delay(shop.tenant.pk).get() for shop in (morgenrot, nordlicht, morgenrot)] == [1, 0, 1]
    assert slug.delay(nordlicht.tenant.pk, suffix="!").get() == "nordlicht!"
    assert scoped_tenant() is None


@pytest.mark.parametrize("arguments", [(), (None,), ("1",), (True,), (1.0,), (0,), (-1,), (999_999_999,)])
def test_a_task_that_names_no_tenant_does_not_run(shops: tuple[Shop, Shop], arguments: tuple[object, ...]) -> None:
    """Refused by the base class, also where the body would touch no table."""
    with pytest.raises(TenantNotSet):
        touches_nothing.delay(*arguments)


def test_a_tenant_hidden_in_a_keyword_does_not_count(shops: tuple[Shop, Shop]) -> None:
    with pytest.raises(TenantNotSet):
        slug.apply_async(kwargs={"tenant_id": shops[0].tenant.pk})


def test_a_task_that_fails_leaves_nothing_written(shops: tuple[Shop, Shop]) -> None:
    with pytest.raises(ZeroDivisionError):
        fails.delay(shops[0].tenant.pk)
    with shops[0].scope():
        assert not Customer.objects.exists()


def test_a_chunked_task_names_its_tenant_and_opens_its_own_scopes(shops: tuple[Shop, Shop]) -> None:
    assert chunked.delay(shops[0].tenant.pk).get()
    with pytest.raises(TenantNotSet):
        chunked.delay(None)


def test_a_global_task_runs_outside_every_scope(shops: tuple[Shop, Shop]) -> None:
    assert everywhere.delay().get()


def test_work_for_all_tenants_enqueues_one_task_each(shops: tuple[Shop, Shop]) -> None:
    enqueued: list[int] = []
    for_each_tenant(enqueued.append)
    assert enqueued == [shop.tenant.pk for shop in shops]


def test_every_task_of_the_product_has_chosen_its_base() -> None:
    """Setting `app.Task` would lose `delay_on_commit`, and a task without a base would run without a scope."""
    app.loader.import_default_modules()
    bases = (TenantTask, ChunkedTenantTask, GlobalTask)
    own = [task for name, task in app.tasks.items() if not name.startswith(("celery.", "tests."))]
    assert own
    assert [task.name for task in own if not isinstance(task, bases)] == []
    assert [task.name for task in own if not isinstance(task, DjangoTask)] == []
