"""The chart with as few values as it takes, and one that asks API servers."""

from __future__ import annotations

import pytest

from tests.charts.rendering import CHART, MINIMAL, one, template


@pytest.fixture(scope="session")
def rendered():
    return template(values=MINIMAL)


@pytest.fixture(scope="session")
def pod(rendered):
    return one(rendered, "Deployment")["spec"]["template"]["spec"]


@pytest.fixture(scope="session")
def asking():
    """With the state in ConfigMaps, and live clusters read."""
    return template("--values", CHART / "ci" / "configmap-values.yaml")
