"""Create new repos from templates.

The files of `templates/` are copied. In a path, `dot_` becomes a leading dot. In a text, `@TEAM@`, `@APP@` and
`@SHELL@` are replaced, and lines such as `@GITHUB deploy@` become the lines that install Sixfold in this place, if any.
"""

from __future__ import annotations

import json
import re
import textwrap
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, listed
from sixfold_compiler.model.names import NAMES_FILE
from sixfold_compiler.model.patterns import LABEL
from sixfold_compiler.operations.scaffold.install import PYTHON, Install

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["create_app_repo", "create_ci", "create_deploy_repo", "example_fleet"]

TEMPLATES = Path(__file__).resolve().parent / "templates"
SCHEMAS_FOLDER = ".sixfold"  # the folder of a repo with the schemas for editors
CI = (".github/workflows/", ".gitlab-ci.yml", ".sixfold/")  # what only a repo with CI has
MAX_NAME = 40  # characters
NAMED = 3  # files that a finding names


def create_deploy_repo(folder: Path, install: Install | None) -> list[str]:
    """Create a deploy repo with the example fleet, a first app, release files and CI; return the created files.

    Args:
        folder: A new folder.
        install: What CI installs; None: the repo gets no CI.

    Raises:
        DiagnosticError: SF238, a file already exists. Nothing is written then.
    """
    files = {n: data for n, data in _deploy_files(install or Install()).items() if install or not n.startswith(CI)}
    fleet = example_fleet()
    for path in sorted(fleet.rglob("*")):
        if path.is_file() and path.name != NAMES_FILE:  # names of the example's apps
            content = path.read_bytes().replace(b"$schema=../docs/schema/", f"$schema=../{SCHEMAS_FOLDER}/".encode())
            files[f"environments/{path.relative_to(fleet).as_posix()}"] = content
    files |= _schemas("app", "release", "tombstones")
    written = _write(folder, files)
    _place(folder)
    return written


def create_ci(folder: Path, install: Install) -> list[str]:
    """Create the CI of a deploy repo, in a repo that has none; return the created files.

    Raises:
        DiagnosticError: SF238, a file already exists. Nothing is written then.
    """
    return _write(folder, {name: data for name, data in _deploy_files(install).items() if name.startswith(CI)})


def create_app_repo(folder: Path, team: str, name: str, install: Install | None) -> list[str]:
    """Create the files that the repo of a service needs to publish an app; return the created files.

    Args:
        folder: A new or an existing repo.
        team: The team that owns the app.
        name: The app.
        install: The image that CI runs in; None: CI installs what the deploy repo does.

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
    files = _templates("app", install or Install(), {"TEAM": team, "APP": name})
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


def _deploy_files(install: Install) -> dict[str, bytes]:
    return {**_templates("deploy", install), **install.files}


def _templates(kind: str, install: Install, values: Mapping[str, str] | None = None) -> dict[str, bytes]:
    top = TEMPLATES / kind
    files = {}
    for path in sorted(top.rglob("*")):
        if path.is_file():
            name = re.sub(r"(^|/)dot_", r"\1.", path.relative_to(top).as_posix())
            text = _LINES.sub(lambda line: _lines(line, install), path.read_text("utf-8"))
            for key, value in {"SHELL": install.shell(), **(values or {})}.items():
                text = text.replace(f"@{key}@", value)
            files[name] = text.encode()
    return files


_LINES = re.compile(r"^(?P<indent> *)@(?P<kind>GITHUB|GITLAB|CONTAINER|IMAGE)( (?P<folder>[./a-z]+))?@\n", re.MULTILINE)


def _lines(line: re.Match[str], install: Install) -> str:
    """Return the lines that install Sixfold in place of the line of a template, indented like it."""
    folder = line["folder"] or ""
    text = {
        "GITHUB": install.github(folder),
        "GITLAB": install.gitlab(folder),
        "CONTAINER": install.container(),
        "IMAGE": f"image: {install.image or PYTHON}",
    }[line["kind"]]
    return textwrap.indent(text + "\n", line["indent"]) if text else ""


def _schemas(*kinds: str) -> dict[str, bytes]:
    from sixfold_compiler.systems.schema import SCHEMAS, schema_of  # noqa: PLC0415 - only this function needs the models

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
