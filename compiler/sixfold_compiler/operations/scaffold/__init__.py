"""Create new repos from templates.

The files of `templates/` are copied. In a path, `dot_` becomes a leading dot; in a text, `@TEAM@`, `@APP@` and
`@VERSION@` are replaced.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sixfold_compiler import __version__
from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, listed
from sixfold_compiler.model.patterns import LABEL

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["create_app_repo", "create_deploy_repo", "example_fleet"]

TEMPLATES = Path(__file__).resolve().parent / "templates"
SCHEMAS_FOLDER = ".sixfold"  # the folder of a repo with the schemas for editors
MAX_NAME = 40  # characters
NAMED = 3  # files that a finding names


def create_deploy_repo(folder: Path) -> list[str]:
    """Create a deploy repo with the example fleet, a first app, release files and CI; return the created files.

    Raises:
        DiagnosticError: SF238, a file already exists. Nothing is written then.
    """
    files = _templates("deploy", {"VERSION": __version__})
    fleet = example_fleet()
    for path in sorted(fleet.rglob("*")):
        if path.is_file():
            content = path.read_bytes().replace(b"$schema=../docs/schema/", f"$schema=../{SCHEMAS_FOLDER}/".encode())
            files[f"environments/{path.relative_to(fleet).as_posix()}"] = content
    files |= _schemas("app", "release", "tombstones")
    written = _write(folder, files)
    _place(folder)
    return written


def create_app_repo(folder: Path, team: str, name: str) -> list[str]:
    """Create the files that the repo of a service needs to publish an app; return the created files.

    Args:
        folder: A new or an existing repo.
        team: The team that owns the app.
        name: The app.

    Raises:
        DiagnosticError: SF238, a file already exists; SF239, a name is invalid. Nothing is written then.
    """
    for what, value in (("team", team), ("name", name)):
        if not re.fullmatch(LABEL, value) or len(value) > MAX_NAME:
            hint = f"use at most {MAX_NAME} lower-case letters, digits and '-', with a letter or digit at both ends"
            raise DiagnosticError(
                Diagnostic(
                    "SF239", f"{value!r} is not a valid name of {'a team' if what == 'team' else 'an app'}", None, hint
                )
            )
    files = _templates("app", {"VERSION": __version__, "TEAM": team, "APP": name})
    return _write(folder, files | _schemas("app"))


def example_fleet() -> Path:
    """Return the folder of the example fleet: in the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parents[2]
    packaged = package / "_example" / "environments"
    return packaged if packaged.is_dir() else package.parent.parent / "environments"


def _place(folder: Path) -> None:
    """Adapt the example fleet's lock to the new repo: teams keep their clusters, and the repo's own apps get homes."""
    from sixfold_compiler.inputs.options import Options  # noqa: PLC0415 - only this function needs the compiler
    from sixfold_compiler.placement.place import place, write_lock  # noqa: PLC0415

    fleet = folder / "environments"
    plan = place(Options(fleet=fleet, base=folder, out=folder / "overlays", jobs=1), date.max)
    write_lock(fleet, plan.data)


def _templates(kind: str, values: Mapping[str, str]) -> dict[str, bytes]:
    top = TEMPLATES / kind
    files = {}
    for path in sorted(top.rglob("*")):
        if path.is_file():
            name = re.sub(r"(^|/)dot_", r"\1.", path.relative_to(top).as_posix())
            text = path.read_text("utf-8")
            for key, value in values.items():
                text = text.replace(f"@{key}@", value)
            files[name] = text.encode()
    return files


def _schemas(*kinds: str) -> dict[str, bytes]:
    from sixfold_compiler.model.schema import SCHEMAS, schema_of  # noqa: PLC0415 - only this function needs the models

    return {
        f"{SCHEMAS_FOLDER}/{s.file}": (json.dumps(schema_of(s), separators=(",", ":")) + "\n").encode()
        for s in SCHEMAS
        if s.file.partition(".")[0] in kinds
    }


def _write(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Write new files and return their names, sorted."""
    existing = [name for name in files if (folder / name).exists()]
    if existing:
        text = f"the folder {folder.name or folder} already contains {listed(existing, NAMED)}"
        raise DiagnosticError(Diagnostic("SF238", text, None, "choose another folder, or move these files"))
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return sorted(files)
