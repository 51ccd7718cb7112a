"""Lists of references for tests of checks: the images of all registries, and what else a test names."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from sixfold_compiler.checks.policy.lists import lists_of
from sixfold_compiler.model.fleet import Fleet
from tests.support.repos import FLEET

if TYPE_CHECKING:
    from sixfold_compiler.checks.policy.rules import Lists


def lists(team: str = "shop", tier: str | None = None, **allow: list[str]) -> Lists:
    """Return the lists of a team of the small fleet that is allowed every image, and these references."""
    data: dict[str, Any] = copy.deepcopy(FLEET)
    data["teams"].setdefault(team, data["teams"]["shop"])
    data["allow"] = {"images": ["*"], **allow}
    return lists_of(Fleet.model_validate(data), team, tier)


ANY_IMAGE = lists()
