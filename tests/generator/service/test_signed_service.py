"""The running service with trusted keys: what is not signed waits, and the adopted state is served meanwhile."""

from __future__ import annotations

from tests.support.generator import Generator
from tests.support.signing import new_key
from tests.support.trees import REPOSITORY, GitTree, Spec

KEY, NEXT = new_key(), new_key(2)


def test_an_unsigned_push_waits_and_the_signed_state_is_served(tmp_path):
    git, spec = GitTree(tmp_path / "git"), Spec()

    def push(key=None):
        spec.write(git.repo)
        if key is not None:
            (git.repo / "inventory.json.sig").write_bytes(key.sign((git.repo / "inventory.json").read_bytes()))
        return git.publish()

    first = push(KEY)
    environ = {
        "SIXFOLD_TRUSTED_KEYS": f"{KEY.public.line} CI,{NEXT.public.line}",
        "SIXFOLD_TRUSTED_FLEET": "example",
        "SIXFOLD_TRUSTED_REPOSITORY": REPOSITORY["url"],
    }
    with Generator(git.link, tmp_path / "run", environ, workers=1) as generator:
        answer = generator.ready().ask({}).body
        assert generator.admin("/readyz").json == {"status": "ready", "reasons": [], "notes": []}
        spec.labels = {"tier": "silver"}
        commit = push()
        generator.until(lambda: generator.admin("/readyz").json["status"] == "degraded")
        (reason,) = generator.admin("/readyz").json["reasons"]
        assert reason.startswith(f"SF813: commit {commit[:12]} has no signature")
        assert generator.ask({}).body == answer
        document = generator.admin("/", Accept="application/json").json
        assert (document["signature"], document["revision"]) == ("awaited", first)
        assert document["trustedKeys"] == [KEY.public.fingerprint, NEXT.public.fingerprint]
        assert generator.metric("sixfold_generator_signature_awaited") == 1
        signed = push(NEXT)
        generator.until(lambda: generator.admin("/readyz").json["status"] == "ready")
        document = generator.admin("/", Accept="application/json").json
        assert (document["signature"], document["revision"]) == ("valid", signed)
