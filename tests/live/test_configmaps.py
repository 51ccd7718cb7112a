"""The adopted state in ConfigMaps: kills, races, torn pieces, refusals. The old state or the new, never a third.

Against the recorded API server (`tests/live/apiserver.py`), which is no kube-apiserver; tests that take `cluster` run
against a real one as well when SIXFOLD_TEST_KUBECONFIG names a kubeconfig.
"""

from __future__ import annotations

import base64
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import zlib
from dataclasses import replace
from datetime import date

import pytest

from compiler.live import ApiError
from generator import configmaps
from generator.adopt import run
from generator.attempt import Attempt
from generator.snapshot import DamagedError, encode
from generator.state import LostRaceError, State
from tests.generator.running import ROOT
from tests.generator.trees import Spec
from tests.live.apiserver import MAX_CONFIGMAP, TOKEN

TODAY = date(2026, 11, 24)
POINTS = [
    "configmap: piece written",
    "configmap: before swap",
    "configmap: swapped",
    "configmap: cleaned",
    *(
        f"{what}: {point}"
        for what in ("snapshot", "pointer", "attempt", "persisted")
        for point in ("before open", "half written", "written", "renamed")
    ),
]


def tree(tmp_path, number=1):
    spec = Spec()
    spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = f"# player {number}\n"
    return spec.write(tmp_path / "tree")


def adopt(cluster, tmp_path, folder="state", **more):
    more = {"today": TODAY, "configmap": cluster.configmap, "kubeconfig": cluster.kubeconfig, **more}
    return run(tmp_path / "tree", tmp_path / folder, **more)


def persisted(cluster):
    maps = cluster.maps()
    pointer = maps.pointer()
    return None if pointer is None else maps.load(pointer)


def pieces(cluster):
    return sorted(name for name in cluster.stored() if name != cluster.name)


@pytest.fixture
def adopted(cluster, tmp_path):
    """One adoption, persisted."""
    tree(tmp_path)
    assert adopt(cluster, tmp_path).outcome == "adopted"
    return cluster


@pytest.fixture
def faulty(recorded, tmp_path):
    """The same on the recorded server, for faults."""
    tree(tmp_path)
    assert adopt(recorded, tmp_path).outcome == "adopted"
    return recorded


def test_an_adoption_is_persisted_and_an_empty_folder_gets_it_back(adopted, tmp_path):
    state = State(tmp_path / "state").read()
    assert persisted(adopted) == state
    (tmp_path / "tree" / "inventory.json").unlink()  # and git-sync has nothing yet
    adopt(adopted, tmp_path, "new pod")
    assert State(tmp_path / "new pod").read() == state


def test_what_is_persisted_guards_the_first_adoption_of_a_new_pod(adopted, tmp_path):
    spec = Spec()
    spec.remove_team("ads", "prod/dc1/dc1-a")
    spec.write(tmp_path / "tree")
    assert adopt(adopted, tmp_path, "new pod").outcome == "adopted"
    assert set(State(tmp_path / "new pod").read().held) == {"ads"}


def test_pieces_are_immutable_small_and_named_by_their_content(adopted, tmp_path, monkeypatch):
    monkeypatch.setattr(configmaps, "PIECE", 500)
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


def test_a_snapshot_beyond_what_one_configmap_holds_is_kept_in_several(adopted):
    """2.3 MB that no compression makes smaller."""
    noise = random.Random(1)
    labels = {f"l{number}": noise.randbytes(16).hex() for number in range(60000)}
    now = persisted(adopted)
    key = "prod/dc1/dc1-a"
    large = replace(now, sequence=2, clusters={**now.clusters, key: replace(now.clusters[key], labels=labels)})
    adopted.maps().save(large, adopted.maps().pointer())
    assert len(adopted.maps().pointer().entries[0].pieces) > 1
    assert persisted(adopted) == large
    assert configmaps.PIECE < MAX_CONFIGMAP


def test_three_snapshots_are_kept_and_the_pieces_of_the_others_go(adopted, tmp_path):
    for number in range(2, 7):
        tree(tmp_path, number)
        assert adopt(adopted, tmp_path).outcome == "adopted"
    assert [entry.sequence for entry in adopted.maps().pointer().entries] == [6, 5, 4]
    named = {name for entry in adopted.maps().pointer().entries for name in entry.pieces}
    assert set(pieces(adopted)) == named


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_any_point_leaves_the_old_state_or_the_new(recorded, tmp_path, point):
    """SIGKILL at a named point; then a new pod with an empty folder agrees with what the old one served."""
    tree(tmp_path)
    adopt(recorded, tmp_path)
    tree(tmp_path, 2)
    program = f"""
        import os, signal
        from datetime import date
        from pathlib import Path
        from generator.adopt import run
        def die(point):
            if point == {point!r}:
                os.kill(os.getpid(), signal.SIGKILL)
        run(Path({str(tmp_path / "tree")!r}), Path({str(tmp_path / "state")!r}), today=date(2026, 11, 24),
            configmap={recorded.configmap!r}, kubeconfig=Path({str(recorded.kubeconfig)!r}), checkpoint=die)
    """
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    died = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], env=environ, check=False)
    assert died.returncode == -signal.SIGKILL, "the point was never reached"
    served, kept = State(tmp_path / "state").read(), persisted(recorded)
    assert served.sequence in {1, 2}
    assert kept.sequence in {served.sequence, served.sequence + 1}, "the folder never runs ahead"
    adopt(recorded, tmp_path, "new pod")
    adopt(recorded, tmp_path)
    assert State(tmp_path / "new pod").read().sequence == persisted(recorded).sequence == 2
    assert State(tmp_path / "state").read() == persisted(recorded)
    assert not list((tmp_path / "state").rglob("*.tmp"))


