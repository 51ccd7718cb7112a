"""Objects of real projects of allowed kinds are compiled: each is accepted unchanged, or rejected with a code.

The objects of a file are the further documents of one app. Rejected objects are counted by code: the codes are rules of
Sixfold (docs/codes.md).
"""

from __future__ import annotations

import copy
from collections import Counter, defaultdict

import pytest
import yaml

from sixfold_compiler.checks.kinds import ALLOWED
from sixfold_compiler.checks.policy.lists import FLEET_LISTS
from sixfold_compiler.diagnostics.codes import CODES
from sixfold_compiler.kubernetes.objects import group_of
from sixfold_compiler.ownership.reserved import TENANCY
from tests.conformance.peers.corpus import objects
from tests.support.repos import Repo, cluster, is_overlay, team

pytestmark = pytest.mark.conformance("Public manifests of real projects")
TEAMS = tuple(f"team{number}" for number in range(6))


class Compiled:
    """One compile of all projects' objects. Files with the same object belong to different teams."""

    def __init__(self, folder, corpus) -> None:
        self.repo = Repo(folder, apps=())
        self.apps, self.project, apis, taken = {}, {}, set(), set()
        for project, emitted in corpus.items():
            for file in emitted if isinstance(emitted, list) else ():
                own = [at_home(item) for item in objects(file) if may_have(item)]
                names = {(group_of(item["apiVersion"]), item["kind"], item["metadata"]["name"]) for item in own}
                owner = next((t for t in TEAMS if taken.isdisjoint((t, *name) for name in names)), TEAMS[0])
                if own and f"{names}" not in self.project:
                    key = f"{owner}/p{len(self.apps):05}"
                    taken.update((owner, *name) for name in names)
                    self.apps[key], self.project[key] = (file.origin, own), project
                    apis.update(item["apiVersion"] for item in own)
        self.prepare(sorted(apis))
        self.run = self.repo.compile()
        self.reported = defaultdict(list)
        for problem in self.run.diagnostics:
            self.reported[problem.app].append(problem)

    def prepare(self, apis) -> None:
        """Write a fleet that serves these APIs and has capacity for all objects, and the manifests."""
        data = self.repo.data
        data["teams"] = {name: team(quota={"cpu": 10**6, "memory": "1000Ti", "pods": 10**6}) for name in TEAMS}
        data["platform"]["podSecurity"] = "baseline"
        data["allow"] = {name: ["*"] for name in FLEET_LISTS if name != "iamRoles"}  # whose accounts are written out
        data["environments"]["prod"]["dataCenters"] = {
            "dc1": {"region": "eu-central-1", "clusters": {"dc1-a": cluster("dc1-a", 10**7, apis=apis)}}
        }
        data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-a"]["capacity"] = {
            "cpu": 10**7, "memory": "10000Ti", "pods": 10**7
        }  # fmt: skip
        self.repo.write_fleet()
        for key, (_, own) in self.apps.items():
            self.repo.put(key, *own)

    def overlay(self, key) -> list[dict]:
        owner, _, name = key.partition("/")
        text = (self.repo.out / f"prod/dc1/dc1-a/{owner}/{name}.yaml").read_text()
        return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


def may_have(item) -> bool:
    return (group_of(item["apiVersion"]), item["kind"]) in ALLOWED


def at_home(item):
    """Return the object without the namespace of its project."""
    item = copy.deepcopy(item)
    item["metadata"].pop("namespace", None)
    return item


@pytest.fixture(scope="module")
def compiled(corpus, tmp_path_factory):
    output = Compiled(tmp_path_factory.mktemp("compiled"), corpus)
    if not output.apps:
        pytest.skip("no project could be fetched")
    return output


def test_every_app_is_compiled_or_gets_a_finding(compiled):
    failed = set(map(str, compiled.run.summary.failed))
    assert not compiled.run.fatal, compiled.run
    assert failed == {
        key for key, reported in compiled.reported.items() if any(d.severity == "error" for d in reported)
    }
    assert compiled.reported.keys() <= compiled.apps.keys()
    output = {path.split("/")[3] + "/" + path.split("/")[4].removesuffix(".yaml") for path in compiled.run.overlays}
    assert output == compiled.apps.keys() - failed
    for problem in compiled.run.diagnostics:
        assert problem.code in CODES
        assert not problem.code.startswith(("SF5", "SF9")), problem  # the library's and the engine's failures


def test_compiled_objects_are_unchanged_in_the_overlay(compiled, peer):
    """The namespace is that of the team, and labels and annotations are added."""
    project, _ = peer
    codes, accepted = Counter(), 0
    for key, (origin, own) in compiled.apps.items():
        if compiled.project[key] != project:
            continue
        codes.update({problem.code for problem in compiled.reported[key]})
        if compiled.reported[key]:
            continue
        accepted += 1
        emitted = {(item["apiVersion"], item["kind"], item["metadata"]["name"]): item for item in compiled.overlay(key)}
        for item in copy.deepcopy(own):
            output = emitted[item["apiVersion"], item["kind"], item["metadata"]["name"]]
            meta, output_meta = item.pop("metadata"), output.pop("metadata")
            assert item == output, origin
            assert output_meta["namespace"] == key.partition("/")[0], origin
            for field in ("labels", "annotations"):
                assert (meta.pop(field, None) or {}).items() <= (output_meta.pop(field, None) or {}).items(), origin
            assert meta | {"namespace": output_meta["namespace"]} == output_meta, origin
    print(f"{project}: {accepted} files compiled; refused by {dict(sorted(codes.items()))}")


def test_many_objects_compile(compiled, corpus):
    """Enough objects compile to make the tests above meaningful."""
    if any(isinstance(emitted, str) for emitted in corpus.values()):
        pytest.skip("not every project could be fetched")
    assert len(compiled.run.overlays) > 40
    assert all(is_overlay(path) for path in compiled.run.overlays)


def test_every_object_has_one_owner_in_a_team(compiled):
    """No two compiled apps of a team have the same object, and none has an object of the platform."""
    owners = {}
    for key in compiled.apps.keys() - set(map(str, compiled.run.summary.failed)):
        for item in compiled.overlay(key):
            group = group_of(item["apiVersion"])
            name = f"{item['kind']}{'.' if group else ''}{group}/{item['metadata']['name']}"
            assert name not in TENANCY
            assert owners.setdefault((key.partition("/")[0], name), key) == key
