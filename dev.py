#!/usr/bin/env python3
"""Set up this checkout and run its tasks: `python3 dev.py run`, `test`, `lint`, `docs` and so on.

It needs only Python 3.11 or newer. It installs packages into `.venv` and keeps caches in `.cache`; packages that are
current are not installed again.
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

PROFILES = "SIXFOLD_PROFILE=long or hour gives properties more examples (tests/profiles.py); proof uses long or hour."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one task and return its exit status."""
    options = parser().parse_args(arguments)
    try:
        return int(options.action(options) or 0)
    except CommandError as error:
        return error.status
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line: one command for each row of the tables, with its arguments."""
    top = argparse.ArgumentParser(prog="dev.py", description=__doc__.partition("\n")[0], epilog=PROFILES)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, action, text, arguments in (*TESTING, *UPKEEP):
        command = commands.add_parser(name, help=text, description=text, add_help=action is not bench)
        command.set_defaults(action=action)
        for argument, settings in arguments:
            command.add_argument(argument, **settings)
    return top


def run(options: argparse.Namespace) -> int:
    """Compile the examples, start the generator on the tree, and ask it as Argo CD does."""
    return call([ready(RUN), "examples/demo.py", *passed_on(options)])


def test(options: argparse.Namespace) -> int:
    """Run lint and tests. With `--all`, build the counterparts first, run every test and measure coverage."""
    if arguments := passed_on(options):
        return suite.selected(arguments)
    return suite.thorough() if options.all else suite.quick()


def lint(_options: argparse.Namespace) -> int:
    """Run the static checks: ruff, import-linter and mypy."""
    return int(bool(suite.lint(ready(TEST, TOOLS))))


def format_code(_options: argparse.Namespace) -> int:
    """Format every Python file, and fix what ruff can fix."""
    python = ready(TEST, TOOLS)
    return call([python, "-m", "ruff", "check", "--fix", "."]) or call([python, "-m", "ruff", "format", "."])


def test_kind(options: argparse.Namespace) -> int:
    """Run the control-plane tests on kind clusters. Without Docker it fails, because all of them would be skipped."""
    if shutil.which("docker") is None:
        return complain("Docker is required, but PATH has no docker")
    done = subprocess.run(["docker", "version"], check=False, capture_output=True, text=True)
    if done.returncode:
        return complain(f"Docker is required, but it does not answer: {done.stderr.strip()}")
    os.environ["SIXFOLD_CLUSTERS"] = ":".join(filter(None, ["kind", options.clusters]))
    return suite.selected(["tests/conformance/controlplane", *passed_on(options)])


def proof(_options: argparse.Namespace) -> int:
    """Run the conformance tests with a long profile, and write docs/proof.md about the run, even if tests failed."""
    python = ready(TEST, TOOLS)
    if os.environ.get("SIXFOLD_PROFILE") != "hour":
        os.environ["SIXFOLD_PROFILE"] = "long"
    record = ROOT / "docs" / "proof.json"
    before = record.stat().st_mtime_ns if record.exists() else 0
    missing = skipped(build_counterparts(python))
    page = f"--proof={record.relative_to(ROOT)}"
    status = call([*suite.pytest_command(python), "-m", "conformance", page], environ=missing)
    if not record.exists() or record.stat().st_mtime_ns == before:
        return complain("the run did not finish, so docs/proof.md is unchanged") or status
    return call([python, "-m", "docs.proof"]) or status


def faults(options: argparse.Namespace) -> int:
    """Inject faults at random, and count the outcomes."""
    return call([ready(TEST, TOOLS), "-m", "tests.faults", "--seeds", options.seeds, "--only", options.only])


def fuzz(options: argparse.Namespace) -> int:
    """Run the fuzz targets, or the properties with many examples."""
    flags = [f"--{name}" for name in ("properties", "broken") if getattr(options, name)]
    repeat = ["--repeat", options.repeat] if options.repeat else []
    command = ["tests.fuzz", "--only", options.only, "--minutes", options.minutes]
    return call([ready(TEST, TOOLS), "-m", *command, *flags, *repeat])


def mutate(options: argparse.Namespace) -> int:
    """Make small changes in a copy of the code, one at a time, and run the nearest tests on each."""
    command = ["dev.mutate", "--count", options.count, "--seed", options.seed, "--only", options.only]
    flags = [f"--{name}" for name in ("deep", "measure") if getattr(options, name)]
    return call([ready(TEST, TOOLS), "-m", *command, *flags])


def shape(_options: argparse.Namespace) -> int:
    """Print the figures of the two packages: rooms, floors, arrows, circles, longest file and function."""
    return call([sys.executable, "-m", "dev.shape"])


def lock(options: argparse.Namespace) -> int:
    """Pin every dependency again, and write the lock files."""
    return locks.lock(upgrade=options.upgrade)


def wheel(options: argparse.Namespace) -> int:
    """Build the wheel into `dist/`, or take those that are named, and check each against its record, lock and SBOM."""
    python = ready(TEST, TOOLS)
    if not options.files:
        shutil.rmtree(ROOT / "dist", ignore_errors=True)
        if call([python, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"]):
            return complain("the wheel cannot be built")
    return call([python, "-m", "dev.sbom", *(options.files or sorted((ROOT / "dist").glob("*.whl")))])


def docs(_options: argparse.Namespace) -> int:
    """Write the generated pages: the command reference, the codes, the JSON Schemas and others."""
    return call([ready(TEST, TOOLS), "-m", "docs.generate"])


def bench(options: argparse.Namespace) -> int:
    """Run one benchmark. The comparison with Kapitan gets a virtual environment of its own."""
    script = ROOT / "benchmarks" / f"{options.name}.py"
    if not script.is_file():
        known = ", ".join(sorted(path.stem for path in script.parent.glob("*.py")))
        return complain(f"there is no benchmark {options.name!r}; choose one of: {known}")
    python = ready(TEST, TOOLS)
    if options.name == "compile":
        environment.set_up(CACHE / "kapitan-venv", [environment.KAPITAN], project=False)
    return call([python, script, *passed_on(options)])


def passed_on(options: argparse.Namespace) -> list[str]:
    """Return the arguments after the command, without the `--` that separates them."""
    arguments: list[str] = options.rest
    return arguments[1:] if arguments[:1] == ["--"] else arguments


REST = ("rest", {"nargs": argparse.REMAINDER, "help": "arguments that are passed on"})
TESTING = (
    ("run", run, "compile the examples, start the generator on them, and ask it as Argo CD does", [REST]),
    (
        "test",
        test,
        "run lint and every test that needs no build from source; after --, run only pytest with these arguments",
        [
            ("--all", {"action": "store_true", "help": "build the counterparts, and run every test with coverage"}),
            REST,
        ],
    ),
    (
        "test-kind",
        test_kind,
        "run the control-plane tests on kind clusters; needs Docker (tests/conformance)",
        [
            ("--clusters", {"default": "", "help": "such as prod-dc1-a,dev-dc1-a, or all (default: four)"}),
            REST,
        ],
    ),
    ("proof", proof, "run every test against real programs, and write docs/proof.md from the results", []),
    (
        "faults",
        faults,
        "inject thousands of faults, and count the outcomes (docs/faults.md)",
        [
            ("--seeds", {"default": "100", "help": "number of runs of each fault (default: 100)"}),
            ("--only", {"default": "", "help": "faults to inject, separated by commas, such as F1,F9 (default: all)"}),
        ],
    ),
    (
        "fuzz",
        fuzz,
        "run the fuzz targets for an hour, or the properties with many examples (tests/fuzz/README.md)",
        [
            ("--only", {"default": "", "help": "targets, separated by commas, such as loader,paths (default: all)"}),
            ("--minutes", {"default": "60", "help": "minutes for all targets together (default: 60)"}),
            ("--properties", {"action": "store_true", "help": "run the hypothesis tests instead of the targets"}),
            (
                "--broken",
                {"action": "store_true", "help": "break the code, and check that every break is found"},
            ),
            ("--repeat", {"help": "file with an input to check again"}),
        ],
    ),
    (
        "mutate",
        mutate,
        "make small changes of the code, and list those that no test detects",
        [
            ("--count", {"default": "200", "help": "number of changes (default: 200)"}),
            ("--seed", {"default": "0", "help": "seed of the random choice (default: 0)"}),
            (
                "--only",
                {"default": "", "choices": ["python", "jsonnet", "chart"], "help": "change only this kind of file"},
            ),
            (
                "--deep",
                {"action": "store_true", "help": "run all tests except conformance, not only the nearest"},
            ),
            (
                "--measure",
                {"action": "store_true", "help": "first trace which tests run each line, for this run and later ones"},
            ),
        ],
    ),
)
UPKEEP = (
    ("lint", lint, "run ruff, import-linter and mypy", []),
    ("format", format_code, "format every Python file, and fix what ruff can fix", []),
    ("shape", shape, "print the packages' rooms, floors, circles, untyped places, longest file and function", []),
    (
        "lock",
        lock,
        "pin every dependency again, with hashes",
        [("--upgrade", {"action": "store_true", "help": "use the newest version of every dependency"})],
    ),
    (
        "wheel",
        wheel,
        "build the wheel and check its lock and SBOM, or check the named wheels; prints their hashes",
        [("files", {"nargs": "*", "metavar": "WHEEL", "help": "wheels to check"})],
    ),
    ("docs", docs, "write the generated pages of docs/", []),
    (
        "bench",
        bench,
        "run benchmarks/NAME.py with its own arguments",
        [("name", {"help": "name of a file in benchmarks/, without .py"}), REST],
    ),
)

if __name__ == "__main__":
    sys.exit(main())
