"""A tree with contradictory inventories is rejected with a list of at most ten contradictions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_generator.adoption.read_tree import read_tree
from tests.support.snapshots import check_snapshot
from tests.support.trees import Memory, Spec, brief, sealed_dump

SNAPSHOTS = Path(__file__).parent / "snapshots"

A, B = "prod/dc1/dc1-a", "prod/dc1/dc1-b"


def refused(files, **place):
    """Return the (code, message) pairs with which a tree of these files is rejected."""
    with pytest.raises(DiagnosticError) as raised:
        read_tree(Memory(files, **place))
    return [(problem.code, problem.message) for problem in raised.value.diagnostics]


def edited(files, change):
    """Return the files with a changed root inventory and its new checksum."""
    root = json.loads(files["inventory.json"])
    change(root)
    return files | {"inventory.json": sealed_dump(root)}


def test_the_inventory_of_another_cluster_is_rejected():
    files = Spec().files()
    files[f"{B}/inventory.json"] = files[f"{A}/inventory.json"]
    swapped = edited(files, lambda root: root["clusters"].update({B: brief(files[f"{A}/inventory.json"])}))
    assert refused(swapped) == [("SF808", f"{B}/inventory.json is the inventory of another cluster")]


def test_two_namespaces_with_one_application_are_rejected():
    """Argo CD would have one Application for both, and delete the objects of one of them."""
    spec = Spec()
    spec.where["prod/dc1/dc1"] = {"a-ads": ("newcomer", {"one": "# one\n"})}
    spec.platform["prod/dc1/dc1"] = {}
    claimed = f"the Application prod-dc1-a-ads belongs to prod/dc1/dc1/a-ads and to {A}/ads"
    assert ("SF808", claimed) in refused(spec.files())


def test_applications_of_apps_are_compared_with_all_others_where_they_are_deployed():
    """A team with the unit namespace has no Applications of apps, so their names are no conflict."""
    spec = Spec()
    spec.where = {A: {"x": ("one", {"y": "# y\n"}), "x-y": ("two", {"z": "# z\n"})}}
    spec.platform = {A: {}}
    read_tree(Memory(spec.files()))
    spec.units["one"] = "app"
    assert refused(spec.files()) == [("SF808", f"the Application prod-dc1-a-x-y belongs to {A}/x/y and to {A}/x-y")]


def test_at_most_ten_contradictions_are_reported_with_the_number_of_the_others():
    problems = refused(edited(Spec().files(), lambda root: root["teams"].clear()))  # 20 namespaces lose their team
    assert {code for code, _ in problems} == {"SF808"}
    assert len(problems) == 10
    assert [message.endswith(" (and 10 more)") for _, message in problems] == [False] * 9 + [True]


def test_a_tree_in_another_folder_of_its_repo_than_declared_is_rejected():
    files = Spec().files()
    (below,) = refused(files, commit="c" * 40, inside="deploy")
    elsewhere = Spec(repository={"path": "deploy"}).files()
    (above,) = refused(elsewhere, commit="c" * 40)
    check_snapshot("".join(f"{code}: {message}\n" for code, message in (below, above)), SNAPSHOTS / "folders.txt")
    read_tree(Memory(elsewhere, "c" * 40, "deploy"))
    read_tree(Memory(elsewhere))  # outside git the folder is unknown


@pytest.mark.parametrize(
    "path",
    [
        f"{A}/playback/extra.yaml",
        f"{A}/playback/.argocd-source.yaml",
        f"{A}/playback/README.md",
        f"{A}/playback/more/x.yaml",
        f"{A}/_platform/more/x.yaml",
        f"{A}/nobody/x.yaml",
        f"{A}/x.yaml",
        "prod/dc1/x.yaml",
        "argocd/ap-south-1/zz.yaml",
        "argocd/other/zz.yaml",
        "argocd/zz.json",
        "zz.yaml",
        "prod/\udcff.yaml",
    ],
)
def test_a_file_that_no_inventory_lists_is_rejected_wherever_it_is(path):
    files = Spec().files()
    shown = path.encode("ascii", "backslashreplace").decode()
    assert refused({path: b"# x\n", **files}) == [
        ("SF805", f"{shown} is in no inventory, and Sixfold did not write it")
    ]


def test_what_lies_beside_a_tree_at_the_top_of_its_repository_is_of_the_repository():
    files = Spec(repository={"path": ""}).files()
    beside = {"README.md": b"prose", ".github/workflows/x.yaml": b"# x\n", ".gitattributes": b""}
    read_tree(Memory(files | beside, "c" * 40))
    read_tree(Memory(files | beside | {".git": b"gitdir: /git/x\n"}))  # the commit does not have the tree
    assert refused(files | beside)[0][0] == "SF805"  # a folder that is not a repository
    for path in ("apps/x.yaml", "argocd/ap-south-1/.x.yaml"):
        assert refused(files | {path: b"# x\n"}, commit="c" * 40)[0][0] == "SF805"


def test_files_of_a_compile_that_is_writing_or_was_killed_are_ignored():
    files = Spec().files()
    read_tree(
        Memory(files | {".sixfold-journal": b"[]", ".sixfold-staging-x/1-0": b"half", "..sixfold-journal.1.tmp": b""})
    )
    assert refused(files | {f"{A}/.sixfold-journal": b"[]"})[0][0] == "SF805"
