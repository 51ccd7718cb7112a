"""The YAML and JSON files of the projects: fetched once, kept outside the checkout, the same selection in every run.

There are ten thousand files. A run reads `FEW` of each project, selected by digest; the profile `hour` reads all.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from tests.conformance.gomodules import cache, check_allowed, download, forget, only_one
from tests.profiles import is_hour
from tests.support.counterparts import met

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conformance.peers.projects import Project

SUFFIXES = (".yaml", ".yml", ".json", ".tpl")
FEW = 80  # files of each project in an ordinary run
ALL = is_hour()


@dataclass(frozen=True)
class File:
    """One file: `origin` is the project and the path in its repository, `data` the content."""

    origin: str
    data: bytes


def archive(project: Project) -> Path:
    """Return the project's files as one zip in the cache, fetched if needed.

    Raises:
        Unavailable: the files are not in the cache and cannot be fetched.
    """
    kept = kept_at(project)
    with only_one(f"peers-{project}"):
        if not kept.exists():
            check_allowed(f"peers-{project}")
            forget(f"peers-{project}-*")
            result = download(project.module, project.version, project.total)
            draft = kept.with_suffix(".part")
            prefix = f"{project.module}@{project.version}/"
            with zipfile.ZipFile(result["Zip"]) as original, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as ours:
                for name in sorted(original.namelist()):
                    if name.endswith(SUFFIXES):
                        ours.writestr(
                            zipfile.ZipInfo(name.removeprefix(prefix)), original.read(name), zipfile.ZIP_DEFLATED
                        )
                ours.comment = result["Version"].encode()
            draft.replace(kept)
        kept.touch()
    return kept


def kept_at(project: Project) -> Path:
    """Return the path of the project's zip in the cache; its name is a digest of the project's sum."""
    digest = hashlib.sha256(f"{project.total} {SUFFIXES} with version".encode()).hexdigest()[:16]
    return cache() / f"peers-{project}-{digest}.zip"


def meet(project: Project) -> None:
    """Record that a test uses a project's files, with the version that go reported when it fetched them."""
    with zipfile.ZipFile(archive(project)) as kept:
        met(project.name, kept.comment.decode())


def files(project: Project) -> list[File]:
    """Return a few files of the project, or all, without files of the same content, sorted by digest."""
    result: dict[str, File] = {}
    with zipfile.ZipFile(archive(project)) as kept:
        for name in kept.namelist():
            data = kept.read(name)
            result.setdefault(hashlib.sha256(data).hexdigest(), File(f"{project}:{name}", data))
    chosen = sorted(result)
    return [result[digest] for digest in (chosen if ALL else chosen[:FEW])]


def objects(file: File) -> list[dict[str, Any]]:
    """Return the Kubernetes objects that a tolerant reader finds in the file; none if it cannot read the file."""
    try:
        return [value for value in yaml.load_all(file.data, Loader=Tolerant) if is_object(value)]
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, TypeError, RecursionError):
        return []


def is_object(value: Any) -> bool:
    """Return whether a value has the fields of every Kubernetes object."""
    return (
        isinstance(value, dict)
        and all(isinstance(value.get(field), str) for field in ("apiVersion", "kind"))
        and isinstance(value.get("metadata"), dict)
        and isinstance(value["metadata"].get("name"), str)
    )


class Tolerant(yaml.CSafeLoader):
    """A reader of YAML 1.1 like kubectl's: dates and a lone `=` are text."""


for _tag in ("value", "timestamp"):
    Tolerant.add_constructor(f"tag:yaml.org,2002:{_tag}", Tolerant.construct_scalar)
