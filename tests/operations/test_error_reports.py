"""What an error tells the outside world is where it happened, and nothing of whom it happened to."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from operations import error_reports
from tests.clients import browser
from tests.factories import Shop
from tests.operations.test_logs import CANARIES, leaks
from tests.tenants.asking import routes_of_tests

pytestmark = pytest.mark.django_db
DSN = "https://key@sentry.example/1"


class Kept(Transport):
    """Keeps what would have been sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Envelope] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent.append(envelope)

    @property
    def text(self) -> str:
        return "\n".join(envelope.serialize().decode() for envelope in self.sent)

    @property
    def events(self) -> list[dict[str, Any]]:
        events = [envelope.get_event() for envelope in self.sent]
        return [dict(event) for event in events if event is not None]


@pytest.fixture
def reports() -> Iterator[Kept]:
    """The integrations patch Django for good, so a client that sends nothing is put in their way afterwards."""
    kept = Kept()
    error_reports.start(DSN, transport=kept)
    yield kept
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.init()


def test_a_crash_is_reported_without_its_request_and_its_words(shop: Shop, reports: Kept) -> None:
    client = browser(shop.host)
    client.cookies["name"] = CANARIES["name"]
    with routes_of_tests(urlconf="tests.operations.urls"):
        answer = client.get(
            f"/says/{CANARIES['name']}/", {"q": CANARIES["mail"]}, headers={"X-Phone": CANARIES["phone"]}
        )
    assert answer.status_code == 500
    (event,) = reports.events
    types = [exception["type"] for exception in event["exception"]["values"]]
    assert types == ["ValueError", "LookupError"]
    frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
    assert (frames[-1]["function"], set(frames[-1]) <= error_reports.KEPT_OF_FRAME) == ("says_it", True)
    assert event["tags"] == {"request_id": answer["X-Request-ID"], "tenant": str(shop.tenant.pk)}
    assert leaks(reports.text, shop.host) == []
    assert not {"request", "user", "extra", "breadcrumbs", "modules", "server_name"} & set(event)


def test_a_line_of_ours_is_reported_by_its_constant_message(reports: Kept) -> None:

    logging.getLogger("events.delivery").error("delivery parked", extra={"handler": CANARIES["name"]})
    logging.getLogger("elsewhere").error("cannot reach %s", CANARIES["mail"])
    logging.getLogger("elsewhere").error(f"cannot reach {CANARIES['mail']}")
    assert reports.events[0]["logentry"] == {"message": "delivery parked"}
    assert leaks(reports.text) == []
    assert all(json.dumps(event) for event in reports.events)
