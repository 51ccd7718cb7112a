"""Write the SBOMs of the wheel and of the image from the lock files, and check a built wheel against its own.

They are CycloneDX 1.6 as JSON, the same bytes for the same locks: no time, no serial number. A component has the hashes
of every file of its release that the lock allows. A package that only builds the wheel has the scope `excluded`, and
one that only some platforms need `optional`.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["IMAGE", "WHEEL", "Locked", "problems_of", "read_lock", "sbom", "write_sboms"]

ROOT = Path(__file__).resolve().parent.parent
WHEEL = "sbom/sixfold.cdx.json"  # in the wheel as well, in the folder `sboms` of its metadata
IMAGE = "sbom/image.cdx.json"  # in the image as well, as /opt/sixfold/image.cdx.json
LOCKS = {WHEEL: ("requirements.txt", ()), IMAGE: ("requirements-live.txt", ("live",))}
LINE = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)( ; (?P<marker>[^\\]+?))? ?\\?")
HASH = re.compile(r" +--hash=sha256:(?P<hash>[0-9a-f]{64})( \\)?")


@dataclass(frozen=True, slots=True)
class Locked:
    """One package of a lock file: its version, the condition for its installation, and the hashes of its files."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def read_lock(text: str) -> list[Locked]:
    """Return the packages of a lock file.

    Raises:
        ValueError: A line is not one that uv writes, or a package has no hash.
    """
    packages: list[Locked] = []
    for line in text.splitlines():
        if start := LINE.fullmatch(line):
            packages.append(Locked(start["name"], start["version"], start["marker"] or "", ()))
        elif (entry := HASH.fullmatch(line)) and packages:
            last = packages.pop()
            packages.append(Locked(last.name, last.version, last.marker, (*last.hashes, entry["hash"])))
        elif line and not line.startswith("#"):
            raise ValueError(f"not a line of a lock: {line}")
    if bare := [package.name for package in packages if not package.hashes]:
        raise ValueError(f"without a hash: {', '.join(bare)}")
    return packages


def sbom(lock: str, version: str, built_by: frozenset[str]) -> bytes:
    """Return the SBOM of Sixfold with the packages of a lock.

    Args:
        lock: The text of the lock file.
        version: The version of Sixfold.
        built_by: The names of packages that are needed to build the wheel, and not to run it.
    """
    packages = read_lock(lock)
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "sixfold",
                "name": "sixfold",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
            "properties": [{"name": "sixfold:lock:sha256", "value": hashlib.sha256(lock.encode()).hexdigest()}],
        },
        "components": [component(package, built_by) for package in packages],
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def component(package: Locked, built_by: frozenset[str]) -> dict[str, object]:
    """Return one component of an SBOM."""
    purl = f"pkg:pypi/{package.name}@{package.version}"
    record: dict[str, object] = {
        "type": "library",
        "bom-ref": purl,
        "name": package.name,
        "version": package.version,
        "scope": "excluded" if package.name in built_by else "optional" if package.marker else "required",
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in package.hashes],
        "purl": purl,
    }
    if package.marker:
        record["properties"] = [{"name": "sixfold:marker", "value": package.marker}]
    return record


def write_sboms() -> list[Path]:
    """Write the SBOM of each lock file, and return the files."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = settings["project"]
    for file, (lock, extras) in LOCKS.items():
        wanted = [*project["dependencies"], *(line for e in extras for line in project["optional-dependencies"][e])]
        built_by = frozenset(closure(settings["build-system"]["requires"])) - frozenset(closure(wanted))
        path = ROOT / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(sbom((ROOT / lock).read_text(), project["version"], built_by))
    return [ROOT / file for file in LOCKS]


def closure(lines: Iterable[str]) -> Iterator[str]:
    """Yield the names of all packages that requirements lead to, by the metadata of what is installed."""
    todo = [Requirement(line) for line in lines]
    seen: set[tuple[str, frozenset[str]]] = set()
    while todo:
        wanted = todo.pop()
        name, extras = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        yield name
        try:
            needs = [Requirement(line) for line in metadata.requires(name) or ()]
        except metadata.PackageNotFoundError:  # of another platform
            continue
        todo += [n for n in needs if n.marker is None or any(n.marker.evaluate({"extra": e}) for e in ("", *extras))]


def problems_of(wheel: Path) -> list[str]:
    """Return the differences between a wheel and what this checkout says about it; none for a good one.

    Every file has the hash of the wheel's record, which leaves no file out. The lock and the SBOM in it are those of
    the checkout.
    """
    problems = []
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    (record,) = [name for name in files if name.endswith(".dist-info/RECORD")]
    rows = {row[0]: row[1] for row in csv.reader(files[record].decode().splitlines())}
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        if name != record and rows.get(name) != f"sha256={digest}":
            problems.append(f"{name} is not the file of the record")
    problems += [f"{name} is in the record and not in the wheel" for name in rows if name not in files]
    parts = record.rpartition("/")[0]
    for name, source in (
        ("sixfold_compiler/_lock/requirements.txt", "requirements.txt"),
        (f"{parts}/sboms/{Path(WHEEL).name}", WHEEL),
    ):
        if files.get(name) != (ROOT / source).read_bytes():
            problems.append(f"{name} is not {source} of this checkout")
    return problems


def main(arguments: list[str]) -> int:
    """Check wheels, print what is wrong, and return the exit status."""
    status = 0
    for name in arguments:
        problems = problems_of(Path(name))
        digest = hashlib.sha256(Path(name).read_bytes()).hexdigest()
        print("\n".join([*(f"{name}: {problem}" for problem in problems), f"{digest}  {name}"]))
        status |= bool(problems)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
