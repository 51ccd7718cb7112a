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


def test_only_unnamed_yaml_that_argo_cd_would_deploy_is_rejected():
    files = Spec().files()
    read_tree(Memory(files | {f"{A}/playback/README.md": b"prose"}))
    assert refused(files | {f"{A}/playback/extra.yaml": b"# x\n"}) == [
        ("SF805", f"{A}/playback/extra.yaml is in no inventory, but Argo CD would deploy it")
    ]
    read_tree(Memory(files | {f"{A}/playback/more/x.yaml": b"# x\n"}))  # a team's Application does not recurse
    assert refused(files | {f"{A}/_platform/more/x.yaml": b"# x\n"}) == [
        ("SF805", f"{A}/_platform/more is in no inventory, but Argo CD would deploy it")
    ]
