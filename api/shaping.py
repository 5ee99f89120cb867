"""Shapes at work: what a call sends is checked and what it answers is written down, by one instance for all requests.

A serializer copies its fields whenever one is made, and that takes longer than to use them.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from django.utils import translation
from rest_framework import serializers

Shape = type[serializers.Serializer]


def checked(shape: Shape, data: Any) -> dict[str, Any]:
    """The values that were sent. Raises ValidationError."""
    return cast("dict[str, Any]", _made(shape, translation.get_language()).run_validation(data))


def written(shape: Shape, answer: Mapping[str, Any]) -> dict[str, Any]:
    return _made(shape, translation.get_language()).to_representation(answer)


@cache
def _made(shape: Shape, _language: str | None) -> serializers.Serializer:
    """One for each language: a field keeps some of its messages in the language of whoever first saw them."""
    return shape()
