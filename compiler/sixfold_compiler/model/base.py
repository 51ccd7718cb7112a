"""The base of all models: strict validation, camelCase names, and types for names, quantities and numbers."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator
from pydantic.alias_generators import to_camel

from sixfold_compiler.model import patterns
from sixfold_compiler.model.quantities import quantity_value

if TYPE_CHECKING:
    from typing import Self

    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

__all__ = [
    "TIERS",
    "Amounts",
    "AnyName",
    "Bytes",
    "Duration",
    "FileMode",
    "IntOrPercent",
    "Interval",
    "LabelKey",
    "LabelValue",
    "Memory",
    "Model",
    "Name",
    "Natural",
    "OneOf",
    "PodMemory",
    "PortName",
    "PortNumber",
    "Positive",
    "Quantity",
    "RuleError",
    "TierName",
    "dump",
]

# The tiers of apps and teams, the most important first.
TierName = Literal["P0", "P1", "P2"]
TIERS: tuple[TierName, ...] = get_args(TierName)


class RuleError(ValueError):
    """A value that breaks a rule of a model.

    `message` continues a sentence that begins with the path of the value ("has no team"). `help` says what to do.
    """

    def __init__(self, message: str, help_text: str) -> None:
        super().__init__(message)
        self.help = help_text


def _within_range(quantity: str | float) -> str | float:
    try:
        quantity_value(quantity)
    except ValueError:
        raise RuleError("is larger than 1e21", "write a smaller quantity") from None
    return quantity


def _without_fraction(quantity: str | float) -> str | float:
    value = quantity_value(quantity)
    if value == value.to_integral_value():
        return quantity
    raise RuleError(f"is {quantity}, but bytes have no fractions", _bytes_help(str(quantity), value))


def _bytes_help(text: str, value: Decimal) -> str:
    if text.endswith("m"):
        return f"m is a thousandth: did you mean {text[:-1]}M or {text[:-1]}Mi?"
    return f"write {value.to_integral_value(ROUND_CEILING):f}, or an amount such as 512Mi"


def _at_least(least: str, *units: str) -> AfterValidator:
    """Return the rule that an amount of bytes is at least `least`; a number without a unit may mean one of `units`."""

    def check(quantity: str | float) -> str | float:
        if quantity_value(quantity) >= quantity_value(least):
            return quantity
        text = str(quantity)
        meant = [
            text + unit for unit in units if text.isdecimal() and quantity_value(text + unit) >= quantity_value(least)
        ]
        hint = f"did you mean {' or '.join(meant)}?" if meant else f"write at least {least}"
        raise RuleError(f"is {text}{' bytes' if text.isdecimal() else ''}, less than {least}", hint)

    return AfterValidator(check)


def _bytes_without_fraction(amounts: dict[str, str | float]) -> dict[str, str | float]:
    for name, quantity in amounts.items():
        if name in _IN_BYTES or name.startswith("hugepages-"):
            try:
                _without_fraction(quantity)
            except RuleError as error:
                raise RuleError(f"has {name}, which {error}", error.help) from None
    return amounts


_IN_BYTES = {"memory", "ephemeral-storage"}
_SECONDS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600)}
_DAY = 24 * 3600


def _within_a_day(duration: str) -> str:
    number = duration.rstrip("hms")
    if Decimal(number) * _SECONDS[duration.removeprefix(number)] > _DAY:
        raise RuleError("is longer than a day", "write at most 24h")
    return duration


# An app, team, environment, DC or cluster name: an RFC 1123 label, short enough to be joined into other names.
Name = Annotated[str, Field(pattern=patterns.LABEL, max_length=40)]
# The name of any Kubernetes object (RFC 1123 subdomain).
AnyName = Annotated[str, Field(pattern=patterns.ANY_NAME, max_length=253)]
LabelKey = Annotated[str, Field(pattern=patterns.LABEL_KEY, max_length=317)]
LabelValue = Annotated[str, Field(pattern=patterns.LABEL_VALUE)]
PortName = Annotated[str, Field(pattern=patterns.LABEL, max_length=15)]
PortNumber = Annotated[int, Field(ge=1, le=65535)]
# Kubernetes quantities; plain numbers are allowed as in Kubernetes, and are kept as text from here on.
Quantity = Annotated[
    Annotated[str, Field(pattern=patterns.QUANTITY)] | Annotated[int, Field(ge=0)] | Annotated[float, Field(ge=0)],
    AfterValidator(_within_range),
]
Bytes = Annotated[Quantity, AfterValidator(_without_fraction)]
# Memory of pods together, and of a pod that carries the requests of others: far less means that a unit is missing.
Memory = Annotated[Bytes, _at_least("1Mi", "Mi", "Gi")]
PodMemory = Annotated[Bytes, _at_least("64Mi", "Mi")]
# Of a container, by resource.
Amounts = Annotated[dict[str, Quantity], AfterValidator(_bytes_without_fraction)]
# Numbers in objects: not negative, or at least 1, and within the 32 bits of Kubernetes' integers.
Natural = Annotated[int, Field(ge=0, le=2**31 - 1)]
Positive = Annotated[int, Field(ge=1, le=2**31 - 1)]
FileMode = Annotated[int, Field(ge=0, le=0o777)]
IntOrPercent = Annotated[int, Field(ge=0, le=10_000_000)] | Annotated[str, Field(pattern=patterns.PERCENT)]
# Envoy rejects the complete route table of a data center for one duration that it cannot read, so these are narrower
# than what it takes. Prometheus reads no fractions.
Duration = Annotated[str, Field(pattern=patterns.DURATION), AfterValidator(_within_a_day)]
Interval = Annotated[str, Field(pattern=patterns.INTERVAL), AfterValidator(_within_a_day)]


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


class OneOf(Model):
    """A record that has exactly one of the fields `choices` (Python names).

    A layer may have none of them, because it is a part of a spec. Validate a merged spec with
    `context={"whole": True}` to reject none too.
    """

    choices: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def choice_names(cls) -> tuple[str, ...]:
        """Return the field names of the choices in camelCase."""
        return tuple(cls.model_fields[name].alias or name for name in cls.choices)

    @model_validator(mode="after")
    def _has_one_choice(self, info: ValidationInfo) -> Self:
        chosen = [name for name in self.choices if getattr(self, name) is not None]
        if len(chosen) > 1 or (not chosen and isinstance(info.context, dict) and info.context.get("whole")):
            fields = type(self).model_fields
            given = " and ".join(fields[name].alias or name for name in chosen)
            known = ", ".join(self.choice_names())
            if given:
                raise RuleError(f"has {given}, but must have exactly one of {known}", "keep one of them")
            raise RuleError(f"has none of {known}", "add one of them")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the JSON Schema of the record, which forbids each pair of choices unless one of them is null."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        present = {"not": {"type": "null"}}
        schema["allOf"] = [
            {"not": {"required": [a, b], "properties": {a: present, b: present}}}
            for a, b in combinations(cls.choice_names(), 2)
        ]
        return schema


def dump(model: BaseModel) -> dict[str, Any]:  # Any: as pydantic returns it
    """Return a model as JSON data with camelCase names, without fields that are None."""
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)
