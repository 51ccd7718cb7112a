"""Build or fetch one counterpart with Go: `python -m tests.conformance.builds [NAME]`.

Without a name, list those that are not in the cache, in the best order for builds: the first compiles most packages of
the others. With a name, exit with 0 if the counterpart is in the cache, 3 if it is not available (no go, no network),
and 1 if its build fails.
"""

from __future__ import annotations

import signal
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.conformance.actionlint import build as actionlint
from tests.conformance.argocd import build as argocd
from tests.conformance.gomodules import Unavailable
from tests.conformance.kustomize import build as kustomize
from tests.conformance.peers.corpus import archive, kept_at
from tests.conformance.peers.projects import PROJECTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MISSING = 3  # exit status of a counterpart that is not available


def builds() -> dict[str, tuple[Path, Callable[[], object]]]:
    """Return each counterpart's path in the cache and its build function, by the name of `gomodules.check_allowed`."""
    newest = argocd.VERSIONS[-1]
    programs = [(newest, "controlplane"), *((version, "argocd") for version in reversed(argocd.VERSIONS))]
    return {
        **{f"{program}-{version}": (argocd.kept(version, program), partial(argocd.build, version, program))
           for version, program in programs},
        "kustomize": (kustomize.kept(), kustomize.build),
        "actionlint": (actionlint.kept(), actionlint.build),
        **{f"peers-{project}": (kept_at(project), partial(archive, project)) for project in PROJECTS},
    }  # fmt: skip


def main(arguments: list[str]) -> int:
    """List the missing counterparts, or build one of them, and return the exit status."""
    if not arguments:
        print("\n".join(name for name, (path, _) in builds().items() if not path.exists()))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # go gets the signal too; this removes its scratch folder
    try:
        builds()[arguments[0]][1]()
    except (Unavailable, pytest.skip.Exception) as error:
        print(error)
        return MISSING
    except (RuntimeError, pytest.fail.Exception) as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
