"""Everyday commands in a deploy repo: init, check, compile, preview, explain, promote."""

from __future__ import annotations

import json
import re

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.operations.promote import promotion
from tests.support.cli import ROOT, edit, sixfold, tree
from tests.support.git import git
from tests.support.repos import manifest

HELLO = "apps/storefront/hello.yaml"


def test_a_new_deploy_repo_is_clean_and_its_tree_current(deploy) -> None:
    checked = sixfold("check", cwd=deploy)
    assert (checked.code, checked.out) == (0, "")
    assert checked.err == "All clear: 1 app, 9 clusters.\n"
    assert sixfold("compile", "--check", cwd=deploy).code == 0
    assert sixfold("place", "--check", cwd=deploy).code == 0
    assert sixfold("preview", cwd=deploy).out == "nothing changes.\n"


def test_a_new_deploy_repo_has_the_example_fleet_and_no_placeholders(deploy) -> None:
    example = tree(ROOT / "environments")
    names = example.pop("names.lock.json")
    fleet = tree(deploy / "environments")
    own = fleet.pop("names.lock.json")
    assert b'"hello": "storefront"' in own, "the first compile wrote it"
    assert b"match-service" in names
    assert b"match-service" not in own, "the names of the example are free in a new repo"
    assert fleet.keys() == example.keys()
    different = {k for k, v in fleet.items() if v != example[k]}
    assert different <= {"placements.lock.json", "tombstones.yaml"}, "the lock is its own, and the schema line differs"
    files = {k: v for k, v in tree(deploy).items() if not k.startswith(("overlays/", "environments/"))}
    assert {".gitattributes", ".github/workflows/sixfold.yaml", ".gitlab-ci.yml", "README.md", HELLO} <= set(files)
    assert not [k for k, v in files.items() if re.search(rb"@[A-Z]+( [./a-z]+)?@", v)]


def test_init_never_replaces_a_file(deploy) -> None:
    before = tree(deploy)
    done = sixfold("init", "deploy", ".", cwd=deploy)
    assert done.code == 1
    assert "SF238" in done.err
    assert tree(deploy) == before


def test_the_tree_is_marked_as_generated_for_git(checkout) -> None:
    attributes = git(checkout, "check-attr", "linguist-generated", "text", "--", "overlays/inventory.json")
    assert "linguist-generated: true" in attributes
    assert "text: unset" in attributes
    names = git(checkout, "check-attr", "linguist-generated", "text", "--", "environments/names.lock.json")
    assert "linguist-generated: unspecified" in names, "people review it"
    assert "text: unset" in names


def test_compile_check_writes_nothing_and_lists_the_files_that_are_not_current(deploy) -> None:
    edit(deploy / HELLO, "replicas: 6", "replicas: 12")
    before = tree(deploy)
    done = sixfold("compile", "--check", cwd=deploy)
    assert (done.code, done.out) == (1, "")
    assert "overlays/prod/dc1/dc1-a/storefront/hello.yaml" in done.err
    assert tree(deploy) == before


def test_compile_check_fails_if_the_names_lock_alone_is_not_current(deploy) -> None:
    lock = deploy / "environments/names.lock.json"
    data = lock.read_bytes()
    lock.write_bytes(data.replace(b'"hello": "storefront"', b'"hello":  "storefront"', 1))
    before = tree(deploy)
    done = sixfold("compile", "--check", cwd=deploy)
    assert (done.code, done.out) == (1, "")
    assert "environments/names.lock.json is not current; run `sixfold compile`" in done.err
    assert "The tree is not current" not in done.err
    assert tree(deploy) == before
    done = sixfold("compile", cwd=deploy)
    assert (done.code, "environments/names.lock.json has changed: commit it with the tree." in done.err) == (0, True)
    assert lock.read_bytes() == data
    lock.unlink()
    done = sixfold("compile", cwd=deploy)
    assert (done.code, "SF418" in done.out) == (0, True)
    assert lock.read_bytes() == data
    assert sixfold("compile", "--check", cwd=deploy).err.count("names.lock.json") == 0


def test_compile_changes_only_the_overlays_that_an_edit_affects(deploy) -> None:
    before = tree(deploy / "overlays")
    edit(deploy / HELLO, "replicas: 1}", "replicas: 2}")
    assert sixfold("compile", cwd=deploy).code == 0
    after = tree(deploy / "overlays")
    changed = {k for k in before.keys() | after.keys() if before.get(k) != after.get(k) and k.endswith(".yaml")}
    assert changed == {"dev/dc1/dc1-a/storefront/hello.yaml"}
    assert "nothing changed" in sixfold("compile", cwd=deploy).err


