"""`sixfold compile --sign`: the tree is verified and signed, and `ssh-keygen -Y verify` agrees."""

from __future__ import annotations

import json

import pytest

from sixfold_compiler.signing.sshsig import Signature
from tests.support.ci import Ci
from tests.support.cli import edit, sixfold, tree
from tests.support.git import commit_all, git
from tests.support.signing import key_file, new_key, real_verdict, text_of

HELLO = "apps/storefront/hello.yaml"
FINGERPRINT = new_key().public.fingerprint
REMOVED = "Removed overlays/inventory.json.sig: it does not sign this tree. `sixfold compile --sign` signs it, in CI.\n"


@pytest.fixture
def key(tmp_path):
    return key_file(tmp_path / "key")


def test_a_tree_is_compiled_verified_and_signed(checkout, key, tmp_path) -> None:
    edit(checkout / HELLO, "replicas: 6", "replicas: 9")
    done = sixfold("compile", "--sign", key, cwd=checkout)
    assert (done.code, done.out) == (0, "")
    files = len(tree(checkout / "overlays")) - 1
    assert done.err.splitlines()[1:] == [
        "overlays/: 22 updated.",
        f"Verified: {files} files of overlays/ are what 1 app compiles to.",
        f"Signed: overlays/inventory.json.sig is by the key {FINGERPRINT}.",
    ]
    signature, root = (checkout / f"overlays/inventory.json{end}" for end in (".sig", ""))
    assert real_verdict(tmp_path, new_key().public, signature.read_bytes(), root.read_bytes())
    assert sixfold("compile", "--check", cwd=checkout).code == 0
    assert sixfold("check", cwd=checkout).code == 0
    assert sixfold("guard", cwd=checkout).code == 0
    assert sixfold("preview", cwd=checkout).out == "nothing changes.\n"
    before = tree(checkout)
    again = sixfold("compile", "--sign", "env:KEY", cwd=checkout, KEY=text_of(new_key().secret).decode())
    assert (again.code, tree(checkout)) == (0, before)


def test_a_compile_without_a_key_removes_a_stale_signature_and_says_so(checkout, key) -> None:
    sixfold("compile", "--sign", key, cwd=checkout)
    kept = sixfold("compile", cwd=checkout)
    assert (kept.code, "Removed" in kept.err) == (0, False)
    edit(checkout / HELLO, "replicas: 6", "replicas: 9")
    checked = sixfold("compile", "--check", cwd=checkout)
    assert (checked.code, "Removed" in checked.err) == (1, False)
    assert (checkout / "overlays/inventory.json.sig").exists()
    done = sixfold("compile", cwd=checkout)
    assert (done.code, done.err.endswith(REMOVED)) == (0, True)
    assert not (checkout / "overlays/inventory.json.sig").exists()
    assert "Removed" not in sixfold("compile", cwd=checkout).err


def test_an_app_that_fails_is_signed_for_with_a_base_and_the_exit_code_stays_1(checkout, key) -> None:
    edit(checkout / HELLO, "replicas: 6", "replicas: many")
    without = sixfold("compile", "--sign", key, "--output", "json", cwd=checkout)
    assert without.code == 1
    assert [finding["code"] for finding in json.loads(without.out)] == ["SF732", "SF204"]
    assert without.err.endswith("overlays/ is not signed, because it is not verified.\n")
    assert not (checkout / "overlays/inventory.json.sig").exists()
    done = sixfold("compile", "--sign", key, "--base", "HEAD", "--output", "json", cwd=checkout)
    assert done.code == 1
    assert [finding["code"] for finding in json.loads(done.out)] == ["SF204"]
    assert done.err.splitlines()[-2:] == [
        "storefront/hello keeps the files of HEAD.",
        f"Signed: overlays/inventory.json.sig is by the key {FINGERPRINT}.",
    ]


def test_without_a_key_or_a_fleet_nothing_is_written(checkout, key) -> None:
    edit(checkout / HELLO, "replicas: 6", "replicas: 9")
    before = tree(checkout)
    key.chmod(0o644)
    refused = sixfold("compile", "--sign", key, "--output", "concise", cwd=checkout)
    assert (refused.code, refused.out) == (1, f"sixfold: SF735 {key} may be read by other users\n")
    key.chmod(0o600)
    (checkout / "environments/fleet.jsonnet").write_text("{}")
    stopped = sixfold("compile", "--sign", key, cwd=checkout)
    assert stopped.code == 1
    assert stopped.err.endswith("Nothing was written, and nothing was signed.\n")
    assert tree(checkout / "overlays") == {
        p.removeprefix("overlays/"): d for p, d in before.items() if p[:9] == "overlays/"
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--base", "HEAD"), "use `sixfold verify --base`"), (("--sign", "-", "--check"), "leave out --check"),
        (("--sign", "-", HELLO), "leave out --check"), (("--sign", "-", "--only", "prod"), "leave out --check"),
    ],
)  # fmt: skip
def test_options_that_do_not_go_together_are_refused(checkout, arguments, message) -> None:
    done = sixfold("compile", *arguments, cwd=checkout)
    assert done.code == 2
    assert message in done.err


def test_a_signature_in_another_place_is_a_stranger(checkout) -> None:
    (checkout / "overlays/prod/inventory.json.sig").write_text("x")
    done = sixfold("compile", cwd=checkout)
    assert (done.code, "SF706" in done.out) == (1, True)
    commit_all(checkout, "A stranger")
    assert sixfold("verify", "--base", "HEAD~1", "--accept-unchanged", cwd=checkout).code == 1


def test_the_ci_of_a_new_deploy_repo_signs_each_push_also_one_with_an_app_that_fails(checkout) -> None:
    signs_each_push(checkout, "github")


def test_the_ci_of_gitlab_signs_each_push_also_one_with_an_app_that_fails(checkout) -> None:
    signs_each_push(checkout, "gitlab")


def signs_each_push(checkout, kind: str) -> None:
    ci = Ci(checkout.parent, kind)
    ci.signing_key = text_of(new_key().secret).decode()
    git(checkout, "push", "--quiet", "origin", "HEAD:main", "HEAD:verified")
    other = (checkout / HELLO).read_text().replace("name: hello", "name: other")
    (checkout / "apps/storefront/other.yaml").write_text(other.replace("unprivileged #", "unprivileged:1.27-alpine #"))
    edit(checkout / HELLO, "replicas: 6", "replicas: many")
    assert not ci.push("A new app, and a mistake"), "red for the app"
    assert ci.at("verified") == ci.at("main")
    assert b'"other"' in (checkout / "overlays/prod/dc1/dc1-a/inventory.json").read_bytes()
    signature, root = ((checkout / f"overlays/inventory.json{end}").read_bytes() for end in (".sig", ""))
    assert Signature.parse(signature).signs(root)
