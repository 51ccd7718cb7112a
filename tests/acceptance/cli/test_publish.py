"""Publishing from an app repo into a deploy repo, with git."""

from __future__ import annotations

import json
import shutil

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.operations import publish as steps
from tests.support.cli import edit, sixfold, tree
from tests.support.git import git


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Create an app repo. Do not change it: copy it."""
    folder = tmp_path_factory.mktemp("template")
    done = sixfold("init", "app", "match", "--team", "playback", "--name", "match", cwd=folder)
    assert done.code == 0, done.err
    return folder / "match"


@pytest.fixture
def app(template, checkout, tmp_path):
    """Copy the app repo beside the deploy repo."""
    return shutil.copytree(template, tmp_path / "match")


def publish(app, *arguments):
    return sixfold("publish", "--deploy-repo", "../deploy", *arguments, cwd=app)


def test_a_new_app_repo_passes_check_and_preview_against_the_deploy_repo(app) -> None:
    fleet = "../deploy/environments"
    before = tree(app.parent)
    checked = sixfold("check", "sixfold.yaml", "--fleet", fleet, cwd=app)
    assert (checked.code, checked.out) == (0, ""), checked.out
    preview = sixfold("preview", "sixfold.yaml", "--fleet", fleet, cwd=app)
    assert preview.code == 0
    assert preview.out.startswith("playback/match\n")
    assert "+ Deployment match" in preview.out
    assert "\nstorefront/hello\n" not in preview.out
    assert tree(app.parent) == before


def test_publish_commits_the_manifest_byte_for_byte_and_nothing_else(app, checkout) -> None:
    (checkout / "untracked.txt").write_text("mine")
    done = publish(app)
    assert done.code == 0, done.err
    assert done.out.strip() == git(checkout, "rev-parse", "HEAD")
    assert (
        git(checkout, "show", "--name-only", "--format=%s")
        == "Add the manifest of playback/match\n\napps/playback/match.yaml"
    )
    assert (checkout / "apps/playback/match.yaml").read_bytes() == (app / "sixfold.yaml").read_bytes()
    assert git(checkout, "status", "--porcelain") == "?? untracked.txt"
    assert sixfold("compile", cwd=checkout).code == 0


def test_publishing_an_unchanged_manifest_makes_no_commit(app, checkout) -> None:
    publish(app)
    head = git(checkout, "rev-parse", "HEAD")
    done = publish(app)
    assert (done.code, done.out) == (0, "")
    assert "published already" in done.err
    assert git(checkout, "rev-parse", "HEAD") == head


def test_a_version_goes_into_the_release_file_of_a_published_app(app, checkout) -> None:
    refused = publish(app, "--version", "1.10", "--environment", "dev")
    assert refused.code == 1
    assert "SF235" in refused.err
    publish(app)
    before = (checkout / "releases" / "dev.yaml").read_text()
    done = publish(app, "--version", "1.10", "--environment", "dev")
    assert done.code == 0, done.err
    assert (checkout / "releases" / "dev.yaml").read_text() == before.replace(
        "apps:\n", 'apps:\n  playback/match: "1.10"\n'
    )
    assert git(checkout, "log", "-1", "--format=%s") == "Release playback/match 1.10 to dev"


def test_a_manifest_that_does_not_compile_is_not_published(app, checkout) -> None:
    edit(app / "sixfold.yaml", "replicas: 3", "replikas: 3")
    before, head = tree(checkout / "apps"), git(checkout, "rev-parse", "HEAD")
    done = publish(app)
    assert (done.code, done.out) == (1, "")
    assert "sixfold.yaml:" in done.err
    assert "did you mean 'replicas'?" in done.err
    assert tree(checkout / "apps") == before
    assert git(checkout, "rev-parse", "HEAD") == head


def test_an_error_of_another_team_does_not_stop_publishing(app, checkout) -> None:
    edit(checkout / "apps" / "storefront" / "hello.yaml", "tier: P2", "tear: P2")
    git(checkout, "commit", "--quiet", "--all", "-m", "a mistake")
    done = publish(app)
    assert done.code == 0, done.err
    assert "hello" not in done.err


def test_a_manifest_of_an_unknown_team_is_refused(app, checkout) -> None:
    edit(app / "sixfold.yaml", "team: playback", "team: playbak")
    done = publish(app)
    assert done.code == 1
    assert "SF205" in done.err
    assert git(checkout, "status", "--porcelain") == ""


def test_a_manifest_from_another_teams_repo_is_not_published(app, checkout) -> None:
    git(app, "init", "--quiet")
    git(app, "remote", "add", "origin", "https://git.example.com/ads/deploy.git")
    done = publish(app)
    assert done.code == 1
    assert "SF236" in done.err
    assert git(checkout, "status", "--porcelain") == ""


def test_config_files_are_published_with_the_manifest(app, checkout) -> None:
    (app / "match").mkdir()
    (app / "match" / "app.conf").write_text("level = info\n")
    edit(
        app / "sixfold.yaml",
        "  replicas: 3",
        "  config:\n    - name: settings\n      mountPath: /etc/match\n"
        "      files: {app.conf: match/app.conf}\n  replicas: 3",
    )
    done = publish(app)
    assert done.code == 0, done.err
    assert (checkout / "apps/playback/match/app.conf").read_text() == "level = info\n"
    assert git(checkout, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("name", "code"), [("../secret.conf", "SF216"), ("settings.yaml", "SF234"), ("link.conf", "SF216")]
)
def test_config_files_outside_of_the_repo_or_named_like_manifests_are_refused(name, code, app, checkout) -> None:
    (app.parent / "secret.conf").write_text("x")
    (app / "settings.yaml").write_text("a: b\n")
    (app / "link.conf").symlink_to(app.parent / "secret.conf")
    edit(app / "sixfold.yaml", "  replicas: 3", f"  config:\n    - name: s\n      files: {{a: {name}}}\n  replicas: 3")
    with pytest.raises(DiagnosticError) as refused:
        steps.manifest(app / "sixfold.yaml", checkout)
    assert [d.code for d in refused.value.diagnostics] == [code]


def test_a_config_file_that_another_app_uses_is_not_replaced(app, checkout) -> None:
    config = "  config:\n    - name: s\n      files: {a: shared/a.conf}\n  replicas: 3"
    (app / "shared").mkdir()
    (app / "shared" / "a.conf").write_text("one\n")
    edit(app / "sixfold.yaml", "  replicas: 3", config)
    assert publish(app).code == 0
    edit(app / "sixfold.yaml", "name: match", "name: other")
    (app / "shared" / "a.conf").write_text("two\n")
    done = publish(app)
    assert done.code == 1
    assert "SF234" in done.err
    assert (checkout / "apps/playback/shared/a.conf").read_text() == "one\n"


def test_uncommitted_changes_of_the_same_file_are_not_overwritten(app, checkout) -> None:
    publish(app)
    edit(checkout / "apps/playback/match.yaml", "replicas: 3", "replicas: 4")
    edit(app / "sixfold.yaml", "replicas: 3", "replicas: 5")
    done = publish(app)
    assert done.code == 1
    assert "SF237" in done.err
    assert "replicas: 4" in (checkout / "apps/playback/match.yaml").read_text()


def test_a_commit_that_a_hook_rejects_leaves_the_files_as_they_were(app, checkout) -> None:
    hook = checkout / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho 'not on Fridays' >&2\nexit 1\n")
    hook.chmod(0o755)
    done = publish(app)
    assert done.code == 1
    assert "not on Fridays" in done.err
    assert git(checkout, "status", "--porcelain") == ""
    assert not (checkout / "apps/playback/match.yaml").exists()


def test_a_folder_outside_of_git_is_refused(app, compiled, tmp_path) -> None:
    import shutil

    shutil.copytree(compiled, tmp_path / "plain")
    done = sixfold("publish", "--deploy-repo", "../plain", cwd=app)
    assert done.code == 1
    assert "name a checkout of the deploy repo" in done.err
    assert not (tmp_path / "plain" / "apps" / "playback").exists()


def test_a_push_is_rebased_onto_commits_that_others_pushed(app, checkout, tmp_path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(checkout), "origin.git")
    for name in ("ours", "theirs"):
        git(tmp_path, "clone", "--quiet", "origin.git", name)
    (tmp_path / "theirs" / "news.txt").write_text("news")
    git(tmp_path / "theirs", "add", ".")
    git(tmp_path / "theirs", "commit", "--quiet", "-m", "theirs")
    git(tmp_path / "theirs", "push", "--quiet")
    done = sixfold("publish", "--deploy-repo", "../ours", "--push", cwd=app)
    assert done.code == 0, done.err
    assert git(tmp_path / "origin.git", "log", "--format=%s", "main").splitlines()[:2] == [
        "Add the manifest of playback/match",
        "theirs",
    ]


def test_a_new_app_that_runs_once_gets_its_home_and_no_other_app_moves(app, checkout) -> None:
    edit(app / "sixfold.yaml", "replicas: 3", "replicas: 1")
    path = checkout / "environments/placements.lock.json"
    before = json.loads(path.read_text())["placements"]
    done = publish(app)
    assert done.code == 0, done.err
    assert "environments/placements.lock.json" in git(checkout, "show", "--name-only", "--format=")
    after = json.loads(path.read_text())["placements"]
    for cell in ("prod/dc1", "prod/dc2"):
        assert after[cell]["homes"].pop("playback/match") in after[cell]["teams"]["playback"]
    assert after == before
    assert sixfold("compile", cwd=checkout).code == 0
    assert sixfold("place", "--dry-run", cwd=checkout).code == 0
