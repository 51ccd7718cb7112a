"""The body of a request as a typed query. Pure; every fault is a `Refusal` in words of the request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import orjson
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    RootModel,
    StringConstraints,
    Tag,
    ValidationError,
)

from sixfold_compiler.diagnostics import nearest
from sixfold_generator.plugin.outcomes import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic_core import ErrorDetails

__all__ = [
    "MAX_DEPTH",
    "MAX_VALUES",
    "NAME",
    "PARAMETERS",
    "UNIT",
    "UNITS",
    "Json",
    "Query",
    "QueryKey",
    "Question",
    "Refusal",
    "parse",
    "shown",
]

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"

UNITS = ("cluster", "namespace", "app", "argocd")
UNIT = "namespace"  # when none is given
NAME = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"  # any name in an inventory
MAX_DEPTH = 16
MAX_VALUES = 1000
MAX_SHOWN = 63
MAX_BRIEF = 10  # values of a parameter in a log line


class Refusal(Exception):  # noqa: N818 - a reply like any other, no error of the service
    """The error of a request that gets no parameter sets. Equal requests get an equal `message`."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.status = OUTCOMES[outcome].status
        self.outcome = outcome
        self.message = message


def _listed(value: Json) -> Json:
    return value if isinstance(value, list) else [value]


def _single(value: Json) -> Json:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


Name = Annotated[str, StringConstraints(pattern=f"^{NAME}$")]
_List = Annotated[list[Name], Field(min_length=1, max_length=MAX_VALUES)]
_One = Annotated[list[Name], Field(min_length=1, max_length=1)]


class Names(RootModel[Annotated[_List, BeforeValidator(_listed, json_schema_input_type=Name | _List)]]):
    """One name, or several of which any is selected: of environments, data centers, clusters, teams and so on."""


class OneName(RootModel[Annotated[_One, BeforeValidator(_listed, json_schema_input_type=Name | _One)]]):
    """One name."""


def _none() -> Names:
    return Names.model_construct([])


class _Parameters(BaseModel):
    """The parameters that every unit has. Each narrows the selection of the others."""

    model_config = ConfigDict(extra="forbid")

    environment: Names = Field(default_factory=_none)
    dataCenter: Names = Field(default_factory=_none)  # noqa: N815 - its name in a request
    cluster: Names = Field(default_factory=_none)
    instance: Names = Field(default_factory=_none)


class ClusterParameters(_Parameters):
    """A query for the platform's Applications, one for each cluster."""

    unit: Annotated[
        Literal["cluster"],
        BeforeValidator(_single, json_schema_input_type=Literal["cluster"] | tuple[Literal["cluster"]]),
    ]


class NamespaceParameters(_Parameters):
    """A query for Applications of teams, one for each of their namespaces on each cluster."""

    unit: Annotated[
        Literal["namespace"],
        BeforeValidator(_single, json_schema_input_type=Literal["namespace"] | tuple[Literal["namespace"]]),
    ] = "namespace"
    team: Names = Field(default_factory=_none)
    namespace: Names = Field(default_factory=_none)


class AppParameters(_Parameters):
    """A query for Applications of teams, one for each app on each cluster."""

    unit: Annotated[
        Literal["app"],
        BeforeValidator(_single, json_schema_input_type=Literal["app"] | tuple[Literal["app"]]),
    ]
    team: Names = Field(default_factory=_none)
    namespace: Names = Field(default_factory=_none)
    app: Names = Field(default_factory=_none)


class ArgocdParameters(BaseModel):
    """A query for the Application of an Argo CD instance's own objects: the folder `argocd/<instance>`."""

    model_config = ConfigDict(extra="forbid")

    unit: Annotated[
        Literal["argocd"],
        BeforeValidator(_single, json_schema_input_type=Literal["argocd"] | tuple[Literal["argocd"]]),
    ]
    instance: OneName


_MODELS: Mapping[str, type[_Parameters | ArgocdParameters]] = {
    "cluster": ClusterParameters,
    "namespace": NamespaceParameters,
    "app": AppParameters,
    "argocd": ArgocdParameters,
}
# The parameters that a request may select by, with the units that each applies to.
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    name: tuple(unit for unit, model in _MODELS.items() if name in model.model_fields)
    for name in AppParameters.model_fields
    if name != "unit"
}


# Messages about the structure of a body by the place of the problem, in the order of their check.
_STRUCTURE: Mapping[tuple[int | str, ...], str] = {
    (): "the body must be an object with an object called input",
    ("input",): "the body must be an object with an object called input",
    ("applicationSetName",): "applicationSetName must be a string",
    ("input", "parameters"): "input.parameters must be an object",
}


def _unit_of(parameters: Json) -> str:
    """Return the unit whose parameters these are; the default where it is missing or wrong."""
    unit = _single(parameters.get("unit")) if isinstance(parameters, dict) else None
    return unit if isinstance(unit, str) and unit in UNITS else UNIT


