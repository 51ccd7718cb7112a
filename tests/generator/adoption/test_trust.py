"""With trusted keys, a tree is adopted only if one of them signed it, for this fleet and this repository."""

from __future__ import annotations

import pytest

from sixfold_generator.adoption.run import main
from sixfold_generator.adoption.trust import Trust
from sixfold_generator.state.folder import read_attempt
from tests.support.adopting import Case, codes
from tests.support.signing import key_file, new_key, ssh_keygen
from tests.support.trees import REPOSITORY, Spec

NAME = "inventory.json.sig"
KEY, NEXT, OTHER = (new_key(number) for number in (1, 2, 3))


def trusting(*keys, fleet="example", repository=REPOSITORY["url"]):
    return Trust(tuple(key.public for key in keys), fleet, repository)


class Signed(Case):
    """A repo whose trees are signed."""

    def __init__(self, folder, path=""):
        super().__init__(folder)
        self.spec = Spec(repository={"path": path})
        self.path = path

    def push(self, key=KEY, change=None):
        """Commit the tree with a signature by a key, after a change of the signature; None leaves it out."""
        folder = self.git.repo / self.path
        self.spec.write(folder)
        if key is not None:
            signature = key.sign((folder / "inventory.json").read_bytes())
            (folder / NAME).write_bytes(change(signature) if change else signature)
        return self.git.publish()


@pytest.fixture
def case(tmp_path):
    """Adopt a signed tree."""
    case = Signed(tmp_path)
    case.first = case.push()
    assert case.adopt(trust=trusting(KEY)).outcome == "adopted"
    return case


def refused(case, trust=None):
    """Offer the tree; return the codes and the first message, and check that the first commit is still adopted."""
    result = case.adopt(trust=trust or trusting(KEY))
    assert result.outcome == "refused"
    assert case.snapshot.commit == case.first
    return codes(result), result.problems[0].message


def test_a_commit_without_a_signature_waits_until_it_is_signed(case):
    case.spec.remove_team("ads", "prod/dc1/dc1-a")
    case.spec.bury(team="ads", environment="prod")
    commit = case.push(None)
    text = (
        f"commit {commit[:12]} has no signature: it is not adopted until the workflow of the deploy repository signs it"
    )
    assert refused(case) == (["SF813"], text)
    signed = case.push()
    assert case.adopt(trust=trusting(KEY)).outcome == "adopted"
    assert case.snapshot.commit == signed


def test_a_skipped_commit_approves_deletions_only_with_a_trusted_signature(case):
    for key, held in ((OTHER, {"ads"}), (None, {"ads"}), (KEY, set())):
        case.spec = Spec()
        case.spec.remove_team("ads", "prod/dc1/dc1-a")
        case.spec.bury(team="ads", environment="prod")
        if key is None:
            (case.git.repo / NAME).unlink()
        case.push(key)
        case.spec.tombstones.clear()
        case.push()
        assert case.adopt(trust=trusting(KEY)).outcome == "adopted"
        assert set(case.snapshot.held) == held, key


def test_a_signature_by_another_key_is_refused_with_its_fingerprint(case):
    commit = case.push(OTHER)
    text = f"the signature of commit {commit[:12]} is not valid: its key {OTHER.public.fingerprint} is not trusted"
    assert refused(case) == (["SF814"], text)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda _: KEY.sign(b"{}"), "it does not sign this inventory.json"),
        (lambda _: b"", "it is not an SSH signature"),
        (lambda s: s.replace(b"AAAA", b"AAAB", 1), "it has another form than the signatures of ssh-keygen"),
    ],
)
def test_a_signature_that_signs_something_else_is_refused(case, change, reason):
    case.push(change=change)
    names, text = refused(case)
    assert (names, text.endswith(f"is not valid: {reason}")) == (["SF814"], True)


def test_a_signature_for_another_namespace_is_refused(case, tmp_path):
    def of_git(_):
        data = (case.git.repo / "inventory.json").read_bytes()
        return ssh_keygen("-Y", "sign", "-n", "git", "-f", key_file(tmp_path / "key"), data=data).stdout

    case.push(change=of_git)
    assert refused(case)[1].endswith("it is for another namespace than `sixfold`")


def test_a_signature_by_ssh_keygen_is_adopted(case, tmp_path):
    def real(_):
        data = (case.git.repo / "inventory.json").read_bytes()
        options = ("-n", "sixfold", "-O", "hashalg=sha256", "-f", key_file(tmp_path / "key"))
        return ssh_keygen("-Y", "sign", *options, data=data).stdout

    case.spec.labels = {"tier": "silver"}
    commit = case.push(change=real)
    assert case.adopt(trust=trusting(KEY)).outcome == "adopted"
    assert case.snapshot.commit == commit


def test_a_link_or_a_folder_or_a_long_file_is_no_signature(case):
    case.push(change=lambda signature: signature + b"\n" * 5000)
    assert refused(case)[0] == ["SF804"]
    case.push(None)
    (case.git.repo / NAME).symlink_to("inventory.json")
    case.git.publish()
    assert refused(case)[0] == ["SF804"]
    (case.git.repo / NAME).unlink()
    (case.git.repo / NAME).mkdir()
    (case.git.repo / NAME / "x").write_text("x")
    case.git.publish()
    assert refused(case)[0] == ["SF813"]


