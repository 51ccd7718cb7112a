"""Kills and races of adoptions into ConfigMaps leave the old state or the new one."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import replace

import pytest

from sixfold_generator.adoption.run import run
from sixfold_generator.state.folder import LostRaceError, State
from tests.faults.children import forked
from tests.support.persisting import TODAY, adopt, persisted, pieces, tree
from tests.support.trees import Spec

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


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_any_point_leaves_the_old_state_or_the_new(recorded, tmp_path, point):
    """After SIGKILL at a named point, a new pod with an empty folder serves the same state as the old one."""
    tree(tmp_path)
    adopt(recorded, tmp_path)
    tree(tmp_path, 2)

    def die(reached):
        if reached == point:
            os.kill(os.getpid(), signal.SIGKILL)

    died = forked(lambda: adopt(recorded, tmp_path, checkpoint=die))
    assert died == -signal.SIGKILL, "the point was never reached"
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
    """A second pod adopts between the read and the swap of the first one."""
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


def test_an_adopter_that_always_loses_gives_up_and_changes_nothing(faulty, tmp_path):
    tree(tmp_path, 2)
    before = State(tmp_path / "state").read()
    faulty.server.fail(409, method="PUT", times=99)
    result = adopt(faulty, tmp_path)
    assert (result.outcome, result.problems[0].code) == ("failed", "SF846")
    assert State(tmp_path / "state").read() == before == persisted(faulty)


def test_many_adopters_at_once_lose_no_state(cluster, tmp_path):
    """Four pods with different trees adopt at the same time; the persisted state is complete and is that of one pod."""
    results = {}

    def pod(number):
        spec = Spec()
        spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = f"# player {number}\n"
        place = spec.write(tmp_path / f"tree{number}")
        results[number] = run(
            place, tmp_path / f"pod{number}", today=TODAY, configmap=cluster.configmap, kubeconfig=cluster.kubeconfig
        ).outcome

    threads = [threading.Thread(target=pod, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "adopted" in results.values()
    assert set(results.values()) <= {"adopted", "unchanged", "failed"}
    winner = persisted(cluster)
    assert winner.clusters["prod/dc1/dc1-a"].namespaces["playback"].apps["player"].size == len("# player 0\n")
    for number in range(4):
        adopted = State(tmp_path / f"pod{number}").read()
        assert adopted is None or adopted.sequence <= winner.sequence


def test_the_pieces_of_an_adopter_that_is_about_to_swap_stay(adopted):
    """Meanwhile another adopter deletes old pieces after its own swap, by their sequence number."""
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


def test_a_second_pointer_is_never_created(adopted):
    now = persisted(adopted)
    with pytest.raises(LostRaceError):
        adopted.maps().save(now, None)
