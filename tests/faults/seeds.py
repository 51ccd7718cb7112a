"""Changes of trees by seed: each changes, adds and deletes files, so that a writer passes every point."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.support.trees import Spec

if TYPE_CHECKING:
    from tests.support.repos import Repo


def spec(seed: int) -> Spec:
    """Return a tree of the generator's tests with changes by seed, none of which the guard holds back."""
    picks, result = random.Random(seed), Spec()
    for namespaces in result.where.values():
        for _, apps in namespaces.values():
            for app in apps:
                if picks.random() < 0.2:
                    apps[app] = f"# {app} {picks.getrandbits(32)}\n"
    result.where[picks.choice(sorted(result.where))][f"new-{seed}"] = (f"new-{seed}", {"new": f"# {seed}\n"})
    if picks.random() < 0.5:
        result.bury(team="ads")
        result.remove_team("ads", *(key for key in list(result.where) if picks.random() < 0.7))
    return result


def change(repo: Repo, seed: int) -> None:
    """Change the manifests of a deploy repo by seed."""
    picks = random.Random(seed)
    repo.put("shop/web", env=[{"name": "V", "value": f"{picks.getrandbits(32)}"}], replicas=picks.randint(1, 5))
    repo.put(f"search/new-{picks.randint(0, 9)}", spread=picks.choice(["every", "home"]))
    if picks.random() < 0.5:
        repo.put("pay/cards", env=[{"name": "S", "value": "x" * picks.randint(1, 3000)}])
    repo.remove("search/index")
