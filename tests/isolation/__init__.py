"""Teams do not notice each other: the properties I1 to I6, on real compiles and the generator's real answers.

Few examples by default; `SIXFOLD_EXAMPLES=10000 pytest tests/isolation` is the long run.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

__all__ = ["examples"]


def examples(default: int) -> settings:
    """Settings for a property: `default` examples, or as many as SIXFOLD_EXAMPLES says."""
    number = int(os.environ.get("SIXFOLD_EXAMPLES", "0")) or default
    return settings(
        max_examples=number, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    )
