"""The worker that reads QR codes is the only file that may compile WebAssembly."""

from django.test import Client

from loyalty.worker_policy import POLICY, add_policy
from tests.factories import Shop


def policy_of(path: str) -> str | None:
    headers: dict[str, str] = {}
    add_policy(headers, f"/srv/static/{path}", f"/static/{path}")
    return headers.get("Content-Security-Policy")


def test_the_worker_carries_its_policy_under_its_hashed_name_too() -> None:
    assert policy_of("js/decoder.js") == policy_of("js/decoder.0f3a9b12c4d5.js") == POLICY


def test_no_other_file_does() -> None:
    for path in ("js/camera.js", "js/decoder/other.js", "vendor/decoder.js", "vendor/zxing-wasm/es/reader/index.js"):
        assert policy_of(path) is None


def test_pages_may_not_compile_anything(shop: Shop) -> None:
    client = Client(HTTP_HOST=shop.host)
    assert "wasm" not in client.get("/checkout/bind/").headers["Content-Security-Policy"]
    worker = client.get("/static/js/decoder.js")
    assert b"".join(worker).startswith(b"//")
    assert worker.headers["Content-Security-Policy"] == POLICY
