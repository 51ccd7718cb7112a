#!/usr/bin/env python3
"""Set up this checkout and run what is in it: `python3 dev.py run`, `test`, `faults`, `fuzz` and so on.

Needs a Python of 3.11 or newer and nothing else. Everything goes into `.venv` and `.cache` here; what is already
current is not installed again.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent
CACHE = ROOT / ".cache"
VENV = ROOT / ".venv"
RUN = "requirements.txt"  # what sixfold needs to run, and to be installed from this checkout
LIVE = "requirements-live.txt"  # the same and the Kubernetes client: what the image installs
TEST = "requirements-test.txt"  # the same and everything that tests it
TOOLS = "requirements-tools.txt"  # packages of which only the carried program is used: installed without dependencies
KAPITAN = "benchmarks/requirements-kapitan.txt"  # a peer to compare with; its dependencies clash with ours
OLDEST = (3, 11)
PEER = "kapitan[gojsonnet,rapidyaml,reclass-rs]>=0.36,<0.37"  # with everything that makes it faster
PIP_TOOLS = "pip-tools==7.6.2"


class Failed(Exception):  # noqa: N818 - reads as what happened
    """A command ended with this exit status; its own output says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    more = "SIXFOLD_PROFILE=long, or hour, makes test and proof try more than usual (tests/profiles.py); proof is long."
    parser = argparse.ArgumentParser(prog="dev.py", description=__doc__.partition("\n")[0], epilog=more)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, action, text in (
        ("run", run, "compile the examples, start the generator on them, and ask it as Argo CD does"),
        ("test", test, "ruff, mypy and pytest with coverage; with arguments after --, only pytest with those"),
        ("test-kind", test_kind, "the control-plane tests on kind clusters: needs Docker (tests/conformance)"),
        ("proof", proof, "run every test against a real counterpart, and write docs/proof.md from what came of it"),
        ("faults", faults, "put faults in, thousands of times, and count what came of it (docs/faults.md)"),
        ("fuzz", fuzz, "fuzz for an hour, or run every property with many examples (tests/fuzz/README.md)"),
        ("lock", lock, "pin every dependency again, with hashes (--upgrade for the newest of each)"),
        ("docs", docs, "write the generated parts of docs/ anew"),
        ("bench", bench, "run benchmarks/NAME.py with its own arguments"),
    ):
        command = commands.add_parser(name, help=text, description=text, add_help=name != "bench")
        command.set_defaults(action=action)
        if name == "bench":
            command.add_argument("name", help="a file of benchmarks/, without .py")
        if name == "lock":
            command.add_argument("--upgrade", action="store_true", help="take the newest of everything")
        if name == "faults":
            command.add_argument("--seeds", type=int, default=100, help="how much of everything (default: 100)")
            command.add_argument("--only", default="", help="faults with commas between them, such as F1,F9")
        if name == "fuzz":
            command.add_argument("--only", default="", help="targets with commas between them, such as loader,paths")
            command.add_argument("--minutes", default="60", help="for all of them together (default: 60)")
            command.add_argument("--properties", action="store_true", help="the hypothesis tests instead")
            command.add_argument("--broken", action="store_true", help="break the code, and see every break found")
            command.add_argument("--repeat", help="check one input again")
        if name == "test-kind":
            command.add_argument("--clusters", default="", help="such as prod-dc1-a,dev-dc1-a, or all (default: four)")
        if name in {"run", "test", "test-kind", "bench"}:
            command.add_argument("rest", nargs=argparse.REMAINDER, help="passed on")
    options = parser.parse_args(arguments)
    if sys.version_info < OLDEST:
        return complain(f"this is Python {sys.version.split()[0]}; Sixfold needs 3.11 or newer")
    try:
        return int(options.action(options) or 0)
    except Failed as failed:
        return failed.status
    except KeyboardInterrupt:
        return 130


def run(options: argparse.Namespace) -> int:
    """Compile the examples and serve them, as a new reader of this repository would like to see."""
    python = set_up(VENV, [RUN])
    return call([python, "examples/demo.py", *passed_on(options)])


def test(options: argparse.Namespace) -> int:
    """Lint, type-check, then test, all of them even when one fails; pytest's summary closes the output."""
    python = set_up(VENV, [TEST, TOOLS])
    if arguments := passed_on(options):
        return call([python, "-m", "pytest", *arguments])
    failed = [
        name
        for name, command in (
            ("ruff", [python, "-m", "ruff", "check", "."]),
            ("mypy", [python, "-m", "mypy"]),
            ("import-linter", [Path(python).with_name("lint-imports"), "--no-logo"]),
        )
        if call(command)
    ]
    if failed:
        complain(f"failed: {', '.join(failed)}")  # before pytest, whose summary is the last thing to be seen
    return int(bool(call([python, "-m", "pytest", *spread(), "-p", "tests.measured"]) or failed))


