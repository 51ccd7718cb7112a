"""What is adopted, as the deletion guard sees it; and printed as JSON for `sixfold guard --against STATE`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from compiler.guard import ClusterHolding, Holdings, NamespaceHolding, OverlayHolding
from generator.snapshot import DamagedError
from generator.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.snapshot import Cluster, Snapshot

__all__ = ["holdings", "main"]


def holdings(snapshot: Snapshot) -> Holdings:
    """The holdings of a snapshot."""
    return Holdings(
        clusters={key: _cluster(cluster) for key, cluster in snapshot.clusters.items()},
        units={name: team.unit for name, team in snapshot.teams.items()},
        argocd={
            instance: {name: file.holds for name, file in files.items()} for instance, files in snapshot.argocd.items()
        },
    )


def _cluster(cluster: Cluster) -> ClusterHolding:
    return ClusterHolding(
        environment=cluster.environment,
        data_center=cluster.data_center,
        name=cluster.name,
        instance=cluster.instance,
        application=cluster.application,
        files={path: file.holds for path, file in cluster.files.items()},
        namespaces={
            name: NamespaceHolding(
                team=namespace.team,
                application=namespace.application,
                apps={
                    app: OverlayHolding(one.application, one.objects, one.holds) for app, one in namespace.apps.items()
                },
            )
            for name, namespace in cluster.namespaces.items()
        },
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: 0 and the holdings with what was spent, or 1 and why there are none."""
    parser = argparse.ArgumentParser(prog="python -m generator.holdings", description="Print what is adopted.")
    parser.add_argument("state", type=Path, help="folder of the adopted state")
    folder = parser.parse_args(arguments).state
    try:
        snapshot = State(folder).read()
    except DamagedError as error:
        sys.stderr.write(f"the adopted state is damaged: {error}\n")
        return 1
    if snapshot is None:
        sys.stderr.write("nothing is adopted there\n")
        return 1
    document = {"holdings": holdings(snapshot), "spent": snapshot.spent, "revision": snapshot.commit}
    sys.stdout.buffer.write(orjson.dumps(document) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
