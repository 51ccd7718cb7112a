"""New repos from templates: the files of `templates/`, with names and versions filled in.

In a template's path `dot_` stands for a leading dot, and in its text `@TEAM@`, `@APP@` and `@VERSION@` are replaced.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

from sixfold_compiler import __version__
from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.model.patterns import LABEL

__all__ = ["example_fleet", "make_app", "make_deploy"]

TEMPLATES = Path(__file__).resolve().parent / "templates"
SCHEMAS_FOLDER = ".sixfold"  # where a repo keeps the schemas that its editor lines name


def make_deploy(folder: Path) -> list[str]:
    """Make a deploy repo: the example fleet, a first app, release files, CI. The files made, relative to `folder`.

    Raises:
        DiagnosticError: SF238, a file of that name is there already (nothing is written then).
    """
    files = _templates("deploy", {"VERSION": __version__})
    fleet = example_fleet()
    for path in sorted(fleet.rglob("*")):
        if path.is_file():
            content = path.read_bytes().replace(b"$schema=../docs/schema/", f"$schema=../{SCHEMAS_FOLDER}/".encode())
            files[f"environments/{path.relative_to(fleet).as_posix()}"] = content
    files |= _schemas("app", "release", "tombstones")
    made = _write(folder, files)
    _place(folder)
    return made


def _place(folder: Path) -> None:
    """Make the lock of the example fleet that of this repo: the teams stay where they are, the homes are its apps'."""
    from sixfold_compiler.inputs.options import Options  # noqa: PLC0415 - the compiler is needed for this alone
    from sixfold_compiler.placement.place import place, write_lock  # noqa: PLC0415

    fleet = folder / "environments"
    placing = place(Options(fleet=fleet, base=folder, out=folder / "overlays", jobs=1), date.max)
    write_lock(fleet, placing.data)


def make_app(folder: Path, team: str, name: str) -> list[str]:
    """Make the files of an app repo. The files made, relative to `folder`.

    Raises:
        DiagnosticError: SF238, a file of that name is there already; SF239, a name cannot be one. Nothing is written.
    """
    for what, value in (("team", team), ("name", name)):
        if not re.fullmatch(LABEL, value) or len(value) > 40:
            raise DiagnosticError(
                Diagnostic(
                    "SF239",
                    f"the {what} {value!r} cannot be a name",
                    None,
                    "use lower-case letters, digits and dashes, at most 40",
                )
            )
    files = _templates("app", {"VERSION": __version__, "TEAM": team, "APP": name})
    return _write(folder, files | _schemas("app"))


def example_fleet() -> Path:
    """The example fleet: inside the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parents[2]
    packaged = package / "_example" / "environments"
    return packaged if packaged.is_dir() else package.parent.parent / "environments"


def _templates(kind: str, values: dict[str, str]) -> dict[str, bytes]:
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
    from sixfold_compiler.model.schema import SCHEMAS, schema_of  # noqa: PLC0415 - the models are needed for this alone

    return {
        f"{SCHEMAS_FOLDER}/{s.file}": (json.dumps(schema_of(s), separators=(",", ":")) + "\n").encode()
        for s in SCHEMAS
        if s.file.partition(".")[0] in kinds
    }


def _write(folder: Path, files: dict[str, bytes]) -> list[str]:
    there = [name for name in files if (folder / name).exists()]
    if there:
        sample = ", ".join(there[:3]) + (f" and {len(there) - 3} more" if len(there) > 3 else "")
        message = f"{folder.name or folder} already has {sample}"
        raise DiagnosticError(Diagnostic("SF238", message, None, "choose a new folder, or move them"))
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return sorted(files)
