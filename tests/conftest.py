"""Settings of the whole suite."""

from hypothesis import settings

pytest_plugins = ["tests.proof.plugin", "tests.spread"]

# How long an example takes says more of the machine than of the code.
settings.register_profile("sixfold", deadline=None)
settings.load_profile("sixfold")