class Input(BaseModel):
    """The plugin's part of Argo CD's request."""

    parameters: Annotated[
        Annotated[ClusterParameters, Tag("cluster")]
        | Annotated[NamespaceParameters, Tag("namespace")]
        | Annotated[AppParameters, Tag("app")]
        | Annotated[ArgocdParameters, Tag("argocd")],
        Discriminator(_unit_of),
    ] = Field(default_factory=NamespaceParameters)


class Question(BaseModel):
    """The body of a request. A newer Argo CD may send more fields, except in `parameters`."""

    applicationSetName: str = Field(  # noqa: N815 - its name in a request
        description="The ApplicationSet that asks. It goes to the log and changes no answer."
    )
    input: Input


QueryKey = tuple[str, tuple[tuple[str, tuple[str, ...]], ...]]


@dataclass(frozen=True, slots=True)
class Query:
    """One query. `selection` holds the given parameters only, values sorted: equal queries are equal."""

    application_set: str
    unit: str
    selection: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def key(self) -> QueryKey:
        """Everything that the answer depends on; the ApplicationSet is not part of it."""
        return (self.unit, self.selection)

    @property
    def brief(self) -> dict[str, str | list[str]]:
        """The query as a log line shows it, at most `MAX_BRIEF` values of a parameter."""
        fields: dict[str, str | list[str]] = {"unit": self.unit}
        for name, values in self.selection:
            fields[name] = [shown(value, quoted=False) for value in values[:MAX_BRIEF]]
        return fields


def parse(body: bytes) -> Query:
    """Parse the body of a request. Raises `Refusal` (400)."""
    try:
        document = orjson.loads(body)
    except ValueError:
        raise _bad("the body is not JSON") from None
    if _deeper(document, MAX_DEPTH):
        raise _bad(f"the body is nested deeper than {MAX_DEPTH} levels")
    try:
        question = Question.model_validate(document)
    except ValidationError as error:
        raise _bad(_words(min(error.errors(include_url=False, include_context=False), key=_rank))) from None
    parameters = question.input.parameters
    selection = tuple(
        (name, tuple(sorted(set(getattr(parameters, name).root))))
        for name in sorted(parameters.model_fields_set - {"unit"})
    )
    return Query(question.applicationSetName, parameters.unit, selection)


def shown(value: str, *, quoted: bool = True) -> str:
    """Return `value` for a message or a log line: short, quoted, without control characters."""
    if len(value) <= MAX_SHOWN and value.isprintable() and '"' not in value:
        return f'"{value}"' if quoted else value
    cut = value if len(value) <= MAX_SHOWN else value[:MAX_SHOWN] + "…"
    plain = "".join(c if c.isprintable() and c != '"' else "?" for c in cut)
    return f'"{plain}"' if quoted else plain


def _rank(problem: ErrorDetails) -> tuple[int | str, ...]:
    """Return the sort key of a problem; a refusal reports the first problem of the body."""
    place, kind = problem["loc"], problem["type"]
    if len(place) < 4:
        return (False, list(_STRUCTURE).index(place[:2]))
    name = str(place[3])
    unknown = kind == "extra_forbidden" and name not in PARAMETERS
    return (True, not unknown, name != "unit", name, kind == "string_pattern_mismatch")


def _words(problem: ErrorDetails) -> str:
    """Return the message about a problem, with the nearest valid name where there is one."""
    place, kind, value = problem["loc"], problem["type"], problem["input"]
    if len(place) < 4:
        return _STRUCTURE[place[:2]]
    unit, name = place[2], str(place[3])
    if kind == "extra_forbidden" and name in PARAMETERS:
        return f"parameter {name} does not apply to unit {unit}"
    if kind == "extra_forbidden":
        return f"unknown parameter {shown(name)}; {_hint(name, ('unit', *PARAMETERS))}"
    if name == "unit" and isinstance(value, str):
        return f"unknown unit {shown(value)}; {_hint(value, UNITS)}"
    if name == "unit":
        return f"parameter unit must be one of {', '.join(UNITS)}"
    if kind == "string_pattern_mismatch":
        return f"{shown(value)} is no {name}: names have lower-case letters, digits and hyphens, at most 63"
    if unit == "argocd":
        return "unit argocd is one Argo CD instance: parameter instance must be its name"
    return f"parameter {name} must be a string or a list of strings, not empty"


def _hint(name: str, valid: Sequence[str]) -> str:
    close = nearest(name[:MAX_SHOWN], valid)
    return f"did you mean {close}?" if close else "known: " + ", ".join(valid)


def _deeper(document: Json, limit: int) -> bool:
    """Return whether `document` is nested deeper than `limit` levels."""
    level = [document]
    for _ in range(limit + 1):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return False
    return True


def _bad(message: str) -> Refusal:
    return Refusal("bad-request", message)