def test_only_selects_and_prunes_nothing_else(deploy) -> None:
    before = tree(deploy / "overlays")
    edit(deploy / HELLO, "replicas: 6", "replicas: 12")
    assert sixfold("compile", "--only", "prod/dc2", cwd=deploy).code == 0
    after = tree(deploy / "overlays")
    changed = {k for k in before.keys() | after.keys() if before.get(k) != after.get(k) and k.endswith(".yaml")}
    assert changed
    assert all(k.startswith("prod/dc2/") for k in changed)
    wrong = sixfold("compile", "--only", "prod/dc3", cwd=deploy)
    assert wrong.code == 1
    assert "SF411" in wrong.out


def test_the_fleet_is_found_from_below_and_by_option_and_environment(deploy, tmp_path) -> None:
    assert sixfold("check", cwd=deploy / "apps" / "storefront").code == 0
    assert sixfold("check", "--fleet", deploy / "environments", cwd=tmp_path).code == 0
    assert sixfold("check", cwd=tmp_path, SIXFOLD_FLEET=str(deploy / "environments")).code == 0
    out = tmp_path / "elsewhere"
    assert sixfold("compile", cwd=deploy, SIXFOLD_OUT=str(out)).code == 0
    assert tree(out) == tree(deploy / "overlays")


def test_a_new_app_with_an_error_is_named_in_the_summary(deploy) -> None:
    (deploy / "apps/storefront/finder.yaml").write_text(manifest("storefront/finder", replicas="none"))
    done = sixfold("compile", cwd=deploy)
    assert done.code == 1
    assert "1 app failed: storefront/finder (" in done.err


@pytest.fixture
def broken(deploy):
    edit(deploy / HELLO, "tier: P2", "tear: P2")
    return deploy


def test_check_shows_the_line_with_the_error(broken) -> None:
    done = sixfold("check", cwd=broken)
    assert done.code == 1
    assert f"--> {HELLO}:8:3" in done.out
    assert "8 |   tear: P2\n" in done.out
    assert "did you mean 'tier'?" in done.out
    assert done.err == "Found 1 error.\n"


def test_concise_json_and_github_are_data_on_stdout(broken) -> None:
    concise = sixfold("check", "--output", "concise", cwd=broken)
    assert concise.out.startswith(f"{HELLO}:8:3: SF204 ")
    (record,) = json.loads(sixfold("check", "--output", "json", cwd=broken).out)
    assert (record["code"], record["app"], record["place"]["line"]) == ("SF204", "storefront/hello", 8)
    github = sixfold("check", "--output", "github", cwd=broken, GITHUB_WORKSPACE=str(broken.parent))
    assert github.out.startswith(f"::error file=deploy/{HELLO},line=8,col=3,title=SF204::")
    assert json.loads(sixfold("check", "--output", "json", HELLO, cwd=broken).out)


def test_an_app_with_an_error_keeps_its_overlays_and_the_exit_code_is_1(broken) -> None:
    before = tree(broken / "overlays")
    done = sixfold("compile", cwd=broken)
    assert done.code == 1
    assert "1 app failed" in done.err
    assert tree(broken / "overlays") == before


def test_preview_puts_findings_on_stderr(broken) -> None:
    done = sixfold("preview", cwd=broken)
    assert done.code == 1
    assert "SF204" in done.err
    assert done.out == "nothing changes; not compiled because of errors: 1 app.\n"


def test_preview_writes_nothing_and_names_the_clusters(deploy) -> None:
    edit(deploy / HELLO, "cpu: 50m", "cpu: 60m")
    before = tree(deploy)
    done = sixfold("preview", cwd=deploy)
    assert (done.code, done.err) == (0, "")
    assert "@@ spec.template.spec.containers[hello].resources.requests.cpu" in done.out
    assert done.out.count("cpu: 60m") == 1
    assert "on 9 clusters:" in done.out
    assert sixfold("preview", "--markdown", cwd=deploy).out.startswith("<!-- sixfold preview -->\n### Sixfold: ")
    assert tree(deploy) == before


def test_explain_shows_every_layer_with_file_and_line(deploy) -> None:
    text = sixfold("explain", "hello", "replicas", cwd=deploy).out
    line = (deploy / HELLO).read_text().splitlines().index("  replicas: 6") + 1
    assert f"> manifest  {HELLO}:{line}:3  6" in text
    assert f"> override (environment=dev)  {HELLO}:{line + 10}:14  1" in text
    explanation = json.loads(
        sixfold("explain", "storefront/hello", "image", "--at", "prod/dc2", "--output", "json", cwd=deploy).out
    )
    (target,) = explanation["targets"]
    assert target["at"] == "prod/dc2"
    assert [s["layer"] for s in target["chain"]] == ["manifest", "release"]
    assert target["chain"][-1]["file"] == "releases/prod/storefront.yaml"


@pytest.mark.parametrize(
    ("app", "field", "code", "message"),
    [
        ("helo", "replicas", "SF221", "did you mean 'hello'?"),
        ("hello", "replica", "SF222", "did you mean 'replicas'?"),
    ],
)
def test_explain_suggests_the_nearest_name(app, field, code, message, deploy) -> None:
    done = sixfold("explain", app, field, cwd=deploy)
    assert (done.code, done.out) == (1, "")
    assert code in done.err
    assert message in done.err


