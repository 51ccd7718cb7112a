#!/usr/bin/env python3
"""Set up this checkout and run what is in it: `python3 dev.py run`, `test`, `faults`, `fuzz` and so on.

Needs a Python of 3.11 or newer and nothing else. Everything goes into `.venv` and `.cache` here; what is already
current is not installed again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

OLDEST = (3, 11)
if sys.version_info < OLDEST:
    sys.exit(f"dev.py: this is Python {sys.version.split()[0]}; Sixfold needs 3.11 or newer")

from dev import environment, locks, suite  # noqa: E402 - an older Python cannot read them
from dev.counterparts import build_counterparts, skipped  # noqa: E402
from dev.environment import RUN, TEST, TOOLS, ready  # noqa: E402
from dev.process import CACHE, ROOT, CommandError, call, complain  # noqa: E402

PROFILES = "SIXFOLD_PROFILE=long, or hour, makes test and proof try more than usual (tests/profiles.py); proof is long."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = parser().parse_args(arguments)
    try:
        return int(options.action(options) or 0)
    except CommandError as error:
        return error.status
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Return the command line: one command for each row, with its own arguments."""
    top = argparse.ArgumentParser(prog="dev.py", description=__doc__.partition("\n")[0], epilog=PROFILES)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, action, text, arguments in (*TESTING, *UPKEEP):
        command = commands.add_parser(name, help=text, description=text, add_help=action is not bench)
        command.set_defaults(action=action)
        for argument, settings in arguments:
            command.add_argument(argument, **settings)
    return top


def run(options: argparse.Namespace) -> int:
    """Compile the examples and serve them, as a new reader of this repository would like to see."""
    return call([ready(RUN), "examples/demo.py", *passed_on(options)])


def test(options: argparse.Namespace) -> int:
    """Lint and test; with `--all` build the counterparts first, run every test and measure coverage."""
    if arguments := passed_on(options):
        return suite.selected(arguments)
    return suite.thorough() if options.all else suite.quick()


def lint(_options: argparse.Namespace) -> int:
    """Run the checks that read the code without running it."""
    return int(bool(suite.lint(ready(TEST, TOOLS))))


def format_code(_options: argparse.Namespace) -> int:
    """Format every Python file, and fix what ruff fixes by itself."""
    python = ready(TEST, TOOLS)
    return call([python, "-m", "ruff", "check", "--fix", "."]) or call([python, "-m", "ruff", "format", "."])


def test_kind(options: argparse.Namespace) -> int:
    """Run the control-plane tests on kind clusters. Without Docker they would all be skipped, so it fails at once."""
    if shutil.which("docker") is None:
        return complain("no Docker engine answers: there is no docker in PATH")
    done = subprocess.run(["docker", "version"], check=False, capture_output=True, text=True)
    if done.returncode:
        return complain(f"no Docker engine answers: {done.stderr.strip()}")
    os.environ["SIXFOLD_CLUSTERS"] = ":".join(filter(None, ["kind", options.clusters]))
    return suite.selected(["tests/conformance/controlplane", *passed_on(options)])


def proof(_options: argparse.Namespace) -> int:
    """Run the conformance tests under a long profile, and write the page about this run, even where some failed."""
    python = ready(TEST, TOOLS)
    if os.environ.get("SIXFOLD_PROFILE") != "hour":
        os.environ["SIXFOLD_PROFILE"] = "long"
    record = ROOT / "docs" / "proof.json"
    before = record.stat().st_mtime_ns if record.exists() else 0
    missing = skipped(build_counterparts(python))
    page = f"--proof={record.relative_to(ROOT)}"
    status = call([*suite.pytest_command(python), "-m", "conformance", page], environ=missing)
    if not record.exists() or record.stat().st_mtime_ns == before:
        return complain("the run did not come to its end: docs/proof.md is what it was") or status
    return call([python, "-m", "docs.proof"]) or status


def faults(options: argparse.Namespace) -> int:
    """Run the long set of faults."""
    return call([ready(TEST, TOOLS), "-m", "tests.faults", "--seeds", options.seeds, "--only", options.only])


def fuzz(options: argparse.Namespace) -> int:
    """Run the fuzzing targets, or the properties, for long."""
    flags = [f"--{name}" for name in ("properties", "broken") if getattr(options, name)]
    repeat = ["--repeat", options.repeat] if options.repeat else []
    command = ["tests.fuzz", "--only", options.only, "--minutes", options.minutes]
    return call([ready(TEST, TOOLS), "-m", *command, *flags, *repeat])


