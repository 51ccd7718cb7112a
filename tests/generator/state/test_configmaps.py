"""The adopted state in ConfigMaps: its contents, its size, its retention, and the pods that read it back.

The tests use the recorded API server (`tests/support/apiserver.py`), which is no kube-apiserver; those with the fixture
`cluster` also run against a real one (`tests/support/clusters.py`).
"""

from __future__ import annotations

import base64
import random
from dataclasses import replace

from sixfold_generator.adoption.run import run
from sixfold_generator.state.chunks import PIECE
from sixfold_generator.state.folder import State
from tests.support.apiserver import MAX_CONFIGMAP
from tests.support.persisting import TODAY, adopt, persisted, pieces, tree
from tests.support.trees import Spec


def test_an_adoption_is_persisted_and_an_empty_folder_gets_it_back(adopted, tmp_path):
    state = State(tmp_path / "state").read()
    assert persisted(adopted) == state
    (tmp_path / "tree" / "inventory.json").unlink()  # git-sync has no tree yet
    adopt(adopted, tmp_path, "new pod")
    assert State(tmp_path / "new pod").read() == state


def test_the_persisted_state_guards_the_first_adoption_of_a_new_pod(adopted, tmp_path):
    spec = Spec()
    spec.remove_team("ads", "prod/dc1/dc1-a")
    spec.write(tmp_path / "tree")
    assert adopt(adopted, tmp_path, "new pod").outcome == "adopted"
    assert set(State(tmp_path / "new pod").read().held) == {"ads"}


def test_pieces_are_immutable_small_and_named_by_their_content(adopted, tmp_path, monkeypatch):
    monkeypatch.setattr("sixfold_generator.state.chunks.PIECE", 500)
    tree(tmp_path, 2)
    assert adopt(adopted, tmp_path).outcome == "adopted"
    stored = adopted.stored()
    entry = adopted.maps().pointer().entries[0]
    assert len(entry.pieces) > 3
    for name in entry.pieces:
        assert stored[name]["immutable"] is True
        assert 0 < len(base64.b64decode(stored[name]["binaryData"]["piece"])) <= 500
    assert stored[adopted.name].get("immutable") is not True
    assert persisted(adopted).sequence == 2


def test_a_large_snapshot_is_kept_in_several_configmaps(adopted):
    """The snapshot has 2.3 MB that cannot be compressed."""
    noise = random.Random(1)
    labels = {f"l{number}": noise.randbytes(16).hex() for number in range(60000)}
    now = persisted(adopted)
    key = "prod/dc1/dc1-a"
    large = replace(now, sequence=2, clusters={**now.clusters, key: replace(now.clusters[key], labels=labels)})
    adopted.maps().save(large, adopted.maps().pointer())
    assert len(adopted.maps().pointer().entries[0].pieces) > 1
    assert persisted(adopted) == large
    assert PIECE < MAX_CONFIGMAP


def test_three_snapshots_are_kept_and_the_pieces_of_others_are_deleted(adopted, tmp_path):
    for number in range(2, 7):
        tree(tmp_path, number)
        assert adopt(adopted, tmp_path).outcome == "adopted"
    assert [entry.sequence for entry in adopted.maps().pointer().entries] == [6, 5, 4]
    named = {name for entry in adopted.maps().pointer().entries for name in entry.pieces}
    assert set(pieces(adopted)) == named


def test_the_state_of_a_volume_moves_into_configmaps(cluster, tmp_path):
    tree(tmp_path)
    run(tmp_path / "tree", tmp_path / "state", today=TODAY)
    adopt(cluster, tmp_path)
    assert persisted(cluster) == State(tmp_path / "state").read()


def test_a_snapshot_that_is_too_large_is_rejected_before_anything_is_written(faulty, tmp_path, monkeypatch):
    monkeypatch.setattr("sixfold_generator.state.chunks.PIECE", 10)
    tree(tmp_path, 2)
    written = len(faulty.stored())
    result = adopt(faulty, tmp_path)
    assert (result.outcome, result.problems[0].code) == ("failed", "SF845")
    assert "at most 64 are used" in result.problems[0].message
    assert len(faulty.stored()) == written
