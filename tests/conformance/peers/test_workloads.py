"""Workloads of real projects compile as application manifests for the example fleet, and the containers in all overlays
have the image, command, ports, variables, resources and probes of the original.
"""

from __future__ import annotations

import re
import shutil
from collections import defaultdict

import pytest
import yaml

from sixfold_compiler.inputs.options import Options
from sixfold_compiler.kubernetes.schemas import problems
from sixfold_compiler.pipeline.plan import plan
from tests.conformance.peers.corpus import ALL, objects
from tests.conformance.peers.translate import translate
from tests.support.repos import ENVIRONMENTS, place

pytestmark = pytest.mark.conformance("Public manifests of real projects")
TEAMS = ("ads", "cart", "catalog", "playback")
MOST = 10**6 if ALL else 12  # workloads of a project


class Compiled:
    """All workloads, compiled at once."""

    def __init__(self, folder, corpus) -> None:
        self.origins, self.specs, self.projects = {}, {}, {}
        for project, listed in corpus.items():
            taken = 0
            if isinstance(listed, str) or project == "api":  # every text in its objects is the name of a field
                continue
            for file in listed:
                for item in objects(file):
                    team, name = TEAMS[len(self.specs) % len(TEAMS)], f"w{len(self.specs):04}"
                    head = translate(item, team, name) if taken < MOST and not problems(item) else None
                    if head is not None and "{" in head["spec"]["image"]:
                        continue  # {IMAGE}: a template's placeholder, which no node could pull either
                    if head is not None and head["spec"] not in self.specs.values():
                        taken += 1
                        key = f"{team}/{name}"
                        self.origins[key], self.specs[key], self.projects[key] = file.origin, head["spec"], project
                        path = folder / f"apps/{key}.yaml"
                        path.parent.mkdir(parents=True, exist_ok=True)
                        path.write_text(yaml.safe_dump(head, sort_keys=False))
        shutil.copytree(ENVIRONMENTS, folder / "environments")
        fleet = folder / "environments" / "fleet.jsonnet"
        fleet.write_text(fleet.read_text().replace("'registry.example.com/*'", "'*'"))  # the images of all projects
        place(folder / "environments", folder)
        out = folder / "overlays"
        with plan(
            Options(fleet=folder / "environments", out=out, base=folder, stage_in_tree=True, guard=False)
        ) as result:
            result.write()
            self.diagnostics, self.failed = result.diagnostics, set(map(str, result.summary.failed))
        self.overlays = defaultdict(list)
        for path in out.glob("*/*/*/[a-z]*/w*.yaml"):
            self.overlays[path.stem].append(list(yaml.load_all(path.read_text(), Loader=yaml.CSafeLoader)))


@pytest.fixture(scope="module")
def compiled(corpus, tmp_path_factory):
    result = Compiled(tmp_path_factory.mktemp("workloads"), corpus)
    if not result.specs:
        pytest.skip("no project could be fetched")
    return result


def test_nothing_is_wrong_with_the_fleet(compiled):
    assert [d for d in compiled.diagnostics if d.severity == "error" and d.app not in compiled.specs] == []


def test_every_overlay_has_the_containers_of_the_project(compiled, peer):
    project, _ = peer
    seen = 0
    for key, spec in compiled.specs.items():
        if compiled.projects[key] != project or key in compiled.failed:
            continue
        overlays = compiled.overlays[key.partition("/")[2]]
        assert overlays, key
        for overlay in overlays:
            own = {
                tuple(sorted(c["image"] for c in listed)): listed for item in overlay if (listed := containers(item))
            }
            (result,) = own.values()
            for container, wanted in zip(result, (spec, *spec.get("containers", [])), strict=True):
                seen += 1
                assert differences(container, wanted) == [], compiled.origins[key]
    codes = sorted({d.code for d in compiled.diagnostics if compiled.projects.get(d.app) == project})
    print(f"{project}: {seen} containers, {codes}")


def test_only_invalid_names_of_secrets_prevent_a_workload_from_compiling(compiled):
    """These names are placeholders such as DO_TOKEN."""
    errors = {compiled.origins[d.app]: f"{d.code} {d.message}" for d in compiled.diagnostics if d.severity == "error"}
    assert [
        text for text in errors.items() if not re.search(r"secretKeyRef\.name is .* must be a valid name", text[1])
    ] == []


def containers(item) -> list:
    """Return the containers of a workload; none for other objects."""
    spec = item.get("spec") or {}
    spec = spec["jobTemplate"]["spec"] if item["kind"] == "CronJob" else spec
    return spec["template"]["spec"]["containers"] if "template" in spec else []


def differences(container, wanted) -> list:
    """Return the fields in which a container differs from the wanted one."""
    wrong = [
        (field, container.get(field), wanted[field])
        for field in ("image", "command", "args", "workingDir", "imagePullPolicy")
        if field in wanted and container.get(field) != wanted[field]
    ]
    result = {variable["name"]: variable for variable in container.get("env", [])}
    wrong += [("env", result.get(v["name"]), v) for v in wanted.get("env", []) if result.get(v["name"]) != v]
    ports = {(p["containerPort"], p.get("protocol", "TCP")) for p in container.get("ports", [])}
    asked = {(p.get("containerPort", p.get("port")), p.get("protocol", "TCP")) for p in wanted.get("ports", [])}
    wrong += [("ports", ports, asked)] if ports != asked else []
    for field, amounts in wanted.get("resources", {}).items():
        result = container.get("resources", {}).get(field, {})
        wrong += [
            (field, result.get(name), amount) for name, amount in amounts.items() if result.get(name) != str(amount)
        ]
    for name, probe in wanted.get("probes", {}).items():
        if container.get(f"{name}Probe") != probe:
            wrong.append((name, container.get(f"{name}Probe"), probe))
    return wrong
