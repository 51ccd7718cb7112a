"""Publishing from an app repo into a deploy repo, with git."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.operations import publish as steps
from tests.support.cli import edit, sixfold, started, tree
from tests.support.git import git
from tests.support.repos import manifest


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
        == "Add the manifest of playback/match\n\napps/playback/match.yaml\nenvironments/names.lock.json"
    )
    added = git(checkout, "show", "--unified=0", "--format=", "--", "environments/names.lock.json")
    lines = [line[1:] for line in added.splitlines() if line[0] in "+-" and line[:3] not in ("+++", "---")]
    assert lines == ['      "hello": "storefront"', '      "hello": "storefront",', '      "match": "playback"'] * 3
    assert (checkout / "apps/playback/match.yaml").read_bytes() == (app / "sixfold.yaml").read_bytes()
    assert git(checkout, "status", "--porcelain") == "?? untracked.txt"
    assert sixfold("compile", cwd=checkout).code == 0


def test_a_publication_takes_its_own_name_only_and_not_that_of_another_team(app, checkout) -> None:
    lock = checkout / "environments/names.lock.json"
    lock.write_bytes(
        lock.read_bytes().replace(b'"hello": "storefront"', b'"hello": "storefront",\n      "match": "ads"', 1)
    )
    git(checkout, "commit", "--quiet", "--all", "-m", "ads had it in dev")
    done = publish(app)
    assert (done.code, "SF407" in done.err) == (1, True)
    (checkout / "apps/storefront/bye.yaml").write_text(manifest("storefront/bye"))
    lock.write_bytes(lock.read_bytes().replace(b'"match": "ads"', b'"match": {"after": ["ads"]}', 1))
    git(checkout, "add", "--all")
    git(checkout, "commit", "--quiet", "-m", "released")
    done = publish(app)
    assert done.code == 0, done.err
    text = lock.read_text()
    assert (text.count('"match": {"team": "playback", "after": ["ads"]}'), text.count('"match": "playback"')) == (1, 2)
    assert '"bye"' not in text, "nothing has compiled it yet"


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
    before = {p: d for p, d in tree(checkout).items() if p.startswith("releases/")}
    done = publish(app, "--version", "1.10", "--environment", "dev")
    assert done.code == 0, done.err
    after = {p: d for p, d in tree(checkout).items() if p.startswith("releases/")}
    written = b'apiVersion: sixfold.dev/v1\nkind: Release\nenvironment: dev\napps:\n  playback/match: "1.10"\n'
    assert after == before | {"releases/dev/playback.yaml": written}
    assert git(checkout, "log", "-1", "--format=%s") == "Release playback/match 1.10 to dev"


def test_an_older_version_is_published_only_if_that_is_asked_for(app, checkout) -> None:
    publish(app)
    publish(app, "--version", "1.10", "--environment", "dev")
    assert sixfold("compile", cwd=checkout).code == 0
    git(checkout, "add", "overlays")
    git(checkout, "commit", "--quiet", "-m", "compiled")
    refused = publish(app, "--version", "1.9", "--environment", "dev")
    assert (refused.code, "SF228" in refused.err) == (1, True)
    done = publish(app, "--version", "1.9", "--environment", "dev", "--back")
    assert done.code == 0, done.err
    assert (checkout / "releases/dev/playback.yaml").read_text().endswith('back:\n  playback/match: "1.10"\n')
    assert publish(app, "--back").code == 2


def test_the_versions_of_another_team_in_the_file_stop_a_publication(app, checkout) -> None:
    publish(app)
    text = "apiVersion: sixfold.dev/v1\nkind: Release\nenvironment: dev\napps:\n  storefront/hello: '0.1'\n"
    (checkout / "releases/dev/playback.yaml").write_text(text)
    done = publish(app, "--version", "1.10", "--environment", "dev")
    assert (done.code, "SF227" in done.err) == (1, True)
    assert (checkout / "releases/dev/playback.yaml").read_text() == text


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


@pytest.fixture
def asked(app, checkout):
    """Make the app repo a checkout of a repository of its team, for which `playback-ci` may ask."""
    git(app, "init", "--quiet")
    git(app, "remote", "add", "origin", "https://git.example.com/playback/deploy.git")
    mapped = "playback: team('playback', 'large', live { publishers: ['Playback-ci', 'playback-ci[bot]'],"
    edit(checkout / "environments/teams.libsonnet", "playback: team('playback', 'large', live {", mapped)
    git(checkout, "commit", "--quiet", "--all", "-m", "publishers")
    return git(checkout, "rev-parse", "HEAD")


def test_the_ci_of_the_deploy_repo_publishes_for_publishers_of_the_team_and_names_them(app, checkout, asked) -> None:
    done = publish(app, "--requested-by", "Playback-CI", "--requested-by", "playback-ci[bot]")
    assert done.code == 0, done.err
    message = git(checkout, "log", "-1", "--format=%B")
    requests = "Requested-by: Playback-CI\nRequested-by: playback-ci[bot]"
    assert message == f"Add the manifest of playback/match\n\n{requests}"


def test_a_request_of_somebody_who_is_no_publisher_of_the_team_is_refused(app, checkout, asked) -> None:
    done = publish(app, "--requested-by", "playback-ci", "--requested-by", "ads-ci")
    assert done.code == 1
    assert "error[SF240]: 'ads-ci' may not publish for team 'playback'" in done.err
    assert git(checkout, "rev-parse", "HEAD") == asked
    assert git(checkout, "status", "--porcelain") == ""


def test_an_id_token_that_cannot_be_verified_publishes_nothing(app, checkout, asked) -> None:
    edit(checkout / "environments/fleet.jsonnet", "url: 'https://", "url: 'http://")
    done = publish(app, "--id-token", "NONE", "--requested-by", "playback-ci")
    assert (done.code, "SF241" in done.err) == (1, True)
    assert git(checkout, "rev-parse", "HEAD") == asked


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


@pytest.fixture
def clones(checkout, tmp_path):
    """Return two clones of the deploy repo, with the folder of their origin."""
    git(tmp_path, "clone", "--quiet", "--bare", str(checkout), "origin.git")
    for name in ("ours", "theirs"):
        git(tmp_path, "clone", "--quiet", "origin.git", name)
    return tmp_path / "ours", tmp_path / "theirs", tmp_path / "origin.git"


def names_of(origin):
    rows = json.loads(git(origin, "show", "main:environments/names.lock.json"))["names"]["prod"]
    return {name: row for name, row in rows.items() if name.startswith("match")}


def renamed(app, name):
    """Return a copy of the app repo, for an app of another name."""
    other = shutil.copytree(app, app.parent / name)
    edit(other / "sixfold.yaml", "name: match", f"name: {name}")
    return other


def test_two_publications_of_new_names_side_by_side_never_conflict(app, clones, tmp_path) -> None:
    """The second clone pushes between the commit and the push of the first."""
    ours, theirs, origin = clones
    other = renamed(app, "match-2")
    hook = ours / ".git" / "hooks" / "pre-push"
    command = [sys.executable, "-m", "sixfold_compiler", "publish", "--deploy-repo", str(theirs), "--push"]
    hook.write_text(f"#!/bin/sh\nrm {hook}\nunset GIT_DIR GIT_INDEX_FILE\ncd {other} && exec {shlex.join(command)}\n")
    hook.chmod(0o755)
    done = started("publish", "--deploy-repo", "../ours", "--push", cwd=app)
    assert done.code == 0, done.err
    assert "Others have pushed: once more, from their commits." in done.err
    assert git(origin, "log", "--format=%s", "main").splitlines()[:2] == [
        "Add the manifest of playback/match",
        "Add the manifest of playback/match-2",
    ]
    assert names_of(origin) == {"match": "playback", "match-2": "playback"}
    assert done.out.strip() == git(origin, "rev-parse", "main")
    assert git(ours, "status", "--porcelain", "--branch") == "## main...origin/main"


def test_publications_from_two_clones_at_once_both_arrive(app, clones) -> None:
    ours, theirs, origin = clones
    other = renamed(app, "match-2")
    with ThreadPoolExecutor(2) as both:
        runs = [
            both.submit(started, "publish", "--deploy-repo", deploy, "--push", cwd=folder)
            for deploy, folder in ((ours, app), (theirs, other))
        ]
        assert [(run.result().code, run.result().err.count("error")) for run in runs] == [(0, 0), (0, 0)]
    assert names_of(origin) == {"match": "playback", "match-2": "playback"}


def test_a_name_that_another_push_took_meanwhile_is_refused_and_nothing_is_left_to_push(app, clones, tmp_path) -> None:
    ours, theirs, _ = clones
    lock = theirs / "environments/names.lock.json"
    lock.write_text(lock.read_text().replace('"hello": "storefront"', '"hello": "storefront",\n      "match": "ads"'))
    git(theirs, "commit", "--quiet", "--all", "-m", "ads has it")
    git(theirs, "push", "--quiet")
    done = sixfold("publish", "--deploy-repo", "../ours", "--push", cwd=app)
    assert (done.code, "SF407" in done.err, "Nothing was published." in done.err) == (1, True, True)
    assert git(ours, "log", "--format=%s", "-1") == "ads has it"
    assert git(ours, "status", "--porcelain", "--branch") == "## main...origin/main"


def test_a_push_follows_commits_that_others_pushed(app, clones, tmp_path) -> None:
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
