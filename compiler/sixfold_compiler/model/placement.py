"""The rules by which `sixfold place` chooses clusters, as the fleet states them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sixfold_compiler.model.base import Model, Name, TierName

__all__ = ["Date", "Dedicated", "Headroom", "PlacementException", "PlacementRules", "TierRules"]

Date = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Fraction = Annotated[float, Field(ge=0, lt=1)]


class Headroom(Model):
    """Fractions of a cluster's capacity that placement keeps free, from 0 to below 1."""

    cpu: Fraction = Field(0, description="of its cores")
    memory: Fraction = Field(0, description="of its memory")
    pods: Fraction = Field(0, description="of its pods")


class TierRules(Model):
    """What placement owes the teams of a tier. A team's tier is the highest of its apps in the data center."""

    spread: Annotated[int, Field(ge=1)] | None = Field(
        None, description="a team is on at least so many clusters; default: on every active one that may host it"
    )
    stacks: Annotated[int, Field(ge=1)] | None = Field(
        None, description="at most so many stacks of the tier share a cluster; default: no limit"
    )
    survives_loss: bool = Field(
        default=False,
        description="with any one cluster of the data center lost, this tier and those above it fit on the others",
    )


class PlacementRules(Model):
    """How clusters are chosen in an environment."""

    headroom: Headroom = Field(Headroom.model_construct(), description="what stays free on every cluster")
    reserve: Annotated[float, Field(ge=0, le=1)] = Field(
        0, description="fraction of a team's quota that is kept for it, even when its apps ask for less; 1: all of it"
    )
    pods_per_service: Annotated[int, Field(ge=2)] = Field(
        1000, description="a service has fewer pods than this on one cluster"
    )
    tiers: dict[TierName, TierRules] = Field({}, description="rules by tier")


class Dedicated(Model):
    """Whom a cluster is kept for: a team that is named, or whose tier is."""

    teams: list[Name] = Field([], description="these teams")
    tiers: list[TierName] = Field([], description="teams of these tiers")


class PlacementException(Model):
    """A cluster that must, or must not, host a team: for a reason, and for a time."""

    environment: Name = Field(description="the environment")
    cluster: Name = Field(description="the cluster there")
    reason: Annotated[str, Field(min_length=5)] = Field(description="why")
    until: Date = Field(description="last day that it holds, YYYY-MM-DD")
