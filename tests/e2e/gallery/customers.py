"""One customer at the merchant's desk."""

from tests.e2e.gallery.visit import Visit, state


def _open(visit: Visit, path: str) -> None:
    visit.as_owner()
    visit.open(f"/backoffice/customers/{path}")


@state
def backoffice_customer_new(visit: Visit) -> None:
    _open(visit, "new/")


@state
def backoffice_customer_new_refused(visit: Visit) -> None:
    backoffice_customer_new(visit)
    visit.fill(email="keine Adresse")
    visit.refused()


@state
def backoffice_customer_edit(visit: Visit) -> None:
    _open(visit, f"{visit.house.jana.public_id}/edit/")


@state
def backoffice_customer_purchases(visit: Visit) -> None:
    _open(visit, f"{visit.house.jana.public_id}/purchases/")


@state
def backoffice_customer_history(visit: Visit) -> None:
    _open(visit, f"{visit.house.jana.public_id}/history/")


@state
def backoffice_customer_adjust(visit: Visit) -> None:
    _open(visit, f"{visit.house.jana.public_id}/adjust/")


@state
def backoffice_customer_block(visit: Visit) -> None:
    _open(visit, f"{visit.house.jana.public_id}/block/")


@state
def backoffice_customer_erase(visit: Visit) -> None:
    _open(visit, f"{visit.house.jana.public_id}/erase/")


@state
def backoffice_customer_merge_pick(visit: Visit) -> None:
    _open(visit, f"{visit.house.jana.public_id}/merge/")


@state
def backoffice_customer_merge(visit: Visit) -> None:
    _open(visit, f"{visit.house.jana.public_id}/merge/{visit.house.timo.public_id}/")