@pytest.mark.parametrize("point", ["configmap: piece written", "configmap: before swap"])
def test_a_kill_of_the_very_first_adoption_is_no_damage(recorded, tmp_path, point):
    tree(tmp_path)

    class Killed(BaseException):
        pass

    def die(reached):
        if reached == point:
            raise Killed

    with pytest.raises(Killed):
        adopt(recorded, tmp_path, checkpoint=die)
    assert persisted(recorded) is None
    assert adopt(recorded, tmp_path, "new pod").outcome == "adopted"


def test_of_two_adopters_one_wins_and_the_other_reads_again(faulty, tmp_path):
    """A second pod adopts between the first one's look and its swap."""
    tree(tmp_path, 2)
    once = []

    def meanwhile(point):
        if point == "configmap: before swap" and not once:
            once.append(point)
            tree(tmp_path, 3)
            assert adopt(faulty, tmp_path, "other pod").outcome == "adopted"

    assert adopt(faulty, tmp_path, checkpoint=meanwhile).outcome in {"adopted", "unchanged"}
    assert State(tmp_path / "state").read() == persisted(faulty)
    assert persisted(faulty).sequence >= 2


def test_one_who_always_loses_gives_up_and_harms_nothing(faulty, tmp_path):
    tree(tmp_path, 2)
    before = State(tmp_path / "state").read()
    faulty.server.fail(409, method="PUT", times=99)
    result = adopt(faulty, tmp_path)
    assert (result.outcome, result.problems[0].code) == ("failed", "SF846")
    assert State(tmp_path / "state").read() == before == persisted(faulty)


