"""Objects of real projects that teams may write themselves, compiled: each gets a verdict, and what passes stays as it is.

A file's objects are the further documents of one app. What the checks refuse is looked at by code: those are rules of
Sixfold (docs/codes.md), never a misreading of Kubernetes' own.
"""

from __future__ import annotations

import copy
from collections import Counter, defaultdict

import pytest
import yaml

from sixfold_compiler.checks.kinds import ALLOWED
from sixfold_compiler.diagnostics.codes import CODES
from sixfold_compiler.kubernetes.objects import group_of
from sixfold_compiler.ownership.reserved import TENANCY
from tests.conformance.peers.corpus import objects
from tests.support.repos import Repo, cluster, is_overlay, team

pytestmark = pytest.mark.conformance("Public manifests of real projects")
TEAMS = tuple(f"team{number}" for number in range(6))


class Compiled:
    """One compile of all projects' objects. Files that would bring an object twice go to different teams."""

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
        """A fleet that serves these APIs and has room for everything."""
        data = self.repo.data
        data["teams"] = {name: team(quota={"cpu": 10**6, "memory": "1000Ti", "pods": 10**6}) for name in TEAMS}
        data["platform"]["podSecurity"] = "baseline"
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
    """The object without the namespace of its project."""
    item = copy.deepcopy(item)
    item["metadata"].pop("namespace", None)
    return item


@pytest.fixture(scope="module")
def compiled(corpus, tmp_path_factory):
    output = Compiled(tmp_path_factory.mktemp("compiled"), corpus)
    if not output.apps:
        pytest.skip("no project could be fetched")
    return output


def test_every_app_gets_a_verdict_and_nothing_else_does(compiled):
    failed = set(map(str, compiled.run.summary.failed))
    assert not compiled.run.fatal, compiled.run
    assert failed == {key for key, reported in compiled.reported.items() if any(d.severity == "error" for d in reported)}
    assert compiled.reported.keys() <= compiled.apps.keys()
    output = {path.split("/")[3] + "/" + path.split("/")[4].removesuffix(".yaml") for path in compiled.run.overlays}
    assert output == compiled.apps.keys() - failed
    for problem in compiled.run.diagnostics:
        assert problem.code in CODES
        assert not problem.code.startswith(("SF5", "SF9")), problem  # the library's and the engine's failures


def test_what_compiles_is_in_the_overlay_as_its_project_wrote_it(compiled, peer):
    """With the team's namespace, and with labels and annotations added."""
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
            meta, made_meta = item.pop("metadata"), output.pop("metadata")
            assert item == output, origin
            assert made_meta["namespace"] == key.partition("/")[0], origin
            for field in ("labels", "annotations"):
                assert (meta.pop(field, None) or {}).items() <= (made_meta.pop(field, None) or {}).items(), origin
            assert meta | {"namespace": made_meta["namespace"]} == made_meta, origin
    print(f"{project}: {accepted} files compiled; refused by {dict(sorted(codes.items()))}")


def test_many_compile(compiled, corpus):
    """The test above is about something."""
    if any(isinstance(emitted, str) for emitted in corpus.values()):
        pytest.skip("not every project could be fetched")
    assert len(compiled.run.overlays) > 40
    assert all(is_overlay(path) for path in compiled.run.overlays)


def test_one_object_has_one_owner_in_a_team(compiled):
    """Of the apps of a team that compile, no two bring the same object, and none brings one of the platform's."""
    owners = {}
    for key in compiled.apps.keys() - set(map(str, compiled.run.summary.failed)):
        for item in compiled.overlay(key):
            group = group_of(item["apiVersion"])
            name = f"{item['kind']}{'.' if group else ''}{group}/{item['metadata']['name']}"
            assert name not in TENANCY
            assert owners.setdefault((key.partition("/")[0], name), key) == key
