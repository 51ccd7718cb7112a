"""`sixfold guard` and `sixfold retire`: deletions, and their approval."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.cli import ROOT, edit, sixfold, tree
from tests.support.git import commit_all, git, new_repo
from tests.support.repos import manifest

SOON = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
HOW = ("--reason", "not used any more", "--until", SOON)


@pytest.fixture(scope="module")
def grown(compiled, tmp_path_factory):
    """Add two apps to the deploy repo of `sixfold init`, compile and commit it."""
    import shutil

    repo = shutil.copytree(compiled, tmp_path_factory.mktemp("grown") / "deploy")
    for name in ("search", "banner"):
        (repo / f"apps/ads/{name}.yaml").parent.mkdir(exist_ok=True)
        (repo / f"apps/ads/{name}.yaml").write_text(manifest(f"ads/{name}", replicas=6))
    (repo / "apps/ads/banner").mkdir()
    (repo / "apps/ads/banner/notes.txt").write_text("x")
    (repo / "releases/dev/ads.yaml").write_text(
        "apiVersion: sixfold.dev/v1\nkind: Release\nenvironment: dev\napps:\n  ads/banner: 1.0.0 # newest\n"
    )
    assert sixfold("compile", cwd=repo).code == 0
    new_repo(repo)
    commit_all(repo, "before")
    return repo


@pytest.fixture
def repo(grown, tmp_path):
    import shutil

    return shutil.copytree(grown, tmp_path / "deploy")


def test_a_deletion_over_budget_fails_with_the_command_that_approves_it(repo) -> None:
    (repo / "apps/ads/banner.yaml").unlink()
    (repo / "releases/dev/ads.yaml").unlink()
    before = tree(repo / "overlays")
    for command in ("check", "compile"):
        done = sixfold(command, "--output", "json", cwd=repo)
        assert done.code == 1, done.err
        (finding,) = json.loads(done.out)
        assert finding["code"] == "SF710"
        assert "\n  overlay prod/dc1/dc1-b/ads/banner.yaml" in finding["help"]
        assert "sixfold retire app ads/banner" in finding["help"]
    assert tree(repo / "overlays") == before
    text, comment = sixfold("preview", cwd=repo), sixfold("preview", "--markdown", cwd=repo)
    assert text.code == comment.code == 1
    assert "SF710" in text.err
    assert "\n    overlay prod/dc1/dc1-b/ads/banner.yaml\n" in text.out
    assert "4 removals of team ads" in text.out.splitlines()[-1]
    assert "4 removals of team ads" in comment.out.splitlines()[1]
    assert "* `overlay prod/dc1/dc1-b/ads/banner.yaml`\n" in comment.out


def test_guard_says_that_the_tree_is_old_only_where_it_is(repo) -> None:
    stale = "The tree is not what these manifests give now; run `sixfold compile`."
    current = sixfold("guard", cwd=repo)
    assert (current.code, stale in current.err) == (0, False), current.err
    edit(repo / "apps/ads/search.yaml", "replicas: 6", "replicas: 5")
    changed = sixfold("guard", cwd=repo)
    assert (changed.code, stale in changed.err) == (0, True), changed.err


def test_preview_of_a_failing_compile_states_that_nothing_would_be_written(repo) -> None:
    edit(repo / "environments/prod.libsonnet", "'dc1-c': mumbai(", "'dc1-d': mumbai(")
    done = sixfold("preview", "--markdown", cwd=repo)
    assert done.code == 1
    assert "### Sixfold: nothing would be written, since the compile fails" in done.out


def test_retire_app_writes_the_tombstone_and_guard_shows_the_approved_deletions(repo) -> None:
    dry = sixfold("retire", "app", "banner", *HOW, "--dry-run", cwd=repo)
    assert dry.code == 0, dry.err
    assert "--dry-run" in dry.err
    assert git(repo, "status", "--porcelain") == ""
    done = sixfold("retire", "app", "banner", *HOW, cwd=repo)
    assert done.code == 0, done.err
    assert done.out == dry.out
    changed = set(git(repo, "status", "--porcelain").splitlines())
    assert changed == {
        "D apps/ads/banner.yaml", " D apps/ads/banner/notes.txt",
        " M environments/tombstones.yaml", " M releases/dev/ads.yaml",
    }  # fmt: skip
    assert not (repo / "apps/ads/banner").exists()
    text = (repo / "environments/tombstones.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=../.sixfold/tombstones.schema.json\n")
    assert "approvedBy: ada@example.com" in text or "approvedBy:" in text
    assert sixfold("compile", cwd=repo).code == 0
    shown = sixfold("guard", cwd=repo)
    assert shown.code == 0, shown.err
    assert "approved  overlay prod/dc1/dc1-b/ads/banner.yaml" in shown.out
    assert shown.out.splitlines()[0].split() == [
        "team", "environment", "kind", "removed", "earlier", "had", "budget", "tombstone", "verdict",
    ]  # fmt: skip
    data = json.loads(sixfold("guard", "--output", "json", "--against", "main", cwd=repo).out)
    row = next(r for r in data["rows"] if (r["environment"], r["kind"]) == ("prod", "overlays"))
    assert (row["removed"], row["approved"], row["had"], row["budget"]) == (0, 2, 4, 1)
    assert data["passes"] is True


def test_the_command_that_compile_suggests_for_a_deleted_manifest_works(repo) -> None:
    (repo / "apps/ads/banner.yaml").unlink()
    help_ = json.loads(sixfold("compile", "--output", "json", cwd=repo).out)[0]["help"]
    assert "`sixfold retire app ads/banner --reason" in help_
    done = sixfold("retire", "app", "ads/banner", *HOW, cwd=repo)
    assert done.code == 0, done.err
    assert "delete apps/ads/banner.yaml" not in done.out
    assert done.err.splitlines()[-1].startswith("Next: review it with `git diff`"), "one step is no list"
    assert sixfold("compile", cwd=repo).code == 0
    assert not list((repo / "overlays").rglob("banner.yaml"))


def test_several_deleted_apps_are_retired_one_after_the_other(repo) -> None:
    for name in ("banner", "search"):
        (repo / f"apps/ads/{name}.yaml").unlink()
    for name, deletions in (("banner", "4 overlays"), ("search", "8 overlays")):
        assert sixfold("compile", cwd=repo).code == 1
        done = sixfold("retire", "app", f"ads/{name}", *HOW, cwd=repo)
        assert done.code == 0, done.err
        assert deletions in done.err, "only approved deletions"
    assert sixfold("compile", cwd=repo).code == 0
    assert not list((repo / "overlays").rglob("banner.yaml"))


def test_guard_includes_the_deletions_of_a_compile(repo) -> None:
    """After a rejected compile the tree is unchanged, so the deletions of the tree alone would be none."""
    assert sixfold("guard", cwd=repo).out == "Nothing would be removed.\n"
    (repo / "apps/ads/banner.yaml").unlink()
    (repo / "releases/dev/ads.yaml").unlink()
    assert sixfold("compile", cwd=repo).code == 1
    done = sixfold("guard", cwd=repo)
    assert done.code == 1
    assert "Compiling now would remove:" in done.out
    assert "held (over budget)" in done.out
    assert "held      overlay prod/dc1/dc1-b/ads/banner.yaml" in done.out
    assert "team ads would be held back: prod: 2 of 4 overlays" in done.err
    data = json.loads(sixfold("guard", "--output", "json", cwd=repo).out)
    assert (data["passes"], data["drops"], data["compile"]["passes"]) == (False, [], False)
    assert {d["verdict"] for d in data["compile"]["drops"]} == {"held"}
    assert "SF710" in sixfold("guard", "--output", "github", cwd=repo).out
    tree_alone = sixfold("guard", "overlays", cwd=repo)
    assert (tree_alone.code, tree_alone.out) == (0, "Nothing would be removed.\n"), "a named tree is checked alone"


def test_guard_reports_that_a_compile_would_fail(repo) -> None:
    edit(repo / "environments/fleet.jsonnet", "kind: 'Fleet'", "kind: 'Flea'")
    done = sixfold("guard", cwd=repo)
    assert done.code == 1
    assert "A compile would fail (SF" in done.err


def test_guard_accepts_git_revisions(repo) -> None:
    git(repo, "commit", "--quiet", "--allow-empty", "-m", "after")
    for revision in ("HEAD~1", "HEAD^", "@", "main~1", "main@{1}", "HEAD^{commit}"):
        done = sixfold("guard", "--against", revision, cwd=repo)
        assert (done.code, done.out) == (0, "Nothing would be removed.\n"), done.out + done.err
    far = sixfold("guard", "--against", "HEAD~9", cwd=repo)
    assert far.code == 1
    assert "HEAD~9" in far.out + far.err
    assert "Error" not in far.out + far.err


def test_retire_team_works_after_its_entry_was_deleted(repo) -> None:
    teams = repo / "environments/teams.libsonnet"
    line = next(line for line in teams.read_text().splitlines() if line.startswith("  ads: "))
    edit(teams, line + "\n", "")
    assert "SF711" in sixfold("compile", cwd=repo).out or "SF422" in sixfold("compile", cwd=repo).out
    done = sixfold("retire", "team", "ads", *HOW, cwd=repo)
    assert done.code == 0, done.err
    assert sixfold("compile", cwd=repo).code == 0
    assert not (repo / "apps/ads").exists()


def test_guard_compares_with_a_tree_a_state_and_a_revision(repo, tmp_path) -> None:
    state = tmp_path / "state"
    command = [
        sys.executable,
        "-m",
        "sixfold_generator.adoption.run",
        "--tree",
        str(repo / "overlays"),
        "--state",
        str(state),
    ]
    adopted = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert adopted.returncode == 0, adopted.stdout
    old = tmp_path / "old"
    (repo / "overlays").rename(old)
    (repo / "apps/ads/banner.yaml").unlink()
    (repo / "releases/dev/ads.yaml").unlink()
    assert sixfold("compile", cwd=repo).code == 0, "an empty tree has nothing to delete"
    results = [sixfold("guard", "overlays", "--against", against, cwd=repo) for against in (old, state, "HEAD")]
    assert {done.code for done in results} == {1}
    assert len({done.out for done in results}) == 1
    assert "held (over budget)" in results[0].out
    assert "team ads would be held back: prod: 2 of 4 overlays" in results[0].err
    github = sixfold("guard", "--against", old, "--output", "github", cwd=repo)
    assert github.code == 1
    assert "SF710" in github.out
    assert sixfold("guard", "--against", "mian", cwd=repo).code == 1


def test_retire_team_deletes_its_entry_in_the_fleet(repo) -> None:
    done = sixfold("retire", "team", "ads", *HOW, "--approved-by", "oidc:platform", cwd=repo)
    assert done.code == 0, done.err
    diff = git(repo, "diff", "--unified=0", "environments/teams.libsonnet")
    assert [line[:10] for line in diff.splitlines() if line[:1] in "+-"][2:] == ["-  ads: te"]
    assert not (repo / "apps/ads").exists()
    assert not (repo / "releases/dev/ads.yaml").exists()
    assert sixfold("compile", cwd=repo).code == 0
    assert sixfold("guard", cwd=repo).code == 0


def test_retire_writes_nothing_if_the_result_does_not_compile(repo) -> None:
    (repo / "apps/storefront/caller.yaml").write_text(
        manifest("storefront/caller", replicas=6, calls=[{"app": "banner"}])
    )
    edit(repo / "apps/ads/banner.yaml", "spec:\n", "spec:\n  roads: {intra-dc: {callers: [caller]}}\n")
    before = tree(repo)
    done = sixfold("retire", "app", "ads/banner", *HOW, cwd=repo)
    assert done.code == 1
    assert "SF403" in done.err
    assert "Nothing was written." in done.err
    assert tree(repo) == before


def test_a_computed_team_must_be_deleted_by_hand(repo) -> None:
    teams = repo / "environments/teams.libsonnet"
    text = teams.read_text()
    line = next(line for line in text.splitlines() if line.startswith("  ads: "))
    teams.write_text(
        text.replace(line + "\n", "").rstrip().removesuffix("}")
        + "} + {\n  [name]: team(name, 'medium') for name in ['ads']\n}\n"
    )
    before = tree(repo)
    done = sixfold("retire", "team", "ads", *HOW, cwd=repo)
    assert done.code == 1
    assert "By hand: delete the entry of team ads in the fleet (environments/" in done.err
    assert tree(repo) == before


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("app", "banners", *HOW), 1, "did you mean 'banner'?"),
        (("team", "adds", *HOW), 1, "did you mean 'ads'?"),
        (("cluster", "dc1-a", *HOW), 1, "dev/dc1/dc1-a or"),
        (("cluster", "prod/dc1-a", *HOW), 1, "still has 8 namespaces"),
        (("app", "banner", "--reason", "not used", "--until", "2020-01-01"), 2, "has passed"),
        (("app", "banner", "--reason", "not used", "--until", "tomorrow"), 2, "is not a day"),
        (("app", "banner", "--reason", "test", "--until", SOON), 2, "at least 5 characters"),
    ],
)
def test_an_invalid_retirement_is_refused(arguments, code, message, grown) -> None:
    done = sixfold("retire", *arguments, cwd=grown)
    assert (done.code, done.out) == (code, "")
    assert message in done.err
    assert git(grown, "status", "--porcelain") == ""