def test_many_adopters_at_once_lose_no_state(cluster, tmp_path):
    """Four pods with trees of their own adopt at the same moment; what is persisted is whole and is one of theirs."""
    results = {}

    def pod(number):
        spec = Spec()
        spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = f"# player {number}\n"
        place = spec.write(tmp_path / f"tree{number}")
        results[number] = run(
            place, tmp_path / f"pod{number}", today=TODAY, configmap=cluster.configmap, kubeconfig=cluster.kubeconfig
        ).outcome

    threads = [threading.Thread(target=pod, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert "adopted" in results.values()
    assert set(results.values()) <= {"adopted", "unchanged", "failed"}
    winner = persisted(cluster)
    assert winner.clusters["prod/dc1/dc1-a"].namespaces["playback"].apps["player"].size == len("# player 0\n")
    for number in range(4):
        found = State(tmp_path / f"pod{number}").read()
        assert found is None or found.sequence <= winner.sequence


@pytest.mark.parametrize("action", [401, 403, 429, 500, 503, "close", "cut", "garbage"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_every_refusal_leaves_the_adopted_state_and_is_said(faulty, tmp_path, action, method):
    before = State(tmp_path / "state").read()
    tree(tmp_path, 2)
    faulty.server.fail(action, method=method, times=99)
    result = adopt(faulty, tmp_path)
    assert (result.outcome, result.problems[0].code) == ("failed", "SF845")
    assert TOKEN not in result.problems[0].message
    assert faulty.configmap in result.problems[0].message
    assert State(tmp_path / "state").read() == before
    told = Attempt.read(State(tmp_path / "state").persisted)
    assert (told.outcome, told.problems[0].code) == ("failed", "SF845")
    faulty.server.faults.clear()
    assert adopt(faulty, tmp_path).outcome in {"adopted", "unchanged"}
    assert State(tmp_path / "state").read() == persisted(faulty)
    assert Attempt.read(State(tmp_path / "state").persisted).outcome == "persisted"


def test_a_swap_whose_answer_is_lost_is_found_by_the_next_look(faulty, tmp_path):
    tree(tmp_path, 2)
    faulty.server.fail("lost", method="PUT")
    assert adopt(faulty, tmp_path).problems[0].code == "SF845"
    assert State(tmp_path / "state").read().sequence == 1
    assert persisted(faulty).sequence == 2
    adopt(faulty, tmp_path)
    assert State(tmp_path / "state").read() == persisted(faulty)
    assert persisted(faulty).sequence == 2


def test_a_404_that_is_not_kubernetes_is_no_empty_state(recorded, tmp_path):
    """A proxy's 404 would make the next adoption the first one, which nothing guards."""
    tree(tmp_path)
    adopt(recorded, tmp_path)
    pointer = f".*/{recorded.name}"
    recorded.server.faults.append(["GET", pointer, lambda *_: (404, {"message": "no route"}), 99])
    result = adopt(recorded, tmp_path, "new pod")
    assert (result.outcome, result.problems[0].code) == ("failed", "SF845")
    assert State(tmp_path / "new pod").read() is None


def test_a_lost_pointer_with_pieces_is_damage_and_not_a_beginning(adopted, tmp_path):
    adopted.delete(adopted.name)
    result = adopt(adopted, tmp_path, "new pod")
    assert (result.outcome, result.problems[0].code) == ("failed", "SF820")
    assert State(tmp_path / "new pod").read() is None


def test_everything_deleted_is_put_back_by_the_pod_that_serves_it(adopted, tmp_path):
    before = State(tmp_path / "state").read()
    for name in adopted.stored():
        adopted.delete(name)
    adopt(adopted, tmp_path)
    assert persisted(adopted) == before
    assert State(tmp_path / "state").read() == before


def test_a_missing_piece_is_put_back_by_the_pod_that_serves_it(adopted, tmp_path):
    adopted.delete(pieces(adopted)[0])
    with pytest.raises(DamagedError):
        persisted(adopted)
    assert adopt(adopted, tmp_path, "new pod").problems[0].code == "SF820"
    adopt(adopted, tmp_path)
    assert persisted(adopted) == State(tmp_path / "state").read()


def test_an_older_backup_does_not_take_back_what_is_served(faulty, tmp_path):
    old = dict(faulty.server.configmaps)
    tree(tmp_path, 2)
    adopt(faulty, tmp_path)
    faulty.server.configmaps = old
    adopt(faulty, tmp_path)
    assert State(tmp_path / "state").read().sequence == persisted(faulty).sequence == 2


def test_a_volume_s_state_moves_into_configmaps(cluster, tmp_path):
    tree(tmp_path)
    run(tmp_path / "tree", tmp_path / "state", today=TODAY)
    adopt(cluster, tmp_path)
    assert persisted(cluster) == State(tmp_path / "state").read()


def test_a_damaged_folder_is_mended_from_the_configmaps(adopted, tmp_path):
    state = State(tmp_path / "state")
    before = state.read()
    state.pointer.write_bytes(b"torn")
    adopt(adopted, tmp_path)
    assert state.read() == before
    path = max((state.folder / "snapshots").iterdir())
    path.write_bytes(path.read_bytes()[:-1])
    adopt(adopted, tmp_path)
    assert state.read() == before


def test_every_torn_piece_and_pointer_is_found(faulty):
    """Sampled with a fixed seed: cut short, and with bits flipped; in the piece, and in each field of the pointer."""
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
                assert load() == before  # bits of the compression that carry nothing
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


def test_another_whole_snapshot_in_the_place_of_the_right_one_is_damage(faulty):
    """It unpacks and its own checksum is right; it is not the one that the pointer names."""
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


def test_the_pieces_of_an_adopter_that_is_about_to_swap_stay(adopted):
    """Another one cleans up after its own swap meanwhile: what it removes is old by its number."""
    maps = adopted.maps()
    pointer = maps.pointer()
    now = maps.load(pointer)
    second = maps.save(replace(now, sequence=2, compiler="two"), pointer)
    ahead = []

    def note(point):
        if point == "configmap: piece written":
            ahead.append(set(pieces(adopted)))
            adopted.maps()._clean(second.entries)

    third = adopted.maps(note)
    third.save(replace(now, sequence=3, compiler="three"), second)
    assert ahead
    assert persisted(adopted).compiler == "three"


def test_a_swap_over_another_version_is_a_lost_race(adopted):
    maps = adopted.maps()
    pointer = maps.pointer()
    now = maps.load(pointer)
    maps.save(replace(now, sequence=2), pointer)
    with pytest.raises(LostRaceError):
        maps.save(replace(now, sequence=2, compiler="other"), pointer)
    assert persisted(adopted).compiler == now.compiler


def test_a_second_pointer_is_never_made(adopted):
    now = persisted(adopted)
    with pytest.raises(LostRaceError):
        adopted.maps().save(now, None)


def test_a_snapshot_that_is_too_large_is_refused_before_anything_is_written(faulty, tmp_path, monkeypatch):
    monkeypatch.setattr(configmaps, "PIECE", 10)
    tree(tmp_path, 2)
    written = len(faulty.stored())
    result = adopt(faulty, tmp_path)
    assert (result.outcome, result.problems[0].code) == ("failed", "SF845")
    assert "at most 64 are used" in result.problems[0].message
    assert len(faulty.stored()) == written


def test_a_pointer_that_unpacks_to_more_than_it_says_is_damage(faulty):
    """A compressed bomb is cut off at the size that the pointer names."""
    maps = faulty.maps()
    pointer = maps.pointer()
    entry = replace(pointer.entries[0], size=100)
    with pytest.raises(DamagedError):
        maps.load(replace(pointer, entries=(entry,)))
    assert len(encode(maps.load(pointer))) > 100


def test_an_api_error_has_no_words_of_the_server(faulty):
    faulty.server.fail(403)
    with pytest.raises(ApiError) as refused:
        faulty.maps().pointer()
    assert str(refused.value) == "HTTP 403 (Forbidden)"
