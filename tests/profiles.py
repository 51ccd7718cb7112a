"""Profiles of effort for all tests, chosen by SIXFOLD_PROFILE.

A profile's `max_examples` is a percentage: 100 gives each test the number of examples that it asks for, 10,000 a
hundred times that number. `python3 dev.py fuzz --properties` repeats every property under the profile `long`;
`python3 dev.py proof` runs every test against a real counterpart under it.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings

__all__ = ["PROFILES", "VARIABLE", "examples", "is_hour", "is_long", "load", "times"]

VARIABLE = "SIXFOLD_PROFILE"
# The duration of an example depends on the machine more than on the code, so no profile has a deadline.
PROFILES: dict[str, dict[str, Any]] = {
    "sixfold": {"max_examples": 100},
    "ci": {"max_examples": 100, "print_blob": True},  # a failure there is repeated here with its blob
    "long": {"max_examples": 500, "print_blob": True},
    "hour": {"max_examples": 3000, "print_blob": True},
}


def load() -> str:
    """Register the profiles, load the chosen one, and return its name. Where CI is set, the default is `ci`."""
    for name, values in PROFILES.items():
        settings.register_profile(name, deadline=None, **values)
    name = os.environ.get(VARIABLE) or ("ci" if os.environ.get("CI") else "sixfold")
    if name not in PROFILES:
        raise SystemExit(f"{VARIABLE}={name}: there is no such profile; there are {', '.join(PROFILES)}")
    settings.load_profile(name)
    return name


def is_long() -> bool:
    """Return whether tests of a few minutes run as well."""
    return settings.get_current_profile_name() in {"long", "hour"}


def is_hour() -> bool:
    """Return whether tests try every combination instead of a sample."""
    return settings.get_current_profile_name() == "hour"


def times(default: int, *, hour: int = 1) -> int:
    """Return `default` multiplied by the profile's factor; at least `hour` if the profile is `hour`."""
    least = hour if is_hour() else 1
    return max(least, default * settings.default.max_examples // 100)


def examples(default: int, **fields: Any) -> settings:
    """Return the settings of a property with `default` examples, multiplied by the profile's factor.

    A slow example is no failure, and the examples of a test may share pytest's folders.
    """
    lax = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(**{"max_examples": times(default), "suppress_health_check": lax, **fields})