def mutate(options: argparse.Namespace) -> int:
    """Change a copy of the code in small ways, one at a time, and run the nearest tests on each."""
    command = ["dev.mutate", "--count", options.count, "--seed", options.seed, "--only", options.only]
    flags = [f"--{name}" for name in ("deep", "measure") if getattr(options, name)]
    return call([ready(TEST, TOOLS), "-m", *command, *flags])


def shape(_options: argparse.Namespace) -> int:
    """Print how the two packages are built."""
    return call([sys.executable, "-m", "dev.shape"])


def lock(options: argparse.Namespace) -> int:
    """Write the lock files."""
    return locks.lock(upgrade=options.upgrade)


def docs(_options: argparse.Namespace) -> int:
    """Write the generated pages: the command reference, the error codes, the JSON Schemas."""
    return call([ready(TEST, TOOLS), "-m", "docs.generate"])


def bench(options: argparse.Namespace) -> int:
    """Run one benchmark; the comparison with Kapitan gets an environment of its own."""
    script = ROOT / "benchmarks" / f"{options.name}.py"
    if not script.is_file():
        known = ", ".join(sorted(path.stem for path in script.parent.glob("*.py")))
        return complain(f"no benchmark {options.name!r}; known: {known}")
    python = ready(TEST, TOOLS)
    if options.name == "compile":
        environment.set_up(CACHE / "kapitan-venv", [environment.KAPITAN], project=False)
    return call([python, script, *passed_on(options)])


def passed_on(options: argparse.Namespace) -> list[str]:
    """Return the arguments after the command, without the `--` that sets them apart."""
    arguments: list[str] = options.rest
    return arguments[1:] if arguments[:1] == ["--"] else arguments


REST = ("rest", {"nargs": argparse.REMAINDER, "help": "passed on"})
TESTING = (
    ("run", run, "compile the examples, start the generator on them, and ask it as Argo CD does", [REST]),
    (
        "test",
        test,
        "lint, then run every test that needs no build from source; after --, only pytest with those arguments",
        [
            ("--all", {"action": "store_true", "help": "every test, with coverage; builds what they need"}),
            REST,
        ],
    ),
    (
        "test-kind",
        test_kind,
        "the control-plane tests on kind clusters: needs Docker (tests/conformance)",
        [("--clusters", {"default": "", "help": "such as prod-dc1-a,dev-dc1-a, or all (default: four)"}), REST],
    ),
    ("proof", proof, "run every test against a real counterpart, and write docs/proof.md from the results", []),
    (
        "faults",
        faults,
        "inject faults, thousands of times, and count the outcomes (docs/faults.md)",
        [
            ("--seeds", {"default": "100", "help": "how much of everything (default: 100)"}),
            ("--only", {"default": "", "help": "faults with commas between them, such as F1,F9"}),
        ],
    ),
    (
        "fuzz",
        fuzz,
        "fuzz for an hour, or run every property with many examples (tests/fuzz/README.md)",
        [
            ("--only", {"default": "", "help": "targets with commas between them, such as loader,paths"}),
            ("--minutes", {"default": "60", "help": "for all of them together (default: 60)"}),
            ("--properties", {"action": "store_true", "help": "the hypothesis tests instead"}),
            ("--broken", {"action": "store_true", "help": "break the code, and see every break found"}),
            ("--repeat", {"help": "check one input again"}),
        ],
    ),
    (
        "mutate",
        mutate,
        "change the code in small ways, and list the changes that no test notices",
        [
            ("--count", {"default": "200", "help": "how many changes (default: 200)"}),
            ("--seed", {"default": "0", "help": "which changes: the same seed gives the same (default: 0)"}),
            ("--only", {"default": "", "choices": ["python", "jsonnet", "chart"], "help": "one kind of file"}),
            (
                "--deep",
                {"action": "store_true", "help": "ask every test but conformance, not the nearest alone"},
            ),
            (
                "--measure",
                {"action": "store_true", "help": "trace again which tests run each line"},
            ),
        ],
    ),
)
UPKEEP = (
    ("lint", lint, "ruff, import-linter and mypy", []),
    ("format", format_code, "format every Python file, and fix what ruff can fix", []),
    ("shape", shape, "print rooms, floors, arrows, circles, untyped places, the longest file and function", []),
    (
        "lock",
        lock,
        "pin every dependency again, with hashes",
        [("--upgrade", {"action": "store_true", "help": "take the newest of everything"})],
    ),
    ("docs", docs, "write the generated parts of docs/ again", []),
    (
        "bench",
        bench,
        "run benchmarks/NAME.py with its own arguments",
        [("name", {"help": "a file of benchmarks/, without .py"}), REST],
    ),
)

if __name__ == "__main__":
    sys.exit(main())
