"""Golden pages: one small deploy repository in prose, and the overlays that Sixfold generates from it.

Blocks of a page, besides its input blocks (see `tests.support.suite`):

* ```` ```yaml overlays/prod/dc1/dc1-a/shop/web.yaml ```` is that file of the tree, in full. Several blocks with one path
  divide the objects of the file among them, with prose between them;
* ```` ```diff overlays/<one file> overlays/<another> ```` is the difference of the second file from the first, which is shown;
* ```` ```not shown ```` names files without showing them, one `path: reason` per line; `*` matches any text. The reason
  `the same as <another file>` is checked.

Every overlay of an app must be shown or named. The same holds for each group of the platform's files
(`_platform`, `_tenancy`, `argocd`, facts, inventories) of which the page shows a file.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from os.path import relpath
from typing import TYPE_CHECKING

from tests.support.suite import CASES, Block, blocks, rewriting, write_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["Page", "index", "load_pages"]

TREE = "overlays/"
SEPARATOR = "\n---\n"  # between the objects of a file
SAME = "the same as "
INDEX = "README.md"


@dataclass(frozen=True)
class Page:
    """A page: its file, title, first sentence and blocks."""

    file: Path
    title: str
    summary: str
    blocks: tuple[Block, ...]

    @classmethod
    def read(cls, file: Path) -> Page:
        """Read a page."""
        text = file.read_text()
        title, *others = blocks(text)
        first = text[title.end :].strip().split("\n\n")[0].replace("\n", " ")
        return cls(file, title.body, first.partition(". ")[0].rstrip(".") + ".", (title, *others))

    def write(self, folder: Path) -> None:
        """Write the inputs of the page into a folder."""
        write_inputs(folder, [b for b in self.blocks if b.path and not self._expected(b) and b.kind != "not"])

    def check(self, tree: Mapping[str, str]) -> None:
        """Compare the tree (path: content) with the page, or rewrite the expected blocks of the page."""
        changed = [(block, actual) for block, actual in self._actual(tree) if actual != block.body]
        if rewriting():
            text = self.file.read_text()
            for block, actual in reversed(changed):
                text = text[: block.start] + actual + text[block.end :]
            self.file.write_text(text)
        else:
            for block, actual in changed:
                assert block.body == actual, f"{block.path} in {self.file.name}"
        assert list(self._gaps(tree)) == []

    def _actual(self, tree: Mapping[str, str]) -> Iterator[tuple[Block, str]]:
        left = dict(tree)  # the part of each file that no block so far has shown
        last = {b.path: b for b in self.blocks}
        for block in self.blocks:
            if not self._expected(block):
                continue
            if block.kind == "diff":
                yield block, _difference(*(tree.get(path, "") for path in block.path.split()))
                continue
            objects = left.get(block.path, "").split(SEPARATOR)
            count = len(objects) if block is last[block.path] else block.body.count(SEPARATOR) + 1
            left[block.path] = SEPARATOR.join(objects[count:])
            yield block, _ended(SEPARATOR.join(objects[:count]))

    def _gaps(self, tree: Mapping[str, str]) -> Iterator[str]:
        shown = {b.path for b in self.blocks if self._expected(b) and b.kind != "diff"}
        for base, other in (b.path.split() for b in self.blocks if b.kind == "diff"):
            if base not in shown:
                yield f"the base of a difference is not shown: {base}"
            shown.add(other)
        yield from (f"no such file: {path}" for path in sorted(shown - tree.keys()))
        groups = {"app"} | {_group(path) for path in shown}
        others = {path for path in tree if _group(path) in groups} - shown
        for pattern, reason in self._unshown():
            if not reason:
                yield f"a file is not shown, without a reason: {pattern}"
            named = {path for path in tree.keys() - shown if fnmatchcase(path, pattern)}
            if not named:
                yield f"names no file that is not shown: {pattern}"
            twin = reason.removeprefix(SAME)
            if twin != reason:
                yield from (f"not {reason}: {path}" for path in sorted(named) if tree[path] != tree.get(twin))
            others -= named
        yield from (f"neither shown nor named: {path}" for path in sorted(others))

    def _unshown(self) -> Iterator[tuple[str, str]]:
        for block in self.blocks:
            if block.kind == "not":
                for line in block.body.splitlines():
                    pattern, _, reason = line.partition(": ")
                    yield pattern, reason.strip()

    @staticmethod
    def _expected(block: Block) -> bool:
        return block.path.startswith(TREE)


def load_pages(folder: str) -> list[Page]:
    """Return every page of a folder of tests/cases, except for its index."""
    return [Page.read(file) for file in sorted((CASES / folder).glob("*.md")) if file.name != INDEX]


def index(pages: list[Page]) -> str:
    """Return a Markdown table of pages, for the folder of the first."""
    folder = pages[0].file.parent
    rows = [f"| [{p.title}]({relpath(p.file, folder)}) | {p.summary} |\n" for p in pages]
    return "".join(["| page | what it shows |\n", "| --- | --- |\n", *rows])


def _difference(before: str, after: str) -> str:
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=2, lineterm=""))[2:]
    return "".join(f"{line}\n" for line in lines)


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else text + "\n"


def _group(path: str) -> str:
    """Return the group of a file: an app's overlays, or one kind of the platform's files."""
    parts = path.removeprefix(TREE).split("/")
    if parts[0] == "argocd":
        return "argocd"
    if len(parts) != 5:
        return parts[-1]
    return parts[3] if parts[3].startswith("_") else "app"
