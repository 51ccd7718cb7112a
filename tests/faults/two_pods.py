"""Two pods with one state and different commits in their checkouts never make Argo CD create and then delete."""

from __future__ import annotations

import time

from tests.faults.controller import Controller
from tests.faults.tally import Tally
from tests.support.generator import Generator
from tests.support.trees import GitTree, Spec


def two_pods(folder, rounds: int) -> Tally:
    """Run two pods, one of them always a commit behind; team `coming` is deleted and restored by commits in turns."""
    tally = Tally("I", "Argo CD asks two pods in turn, whose checkouts are a commit apart")
    git, spec = GitTree(folder / "git"), Spec()
    spec.bury(team="coming")  # the approval is still valid after the team is restored
    commits = [git.commit(spec)]
    behind = folder / "behind"
    behind.symlink_to(git.folder / commits[0])
    controller, present = Controller(), False
    with Generator(git.link, folder / "new") as new:
        new.ready()
        shared = {"SIXFOLD_STATE": str(new.state)}
        with Generator(behind, folder / "old", environ=shared, workers=1) as old:
            old.ready()
            for number in range(rounds):
                present = not present
                if present:
                    spec.where["prod/dc1/dc1-a"]["coming"] = ("coming", {"app": f"# {number}\n"})
                else:
                    spec.remove_team("coming", "prod/dc1/dc1-a")
                spec.where["prod/dc2/dc2-a"][f"only-{number}"] = (f"only-{number}", {"app": "# more\n"})
                commits.append(git.commit(spec))
                wanted = f"prod-dc2-a-only-{number}"
                end, after = time.monotonic() + 30, 0
                while after < 40 and time.monotonic() < end:  # both pods answer some more times after the adoption
                    for pod in (new, old):
                        controller.reconcile(pod.port)
                    after += wanted in controller.applications
                    time.sleep(0.05)
                tally.check(wanted in controller.applications, f"commit {number} was never adopted")
                swap = folder / "swap"
                swap.symlink_to(git.folder / commits[-2])
                swap.replace(behind)
                for _ in range(30):
                    for pod in (new, old):
                        controller.reconcile(pod.port)
                    time.sleep(0.05)
    tally("answers applied", controller.answers)
    tally("errors, which change nothing", controller.errors) if controller.errors else None
    came = (rounds + 1) // 2
    for name, times in controller.created.items():
        tally.check(times == (came if "coming" in name else 1), f"{name} was created {times} times")
    for name, times in controller.deleted.items():
        tally.check("coming" in name and times == rounds // 2, f"{name} was deleted {times} times")
    return tally
