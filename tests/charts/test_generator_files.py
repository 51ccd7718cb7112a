"""Files that must agree with the generator's chart: its README, and the lock of its image."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "generator"


def test_the_image_s_lock_is_the_runtime_s_and_the_kubernetes_client():
    def pins(name):
        return set(re.findall(r"^[\w.-]+==\S+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.txt") < pins("requirements-live.txt")
    assert any(pin.startswith("kubernetes==") for pin in pins("requirements-live.txt"))


def test_the_readme_lists_every_value():
    def leaves(values, prefix=""):
        for key, value in values.items():
            nested = isinstance(value, dict) and value and key not in {"resources", "podLabels"}
            yield from leaves(value, f"{prefix}{key}.") if nested else [prefix + key]

    listed = set(re.findall(r"^\| `([^`]+)` \|", (CHART / "README.md").read_text(), re.MULTILINE))
    assert listed == set(leaves(yaml.safe_load((CHART / "values.yaml").read_text())))
