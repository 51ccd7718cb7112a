"""`sixfold verify`, and the CI of a new deploy repo, which runs it on every change."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.ci import Ci
from tests.support.cli import edit, sixfold
from tests.support.forging import forge
from tests.support.git import git

if TYPE_CHECKING:
    from pathlib import Path

HELLO = "apps/storefront/hello.yaml"
FAILS = ("replicas: 6", "replicas: many")


def overlay(repo: Path) -> Path:
    return next(path for path in sorted((repo / "overlays/prod").rglob("storefront/hello.yaml")))


def argocd(repo: Path) -> Path:
    return next(path for path in sorted((repo / "overlays/argocd").iterdir()))


def test_a_verified_tree_is_shown_with_its_figures_and_a_finding_with_its_file(checkout) -> None:
    done = sixfold("verify", cwd=checkout)
    assert (done.code, done.out) == (0, "")
    files = sum(path.is_file() for path in (checkout / "overlays").rglob("*"))
    assert done.err == f"Verified: {files} files of overlays/ are what 1 app compiles to.\n"
    path = overlay(checkout)
    path.write_bytes(path.read_bytes() + b"# forged\n")
    done = sixfold("verify", "--output", "json", cwd=checkout)
    assert done.code == 1
    (finding,) = json.loads(done.out)
    name = path.relative_to(checkout).as_posix()
    assert (finding["code"], finding["place"]["file"]) == ("SF730", name)
    assert finding["message"] == f"{name} is not what is compiled from {HELLO}"


def test_an_app_that_fails_is_named_with_the_base_that_it_was_compared_with(checkout) -> None:
    edit(checkout / HELLO, *FAILS)
    without = sixfold("verify", "--output", "concise", cwd=checkout)
    assert without.code == 1
    assert "SF732" in without.out
    done = sixfold("verify", "--base", "HEAD", cwd=checkout)
    assert done.code == 0, done.out
    assert done.err.splitlines()[-1] == "storefront/hello keeps the files of HEAD."
    done = sixfold("verify", "--base", "HEAD", "--accept-unchanged", cwd=checkout)
    assert done.code == 0
    assert "is the tree of HEAD" in done.err


def test_a_tree_is_accepted_as_unchanged_only_with_a_base(checkout) -> None:
    done = sixfold("verify", "--accept-unchanged", cwd=checkout)
    assert done.code == 2
    assert "--base" in done.err


@pytest.mark.parametrize("command", ["check", "guard", "compile", "preview"])
def test_a_stranger_in_the_folder_of_argo_cd_is_refused_by_each_command(checkout, command) -> None:
    (argocd(checkout) / "zz.yaml").write_text("kind: Application\n")
    done = sixfold(command, cwd=checkout)
    assert done.code == 1
    assert "SF706" in done.out + done.err
    assert f"overlays/argocd/{argocd(checkout).name}/zz.yaml" in done.out + done.err


@pytest.mark.parametrize(
    "arguments", [("check",), ("guard",), ("guard", "--output", "concise"), ("guard", "--output", "json")]
)
def test_an_edited_file_of_argo_cd_is_found_although_a_compile_would_repair_it(checkout, arguments) -> None:
    edit(argocd(checkout) / "clusters.yaml", "kind: Secret", "kind: secret")
    done = sixfold(*arguments, cwd=checkout)
    assert done.code == 1
    assert "SF707" in done.out + done.err
    if arguments[-1] == "json":
        assert json.loads(done.out)["passes"] is False
    assert sixfold("compile", cwd=checkout).code == 0
    assert sixfold(*arguments, cwd=checkout).code == 0


# The CI of a new deploy repo: the steps of its files, run by a shell in a clone


def pushed(committed, top: Path, kind: str) -> Path:
    """Push the compiled deploy repo to a forge, and return its folder; the first run creates the branch `verified`."""
    shutil.copytree(committed, top / "deploy")
    ci = Ci(top, kind)
    assert ci.push("A fleet")
    assert ci.at("verified") == ci.at("main")
    return top


@pytest.fixture(scope="session")
def on_github(committed, tmp_path_factory):
    """Push to GitHub. Do not change this folder: copy it."""
    return pushed(committed, tmp_path_factory.mktemp("github"), "github")


@pytest.fixture(scope="session")
def on_gitlab(committed, tmp_path_factory):
    """Push to GitLab. Do not change this folder: copy it."""
    return pushed(committed, tmp_path_factory.mktemp("gitlab"), "gitlab")


@pytest.fixture
def github(on_github, tmp_path):
    """Copy the forge and the deploy repo, whose first commit is verified."""
    return Ci(shutil.copytree(on_github, tmp_path / "ci"), "github")


@pytest.fixture
def gitlab(on_gitlab, tmp_path):
    """Copy the forge and the deploy repo, whose first commit is verified."""
    return Ci(shutil.copytree(on_gitlab, tmp_path / "ci"), "gitlab")


def forged(repo: Path, path: Path) -> None:
    """Append to a file of the tree, with the digests and the checksum that it needs."""
    out = repo / "overlays"
    forge(out, path.relative_to(out).as_posix(), path.read_bytes() + b"# forged\n")


def test_a_merged_change_is_compiled_verified_and_pushed_with_the_branch(github) -> None:
    merge(github)


def test_a_merged_change_is_compiled_verified_and_pushed_with_the_branch_by_gitlab(gitlab) -> None:
    merge(gitlab)


def merge(ci: Ci) -> None:
    edit(ci.work / HELLO, "replicas: 6", "replicas: 9")
    assert ci.review()
    git(ci.work, "checkout", "--quiet", "-B", "main")
    assert ci.push("More pods")
    assert ci.at("verified") == ci.at("main")
    assert git(ci.work, "log", "-1", "--format=%s").startswith("Compile ")
    assert sixfold("verify", cwd=ci.work).code == 0
    edit(ci.work / HELLO, "replicas: 9", "replicas: many")
    before = overlay(ci.work).read_bytes()
    assert not ci.push("A mistake")
    assert ci.at("verified") == ci.at("main"), "the app keeps its files, and the tree is verified"
    assert overlay(ci.work).read_bytes() == before


RED = ("an overlay", "an overlay of an app that fails", "an edit of argocd/", "a stranger")


@pytest.mark.parametrize("how", RED)
def test_a_red_commit_stays_red_under_a_harmless_one(github, how) -> None:
    stays_red(github, how)


@pytest.mark.parametrize("how", RED)
def test_a_red_commit_stays_red_under_a_harmless_one_on_gitlab(gitlab, how) -> None:
    stays_red(gitlab, how)


def stays_red(ci: Ci, how: str) -> None:
    """Push a red commit: a base that moved with every push would be the forged commit, and vouch for it."""
    if how == "an overlay of an app that fails":
        edit(ci.work / HELLO, *FAILS)
    if how.startswith("an overlay"):
        forged(ci.work, overlay(ci.work))
    elif how == "a stranger":
        (argocd(ci.work) / "zz.yaml").write_text("kind: Application\n")
    else:  # a compile would repair it, but Argo CD reads the branch before that
        edit(argocd(ci.work) / "clusters.yaml", "kind: Secret", "kind: secret")
    verified = ci.at("verified")
    assert not ci.review(), "the pull request is red"
    git(ci.work, "checkout", "--quiet", "-B", "main")
    for message in ("Red", "Harmless"):
        (ci.work / "NOTES.md").write_text(message)
        assert not ci.push(message)
        assert ci.at("verified") == verified
        assert git(ci.server, "log", "-1", "--format=%s", "main") == message, "nothing is compiled on top of it"
        git(ci.work, "tag", "--force", "origin/verified")  # git takes a tag before a branch of that name
        git(ci.work, "push", "--quiet", "--force", "origin", "refs/tags/origin/verified")
    git(ci.work, "checkout", "--quiet", verified, "--", "overlays")
    git(ci.work, "clean", "--quiet", "--force", "-d", "overlays")
    for path in set(git(ci.work, "diff", "--name-only", "--diff-filter=A", verified, "HEAD").splitlines()):
        if path.startswith("overlays/"):
            (ci.work / path).unlink()
    ci.push("Restored")
    assert ci.at("verified") == ci.at("main") != verified


def test_a_branch_that_left_main_earlier_is_compared_with_the_commit_where_it_left(gitlab) -> None:
    git(gitlab.work, "checkout", "--quiet", "-b", "old")
    git(gitlab.work, "checkout", "--quiet", "main")
    edit(gitlab.work / HELLO, "replicas: 6", "replicas: 9")
    assert gitlab.push("More pods")
    git(gitlab.work, "checkout", "--quiet", "old")
    edit(gitlab.work / HELLO, "replicas: 6", "replicas: 7")
    assert gitlab.review()
    forged(gitlab.work, overlay(gitlab.work))
    assert not gitlab.review()