@pytest.fixture
def newer(deploy):
    """Give staging a newer version than prod."""
    edit(deploy / "releases/staging/storefront.yaml", "hello: 1.27-alpine", "hello: 1.28-alpine")
    return deploy


def test_promote_dry_run_shows_versions_and_clusters_and_writes_nothing(newer) -> None:
    before = tree(newer)
    done = sixfold("promote", "staging", "prod", "--dry-run", cwd=newer)
    assert done.code == 0
    assert "storefront/hello  1.27-alpine -> 1.28-alpine" in done.err
    assert "on 6 clusters: prod/dc1 (dc1-a, dc1-b, dc1-c), prod/dc2 (dc2-a, dc2-b, dc2-c)" in done.out
    assert "image: docker.io/nginxinc/nginx-unprivileged:1.28-alpine" in done.out
    assert tree(newer) == before


def test_promote_changes_the_version_and_keeps_every_other_byte(newer) -> None:
    before = tree(newer)
    assert sixfold("promote", "staging", "prod", "hello", cwd=newer).code == 0
    after = tree(newer)
    assert {k for k in after if after[k] != before[k]} == {"releases/prod/storefront.yaml"}
    assert after["releases/prod/storefront.yaml"] == before["releases/prod/storefront.yaml"].replace(b"1.27", b"1.28")
    assert "Nothing to promote" in sixfold("promote", "staging", "prod", cwd=newer).err


def test_a_version_goes_back_only_if_that_is_asked_for(newer) -> None:
    assert sixfold("compile", cwd=newer).code == 0
    before = tree(newer)
    refused = sixfold("promote", "prod", "staging", "hello", cwd=newer)
    assert (refused.code, tree(newer)) == (1, before)
    assert "SF228" in refused.err
    assert "--back" in refused.err
    assert sixfold("promote", "prod", "staging", "hello", "--back", cwd=newer).code == 0
    text = (newer / "releases/staging/storefront.yaml").read_text()
    assert text.endswith("  storefront/hello: 1.27-alpine\nback:\n  storefront/hello: 1.28-alpine\n")
    assert sixfold("compile", cwd=newer).code == 0


def test_split_moves_the_versions_of_all_teams_and_changes_no_tree(deploy) -> None:
    before = tree(deploy)
    (deploy / "releases/prod/storefront.yaml").rename(deploy / "releases/prod.yaml")
    edit(deploy / "releases/prod.yaml", "../../.sixfold", "../.sixfold")
    refused = sixfold("compile", cwd=deploy)
    assert (refused.code, "SF226" in refused.out, "sixfold split" in refused.out) == (1, True, True)
    dry = sixfold("split", "--dry-run", cwd=deploy)
    assert (dry.code, dry.out) == (0, "change releases/prod/storefront.yaml\ndelete releases/prod.yaml\n")
    assert (deploy / "releases/prod.yaml").exists()
    done = sixfold("split", cwd=deploy)
    assert (done.code, done.out) == (0, dry.out)
    assert "Moved 1 version to 1 file." in done.err
    assert tree(deploy) == before
    assert sixfold("compile", "--check", cwd=deploy).code == 0
    assert "Nothing to split" in sixfold("split", cwd=deploy).err


def test_a_promotion_that_does_not_compile_is_refused(newer) -> None:
    edit(newer / "releases/staging/storefront.yaml", "hello: 1.28-alpine", "hello: latest")
    before = tree(newer)
    done = sixfold("promote", "staging", "prod", cwd=newer)
    assert done.code == 1
    assert "SF211" in done.err
    assert "Nothing was promoted." in done.err
    assert tree(newer) == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("stagin", "prod", ()), "SF231"),
        (("staging", "staging", ()), "SF233"),
        (("staging", "prod", ("helo",)), "SF232"),
    ],
)
def test_promotion_refuses_unknown_names(arguments, code, compiled) -> None:
    with pytest.raises(DiagnosticError) as error:
        promotion(compiled, *arguments)
    assert [d.code for d in error.value.diagnostics] == [code]


def test_promote_to_an_unknown_environment_writes_no_release_file(deploy) -> None:
    done = sixfold("promote", "staging", "qa", cwd=deploy)
    assert (done.code, done.out) == (1, "")
    assert "SF411" in done.err
    assert not (deploy / "releases/qa").exists()


def test_a_tree_that_cannot_be_written_exits_without_a_traceback(deploy) -> None:
    """The folder of the tree is a file."""
    (deploy / "file").write_text("")
    done = sixfold("compile", "--out", deploy / "file" / "tree", cwd=deploy)
    assert done.code in (1, 2)
    assert "Traceback" not in done.err
    assert "SF901" not in done.err
