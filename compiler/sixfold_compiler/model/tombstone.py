"""Models of `tombstones.yaml`, the approved deletions, and of the budget for deletions without approval."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from sixfold_compiler.model import patterns
from sixfold_compiler.model.base import AnyName, IntOrPercent, Model, Name, RuleError, dump
from sixfold_compiler.model.forms import Day, Text

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

__all__ = ["Approvals", "Deletions", "Identity", "Tombstone", "Tombstones"]

TOO_WIDE = "names no team, no Argo CD instance and no cluster of an environment, so it would approve any deletion"


Kind = Annotated[str, Field(pattern=patterns.KIND, max_length=253)]


class Identity(Model):
    """The identity of a cluster or of the repository for Argo CD; only the fields that change."""

    server: str | None = Field(None, description="the URL of the cluster's API server")
    ca: str | None = Field(None, description="the digests of its certificate authorities")
    eks: str | None = Field(None, description="its name in EKS")
    account: str | None = Field(None, description="its AWS account")
    region: str | None = Field(None, description="its region")
    url: str | None = Field(None, description="the URL of the deploy repository")

    def fields(self) -> dict[str, str]:
        """Return the fields that are set."""
        return {name: value for name, value in dump(self).items() if isinstance(value, str)}


class Tombstone(Model):
    """An approved deletion: what may be deleted, who approved it, why, and until when.

    It covers everything that has all of its names. It names a team, or a cluster with its environment, or an Argo CD
    instance; with `kind` or `name` it covers single objects only. With `from` and `to` it covers exactly one move: of
    the cluster, or of the repository from which the Argo CD instance reads.
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
    leaves: Identity | None = Field(
        None, alias="from", description="a move instead of a deletion: what the cluster or the repository was"
    )
    enters: Identity | None = Field(None, alias="to", description="what it becomes; with the same fields as `from`")
    approved_by: Annotated[str, Field(min_length=1)] = Field(description="who approved it")
    reason: Annotated[str, Field(min_length=5)] = Field(description="the reason")
    until: Day = Field(description="the last day on which it applies, YYYY-MM-DD, in UTC")

    @model_validator(mode="after")
    def _is_specific(self) -> Self:
        if not (self.team or self.instance or (self.cluster and self.environment)):
            raise RuleError(TOO_WIDE, "add the team, the Argo CD instance, or the cluster and its environment")
        if self.app and not self.team:
            raise RuleError(f"names the app {self.app!r} without its team", "add the team")
        if self.leaves or self.enters:
            self._check_move()
        return self

    def _check_move(self) -> None:
        """Raise a RuleError unless `from` and `to` say how one cluster, or one instance's repository, changes."""
        left = self.leaves.fields().keys() if self.leaves else set()
        if not self.enters or left != self.enters.fields().keys() or not left:
            raise RuleError("has not the same fields in from and to", "write what changes, before and after")
        if self.team or self.kind or self.name or bool(self.instance) == bool(self.cluster):
            text = "approves a move, and names more than one cluster or one Argo CD instance"
            raise RuleError(text, "name the cluster and its environment, or the instance, and nothing else")
        if (left != {"url"}) if self.instance else "url" in left:
            text = "approves a move with fields of something else"
            raise RuleError(text, "write the url for an instance, and the other fields for a cluster")

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: "CoreSchema", handler: "GetJsonSchemaHandler"
    ) -> "JsonSchemaValue":
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
        move = f", from {self._shown(self.leaves)} to {self._shown(self.enters)}" if self.leaves and self.enters else ""
        return f"{', '.join(parts)}{move} (until {self.until})"

    @staticmethod
    def _shown(identity: Identity) -> str:
        return " ".join(identity.fields().values())


class Tombstones(Model):
    """`tombstones.yaml`, beside `fleet.jsonnet`: every approved deletion."""

    api_version: Literal["sixfold.dev/v1"] = Field(description="the version of this format")
    kind: Literal["Tombstones"] = Field(description="the kind of this document")
    tombstones: list[Tombstone] = Field([], description="the approved deletions")


class Approvals(Model):
    """The rules of approvals in `tombstones.yaml`."""

    approvers: list[Text] = Field(
        [],
        description="the people and groups who may approve deletions, as `approvedBy` names them; none: everybody",
    )
    days: Annotated[int, Field(ge=1, le=90)] = Field(
        30, description="the last day of an approval is at most this many days from today"
    )


class Deletions(Model):
    """The budget of a team for deletions in an environment without a tombstone, within some days.

    Each limit is a number, or a percentage of what is adopted. A team, cluster or data center that is deleted, and a
    namespace that leaves a data center, always need a tombstone.
    """

    applications: IntOrPercent = Field("10%", description="Applications of the team in the environment")
    overlays: IntOrPercent = Field("10%", description="its overlays: one for each app on a cluster")
    objects: IntOrPercent = Field("10%", description="the objects in its overlays")
    minimum: Annotated[int, Field(ge=0, le=10_000_000)] = Field(
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
