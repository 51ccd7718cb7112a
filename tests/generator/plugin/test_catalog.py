"""The index of a snapshot counts every parameter set, and has the parameters of each."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import orjson
import pytest

from sixfold_generator.adoption.decide import adopt
from sixfold_generator.plugin.catalog import Catalog
from sixfold_generator.state.snapshot import FORMAT, decode, encode
from tests.support.adopting import TODAY
from tests.support.trees import Spec, read


@pytest.fixture(scope="module")
def snapshot():
    return adopt(None, *read(Spec(), "1" * 40), TODAY).snapshot


def test_sizes_count_every_set_of_a_unit(snapshot):
    sizes = Catalog(snapshot).sizes
    places = list(snapshot.namespaces())
    assert sizes == {
        "cluster": len(snapshot.clusters),
        "namespace": len(places),
        "app": sum(len(namespace.apps) for _, _, namespace in places),
        "argocd": 1,
    }
    assert 0 < sizes["cluster"] < sizes["namespace"] < sizes["app"]


def labels(unit, team, wave):
    return {
        "tier": "gold",
        "sixfold.dev/environment": "prod",
        "sixfold.dev/data-center": "dc1",
        "sixfold.dev/cluster": "dc1-a",
        "sixfold.dev/unit": unit,
        "sixfold.dev/wave": wave,
        "sixfold.dev/team": team,
    }


def test_a_set_of_each_unit_has_these_parameters(snapshot):
    catalog = Catalog(snapshot)
    (cluster,) = (cluster for cluster in catalog.clusters if cluster.key == "prod/dc1/dc1-a")
    (place,) = catalog.places([cluster], ["playback"])
    shared = {
        "environment": "prod",
        "dataCenter": "dc1",
        "region": "ap-south-1",
        "cluster": "dc1-a",
        "server": "https://prod-dc1-a.example.com",
        "repoURL": "https://git.example.com/deploy.git",
        "revision": "1" * 40,
    }
    team = {
        "team": "playback",
        "namespace": "playback",
        "project": "playback",
        "path": "prod/dc1/dc1-a/playback",
        "weight": "34",
        "wave": "1",
    }
    sets = {
        "prod-dc1-a": {
            "unit": "cluster",
            "team": "sixfold-platform",
            "namespace": "default",
            "project": "sixfold-platform",
            "path": "prod/dc1/dc1-a",
            "include": "{_platform/*.yaml,_tenancy/*.yaml}",
            "weight": "0",
            "wave": "0",
            "labels": labels("cluster", "sixfold-platform", "0"),
        },
        "prod-dc1-a-playback": team
        | {"unit": "namespace", "include": "*.yaml", "labels": labels("namespace", "playback", "1")},
        "prod-dc1-a-playback-player": team
        | {"unit": "app", "app": "player", "include": "player.yaml", "labels": labels("app", "playback", "1")},
    }
    built = [catalog.cluster_set(cluster), catalog.namespace_set(place), catalog.app_set(place, "player")]
    assert {name: json.loads(text) for name, text in built} == {
        name: {"name": name, **shared, **own} for name, own in sets.items()
    }


@pytest.mark.parametrize("top", ["", "deploy"])
def test_the_set_of_an_argo_cd_instance_has_the_folder_and_its_revision(top):
    spec = Spec(repository={"path": top})
    first = adopt(None, *read(spec, "1" * 40), TODAY).snapshot
    later = adopt(first, *read(spec, "2" * 40), TODAY).snapshot
    name, text = Catalog(later).argocd_set("ap-south-1")
    assert name == "sixfold-bootstrap"
    assert json.loads(text) == {
        "name": "sixfold-bootstrap",
        "unit": "argocd",
        "team": "sixfold-platform",
        "instance": "ap-south-1",
        "project": "sixfold-bootstrap",
        "revision": "1" * 40,
        "repoURL": "https://git.example.com/deploy.git",
        "path": "deploy/argocd/ap-south-1" if top else "argocd/ap-south-1",
        "include": "*.yaml",
    }


def test_a_snapshot_of_an_earlier_version_has_the_adopted_commit_as_revision_of_every_instance(snapshot):
    body = orjson.loads(encode(snapshot).partition(b"\n")[2])
    del body["instances"]
    text = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    header = b"%s %s %d\n" % (FORMAT, hashlib.sha256(text).hexdigest().encode(), len(text))
    earlier = decode(header + text)
    assert earlier == replace(snapshot, instances={})
    assert json.loads(Catalog(earlier).argocd_set("ap-south-1")[1])["revision"] == "1" * 40
