"""Models of the fleet's placement rules, by which `sixfold place` chooses clusters."""

from typing import Annotated

from pydantic import Field

from sixfold_compiler.model.base import Model, Name, TierName
from sixfold_compiler.model.forms import Day, Text

__all__ = ["Dedicated", "Headroom", "PlacementException", "PlacementRules", "TierRules"]

Fraction = Annotated[float, Field(ge=0, lt=1)]


class Headroom(Model):
    """Fractions of a cluster's capacity that placement keeps free, from 0 to below 1."""

    cpu: Fraction = Field(0, description="of its cores")
    memory: Fraction = Field(0, description="of its memory")
    pods: Fraction = Field(0, description="of its pods")


class TierRules(Model):
    """Placement rules for the teams of a tier. A team's tier is the highest of its apps in the data center."""

    spread: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None,
        description="the least number of clusters that a team is on; default: every active cluster that may host it",
    )
    stacks: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None, description="the greatest number of stacks of the tier on one cluster; default: no limit"
    )
    survives_loss: bool = Field(
        default=False,
        description="when any one cluster of the data center fails, this tier and those above it fit on the others",
    )


class PlacementRules(Model):
    """The rules of placement in an environment."""

    headroom: Headroom = Field(Headroom.model_construct(), description="capacity that stays free on every cluster")
    reserve: Annotated[float, Field(ge=0, le=1)] = Field(
        0, description="fraction of a team's quota that is reserved, even when its apps request less; 1: all of it"
    )
    pods_per_service: Annotated[int, Field(ge=2, le=1_000_000)] = Field(
        1000, description="upper limit of a service's pods on one cluster; it has fewer than this"
    )
    tiers: dict[TierName, TierRules] = Field({}, description="rules by tier")


class Dedicated(Model):
    """The teams that a cluster is reserved for: by name, or by tier."""

    teams: list[Name] = Field([], description="teams by name")
    tiers: list[TierName] = Field([], description="teams of these tiers")


class PlacementException(Model):
    """A cluster that must, or must not, host a team, with a reason and a last day."""

    environment: Name = Field(description="the environment")
    cluster: Name = Field(description="the cluster's name")
    reason: Annotated[Text, Field(min_length=5)] = Field(description="the reason")
    until: Day = Field(description="the last day on which it applies, YYYY-MM-DD")
