"""Files that no inventory lists, and edited files of argocd/, are found wherever they are in a tree."""

from __future__ import annotations

import pytest

from sixfold_compiler.tree.reader import read_previous
from sixfold_compiler.tree.strangers import edited_files, files_below, stranger_problems

STRANGERS = [
    "argocd/main/zz.yaml",
    "argocd/other/zz.yaml",
    "prod/dc1/dc1-a/_platform/zz.yaml",
    "prod/dc1/dc1-a/shop/.argocd-source.yaml",
    "prod/dc1/dc1-a/shop/more/zz.yaml",
    "prod/dc1/zz.json",
    "zz.yaml",
    "README.md",
]


@pytest.mark.parametrize("path", STRANGERS)
def test_a_compile_names_a_file_that_nothing_lists_and_writes_nothing(repo, path) -> None:
    place = repo.out / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("# x\n")
    repo.put("shop/web", replicas=3)
    before = repo.tree()
    run = repo.compile()
    assert (run.codes, run.fatal) == (["SF706"], True)
    assert run.diagnostics[0].span.file == f"overlays/{path}"
    assert repo.tree() == before
    place.unlink()
    assert repo.compile().codes == []


def test_one_manifest_is_checked_without_looking_at_the_tree_of_others(repo) -> None:
    (repo.out / "zz.yaml").write_text("# x\n")
    assert repo.compile("apps/shop/web.yaml").codes == []
    assert repo.compile(only=("prod/dc1",)).codes == ["SF706"]


def test_a_link_and_a_name_that_is_not_text_are_files_too(repo) -> None:
    (repo.out / "argocd/main/zz.yaml").symlink_to("/etc/hostname")
    (repo.out / "argocd/main/\udcff.yaml").write_text("# x\n")
    messages = [d.message for d in repo.compile().diagnostics]
    assert messages == [
        "no inventory lists overlays/argocd/main/zz.yaml: Sixfold did not write this file",
        r"no inventory lists overlays/argocd/main/\udcff.yaml: Sixfold did not write this file",
    ]


def test_folders_without_files_and_files_of_a_running_compile_are_no_strangers(repo) -> None:
    (repo.out / "prod/dc1/empty/folder").mkdir(parents=True)
    (repo.out / ".sixfold-staging-x").mkdir()
    (repo.out / ".sixfold-staging-x/1-0").write_text("half")
    assert repo.compile(stage_in_tree=False).codes == []


def test_at_most_ten_strangers_are_named_and_the_others_counted(repo) -> None:
    for number in range(12):
        (repo.out / f"{number:02}.yaml").write_text("# x\n")
    problems = stranger_problems(repo.out, read_previous(repo.out))
    assert len(problems) == 10
    assert [" more)" in d.message for d in problems] == [False] * 9 + [True]
    assert problems[-1].message.endswith("(and 2 more)")


def test_a_torn_tree_is_repaired_and_not_searched_for_strangers(repo) -> None:
    before = repo.tree()
    (repo.out / "inventory.json").write_text("{")
    assert repo.compile().codes == []
    assert repo.tree() == before


def test_what_lies_beside_the_folders_of_a_repository_is_left_alone(repo) -> None:
    for path in (".git/HEAD", ".github/x.yaml", "README.md", ".gitattributes"):
        (repo.out / path).parent.mkdir(exist_ok=True)
        (repo.out / path).write_text("x\n")
    assert repo.compile().codes == []
    assert set(files_below(repo.out)) == {path for path in repo.tree() if path[0] != "." and path != "README.md"}
    (repo.out / "zz").mkdir()
    (repo.out / "zz/x.yaml").write_text("# x\n")
    assert repo.compile().codes == ["SF706"]


def test_a_tree_that_does_not_exist_has_no_files(tmp_path) -> None:
    assert list(files_below(tmp_path / "nowhere")) == []


def test_edited_files_of_argo_cd_are_found_however_old_they_look(repo) -> None:
    import os

    path = repo.out / "argocd/main/platform.yaml"
    before, status = path.read_bytes(), path.stat()
    path.write_bytes(b"X" + before[1:])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    (problem,) = edited_files(repo.out, read_previous(repo.out))
    assert (problem.code, problem.span.file) == ("SF707", "overlays/argocd/main/platform.yaml")
    assert repo.compile().changed == {"argocd/main/platform.yaml": "update"}
    assert path.read_bytes() == before
    assert edited_files(repo.out, read_previous(repo.out)) == []
