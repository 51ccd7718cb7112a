"""The record of a conformance run, of which docs/proof.py makes the page: claims under headings, and how they ended."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

__all__ = ["MARKER", "Case", "docstrings", "public", "sections", "tree"]

PAGE = ("docs/proof.json", "docs/proof.md")  # what a run writes: they do not make its own tree unclean
MARKER = "conformance"
MODULE = re.compile(rf"^pytestmark = .*mark\.{MARKER}\b", re.MULTILINE)  # how a module marks all its tests
# What a page of a public repository must not repeat from a message: addresses, and paths of the machine.
PRIVATE = re.compile(r"\w+://[^\s\"']+|(?<![\w.])/[\w.-]+/[^\s\"':,;]*|\b[\w.-]+:\d{2,5}\b|\b\d+\.\d+\.\d+\.\d+\b")


@dataclass
class Case:
    """One test of the run: `outcome` is passed, skipped or failed, `met` is {(name, version)}."""

    section: str
    outcome: str = "passed"
    reason: str = ""
    seconds: float = 0.0
    met: set = field(default_factory=set)


def sections(root, cases):
    """The record's `sections`, in alphabetical order, each with its modules, each with its claims in source order.

    {heading: {summary, command, seconds, met: {counterpart: {version: tests that passed}},
    modules: {path: {about, claims: {test: {note, passed, skipped: {reason: tests}, failed: [parameters]}}}}}}
    """
    result = {}
    for nodeid, case in sorted(cases.items(), key=lambda case: place(root, case[0])):
        path, test, parameters = parts(nodeid)
        section = result.setdefault(
            case.section, {"summary": "", "command": "", "seconds": 0.0, "met": {}, "modules": {}}
        )
        module = section["modules"].setdefault(path, {"about": docstrings(root, path)[""][1], "claims": {}})
        note = docstrings(root, path).get(test, (0, ""))[1]
        claim = module["claims"].setdefault(test, {"note": note, "passed": 0, "skipped": Counter(), "failed": []})
        if case.outcome == "passed":
            claim["passed"] += 1
            for counterpart, version in case.met:
                section["met"].setdefault(counterpart, Counter())[version] += 1
        elif case.outcome == "skipped":
            claim["skipped"][case.reason] += 1
        else:
            claim["failed"].append(public(parameters))
        section["seconds"] += case.seconds
    for section in result.values():
        section["summary"] = summary(root, section["modules"])
        section["command"] = command(root, section["modules"])
        section["seconds"] = round(section["seconds"])
        section["met"] = {name: dict(sorted(versions.items())) for name, versions in sorted(section["met"].items())}
    return dict(sorted(result.items(), key=lambda item: item[0].casefold()))


def parts(nodeid):
    """(path, name of the test, its parameters) of a node id."""
    path, _, claim = nodeid.partition("::")
    test, _, parameters = claim.partition("[")
    return path, test, parameters.removesuffix("]")


def place(root, nodeid):
    """Where a test stands: (path, line, parameters)."""
    path, test, parameters = parts(nodeid)
    return path, docstrings(root, path).get(test, (0, ""))[0], parameters


@cache
def docstrings(root, path):
    """{test: (line, first paragraph of its docstring)} of a module; the module's own under ""."""
    module = ast.parse((root / path).read_text())
    result = {"": (0, paragraph(module))}
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            result[node.name] = (node.lineno, paragraph(node))
    return result


def paragraph(node):
    """The first paragraph of a docstring, on one line; "" where there is none."""
    return " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())


def wholly_marked(root, path):
    """Whether every test of a module carries the marker."""
    return bool(MODULE.search((root / path).read_text()))


def package(root, modules):
    """(folder, pattern for its test modules) of which these are all that have claims; None where there is no such folder."""
    folder = Path(os.path.commonpath([Path(path).parent for path in modules]))
    for pattern in ("**/test_*.py", "test_*.py"):
        known = {path.relative_to(root).as_posix() for path in (root / folder).glob(pattern)}
        claiming = {path for path in known if path in modules or f"mark.{MARKER}" in (root / path).read_text()}
        if len(modules) > 1 and claiming == set(modules):
            return folder, pattern
    return None


def summary(root, modules):
    """What a section proves in a line: its package's own word or its one module's; "" where neither speaks for all."""
    if (result := package(root, list(modules))) and (root / result[0] / "__init__.py").is_file():
        return docstrings(root, (result[0] / "__init__.py").as_posix())[""][1]
    marked = [path for path in modules if wholly_marked(root, path)]
    return next(iter(modules.values()))["about"] if len(modules) == 1 and marked else ""


def command(root, modules):
    """What to give to pytest for exactly the tests of these modules that carry the marker."""
    if result := package(root, list(modules)):
        folder, pattern = result
        known = [path.relative_to(root) for path in (root / folder).glob(pattern)]
        named = folder.as_posix() if "**" in pattern else (folder / pattern).as_posix()
    else:
        known = sorted(modules)
        named = " ".join(known)
    return named if all(wholly_marked(root, path) for path in known) else f"{named} -m {MARKER}"


def public(text):
    """A message on one line, without addresses and paths."""
    return PRIVATE.sub("…", " ".join(text.split()))[:300]


def tree(root):
    """(commit of this checkout, whether nothing else is in it); ("", False) outside git."""

    def git(*arguments):
        return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout

    try:
        changed = [line[3:] for line in git("status", "--porcelain").splitlines()]
        return git("rev-parse", "HEAD").strip(), all(path in PAGE for path in changed)
    except (OSError, subprocess.CalledProcessError):
        return "", False
