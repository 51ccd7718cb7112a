"""`sign` verifies a tree from nothing, and signs it only without findings; a compile removes what no longer signs."""

from __future__ import annotations

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.pipeline import sign as module
from sixfold_compiler.pipeline.sign import sign
from sixfold_compiler.pipeline.verify import verify
from sixfold_compiler.signing.sshsig import Signature
from sixfold_compiler.tree.layout import ROOT, SIGNATURE
from tests.support.forging import forge
from tests.support.git import commit_all, git, new_repo
from tests.support.repos import Repo, is_overlay
from tests.support.signing import new_key

KEY = new_key()
BROKEN = "apiVersion: sixfold.dev/v1\nkind: App\nmetadata: {name: cards, team: pay}\nspec: {image: 7}\n"


@pytest.fixture
def committed(compiled, tmp_path):
    repo = compiled.copied_to(tmp_path / "repo")
    new_repo(repo.folder)
    commit_all(repo.folder, "Compile")
    git(repo.folder, "branch", "verified")
    return repo


def signed(repo: Repo, base: str = "") -> tuple[list[str], bool]:
    """Sign; return the codes of the findings, and whether the tree has a right signature."""
    result = sign(repo.options(guard=True), KEY, base)
    return [d.code for d in result.diagnostics], is_signed(repo)


def is_signed(repo: Repo) -> bool:
    if not (repo.out / SIGNATURE).exists():
        return False
    signature = Signature.parse((repo.out / SIGNATURE).read_bytes())
    return signature.key == KEY.public and signature.signs((repo.out / ROOT).read_bytes())


def test_a_verified_tree_is_signed_and_stays_the_same_for_every_comparison(committed) -> None:
    before = committed.tree()
    assert signed(committed) == ([], True)
    assert {path: data for path, data in committed.tree().items() if path != SIGNATURE} == before
    run = committed.compile(guard=True, reread=True)
    assert (run.codes, run.changed, is_signed(committed)) == ([], {}, True), "it still signs the tree"
    for base, accepted in (("", False), ("verified", False), ("verified", True)):
        result = verify(committed.options(guard=True), base, accept_unchanged=accepted)
        assert (result.diagnostics, result.files, result.unchanged) == ((), len(before), accepted)
    commit_all(committed.folder, "Sign")
    (committed.out / SIGNATURE).unlink()
    assert verify(committed.options(guard=True), "HEAD", accept_unchanged=True).unchanged
    assert signed(committed, "HEAD") == ([], True)


def test_a_compile_removes_the_signature_of_the_tree_before(committed) -> None:
    signed(committed)
    committed.put("shop/web", replicas=3)
    with module_plan(committed) as plan:
        assert plan.write()
    assert not (committed.out / SIGNATURE).exists()
    with module_plan(committed) as plan:
        assert not plan.write()
    signed(committed)
    old = (committed.out / SIGNATURE).read_bytes()
    committed.put("shop/web", replicas=4)
    committed.compile()
    (committed.out / SIGNATURE).write_bytes(old)  # a merge that took the file of the other side
    with module_plan(committed) as plan:
        assert plan.changes == ()
        assert plan.write()
    assert not (committed.out / SIGNATURE).exists()


def test_a_compile_that_stops_leaves_the_signature(committed) -> None:
    signed(committed)
    (committed.out / "zz.yaml").write_text("# x\n")
    run = committed.compile()
    assert (run.codes, is_signed(committed)) == (["SF706"], True)


def module_plan(repo: Repo):
    from sixfold_compiler.pipeline.plan import plan

    return plan(repo.options())


def test_a_forged_tree_is_not_signed_and_loses_its_signature(committed) -> None:
    signed(committed)
    path = next(path for path in sorted(committed.tree()) if is_overlay(path))
    forge(committed.out, path, (committed.out / path).read_bytes() + b"# forged\n")
    (committed.out / SIGNATURE).write_bytes(KEY.sign((committed.out / ROOT).read_bytes()))
    assert committed.compile().changed == {}, "the compile believes the inventories"
    codes, right = signed(committed)
    assert (set(codes), right) == ({"SF730"}, False)
    assert not (committed.out / SIGNATURE).exists()


def test_a_tree_with_an_app_that_fails_is_signed_with_the_files_of_the_base_and_never_without(committed) -> None:
    committed.write("apps/pay/cards.yaml", BROKEN)
    committed.put("shop/web", replicas=3)
    assert committed.compile().summary.failed
    assert signed(committed) == (["SF732"], False)
    assert signed(committed, "verified") == ([], True)
    path = next(path for path in sorted(committed.tree()) if path.endswith("/cards.yaml"))
    forge(committed.out, path, (committed.out / path).read_bytes() + b"# forged\n")
    codes, right = signed(committed, "verified")
    assert ("SF731" in codes, right) == (True, False)


def test_a_root_inventory_that_changes_during_the_verification_is_not_signed(committed, monkeypatch) -> None:
    real = module.verify

    def changing(*arguments, **options):
        result = real(*arguments, **options)
        (committed.out / ROOT).write_bytes(b"{}")
        return result

    monkeypatch.setattr(module, "verify", changing)
    result = sign(committed.options(), KEY)
    assert [d.message for d in result.diagnostics] == ["overlays/inventory.json changed during the verification"]
    assert not (committed.out / SIGNATURE).exists()


def test_a_signature_that_cannot_be_written_is_a_finding(committed, monkeypatch) -> None:
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_signature", full)
    with pytest.raises(DiagnosticError) as error:
        sign(committed.options(), KEY)
    assert [d.code for d in error.value.diagnostics] == ["SF704"]
