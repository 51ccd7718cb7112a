"""Writing a tree: the order of the changes, the journal, foreign files, and the lock of the staging folder."""

from __future__ import annotations

import os

import orjson
import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.model.inventory import FileEntry, digest_of
from sixfold_compiler.tree.layout import JOURNAL
from sixfold_compiler.tree.reader import Previous
from sixfold_compiler.tree.salvage import UNKNOWN
from sixfold_compiler.tree.staging import StagedFile, Staging
from sixfold_compiler.tree.writer import Change, check_places, compare, staging_folder, write_tree

A = "prod/dc1/a"


def entry(data: bytes) -> FileEntry:
    return FileEntry(digest_of(data), len(data), 1)


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    for path in ("inventory.json", f"{A}/inventory.json", f"{A}/shop/web.yaml", f"{A}/pay/cards.yaml"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(path.encode())
    return folder


def staged(out, **files: bytes) -> list[Change]:
    """Stage files in the tree's own file system, and return them as changes."""
    staging = Staging(out.parent)
    return [
        Change(path, "update" if (out / path).exists() else "create", out.parent / staging.put(path, data, 1).name)
        for path, data in files.items()
    ]


def test_changes_are_new_files_then_deletions_then_inventories_then_the_root(out) -> None:
    new = {"inventory.json": b"r", f"{A}/inventory.json": b"i", "prod/dc1/facts.json": b"f", f"{A}/shop/api.yaml": b"n"}
    changes = (*staged(out, **new), Change(f"{A}/pay/cards.yaml", "delete"))
    events = []

    def look(point):
        seen = [path for path in (f"{A}/shop/api.yaml", f"{A}/pay/cards.yaml") if (out / path).exists()]
        events.append((point, len(seen)))

    write_tree(out, changes, Previous(exists=True), vouched=True, checkpoint=look)
    points = [point for point, _ in events if not point.startswith("journal")]
    assert points == [
        "file: before rename", "file: renamed", "removal: before", "removal: unlinked", "removal: done",
        "inventory: before rename", "inventory: renamed", "inventory: before rename", "inventory: renamed",
        "root: before rename", "root: renamed", "tree: in place", "tree: journal removed", "tree: synced",
    ]  # fmt: skip
    seen = dict(events)
    assert (seen["file: before rename"], seen["file: renamed"], seen["removal: unlinked"]) == (1, 2, 1)
    assert {path: (out / path).read_bytes() for path in new} == new
    assert not (out / A / "pay").exists(), "an empty folder is deleted"
    assert (out / A / "shop").exists()
    assert not (out / JOURNAL).exists()


def test_new_files_come_into_new_folders(out) -> None:
    files = {f"prod/dc2/b/{path}": path.encode() for path in ("shop/web.yaml", "shop/api.yaml", "pay/cards.yaml")}
    write_tree(out, tuple(staged(out, **files)), Previous(), vouched=True)
    assert {path: (out / path).read_bytes() for path in files} == files


def test_deletions_leave_the_tree_s_own_folder(tmp_path) -> None:
    (tmp_path / "out" / "a" / "b").mkdir(parents=True)
    (tmp_path / "out" / "a" / "b" / "c").write_bytes(b"")
    changes = (Change("a/b/c", "delete"), Change("a/b/gone", "delete"))
    (tmp_path / "out" / "inventory.json").write_bytes(b"")
    write_tree(tmp_path / "out", changes, Previous(), vouched=False)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["inventory.json"]


def test_the_journal_names_new_files_and_those_of_a_killed_run(out) -> None:
    changes = staged(out, **{f"{A}/shop/api.yaml": b"n", f"{A}/shop/web.yaml": b"w"})
    previous = Previous(files={f"{A}/shop/left.yaml": UNKNOWN, f"{A}/shop/web.yaml": entry(b"x"), "e": entry(b"")})
    journals = []

    def look(point):
        if point == "file: before rename":
            journals.append(orjson.loads((out / JOURNAL).read_bytes()))

    write_tree(out, tuple(changes), previous, vouched=True, checkpoint=look)
    assert journals == [[f"{A}/shop/api.yaml", f"{A}/shop/left.yaml"]] * 2


def test_without_new_files_there_is_no_journal(out) -> None:
    points = []
    changes = tuple(staged(out, **{f"{A}/shop/web.yaml": b"w"}))
    write_tree(out, changes, Previous(), vouched=False, checkpoint=points.append)
    assert not any(point.startswith("journal") for point in points)


@pytest.mark.parametrize(
    ("root", "vouched", "kept"), [(True, False, True), (True, True, False), (False, False, True), (False, True, False)]
)
def test_the_root_s_time_says_up_to_when_files_are_trusted(out, root, vouched, kept) -> None:
    old = 10**18
    os.utime(out / "inventory.json", ns=(old, old))
    files = {"inventory.json": b"new"} if root else {f"{A}/shop/web.yaml": b"w"}
    write_tree(out, tuple(staged(out, **files)), Previous(written=old), vouched=vouched)
    assert ((out / "inventory.json").stat().st_mtime_ns == old) == kept


def test_inventories_are_synced_before_their_rename_and_the_folder_at_the_end(out, monkeypatch) -> None:
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    write_tree(
        out, tuple(staged(out, **{"inventory.json": b"r", f"{A}/shop/web.yaml": b"w"})), Previous(), vouched=True
    )
    assert synced == [(out / "inventory.json").stat().st_ino, out.stat().st_ino]


def test_the_staging_folder_is_in_the_tree_and_locks_it(tmp_path) -> None:
    out, points = tmp_path / "new" / "out", []
    (out / ".sixfold-staging-old").mkdir(parents=True)
    (out / f".{JOURNAL}.7.tmp").write_bytes(b"")
    with staging_folder(out, points.append) as folder:
        assert [path.name for path in out.iterdir()] == [folder.name]
        with pytest.raises(DiagnosticError, match="SF701"), staging_folder(out):
            pass
        assert folder.is_dir()
        assert points == ["staging: made"]
    assert list(out.iterdir()) == []
    assert points == ["staging: made", "staging: cleared"]
    with staging_folder(out) as again:
        assert again.parent == out


def test_without_a_tree_the_staging_folder_is_temporary() -> None:
    with staging_folder(None) as folder:
        assert folder.is_dir()
    assert not folder.exists()


def test_foreign_files_in_the_place_of_the_tree_s_are_problems(out) -> None:
    (out / A / "link.yaml").symlink_to("shop/web.yaml")
    (out / A / "same.yaml").write_bytes(b"same")
    files = {
        "inventory.json": entry(b"other"),
        f"{A}/inventory.json": entry(b"other"),
        f"{A}/shop/web.yaml": entry(b"other"),
        f"{A}/pay/cards.yaml": entry(b"other"),
        f"{A}/same.yaml": entry(b"same"),
        f"{A}/new.yaml": entry(b"new"),
        f"{A}/link.yaml": entry(f"{A}/shop/web.yaml".encode()),
    }
    problems = check_places(out, files, Previous(files={f"{A}/pay/cards.yaml": entry(b"x")}))
    places = ["inventory.json", f"{A}/shop/web.yaml", f"{A}/link.yaml"]
    assert [(d.code, d.span.file) for d in problems] == [("SF702", place) for place in places]


def test_links_in_the_place_of_folders_are_problems(out, tmp_path) -> None:
    (tmp_path / "away").mkdir()
    for folder in ("prod/dc2", f"{A}/ads", "other"):
        (out / folder).symlink_to(tmp_path / "away")
    previous = Previous(files={"prod/dc2/b/shop/web.yaml": entry(b"x"), "inventory.json": entry(b"x")})
    problems = check_places(out, {f"{A}/ads/web.yaml": entry(b"x")}, previous)
    assert [(d.code, d.span.file) for d in problems] == [("SF703", f"{A}/ads"), ("SF703", "prod/dc2")]


def test_changes_are_what_differs_between_two_trees(out, tmp_path) -> None:
    def new(name: str) -> StagedFile:
        return StagedFile("sha256:1", 1, 1, name=name)

    files = {f"{A}/shop/web.yaml": new("1"), f"{A}/shop/api.yaml": new("2"), "inventory.json": entry(b"x")}
    previous = Previous(
        files=dict.fromkeys(["inventory.json", f"{A}/pay/cards.yaml", f"{A}/pay/gone.yaml"], entry(b"x"))
    )
    assert compare(out, files, previous, tmp_path) == (
        Change(f"{A}/pay/cards.yaml", "delete"),
        Change(f"{A}/shop/api.yaml", "create", tmp_path / "2"),
        Change(f"{A}/shop/web.yaml", "update", tmp_path / "1"),
    )
