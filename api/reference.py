"""The OpenAPI document as a list of calls for the documentation page."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "patch", "put", "delete")


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what it is for, what it takes, what it answers."""

    anchor: str
    method: str
    path: str
    summary: str
    request: str
    status: str
    answer: str
    refusals: list[str]


@cache
def operations() -> list[Call]:
    document = SchemaGenerator().get_schema(request=None, public=True)
    return [
        _call(path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS and operation.get("operationId") != "schema_retrieve"
    ]


def _call(path: str, method: str, operation: dict[str, Any]) -> Call:
    statuses = list(operation["responses"])
    return Call(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("description", ""),
        request=_example(operation.get("requestBody", {})),
        status=statuses[0],
        answer=_example(operation["responses"][statuses[0]]),
        refusals=statuses[1:],
    )


def _example(holder: dict[str, Any]) -> str:
    content = holder.get("content", {}).get("application/json", {})
    for example in content.get("examples", {}).values():
        return json.dumps(example["value"], indent=2, ensure_ascii=False)
    return ""
