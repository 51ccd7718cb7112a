"""Models of `tombstones.yaml`, the approved deletions, and of the budget for deletions without approval."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from sixfold_compiler.model import patterns
from sixfold_compiler.model.base import AnyName, IntOrPercent, Model, Name, RuleError

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

__all__ = ["Deletions", "Tombstone", "Tombstones"]

TOO_WIDE = "names no team, no Argo CD instance and no cluster of an environment, so it would approve any deletion"


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        message = f"is {text!r}, which is not a day of the calendar"
        raise RuleError(message, "write an existing day as YYYY-MM-DD") from None
    return text


Day = Annotated[str, Field(pattern=patterns.DATE), AfterValidator(_day)]
Kind = Annotated[str, Field(pattern=patterns.KIND, max_length=253)]


class Tombstone(Model):
    """An approved deletion: what may be deleted, who approved it, why, and until when.

    It covers everything that has all of its names. It names a team, or a cluster with its environment, or an Argo CD
    instance; with `kind` or `name` it covers single objects only.
    """

    environment: Name | None = Field(None, description="the environment; default: all")
    data_center: Name | None = Field(None, description="data centers of this name; default: all")
    cluster: Name | None = Field(None, description="clusters of this name; default: all")
    team: Name | None = Field(None, description="the team; default: all")
    app: Name | None = Field(None, description="an app of the team; default: all of them")
    instance: Name | None = Field(None, description="objects of this Argo CD instance, in argocd/")
    kind: Kind | None = Field(
        None, description="only objects of this kind; with the group (`PodMonitor.monitoring.coreos.com`) for CRDs"
    )
    name: AnyName | None = Field(None, description="only objects of this name")
    approved_by: Annotated[str, Field(min_length=1)] = Field(description="who approved it")
    reason: Annotated[str, Field(min_length=5)] = Field(description="the reason")
    until: Day = Field(description="the last day on which it applies, YYYY-MM-DD, in UTC")

    @model_validator(mode="after")
    def _is_specific(self) -> Tombstone:
        if not (self.team or self.instance or (self.cluster and self.environment)):
            raise RuleError(TOO_WIDE, "add the team, the Argo CD instance, or the cluster and its environment")
        if self.app and not self.team:
            raise RuleError(f"names the app {self.app!r} without its team", "add the team")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the JSON Schema of the record, with the rule for the names that a tombstone must have."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        schema["anyOf"] = [
            {"required": ["team"]},
            {"required": ["environment", "cluster"]},
            {"required": ["instance"]},
        ]
        schema["dependentRequired"] = {"app": ["team"]}
        return schema

    def covers_on(self, today: date) -> bool:
        """Return whether the tombstone is still valid on a day (UTC)."""
        return date.fromisoformat(self.until) >= today

    def __str__(self) -> str:
        names = ("environment", "data_center", "cluster", "team", "app", "instance", "kind", "name")
        parts = (f"{type(self).model_fields[n].alias or n} {getattr(self, n)}" for n in names if getattr(self, n))
        return f"{', '.join(parts)} (until {self.until})"


class Tombstones(Model):
    """`tombstones.yaml`, beside `fleet.jsonnet`: every approved deletion."""

    api_version: Literal["sixfold.dev/v1"] = Field(description="the version of this format")
    kind: Literal["Tombstones"] = Field(description="the kind of this document")
    tombstones: list[Tombstone] = Field([], description="the approved deletions")


class Deletions(Model):
    """The budget of a team for deletions in an environment without a tombstone, within some days.

    Each limit is a number, or a percentage of what is adopted. A team, cluster or data center that is deleted, and a
    namespace that leaves a data center, always need a tombstone.
    """

    applications: IntOrPercent = Field("10%", description="Applications of the team in the environment")
    overlays: IntOrPercent = Field("10%", description="its overlays: one for each app on a cluster")
    objects: IntOrPercent = Field("10%", description="the objects in its overlays")
    minimum: Annotated[int, Field(ge=0)] = Field(
        1, description="the least number of each that may be deleted, even when the percentage gives fewer"
    )
    days: Annotated[int, Field(ge=1, le=366)] = Field(
        7, description="days over which deletions are summed; then the budget is complete again"
    )

    def allowed(self, kind: str, had: int) -> int:
        """Return the number of deletions that the budget allows out of `had` things of a kind.

        `kind` is applications, overlays or objects.
        """
        limit: int | str = getattr(self, kind)
        return max(self.minimum, had * int(limit[:-1]) // 100 if isinstance(limit, str) else limit)
