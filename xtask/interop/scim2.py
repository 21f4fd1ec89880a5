"""scim2-cli as it is, but for one comparison of its tester.

scim2-tester 0.5.2 compares the elements of a list that a PATCH sent with those shown afterwards, sub-attributes that
the service alone may write included: the `display` of a group's member, which /Schemas publishes as readOnly, then counts
as a difference. Such sub-attributes are left out of the comparison (RFC 7643 §7: readOnly). Nothing else is relaxed.
"""

from typing import Any

from scim2_cli import cli
from scim2_models import BaseModel, Mutability
from scim2_tester.checkers import patch_add, patch_replace


def writable(value: Any) -> Any:
    """The value without the sub-attributes that the service alone may write."""
    if isinstance(value, list):
        return [writable(item) for item in value]
    if not isinstance(value, BaseModel):
        return value
    model = type(value)
    is_read_only = lambda name: model.get_field_annotation(name, Mutability) == Mutability.read_only
    return value.model_dump(exclude={name for name in model.model_fields if is_read_only(name)})


def fields_equality(expected: Any, actual: Any) -> bool:
    """Whether the service shows what it was sent."""
    return bool(writable(expected) == writable(actual))


for checker in (patch_add, patch_replace):
    assert hasattr(checker, "fields_equality"), "scim2-tester compares otherwise now: see whether this is still needed"
    checker.fields_equality = fields_equality

if __name__ == "__main__":
    cli(prog_name="scim2")