def test_a_signature_that_only_the_disk_has_does_not_count(case):
    case.spec.labels = {"tier": "silver"}
    case.push(None)
    (case.git.link / NAME).write_bytes(KEY.sign((case.git.link / "inventory.json").read_bytes()))
    assert refused(case)[0] == ["SF813"]


def test_the_signature_is_checked_before_the_inventory_is_read(case):
    (case.git.repo / "inventory.json").write_bytes(b"[" * 1000)
    case.git.publish()
    assert refused(case)[0] == ["SF814"]


def test_a_file_that_changed_after_the_signature_is_refused(case):
    path = "prod/dc1/dc1-a/playback/player.yaml"
    case.push()
    (case.git.repo / path).write_text("# forged\n")
    case.git.publish()
    assert refused(case)[0] == ["SF803"]


def test_a_tree_that_is_signed_for_another_place_is_refused(case):
    """One key may sign for several fleets: what it signed for one is no tree of another."""
    case.spec.labels = {"tier": "silver"}
    case.push()
    assert refused(case, trusting(KEY, fleet="other")) == (
        ["SF815"],
        "the tree is signed for the fleet example, and this generator serves the fleet other",
    )
    both = trusting(KEY, fleet="other", repository="https://git.example.com/other.git")
    assert refused(case, both)[0] == ["SF815", "SF815"]
    (problem,) = case.adopt(trust=trusting(KEY, repository="https://git.example.com/other.git")).problems
    assert problem.message == (
        f"the tree is signed for the repository {REPOSITORY['url']}, "
        "and this generator serves the repository https://git.example.com/other.git"
    )
    assert problem.help.endswith("set SIXFOLD_TRUSTED_REPOSITORY to it first")


def test_a_tree_that_is_signed_for_another_folder_of_the_repository_is_refused(tmp_path):
    case = Signed(tmp_path, "staging")
    case.push()
    (case.git.repo / "staging").rename(case.git.repo / "prod")
    case.git.publish()
    case.git.link = case.git.link.resolve() / "prod"
    assert codes(case.adopt(trust=trusting(KEY))) == ["SF807"]


def test_two_keys_are_trusted_during_a_rotation(case):
    for signer, trusted, outcome in (
        (KEY, (KEY, NEXT), "adopted"), (NEXT, (KEY, NEXT), "adopted"), (NEXT, (NEXT,), "adopted"), (KEY, (NEXT,), "refused"),
    ):  # fmt: skip
        case.spec.labels = {"tier": f"{signer.public.fingerprint[7:9]}{len(trusted)}"}
        case.push(signer)
        assert case.adopt(trust=trusting(*trusted)).outcome == outcome


def test_the_adopted_tree_is_judged_again_and_stays_when_keys_are_set(tmp_path):
    case = Signed(tmp_path)
    case.first = case.push(None)
    assert case.adopt().outcome == "adopted"
    assert case.adopt().outcome == "known"
    assert refused(case)[0] == ["SF813"]
    assert case.adopt(trust=trusting(KEY)).outcome == "known"
    assert case.adopt(trust=trusting(NEXT)).outcome == "refused"
    assert case.adopt().outcome == "unchanged"


def test_without_keys_a_signature_is_not_read(tmp_path):
    case = Signed(tmp_path)
    case.push(change=lambda _: b"anything")
    assert case.adopt().outcome == "adopted"
    assert (Trust().mark, len({trusting(KEY).mark, trusting(NEXT).mark, trusting(KEY, NEXT).mark})) == ("", 3)
    assert trusting(KEY).mark != trusting(KEY, fleet="x").mark != trusting(KEY, repository="x").mark


def test_a_tree_outside_git_is_signed_in_the_same_way(tmp_path):
    tree = Spec().write(tmp_path / "tree")
    case = Signed(tmp_path)
    case.git.link = tree
    (problem,) = case.adopt(trust=trusting(KEY)).problems
    assert problem.message.startswith("the tree has no signature: ")
    (tree / NAME).write_bytes(KEY.sign((tree / "inventory.json").read_bytes()))
    assert case.adopt(trust=trusting(KEY), force=True).outcome == "adopted"


def test_the_adopter_takes_the_trust_from_its_arguments(case, capfd):
    commit = case.push(None)
    options = ["--trusted-fleet", "example", "--trusted-repository", REPOSITORY["url"]]
    options += ["--trusted-key", NEXT.public.line, "--trusted-key", KEY.public.line]
    assert main(["--tree", str(case.git.link), "--state", str(case.state), *options]) == 1
    assert f"commit {commit[:12]} has no signature" in capfd.readouterr().out
    assert [problem.code for problem in read_attempt(case.state / "attempt.json").problems] == ["SF813"]
    case.push()
    assert main(["--tree", str(case.git.link), "--state", str(case.state), *options]) == 0
