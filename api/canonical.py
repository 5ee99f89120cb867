"""One spelling for equal JSON, so that a retry is recognised whatever order its members come in."""

import json
from typing import Any


def canonical_json(body: Any) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
