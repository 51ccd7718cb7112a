"""A folder whose files have the names of modules and of gunicorn's config file, and record that they are imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = ("sixfold_generator", "sixfold_compiler", "pydantic", "gunicorn", "flask", "kubernetes")
MODULES = ("orjson", "argparse", "json", "gunicorn.conf")


class HostileFolder:
    """The folder; `imported` lists the modules that were imported from it."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        mark = "from pathlib import Path; Path(__file__).with_suffix('.imported').touch(); raise SystemExit(66)\n"
        for name in PACKAGES:
            (folder / name).mkdir()
            (folder / name / "__init__.py").write_text(mark)
        for name in MODULES:
            (folder / f"{name}.py").write_text(mark)

    @property
    def imported(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*.imported"))
