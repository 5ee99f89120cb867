"""The API does what its document says, whatever is sent: no failure, and no answer that the document does not name.

A hundred examples for each call; `--hypothesis-profile=long` sends as many as a night holds.
"""

import itertools
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from schemathesis.core.parameters import ParameterLocation

from analytics.rollups.nightly import draw_figures
from api import views
from ledger.queries import unsound_accounts
from loyalty.charset import without_charset
from rewards import redeeming
from rewards.codes import voucher_code
from tenants.throttle import Limit
from tests.factories import NOW, Shop, make_api_key, make_customer, make_purchase, make_redemption, make_reward

DOCUMENT = schemathesis.openapi.from_path(Path(settings.BASE_DIR) / "docs" / "openapi.yaml")
DOCUMENT.app = without_charset(WSGIHandler())
# The shop knows more than the document: its currency, its stores, which number is a phone's.
DOCUMENT.config.checks.positive_data_acceptance.expected_statuses = ["2xx", "404", "409", "422"]
# Who may come in is asked of every route in tests/routes.
DOCUMENT.config.checks.ignored_auth.enabled = False
SENT = hypothesis_settings(suppress_health_check=list(HealthCheck), database=None, derandomize=True)


class Till:
    """Asks the API in this process, over WSGI, with a key of a shop where something is known."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._serial = itertools.count(1)
        with shop.scope():
            make_purchase(customer=make_customer())
            self.headers = {"Authorization": f"Bearer {make_api_key(scopes=('read', 'write', 'redeem'))[1]}"}
        draw_figures(shop.tenant, today=NOW.date() + timedelta(days=1))
        self.options: dict[str, Any] = {"base_url": f"http://{shop.host}", "headers": self.headers}

    def ask(self, case: schemathesis.Case) -> None:
        if next(self._serial) % 2:
            self._make_real(case)
        case.call_and_validate(**self.options)
        # What a commit would find.
        connection.check_constraints()

    def _make_real(self, case: schemathesis.Case) -> None:
        """Every second call is about somebody or something that exists, in whatever is valid of it."""
        with self._shop.scope():
            jana, other = make_customer(), make_customer(name="Jana K.")
            sold = make_purchase(customer=jana).purchase
        if _is_valid(case, ParameterLocation.PATH):
            real: dict[str, object] = {"customer_id": jana.public_id, "purchase_id": sold.public_id}
            if not case.path_parameters.keys() <= real.keys():
                with self._shop.scope():
                    voucher = make_redemption(customer=jana, reward=make_reward(points=0))
                    real |= {"redemption_id": voucher.public_id, "code": voucher_code(voucher)}
            case.path_parameters.update({name: str(real[name]) for name in case.path_parameters})
        if _is_valid(case, ParameterLocation.BODY) and isinstance(case.body, dict):
            people: dict[str, Any] = {"customer": {"number": jana.number}, "into": str(other.public_id)}
            case.body |= {name: people[name] for name in people if name in case.body}
        self.make_sellable(case)

    def make_sellable(self, case: schemathesis.Case) -> None:
        """The document cannot know this shop's currency and store, nor which keys have been used."""
        if _is_valid(case, ParameterLocation.HEADER) and "Idempotency-Key" in case.headers:
            case.headers["Idempotency-Key"] = str(uuid.uuid4())
        if _is_valid(case, ParameterLocation.BODY) and isinstance(case.body, dict) and "currency" in case.body:
            case.body |= {"currency": "EUR", "store": "main"}


def _is_valid(case: schemathesis.Case, place: ParameterLocation) -> bool:
    part = case.meta and case.meta.components.get(place)
    return bool(part and part.mode.is_positive)


@pytest.fixture
def till(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    monkeypatch.setattr(views, "_requests", Limit("api-document", times=10**9, seconds=60))
    monkeypatch.setattr(redeeming, "_wrong_codes", Limit("code-document", times=10**9, seconds=60))
    # The end of a request would close the connection that holds the test's transaction.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield Till(shop)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@DOCUMENT.parametrize()
@SENT
def test_a_call_answers_as_its_document_says(case: schemathesis.Case, till: Till) -> None:
    till.ask(case)


def test_calls_that_follow_from_each_other_answer_as_their_document_says(till: Till, shop: Shop) -> None:
    class Life(DOCUMENT.as_state_machine()):  # type: ignore[misc]
        """Each begins where the others began."""

        def setup(self) -> None:
            self.life = transaction.atomic()
            self.life.__enter__()

        def before_call(self, case: schemathesis.Case) -> None:
            till.make_sellable(case)

        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
            return till.options

        def validate_response(self, response: Any, case: schemathesis.Case, **_: Any) -> None:
            case.validate_response(
                response, headers=till.headers, transport_kwargs=till.options, recorder=self.recorder
            )

        def teardown(self) -> None:
            with shop.scope():
                assert unsound_accounts() == {}
            connection.check_constraints()
            transaction.set_rollback(True)
            self.life.__exit__(None, None, None)

    Life.run(settings=hypothesis_settings(SENT, stateful_step_count=8))
