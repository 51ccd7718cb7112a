"""What every model shares: strictness, camelCase names, and the vocabulary of scalar types."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

__all__ = [
    "AnyName", "CpuQuantity", "Duration", "IntOrPercent", "Model", "Name", "PortName", "PortNumber", "Quantity",
    "dump",
]

LABEL = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
QUANTITY = r"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?$"

# An app, team, environment, DC or cluster name: an RFC 1123 label, short enough to be joined into other names.
Name = Annotated[str, Field(pattern=LABEL, max_length=40)]
# The name of any Kubernetes object (RFC 1123 subdomain).
AnyName = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", max_length=253)]
PortName = Annotated[str, Field(pattern=LABEL, max_length=15)]
PortNumber = Annotated[int, Field(ge=1, le=65535)]
# Kubernetes quantities; plain numbers are allowed as in Kubernetes, and are kept as text from here on.
Quantity = Annotated[str, Field(pattern=QUANTITY)] | Annotated[int, Field(ge=0)] | Annotated[float, Field(ge=0)]
CpuQuantity = Quantity
IntOrPercent = Annotated[int, Field(ge=0)] | Annotated[str, Field(pattern=r"^(100|[0-9]{1,2})%$")]
Duration = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?(ms|s|m|h)$")]


class Model(BaseModel):
    """A record with camelCase names outside, snake_case inside, no unknown fields and no silent conversions."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=False,
        validate_by_alias=True,
        extra="forbid",
        frozen=True,
        strict=True,
        defer_build=True,
    )


def dump(model: BaseModel) -> dict[str, Any]:
    """The model as plain JSON data, camelCase, without fields that are None."""
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)