def spread() -> list[str]:
    """Flags of pytest for a run in as many processes as there are CPUs; tests/spread.py says which tests stay together.

    More than four would each make the same fixtures for little of the rest.
    """
    # Tests start hundreds of processes: none of them shall compile the same sources again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(CACHE / "bytecode")
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return ["-n", str(min(cpus, 4))]


def test_kind(options: argparse.Namespace) -> int:
    """Run the control-plane tests on kind clusters. Without Docker they would all be skipped, so it fails at once."""
    if shutil.which("docker") is None:
        return complain("no Docker engine answers: there is no docker in PATH")
    done = subprocess.run(["docker", "version"], check=False, capture_output=True, text=True)
    if done.returncode:
        return complain(f"no Docker engine answers: {done.stderr.strip()}")
    python = set_up(VENV, [TEST, TOOLS])
    os.environ["SIXFOLD_CLUSTERS"] = ":".join(filter(None, ["kind", options.clusters]))
    return call([python, "-m", "pytest", "tests/conformance/controlplane", *passed_on(options)])


def proof(_options: argparse.Namespace) -> int:
    """Run the conformance tests under a long profile, and write the page about this run, even where some failed."""
    python = set_up(VENV, [TEST, TOOLS])
    if os.environ.get("SIXFOLD_PROFILE") != "hour":
        os.environ["SIXFOLD_PROFILE"] = "long"
    record = ROOT / "docs" / "proof.json"
    before = record.stat().st_mtime_ns if record.exists() else 0
    page = f"--proof={record.relative_to(ROOT)}"
    status = call([python, "-m", "pytest", *spread(), "-m", "conformance", page])
    if not record.exists() or record.stat().st_mtime_ns == before:
        return complain("the run did not come to its end: docs/proof.md is what it was") or status
    return call([python, "-m", "docs.proof"]) or status


def faults(options: argparse.Namespace) -> int:
    """Run the long set of faults."""
    python = set_up(VENV, [TEST, TOOLS])
    return call([python, "-m", "tests.faults", "--seeds", str(options.seeds), "--only", options.only])


def fuzz(options: argparse.Namespace) -> int:
    """Run the fuzzing targets, or the properties, for long."""
    python = set_up(VENV, [TEST, TOOLS])
    flags = [f"--{name}" for name in ("properties", "broken") if getattr(options, name)]
    repeat = ["--repeat", options.repeat] if options.repeat else []
    return call([python, "-m", "tests.fuzz", "--only", options.only, "--minutes", options.minutes, *flags, *repeat])


def docs(_options: argparse.Namespace) -> int:
    """Write the generated pages: the command reference, the error codes, the JSON Schemas."""
    return call([set_up(VENV, [TEST, TOOLS]), "-m", "docs.generate"])


def bench(options: argparse.Namespace) -> int:
    """Run one benchmark; the comparison with Kapitan gets an environment of its own."""
    script = ROOT / "benchmarks" / f"{options.name}.py"
    if not script.is_file():
        known = ", ".join(sorted(path.stem for path in script.parent.glob("*.py")))
        return complain(f"no benchmark {options.name!r}; known: {known}")
    python = set_up(VENV, [TEST, TOOLS])
    if options.name == "compile":
        set_up(CACHE / "kapitan-venv", [KAPITAN], project=False)
    return call([python, script, *passed_on(options)])


def passed_on(options: argparse.Namespace) -> list[str]:
    """The arguments behind the command, without the `--` that sets them apart."""
    rest: list[str] = options.rest
    return rest[1:] if rest[:1] == ["--"] else rest


def set_up(venv: Path, locks: Sequence[str], *, project: bool = True) -> str:
    """Bring a virtual environment up to date with lock files (and this project); its Python."""
    python = venv / "bin" / "python"
    wanted = {"python": sys.version} | {name: digest(name) for name in locks}
    if TEST in locks:
        wanted[RUN] = digest(RUN)  # the test lock holds the runtime lock, version by version
    if project:
        wanted["project"] = digest("pyproject.toml")
    stamp = venv / "installed.json"
    with only_one(venv.name):
        done = read_stamp(stamp) if python.exists() else {}
        if done.get("python") != wanted["python"]:
            say(f"making {venv.relative_to(ROOT)} with Python {sys.version.split()[0]}")
            shutil.rmtree(venv, ignore_errors=True)
            must([sys.executable, "-m", "venv", venv])
            done = {}
        if all(done.get(key) == value for key, value in wanted.items()):
            return str(python)
        pip: list[str | Path] = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
        for name in locks:
            if done.get(name) != wanted[name]:
                say(f"installing {name}")
                stamp.unlink(missing_ok=True)  # a run that is cut short starts over
                must([*pip, "--require-hashes", *(["--no-deps"] if name == TOOLS else []), "-r", ROOT / name])
                done |= {key: wanted[key] for key in ("python", name, *([RUN] if name == TEST else []))}
                stamp.write_text(json.dumps(done, indent=2) + "\n")
        if project and done.get("project") != wanted["project"]:
            must([*pip, "--no-deps", "--no-build-isolation", "--editable", ROOT])
            stamp.write_text(json.dumps(done | wanted, indent=2) + "\n")
    return str(python)


