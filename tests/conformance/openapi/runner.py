"""Runs of schemathesis in a child process, with the OpenAPI document that the running generator publishes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sixfold_generator.plugin.query import PARAMETERS, UNITS
from sixfold_generator.web.routes import MAX_BODY
from tests.profiles import times
from tests.support.counterparts import met, version_of
from tests.support.generator import TOKEN

EXAMPLES = times(150, hour=10_000)  # of the plugin's operation, drawn at random
HOOKS = Path(__file__).with_name("hooks.py")
SECONDS = 30  # the timeout of Argo CD; an answer takes milliseconds, and a busy machine needs more

# No check and no phase is omitted, and a warning fails the run like a finding. A schema cannot express a limit on the
# bytes of a complete body, so 413 is accepted for any body; our own check in hooks.py accepts it only above the limit.
CONFIG = """\
hooks = {hooks}
continue-on-failure = true
request-timeout = 60
seed = {seed}
warnings = {{ fail-on = true }}
[servers.variables]
host = "127.0.0.1"
[auth.openapi.token]
bearer = {token}
[checks]
enabled = true
max_response_time = {seconds}
[checks.not_a_server_error]
expected-statuses = {fine}
[checks.positive_data_acceptance]
expected-statuses = {accepted}
[checks.negative_data_rejection]
expected-statuses = {rejected}
[generation]
database = "none"
"""


@dataclass(frozen=True)
class Run:
    """The result of a run: the report, the passes by check, and the answers by `METHOD path status`."""

    exit_code: int
    output: str
    report: dict
    passed: Counter
    answers: Counter

    @property
    def examples(self) -> int:
        return self.report["test_cases"]["generated"]


def schemathesis(
    generator, folder: Path, *arguments: str, source=None, examples: int, seed=1, names=None, fine=(), headers=()
) -> Run:
    """Run all checks on the operations of `/openapi.json` (or of the file `source`), on both listeners.

    `names` are the existing names by parameter; `fine` are accepted statuses of the class 5xx.
    """
    met("schemathesis", lambda: version_of(sys.executable, "-m", "schemathesis.cli", "--version"))
    folder.mkdir(parents=True, exist_ok=True)
    config = CONFIG.format(
        hooks=json.dumps(str(HOOKS)),
        seed=seed,
        token=json.dumps(TOKEN),
        seconds=SECONDS,
        fine=json.dumps(["2xx", "3xx", "4xx", *fine]),
        accepted=json.dumps(["2xx", "401", "404", "409", "413", *fine]),
        rejected=json.dumps(["400", "401", "405", "413", *fine]),
    )
    (folder / "schemathesis.toml").write_text(config)
    report, tally = folder / "report.json", folder / "tally.json"
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", folder / "schemathesis.toml", "run",
        source or f"http://127.0.0.1:{generator.admin_port}/openapi.json", "--no-color", "--max-examples", str(examples),
        "--report", "json", "--report-json-path", report,
        *(part for header in headers for part in ("--header", header)), *arguments,
    ]  # fmt: skip
    environ = {
        **os.environ,
        "SIXFOLD_TEST_TOKEN": TOKEN,
        "SIXFOLD_TEST_TALLY": str(tally),
        "SIXFOLD_TEST_LIMIT": str(MAX_BODY),
        "SIXFOLD_TEST_NAMES": json.dumps(names or {}),
        "SIXFOLD_TEST_APPLY": json.dumps(
            {unit: [key for key in PARAMETERS if unit in PARAMETERS[key]] for unit in UNITS}
        ),
    }
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    assert report.exists(), output
    counted = json.loads(tally.read_text())
    return Run(
        done.returncode,
        output,
        json.loads(report.read_text()),
        Counter(counted["passed"]),
        Counter(counted["answers"]),
    )
