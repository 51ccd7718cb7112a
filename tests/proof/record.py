"""The record of a conformance run: claims by heading, with their outcomes. docs/proof.py renders it as a page."""

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

PAGE = ("docs/proof.json", "docs/proof.md")  # a run writes these files, so they do not make its tree unclean
MARKER = "conformance"
MODULE = re.compile(rf"^pytestmark = .*mark\.{MARKER}\b", re.MULTILINE)  # the line that marks all tests of a module
# Parts of messages that a page of a public repository must not repeat: addresses, and paths of the machine.
PRIVATE = re.compile(r"\w+://[^\s\"']+|(?<![\w.])/[\w.-]+/[^\s\"':,;]*|\b[\w.-]+:\d{2,5}\b|\b\d+\.\d+\.\d+\.\d+\b")


@dataclass
class Case:
    """One test of the run: `outcome` is passed, skipped or failed, `met` has (name, version) of each counterpart."""

    section: str
    outcome: str = "passed"
    reason: str = ""
    seconds: float = 0.0
    met: set = field(default_factory=set)


def sections(root, cases):
    """Return the record's `sections` in alphabetical order, with their modules and with claims in source order.

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
    """Split a node id into the path, the name of the test, and its parameters."""
    path, _, claim = nodeid.partition("::")
    test, _, parameters = claim.partition("[")
    return path, test, parameters.removesuffix("]")


def place(root, nodeid):
    """Return the position of a test as (path, line, parameters)."""
    path, test, parameters = parts(nodeid)
    return path, docstrings(root, path).get(test, (0, ""))[0], parameters


@cache
def docstrings(root, path):
    """Return {test: (line, first paragraph of its docstring)} of a module, with the module's own docstring under ""."""
    module = ast.parse((root / path).read_text())
    result = {"": (0, paragraph(module))}
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            result[node.name] = (node.lineno, paragraph(node))
    return result


def paragraph(node):
    """Return the first paragraph of a node's docstring on one line, or "" without a docstring."""
    return " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())


def wholly_marked(root, path):
    """Return whether a module marks all of its tests."""
    return bool(MODULE.search((root / path).read_text()))


def package(root, modules):
    """Return (folder, pattern) whose test modules with claims are exactly these modules, or None."""
    folder = Path(os.path.commonpath([Path(path).parent for path in modules]))
    for pattern in ("**/test_*.py", "test_*.py"):
        known = {path.relative_to(root).as_posix() for path in (root / folder).glob(pattern)}
        claiming = {path for path in known if path in modules or f"mark.{MARKER}" in (root / path).read_text()}
        if len(modules) > 1 and claiming == set(modules):
            return folder, pattern
    return None


def summary(root, modules):
    """Return a section's claim, the docstring of its package or only module; "" if neither covers all its tests."""
    if (result := package(root, list(modules))) and (root / result[0] / "__init__.py").is_file():
        return docstrings(root, (result[0] / "__init__.py").as_posix())[""][1]
    marked = [path for path in modules if wholly_marked(root, path)]
    return next(iter(modules.values()))["about"] if len(modules) == 1 and marked else ""


def command(root, modules):
    """Return the arguments with which pytest runs exactly the marked tests of these modules."""
    if result := package(root, list(modules)):
        folder, pattern = result
        known = [path.relative_to(root) for path in (root / folder).glob(pattern)]
        named = folder.as_posix() if "**" in pattern else (folder / pattern).as_posix()
    else:
        known = sorted(modules)
        named = " ".join(known)
    return named if all(wholly_marked(root, path) for path in known) else f"{named} -m {MARKER}"


def public(text):
    """Return a message on one line, without addresses and paths, of at most 300 characters."""
    return PRIVATE.sub("…", " ".join(text.split()))[:300]


def tree(root):
    """Return (commit, whether no other file has changes) of the checkout, or ("", False) outside git."""

    def git(*arguments):
        return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout

    try:
        changed = [line[3:] for line in git("status", "--porcelain").splitlines()]
        return git("rev-parse", "HEAD").strip(), all(path in PAGE for path in changed)
    except (OSError, subprocess.CalledProcessError):
        return "", False
