"""Settings of the whole suite."""

from tests import profiles

pytest_plugins = ["tests.proof.plugin", "tests.spread"]
PROFILE = profiles.load()
