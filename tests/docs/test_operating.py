"""The tables and examples of docs/operating.md agree with the code of the service."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from sixfold_compiler.diagnostics.codes import CODES
from sixfold_compiler.inputs.tombstones import parse_tombstones
from sixfold_compiler.model.tombstone import Deletions
from sixfold_generator import SETTINGS
from sixfold_generator.live.record import Live
from sixfold_generator.plugin.outcomes import OUTCOMES, REFUSED
from sixfold_generator.service.gauges import HealthGauges
from sixfold_generator.service.health import Observation, health_of
from sixfold_generator.service.metrics import Metrics
from sixfold_generator.state.attempt import Attempt
from sixfold_generator.state.clock import Instant
from tests.support.counterparts import met, version_of

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operating.md").read_text()
SAMPLE = re.compile(r"\b(sixfold_generator_[a-z_]+|git_sync_[a-z_]+)")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def first_column(heading):
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)


@pytest.fixture
def rule():
    (document,) = [yaml.safe_load(block) for block in blocks("yaml") if "PrometheusRule" in block]
    return document


def exposed():
    """Return the name of every metric that a service exposes, from its TYPE lines; counters with their suffix."""
    from sixfold_compiler.model.inventory import RepositoryEntry
    from sixfold_generator.plugin.catalog import Catalog
    from sixfold_generator.state.snapshot import Snapshot

    snapshot = Snapshot(
        fleet="f", compiler="0", commit="", repository=RepositoryEntry("https://x", "main", ""), clusters={}, teams={}
    )
    persisted = Attempt("", "persisted", "", (), Instant.now())
    seen = Observation(Catalog(snapshot), persisted=persisted, age=1.0, looked=1.0, live=Live(Instant.now()))
    health = health_of(seen, 300)
    metrics = Metrics()
    metrics.sets("one", 1)
    text = metrics.render(HealthGauges(health)).decode()
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)", text, re.MULTILINE))
    return {name for name in kinds if name.startswith("sixfold_") and not name.endswith("_created")}


def test_every_setting_is_in_the_table_with_its_default():
    listed = dict(re.findall(r"^\| `(SIXFOLD_[A-Z_]+)` \| ([^|]+) \|", PAGE, re.MULTILINE))
    assert listed.keys() == {setting.variable for setting in SETTINGS}
    for setting in SETTINGS:
        if setting.variable not in {"SIXFOLD_TOKEN_FILES", "SIXFOLD_METRICS"}:
            assert listed[setting.variable].strip() == f"`{setting.default}`"


def test_every_outcome_of_a_request_is_in_the_table_with_its_status():
    section = PAGE.split("\n## The HTTP API\n", 1)[1].split("\n## ", 1)[0]
    listed = re.findall(r"^\| `([a-z-]+)` \| (\d+) \| (.+) \|$", section, re.MULTILINE)
    assert listed == [(name, str(item.status), item.meaning) for name, item in OUTCOMES.items()]
    assert {int(status) for status in re.findall(r"\((\d{3})\)", section)} == set(REFUSED)


def test_every_metric_is_in_the_table_and_every_one_there_is_real():
    written = set(first_column("Metrics and alerts"))
    # Only a running service has this metric, from the folder that its workers share.
    running = {"sixfold_generator_worker_deaths_total"}
    assert written - running == exposed()
    source = (ROOT / "generator" / "sixfold_generator" / "service" / "metrics.py").read_text()
    for name in running:
        assert name.removeprefix("sixfold_generator_").removesuffix("_total") in source


def test_alerts_use_metrics_of_the_table(rule):
    known = set(first_column("Metrics and alerts")) | {"git_sync_count_total"}
    for group in rule["spec"]["groups"]:
        for alert in group["rules"]:
            for name in SAMPLE.findall(alert["expr"]):
                assert name.removesuffix("_bucket") in known, alert["alert"]
            assert alert["labels"]["severity"] in {"page", "ticket"}
            assert alert["annotations"]["summary"]


@pytest.mark.conformance("promtool")
def test_promtool_reads_the_alerts_where_it_is_installed(rule, tmp_path):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (it comes with Prometheus)")
    met("promtool", lambda: version_of(promtool, "--version"))
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump(rule["spec"]))
    done = subprocess.run([promtool, "check", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_code_of_the_generator_is_on_the_page():
    mentioned = set(re.findall(r"SF\d{3}", PAGE))
    assert mentioned <= CODES.keys()
    # SF801 and SF804 are unreadable and linked files; an operator handles them like SF803.
    assert {code for code in CODES if code.startswith("SF8")} - mentioned <= {"SF801", "SF804"}


def test_the_tombstone_is_one_that_the_generator_accepts():
    (block,) = [block for block in blocks("yaml") if "tombstones" in block]
    (tombstone,) = parse_tombstones(block.encode(), "page").entries
    assert (tombstone.team, tombstone.app) == ("ads", "banner")


def test_the_budgets_are_those_of_the_model():
    (block,) = [block for block in blocks("jsonnet") if "deletions" in block]
    import _jsonnet

    value = json.loads(_jsonnet.evaluate_snippet("page", "{" + block + "}"))["deletions"]
    assert Deletions.model_validate(value) == Deletions()
