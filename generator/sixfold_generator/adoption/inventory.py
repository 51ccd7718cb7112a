"""Inventories as files: typed, bounded, and refused when anything about them is off.

Fields that this version does not know are ignored, so that a newer compiler may add some under the same apiVersion;
not so in tombstones and budgets, where an unread field would make an approval wider than it was meant.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.model.tombstone import Deletions, Tombstone

__all__ = ["ClusterInventory", "Inventory", "parse"]

MAX_OBJECTS = 100_000  # in one file
MAX_SIZE = 16 << 20  # bytes of one file

Label = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
Objects = Annotated[int, Field(ge=0, le=MAX_OBJECTS)]
Size = Annotated[int, Field(ge=0, le=MAX_SIZE)]
FileName = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\.yaml$", max_length=255)]
ClusterFile = Annotated[
    str, Field(pattern=r"^(_platform|_tenancy)/[a-z0-9]([-a-z0-9.]*[a-z0-9])?\.yaml$", max_length=255)
]
LabelKey = Annotated[
    str, Field(pattern=r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$", max_length=317)
]
LabelValue = Annotated[str, Field(pattern=r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$", max_length=63)]
# No braces: these reach Argo CD's templates. No white space or controls: they reach URLs and logs.
Server = Annotated[str, Field(pattern=r"^https://[!-z|~]+$", max_length=512)]
Url = Annotated[str, Field(pattern=r"^[!-z|~]+$", max_length=512)]
Branch = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._/-]*$", max_length=255)]
Cell = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,63}/[a-z0-9-]{1,63}$")]
ClusterKey = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,63}/[a-z0-9-]{1,63}/[a-z0-9-]{1,63}$")]


def _relative(path: str) -> str:
    if path and any(part in {"", ".", ".."} for part in path.split("/")):
        raise ValueError("must be a plain relative path")
    return path


TreePath = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]*$", max_length=512), AfterValidator(_relative)]


class _Record(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=False, validate_by_alias=True, frozen=True, strict=True
    )


class FileEntry(_Record):
    """A file by digest and size."""

    digest: Digest
    size: Size


class ObjectsEntry(FileEntry):
    """A file of Kubernetes objects, and which they are."""

    objects: Objects
    holds: Annotated[str, Field(max_length=MAX_SIZE)] = ""


class AppEntry(ObjectsEntry):
    """The overlay of one app."""

    application: Label


class NamespaceEntry(_Record):
    """A team's namespace on the cluster."""

    team: Label
    project: Label
    application: Label
    weight: Count
    apps: dict[Label, AppEntry] = Field(min_length=1)


class ClusterInventory(_Record):
    """`<environment>/<dc>/<cluster>/inventory.json`."""

    api_version: Literal["sixfold.dev/v1"]
    kind: Literal["ClusterInventory"]
    environment: Label
    data_center: Label
    region: Label
    cluster: Label
    server: Server
    instance: Label
    labels: dict[LabelKey, LabelValue]
    application: Label
    project: Label
    wave: Count
    files: dict[ClusterFile, ObjectsEntry]
    namespaces: dict[Label, NamespaceEntry]


class RepositoryEntry(_Record):
    """The deploy repo."""

    url: Url
    branch: Branch
    path: TreePath


class InstanceEntry(_Record):
    """The files of one Argo CD instance, `argocd/<instance>/`."""

    files: dict[FileName, ObjectsEntry]


class TeamEntry(_Record):
    """A team, and how many namespaces it has in each cell where it may run."""

    project: Label
    unit: Literal["namespace", "app"]
    applications: dict[Cell, Count]


class Inventory(_Record):
    """`inventory.json` at the root of the tree."""

    api_version: Literal["sixfold.dev/v1"]
    kind: Literal["Inventory"]
    checksum: Digest  # of the file itself; see sixfold_compiler.tree.seal
    fleet: Label
    compiler: Annotated[str, Field(max_length=64)]
    repository: RepositoryEntry
    clusters: dict[ClusterKey, FileEntry]
    data_centers: dict[Cell, FileEntry]
    argocd: dict[Label, InstanceEntry]
    teams: dict[Label, TeamEntry]
    tombstones: list[Tombstone]
    deletions: Deletions


Kind = TypeVar("Kind", Inventory, ClusterInventory)


def parse(kind: type[Kind], data: bytes, file: str) -> Kind:
    """The inventory in `data`. Raises `DiagnosticError` (SF802), one diagnostic for each of the first ten faults."""
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        raise DiagnosticError(
            Diagnostic(
                "SF802",
                f"{file}: {'.'.join(str(part)[:80] for part in fault['loc']) or 'document'}: {fault['msg'][:200]}",
                Span(file),
                help="inventories are written by `sixfold compile`, never by hand: compile the tree again",
            )
            for fault in error.errors(include_url=False, include_context=False, include_input=False)[:10]
        ) from error
