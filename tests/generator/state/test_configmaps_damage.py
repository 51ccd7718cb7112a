"""Requests that the API server rejects, and ConfigMaps that are torn, lost, forged or older than the served state."""

from __future__ import annotations

import base64
import random
import zlib
from dataclasses import replace

import pytest

from sixfold_compiler.live import ApiError
from sixfold_generator.state.folder import State, read_attempt
from sixfold_generator.state.snapshot import DamagedError, encode
from tests.support.apiserver import TOKEN
from tests.support.persisting import adopt, persisted, pieces, tree


@pytest.mark.parametrize("action", [401, 403, 413, 422, 429, 500, 503, "close", "cut", "garbage"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_every_rejected_request_leaves_the_adopted_state_and_is_reported(faulty, tmp_path, action, method):
    before = State(tmp_path / "state").read()
    tree(tmp_path, 2)
    faulty.server.fail(action, method=method, times=99)
    result = adopt(faulty, tmp_path)
    assert (result.outcome, result.problems[0].code) == ("failed", "SF845")
    assert TOKEN not in result.problems[0].message
    assert ("Role" in result.problems[0].help) == (action in {401, 403, 413, 422})
    assert faulty.configmap in result.problems[0].message
    assert State(tmp_path / "state").read() == before
    attempt = read_attempt(State(tmp_path / "state").persisted)
    assert (attempt.outcome, attempt.problems[0].code) == ("failed", "SF845")
    faulty.server.faults.clear()
    assert adopt(faulty, tmp_path).outcome in {"adopted", "unchanged"}
    assert State(tmp_path / "state").read() == persisted(faulty)
    assert read_attempt(State(tmp_path / "state").persisted).outcome == "persisted"


def test_a_swap_whose_answer_is_lost_is_detected_by_the_next_adoption(faulty, tmp_path):
    tree(tmp_path, 2)
    faulty.server.fail("lost", method="PUT")
    assert adopt(faulty, tmp_path).problems[0].code == "SF845"
    assert State(tmp_path / "state").read().sequence == 1
    assert persisted(faulty).sequence == 2
    adopt(faulty, tmp_path)
    assert State(tmp_path / "state").read() == persisted(faulty)
    assert persisted(faulty).sequence == 2


def test_a_404_of_a_proxy_is_no_empty_state(recorded, tmp_path):
    """If a proxy's 404 counted as an empty state, the next adoption would be the first one, which has no guard."""
    tree(tmp_path)
    adopt(recorded, tmp_path)
    pointer = f".*/{recorded.name}"
    recorded.server.faults.append(["GET", pointer, lambda *_: (404, {"message": "no route"}), 99])
    result = adopt(recorded, tmp_path, "new pod")
    assert (result.outcome, result.problems[0].code) == ("failed", "SF845")
    assert State(tmp_path / "new pod").read() is None


def test_a_missing_pointer_beside_pieces_is_damage(adopted, tmp_path):
    adopted.delete(adopted.name)
    result = adopt(adopted, tmp_path, "new pod")
    assert (result.outcome, result.problems[0].code) == ("failed", "SF820")
    assert State(tmp_path / "new pod").read() is None


def test_deleted_configmaps_are_restored_by_the_pod_that_serves_the_state(adopted, tmp_path):
    before = State(tmp_path / "state").read()
    for name in adopted.stored():
        adopted.delete(name)
    adopt(adopted, tmp_path)
    assert persisted(adopted) == before
    assert State(tmp_path / "state").read() == before


def test_a_missing_piece_is_restored_by_the_pod_that_serves_the_state(adopted, tmp_path):
    adopted.delete(pieces(adopted)[0])
    with pytest.raises(DamagedError):
        persisted(adopted)
    assert adopt(adopted, tmp_path, "new pod").problems[0].code == "SF820"
    adopt(adopted, tmp_path)
    assert persisted(adopted) == State(tmp_path / "state").read()


def test_an_older_backup_does_not_replace_the_served_state(faulty, tmp_path):
    old = dict(faulty.server.configmaps)
    tree(tmp_path, 2)
    adopt(faulty, tmp_path)
    faulty.server.configmaps = old
    adopt(faulty, tmp_path)
    assert State(tmp_path / "state").read().sequence == persisted(faulty).sequence == 2


def test_a_damaged_folder_is_restored_from_the_configmaps(adopted, tmp_path):
    state = State(tmp_path / "state")
    before = state.read()
    state.pointer.write_bytes(b"torn")
    adopt(adopted, tmp_path)
    assert state.read() == before
    path = max((state.folder / "snapshots").iterdir())
    path.write_bytes(path.read_bytes()[:-1])
    adopt(adopted, tmp_path)
    assert state.read() == before


def test_every_torn_piece_and_pointer_is_detected(faulty):
    """A fixed seed truncates, and flips bits, in the piece and in each field of the pointer."""
    picks = random.Random(7)
    stored, maps = faulty.server.configmaps, faulty.maps()

    def load():
        return maps.load(maps.pointer())

    before = load()
    place = ("argocd", pieces(faulty)[0])
    data = base64.b64decode(stored[place]["binaryData"]["piece"])
    for _ in range(30):
        torn = bytearray(data)
        torn[picks.randrange(len(torn))] ^= 1 << picks.randrange(8)
        for body in (bytes(torn), data[: picks.randrange(len(data))]):
            stored[place]["binaryData"] = {"piece": base64.b64encode(body).decode()}
            try:
                assert load() == before  # unused bits of the compression
            except DamagedError:
                continue
    stored[place]["binaryData"] = {"piece": base64.b64encode(data).decode()}
    pointer = stored["argocd", faulty.name]["data"]
    for field, text in dict(pointer).items():
        for number in picks.sample(range(len(text)), 40):
            pointer[field] = text[:number] + chr(ord(text[number]) ^ 1) + text[number + 1 :]
            with pytest.raises(DamagedError):
                load()
        del pointer[field]
        with pytest.raises(DamagedError):
            load()
        pointer[field] = text
    assert load() == before


def test_another_complete_snapshot_in_place_of_the_named_one_is_damage(faulty):
    """The other snapshot is complete with a correct checksum, but the pointer names another one."""
    other = replace(persisted(faulty), compiler="0.2.0")
    stored = faulty.server.configmaps["argocd", pieces(faulty)[0]]
    stored["binaryData"] = {"piece": base64.b64encode(zlib.compress(encode(other))).decode()}
    with pytest.raises(DamagedError):
        persisted(faulty)


def test_a_piece_under_the_right_name_with_other_content_is_replaced(faulty, tmp_path):
    tree(tmp_path, 2)
    adopt(faulty, tmp_path, "foreseen")
    name = faulty.maps().pointer().entries[0].pieces[0]
    forged = faulty.server.configmaps["argocd", name]
    tree(tmp_path, 3)
    maps = faulty.maps()
    pointer = maps.pointer()
    snapshot = replace(maps.load(pointer), sequence=2)
    forged["binaryData"] = {"piece": base64.b64encode(b"forged").decode()}
    maps.save(snapshot, pointer)
    assert persisted(faulty) == snapshot


def test_a_snapshot_larger_than_its_entry_is_damage(faulty):
    """Decompression of a bomb stops at the size in the pointer."""
    maps = faulty.maps()
    pointer = maps.pointer()
    entry = replace(pointer.entries[0], size=100)
    with pytest.raises(DamagedError):
        maps.load(replace(pointer, entries=(entry,)))
    assert len(encode(maps.load(pointer))) > 100


def test_an_api_error_contains_no_text_of_the_server(faulty):
    faulty.server.fail(403)
    with pytest.raises(ApiError) as refused:
        faulty.maps().pointer()
    assert str(refused.value) == "HTTP 403 (Forbidden)"
