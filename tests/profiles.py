"""How much the tests try: one profile for all of them, chosen by SIXFOLD_PROFILE.

A profile's `max_examples` says how much more or less than usual: 100 is what each test asks for itself, 10,000 a
hundred times that. `python3 dev.py fuzz --properties` runs every property under the profile `long`, again and again,
`python3 dev.py proof` every test against a real counterpart under it.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings

__all__ = ["PROFILES", "VARIABLE", "examples", "is_hour", "is_long", "load", "times"]

VARIABLE = "SIXFOLD_PROFILE"
# How long an example takes says more of the machine than of the code: no profile has a deadline.
PROFILES: dict[str, dict[str, Any]] = {
    "sixfold": {"max_examples": 100},
    "ci": {"max_examples": 100, "print_blob": True},  # a failure there is repeated here with its blob
    "long": {"max_examples": 500, "print_blob": True},
    "hour": {"max_examples": 3000, "print_blob": True},
}


def load() -> str:
    """Register the profiles and load the chosen one; its name. Of CI's own accord it is `ci`."""
    for name, values in PROFILES.items():
        settings.register_profile(name, deadline=None, **values)
    name = os.environ.get(VARIABLE) or ("ci" if os.environ.get("CI") else "sixfold")
    if name not in PROFILES:
        raise SystemExit(f"{VARIABLE}={name}: there is no such profile; there are {', '.join(PROFILES)}")
    settings.load_profile(name)
    return name


def is_long() -> bool:
    """Whether what takes a few minutes is to run as well."""
    return settings.get_current_profile_name() in {"long", "hour"}


def is_hour() -> bool:
    """Whether all of what there is is to be tried, and not a choice of it."""
    return settings.get_current_profile_name() == "hour"


def times(default: int, *, hour: int = 1) -> int:
    """`default`, as many times as the profile says; at least `hour` where the profile is `hour`."""
    least = hour if is_hour() else 1
    return max(least, default * settings.default.max_examples // 100)


def examples(default: int, **more: Any) -> settings:
    """Settings of a property that tries `default` examples, as many times as the profile says.

    How long an example takes is nobody's mistake, and folders that pytest makes for a whole test may be shared.
    """
    lax = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(**{"max_examples": times(default), "suppress_health_check": lax, **more})
