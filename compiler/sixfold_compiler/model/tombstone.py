"""Approved removals, as `tombstones.yaml` beside the fleet holds them, and what may go without one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from sixfold_compiler.model import patterns
from sixfold_compiler.model.base import AnyName, IntOrPercent, Model, Name

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic_core import CoreSchema

__all__ = ["Deletions", "Tombstone", "Tombstones"]

TOO_WIDE = "must name a team, or a cluster with its environment, or an Argo CD instance: it would approve too much"


def _day(text: str) -> str:
    date.fromisoformat(text)
    return text


Day = Annotated[str, Field(pattern=patterns.DATE), AfterValidator(_day)]
Kind = Annotated[str, Field(pattern=patterns.KIND, max_length=253)]


class Tombstone(Model):
    """An approved removal: what may vanish, who said so, why, and until when.

    It covers everything that has all of the names given here. It names a team, or a cluster with its environment, or
    an Argo CD instance; with `kind` or `name` it covers single objects only.
    """

    environment: Name | None = Field(None, description="in this environment; default: in all")
    data_center: Name | None = Field(None, description="in data centers of this name; default: in all")
    cluster: Name | None = Field(None, description="on the cluster of this name; default: on all")
    team: Name | None = Field(None, description="of this team; default: of all")
    app: Name | None = Field(None, description="this app of the team; default: all of them")
    instance: Name | None = Field(None, description="among the objects of this Argo CD instance, in argocd/")
    kind: Kind | None = Field(
        None, description="only objects of this kind; with the group (`PodMonitor.monitoring.coreos.com`) for CRDs"
    )
    name: AnyName | None = Field(None, description="only objects of this name")
    approved_by: Annotated[str, Field(min_length=1)] = Field(description="who approved it")
    reason: Annotated[str, Field(min_length=5)] = Field(description="why")
    until: Day = Field(description="last day that it holds, YYYY-MM-DD, in UTC")

    @model_validator(mode="after")
    def _is_specific(self) -> Tombstone:
        if not (self.team or self.instance or (self.cluster and self.environment)):
            raise ValueError(TOO_WIDE)
        if self.app and not self.team:
            raise ValueError("must name the team of the app")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The schema of the record, with the rule of what it must name."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        schema["anyOf"] = [
            {"required": ["team"]},
            {"required": ["environment", "cluster"]},
            {"required": ["instance"]},
        ]
        schema["dependentRequired"] = {"app": ["team"]}
        return schema

    def covers_on(self, today: date) -> bool:
        """Whether it holds on that day (UTC)."""
        return date.fromisoformat(self.until) >= today

    def __str__(self) -> str:
        names = ("environment", "data_center", "cluster", "team", "app", "instance", "kind", "name")
        told = (f"{type(self).model_fields[n].alias or n} {getattr(self, n)}" for n in names if getattr(self, n))
        return f"{', '.join(told)} (until {self.until})"


class Tombstones(Model):
    """`tombstones.yaml`, beside `fleet.jsonnet`: every approved removal."""

    api_version: Literal["sixfold.dev/v1"] = Field(description="the version of this format")
    kind: Literal["Tombstones"] = Field(description="what this document is")
    tombstones: list[Tombstone] = Field([], description="the approved removals")


class Deletions(Model):
    """How much of a team may vanish from an environment without a tombstone, within some days.

    Each is a number, or a share of what is adopted. Whatever it says, a team, cluster or data center that goes, and a
    namespace that leaves a data center, take a tombstone.
    """

    applications: IntOrPercent = Field("10%", description="Applications of the team in the environment")
    overlays: IntOrPercent = Field("10%", description="its overlays, an app on a cluster being one")
    objects: IntOrPercent = Field("10%", description="the objects in its overlays")
    minimum: Annotated[int, Field(ge=0)] = Field(1, description="so many of each may go, however small the share is")
    days: Annotated[int, Field(ge=1, le=366)] = Field(
        7, description="the days over which removals add up; a budget is whole again after that"
    )

    def allowed(self, kind: str, had: int) -> int:
        """The budget for `kind` (applications, overlays, objects) where there were `had`."""
        limit: int | str = getattr(self, kind)
        return max(self.minimum, had * int(limit[:-1]) // 100 if isinstance(limit, str) else limit)