def lock(options: argparse.Namespace) -> int:
    """Write the lock files. Run it on the oldest Python that is supported: its conditional packages are the most."""
    if sys.version_info[:2] != OLDEST:
        return complain("lock with Python 3.11, the oldest supported: newer ones leave out packages that it needs")
    python = CACHE / "lock-venv" / "bin" / "python"
    if not python.exists():
        must([sys.executable, "-m", "venv", python.parent.parent])
    must([python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", PIP_TOOLS])
    pins: list[str | Path] = [
        python, "-m", "piptools", "compile", "--quiet", "--generate-hashes", "--allow-unsafe", "--strip-extras",
        "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host",
        "--no-emit-options", "--resolver=backtracking", *(["--upgrade"] if options.upgrade else []),
    ]  # fmt: skip
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*settings["build-system"]["requires"], *settings["project"]["dependencies"]]
    extras = [line for extra in settings["project"]["optional-dependencies"].values() for line in extra]
    must([*pins, f"--output-file={RUN}", "-"], text="\n".join(wanted))
    must([*pins, f"--constraint={RUN}", f"--output-file={TEST}", "-"], text="\n".join([*wanted, *extras]))
    live = settings["project"]["optional-dependencies"]["live"]
    must([*pins, f"--constraint={TEST}", f"--output-file={LIVE}", "-"], text="\n".join([*wanted, *live]))
    must([*pins, f"--output-file={KAPITAN}", "-"], text=PEER)
    lock_tools(python, upgrade=options.upgrade)
    return 0


def lock_tools(python: Path, *, upgrade: bool) -> None:
    """Pin the packages of the tools lock by the hash of their wheels; one for a single platform has a marker."""
    lines = (ROOT / TOOLS).read_text().splitlines()
    comments = [line for line in lines if line.startswith("#")]
    pins = []
    for line in [line.removesuffix("\\").strip() for line in lines if re.match(r"[a-z0-9-]+==", line)]:
        pin, _, marker = line.partition(" ; ")
        name = pin.partition("==")[0]
        with tempfile.TemporaryDirectory() as folder:
            must([python, "-m", "pip", "--quiet", "--disable-pip-version-check", "download", "--no-deps",
                  "--only-binary=:all:", "--dest", folder, name if upgrade else pin])  # fmt: skip
            (wheel,) = Path(folder).iterdir()
            version = wheel.name.split("-")[1]
            value = hashlib.sha256(wheel.read_bytes()).hexdigest()
        pins.append(f"{name}=={version}{f' ; {marker}' if marker else ''} \\\n    --hash=sha256:{value}")
    (ROOT / TOOLS).write_text("\n".join([*comments, *pins]) + "\n")


@contextmanager
def only_one(name: str) -> Iterator[None]:
    """Hold a lock file, so that two commands at once do not install into one environment."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def digest(name: str) -> str:
    """The digest of a file of this checkout."""
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def read_stamp(path: Path) -> dict[str, str]:
    """What was installed last; nothing when that is unknown."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def call(command: Sequence[str | Path], text: str | None = None) -> int:
    """Run a command in the checkout with our own streams, or with `text` as its input; its exit status."""
    sys.stdout.flush()
    environment = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "PYTHONHOME"}}
    parts = [str(part) for part in command]
    return subprocess.run(parts, cwd=ROOT, env=environment, input=text, text=True, check=False).returncode


def must(command: Sequence[str | Path], text: str | None = None) -> None:
    """Run a command; Failed when it fails."""
    if status := call(command, text):
        complain(f"{Path(command[0]).name} failed with exit status {status}")
        raise Failed(status)


def say(text: str) -> None:
    """Tell a person what goes on."""
    print(f"dev.py: {text}", file=sys.stderr, flush=True)


def complain(text: str) -> int:
    """Tell a person what went wrong; the exit status for it."""
    say(text)
    return 2


if __name__ == "__main__":
    sys.exit(main())
