"""Adoptions with their state in ConfigMaps."""

from __future__ import annotations

from datetime import date

from sixfold_generator.adoption.run import run
from tests.support.trees import Spec

TODAY = date(2026, 11, 24)


def tree(tmp_path, number=1):
    spec = Spec()
    spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = f"# player {number}\n"
    return spec.write(tmp_path / "tree")


def adopt(cluster, tmp_path, folder="state", **options):
    options = {"today": TODAY, "configmap": cluster.configmap, "kubeconfig": cluster.kubeconfig, **options}
    return run(tmp_path / "tree", tmp_path / folder, **options)


def persisted(cluster):
    maps = cluster.maps()
    pointer = maps.pointer()
    return None if pointer is None else maps.load(pointer)


def pieces(cluster):
    return sorted(name for name in cluster.stored() if name != cluster.name)
