"""Serializers made of others: one object that may hold the fields of any of them."""

import copy
from collections.abc import Collection, Mapping
from typing import Any, cast

from rest_framework.serializers import Field, Serializer

AnyField = Field[Any, Any, Any, Any]


def one_of(
    name: str,
    *forms: type[Serializer[Any]],
    doc: str,
    required: Collection[str] = (),
    instead: Mapping[str, AnyField] | None = None,
) -> type[Serializer[Any]]:
    """A serializer class with the fields of all `forms`, optional but for `required`; the first form that has a field gives it.

    instead: fields that take the place of those of the forms, by name.
    """
    fields: dict[str, AnyField] = {}
    for form in forms:
        for field_name, field in form().fields.items():
            if field_name not in fields:
                fields[field_name] = _like(field, required=field_name in required)
    fields |= instead or {}
    return type(name, (Serializer,), {"__doc__": doc, "__module__": __name__, **fields})


def _like(field: AnyField, *, required: bool) -> AnyField:
    copied: Any = copy.deepcopy(field)
    copied.required = required
    # DRF copies a declared field once more for every serializer, from what it was made of.
    copied._kwargs = {**copied._kwargs, "required": required}
    return cast(AnyField, copied)
