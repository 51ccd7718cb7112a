"""The lists of a team that the rules refer to: what the fleet allows it, and what follows from its name and tier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.checks.policy.rules import Lists
from sixfold_compiler.model.base import TIERS

if TYPE_CHECKING:
    from sixfold_compiler.diagnostics import Json
    from sixfold_compiler.model.fleet import Fleet

__all__ = ["FLEET_LISTS", "entry_for", "lists_of", "record_prefix"]

# The lists of the fleet, by their names in `allow`, with the fields of the model.
FLEET_LISTS = {
    "images": "images",
    "iamRoles": "iam_roles",
    "secretStores": "secret_stores",
    "secretKeys": "secret_keys",
    "priorityClasses": "priority_classes",
    "tolerations": "tolerations",
    "runtimeClasses": "runtime_classes",
    "schedulers": "schedulers",
    "storageClasses": "storage_classes",
    "csiDrivers": "csi_drivers",
    "tokenAudiences": "token_audiences",
    "deviceClasses": "device_classes",
    "labels": "labels",
    "annotations": "annotations",
    "probers": "probers",
    "probeTargets": "probe_targets",
}


def lists_of(fleet: Fleet, name: str, tier: str | None = None) -> Lists:
    """Return the lists of a team: those of the fleet for all teams, and its own.

    Args:
        fleet: The fleet.
        name: The team.
        tier: The tier of the app; None before it is known, for every tier that the team may have.
    """
    team = fleet.teams[name]
    values: dict[str, tuple[Json, ...]] = {}
    for listed, field in FLEET_LISTS.items():
        parts = (getattr(allow, field) for allow in (fleet.allow, team.allow) if allow is not None)
        values[listed] = tuple(text for part in parts for text in part)
    tiers = TIERS[TIERS.index(team.highest_tier) :] if tier is None else (tier,)
    values["priorityClasses"] += tuple(t.priority_class for key, t in fleet.tiers.items() if key in tiers)
    if fleet.platform.storage_class is not None:
        values["storageClasses"] += (fleet.platform.storage_class,)
    restricted = fleet.platform.pod_security == "restricted"
    values |= {
        "recordNames": (f"{record_prefix(name)}:*",),
        "teamNames": (name,),
        "rootUsers": (0,) if restricted else (),
        "rootAllowed": (False,) if restricted else (),
    }
    return Lists(name, values)


def entry_for(listed: str, value: str) -> str:
    """Return the entry of a list of the fleet that allows a value, and no more than the fleet would want to review."""
    match listed:
        case "images":
            name, at, _ = value.partition("@")
            folder, slash, last = name.rpartition("/")
            repository, colon, _ = last.partition(":")
            return f"{folder}{slash}{repository}{colon or at or ':'}*"
        case "tolerations" if value.endswith("="):
            return f"{value}*" if len(value) > 1 else "*"
    return value


def record_prefix(team: str) -> str:
    """Return the name of a team as a part of a metric's name."""
    return team.replace("-", "_")
