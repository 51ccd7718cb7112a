"""Limits of inventories: the sizes, counts and names with which the generator accepts a tree.

The shape of inventories is that of `sixfold_compiler.model.inventory`. The limits keep a hostile or broken tree from
filling the memory, and keep names out of Argo CD's templates, of paths, of URLs and of logs that could break them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.model import patterns
from sixfold_compiler.model.inventory import ClusterInventory, RootInventory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sixfold_compiler.model.inventory import FileEntry, FileRef

__all__ = ["LIMITS", "parse"]

MAX_OBJECTS = 100_000  # in one file
MAX_SIZE = 16 << 20  # bytes of one file, and characters of the identities of its objects
MAX_COUNT = 10_000_000  # namespaces of a team in a cell, a weight, a wave
SHOWN = 10  # faults of one file that are reported

Inventory = TypeVar("Inventory", RootInventory, ClusterInventory)


@dataclass(frozen=True, slots=True)
class Limit:
    """The form of a text: its pattern, its largest length, and the requirement that a finding states."""

    pattern: re.Pattern[str]
    length: int
    words: str

    def admits(self, text: str) -> bool:
        """Return whether a text has the form."""
        return len(text) <= self.length and self.pattern.fullmatch(text) is not None


_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_FILE = r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?\.yaml"
LIMITS = {
    name: Limit(re.compile(pattern), length, words)
    for name, (pattern, length, words) in {
        "label": (_LABEL, 63, "must be a name of at most 63 lower-case letters, digits and '-'"),
        "digest": (r"sha256:[0-9a-f]{64}", 71, "must be `sha256:` and 64 hexadecimal digits"),
        "file name": (_FILE, 255, "must be the name of a .yaml file"),
        "cluster file": (rf"(_platform|_tenancy)/{_FILE}", 255, "must be a .yaml file in _platform/ or _tenancy/"),
        # What the compiler takes from a fleet, with the same patterns.
        "label key": (patterns.LABEL_KEY, 317, "must be the key of a label"),
        "label value": (patterns.LABEL_VALUE, 63, "must be the value of a label"),
        "server": (patterns.HTTPS_URL, patterns.MAX_URL, "must be an https:// URL without braces and spaces"),
        "identity": (r"[!-z|~]*", 4096, "must be a text of at most 4096 characters without braces and spaces"),
        "url": (patterns.REPOSITORY, patterns.MAX_URL, "must be the URL of a git repository without braces and spaces"),
        "branch": (patterns.BRANCH, patterns.MAX_BRANCH, "must be the name of a branch"),
        "cell": (r"[a-z0-9-]{1,63}/[a-z0-9-]{1,63}", 127, "must be `environment/dataCenter`"),
        "cluster key": (r"[a-z0-9-]{1,63}(/[a-z0-9-]{1,63}){2}", 191, "must be `environment/dataCenter/cluster`"),
        "tree path": (patterns.TREE_PATH, patterns.MAX_URL, "must be a plain relative path"),
        "version": (r"[\s\S]*", 64, "must have at most 64 characters"),
        "holds": (r"[\s\S]*", MAX_SIZE, f"must have at most {MAX_SIZE} characters"),
    }.items()
}


def parse(kind: type[Inventory], data: bytes, file: str) -> Inventory:
    """Read an inventory and check its limits.

    Raises:
        DiagnosticError: SF802, with one diagnostic for each of the first ten faults.
    """
    try:
        inventory = kind.parse(data)
    except ValidationError as error:
        faults = [
            (tuple(map(str, fault["loc"])), _WORDS.get(fault["type"], "is not valid")) for fault in error.errors()
        ]
    else:
        faults = list(_root(inventory) if isinstance(inventory, RootInventory) else _cluster(inventory))
        if not faults:
            return inventory
    raise DiagnosticError(
        Diagnostic(
            "SF802",
            f"{'.'.join(part[:80] for part in path) or 'the document'} of {file} {words}",
            Span(file),
            help="compile the tree again with `sixfold compile`, which writes the inventories",
        )
        for path, words in faults[:SHOWN]
    )


Fault = tuple[tuple[str, ...], str]  # the path of a value, and what is wrong

_WORDS = {
    "missing": "is missing",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "dict_type": "must be an object",
    "dataclass_type": "must be an object",
    "tuple_type": "must be a list",
    "json_invalid": "is not valid JSON",
    "extra_forbidden": "is an unknown field",
}


def _root(root: RootInventory) -> Iterator[Fault]:
    yield from _texts(("checksum",), "digest", root.checksum)
    yield from _texts(("fleet",), "label", root.fleet)
    yield from _texts(("compiler",), "version", root.compiler)
    if root.build:
        yield from _texts(("build",), "digest", root.build)
    yield from _texts(("repository", "url"), "url", root.repository.url)
    yield from _texts(("repository", "branch"), "branch", root.repository.branch)
    yield from _texts(("repository", "path"), "tree path", root.repository.path)
    yield from _entries(("clusters",), "cluster key", root.clusters, _reference)
    yield from _entries(("dataCenters",), "cell", root.cells, _reference)
    for name, instance in root.argocd.items():
        yield from _texts(("argocd", name), "label", name)
        yield from _entries(("argocd", name, "files"), "file name", instance.files, _objects)
    for name, team in root.teams.items():
        yield from _texts(("teams", name), "label", name)
        yield from _texts(("teams", name, "project"), "label", team.project)
        yield from _entries(("teams", name, "applications"), "cell", team.applications, _count)


def _cluster(cluster: ClusterInventory) -> Iterator[Fault]:
    labels = {
        "environment": cluster.environment,
        "dataCenter": cluster.data_center,
        "region": cluster.region,
        "cluster": cluster.cluster,
        "instance": cluster.instance,
        "application": cluster.application,
        "project": cluster.project,
    }
    for name, value in labels.items():
        yield from _texts((name,), "label", value)
    yield from _texts(("server",), "server", cluster.server)
    for key, value in cluster.identity.items():
        yield from _texts(("identity", key), "label", key)
        yield from _texts(("identity", key), "identity", value)
    for key, value in cluster.labels.items():
        yield from _texts(("labels", key), "label key", key)
        yield from _texts(("labels", key), "label value", value)
    yield from _count(("wave",), cluster.wave)
    yield from _entries(("files",), "cluster file", cluster.files, _objects)
    for name, row in cluster.namespaces.items():
        path = ("namespaces", name)
        yield from _texts(path, "label", name)
        yield from _texts((*path, "team"), "label", row.team)
        yield from _texts((*path, "project"), "label", row.project)
        yield from _texts((*path, "application"), "label", row.application)
        yield from _count((*path, "weight"), row.weight)
        if not row.apps:
            yield (*path, "apps"), "must have at least one app"
        yield from _entries((*path, "apps"), "label", row.apps, _objects)
        for app, overlay in row.apps.items():
            yield from _texts((*path, "apps", app, "application"), "label", overlay.application)


Value = TypeVar("Value")


def _entries(
    path: tuple[str, ...],
    kind: str,
    entries: Mapping[str, Value],
    check: Callable[[tuple[str, ...], Value], Iterator[Fault]],
) -> Iterator[Fault]:
    """Yield the faults of a mapping: of its keys, which have the form `kind`, and of its values, by `check`."""
    for key, value in entries.items():
        yield from _texts((*path, key), kind, key)
        yield from check((*path, key), value)


def _texts(path: tuple[str, ...], kind: str, text: str) -> Iterator[Fault]:
    limit = LIMITS[kind]
    if not limit.admits(text):
        yield path, limit.words


def _count(path: tuple[str, ...], number: int) -> Iterator[Fault]:
    if not 0 <= number <= MAX_COUNT:
        yield path, f"must be between 0 and {MAX_COUNT}"


def _reference(path: tuple[str, ...], entry: FileRef) -> Iterator[Fault]:
    yield from _texts((*path, "digest"), "digest", entry.digest)
    if not 0 <= entry.size <= MAX_SIZE:
        yield (*path, "size"), f"must be between 0 and {MAX_SIZE}"


def _objects(path: tuple[str, ...], entry: FileEntry) -> Iterator[Fault]:
    yield from _reference(path, entry)
    yield from _texts((*path, "holds"), "holds", entry.holds)
    if not 0 <= entry.objects <= MAX_OBJECTS:
        yield (*path, "objects"), f"must be between 0 and {MAX_OBJECTS}"
