"""References out of the namespace, by each part of an app that can have one: fields, layers, plain objects, patches."""

from __future__ import annotations

from typing import Any, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel

from sixfold_compiler.checks import CheckContext, check_objects
from sixfold_compiler.checks.policy.rules import KEY
from sixfold_compiler.checks.policy.table import PROGRAMMED, TABLE
from sixfold_compiler.diagnostics.codes import CODES
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.sources import ManifestFile
from sixfold_compiler.manifest.load import ManifestText
from sixfold_compiler.manifest.prepare import prepare
from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.model.app import App
from tests.support.policy import ANY_IMAGE, lists
from tests.support.repos import Inline, Repo, team

ROLE = "arn:aws:iam::333333333333:role/argocd-prod-dc1-a"
EVERY_TAINT = {"operator": "Exists"}


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path / "repo", ("pay/cards", "shop/web"))


def fleet(repo: Repo, allow: dict[str, Any] | None = None, **own: Any) -> None:
    """Write the fleet of a repo: what all teams are allowed, and what team `shop` is."""
    repo.data["allow"] = {"images": ["registry.example.com/*"]} if allow is None else allow
    repo.data["teams"]["shop"] = team(**({"allow": own} if own else {}))
    repo.write_fleet()


def fails_alone(repo: Repo, *codes: str) -> list[Any]:
    """Compile, and return the findings: all are of `shop/web`, and the app of another team is written."""
    repo.put("pay/fresh")
    run = repo.compile()
    assert {(d.code, d.app) for d in run.diagnostics} == {(code, "shop/web") for code in codes}, run
    assert any(path.endswith("/fresh.yaml") for path in repo.tree())
    assert all(d.span is not None and d.span.line for d in run.diagnostics), run
    return run.diagnostics


def prepared(repo: Repo) -> tuple[Any, ...]:
    """Return the findings of the manifest of `shop/web`, which is merged and not compiled."""
    loaded = load_fleet(repo.folder / "environments", Inline())  # type: ignore[arg-type]
    path = repo.folder / "apps/shop/web.yaml"
    file = ManifestFile(path, "apps/shop/web.yaml", repo.folder, AppKey("shop", "web"))
    return prepare(loaded, ManifestText(file, path.read_bytes()), {}).diagnostics


FIELDS = [
    ({"serviceAccount": {"iamRole": ROLE}}, "SF651", "spec.serviceAccount.iamRole", {"iamRoles": [ROLE]}),
    ({"serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": ROLE}}}, "SF651", "role-arn", {"iamRoles": [ROLE]}),
    ({"serviceAccount": {"annotations": {"tailscale.com/expose": "x"}}}, "SF660", "tailscale.com/expose",
     {"annotations": ["tailscale.com/*"]}),
    ({"tolerations": [EVERY_TAINT]}, "SF656", "spec.tolerations[0]", {"tolerations": ["*"]}),
    ({"tolerations": [{"key": "pool", "value": "a"}]}, "SF656", "spec.tolerations[0]", {"tolerations": ["pool=a"]}),
    ({"image": "ghcr.io/x/y:1"}, "SF650", "spec.image", {"images": ["ghcr.io/x/*"]}),
    ({"containers": [{"name": "a", "image": "a:1"}]}, "SF650", "spec.containers[0].image", {"images": ["a:*"]}),
    ({"initContainers": [{"name": "a", "image": "a:1"}]}, "SF650", "spec.initContainers[0].image", {"images": ["*"]}),
    ({"kind": "StatefulSet", "volumes": [{"name": "d", "mountPath": "/d", "claim": {"size": "1Gi", "storageClass": "x"}}]},
     "SF658", "spec.volumes[0].claim.storageClass", {"storageClasses": ["x"]}),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "code", "field", "allow"), FIELDS, ids=[f"{c} {f}" for _, c, f, _ in FIELDS])
def test_a_field_needs_a_line_of_the_fleet(repo, spec, code, field, allow) -> None:
    fleet(repo)
    repo.put("shop/web", **spec)
    (problem,) = prepared(repo)
    assert (problem.code, problem.app) == (code, "shop/web")
    assert problem.span.file == "apps/shop/web.yaml"
    assert problem.message.startswith("the manifest: ")
    assert field in problem.message
    assert f"allow.{next(iter(allow))} of teams.shop" in problem.help
    fleet(repo, None, **allow)
    assert prepared(repo) == ()
    fleet(repo, {"images": ["registry.example.com/*", *allow.pop("images", [])], **allow})
    assert prepared(repo) == ()


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ({"serviceAccount": {"annotations": {"iam.amazonaws.com/role": "x"}}}, "SF652"),
        ({"serviceAccount": {"annotations": {"external-dns.kubernetes.io/hostname": "x"}}}, "SF613"),
        ({"serviceAccount": {"annotations": {"a b": "x"}}}, "SF664"),
        ({"nodeSelector": {"a b": "x"}}, "SF664"),
        ({"nodeSelector": {"pool": "c d"}}, "SF664"),
        ({"image": "x y:1"}, "SF665"),
        ({"image": "registry.example.com/web:1\n"}, "SF665"),
        ({"image": "registry.example.com/web:1", "terminationGracePeriodSeconds": -1}, "SF666"),
        ({"securityContext": {"runAsUser": 0}}, "SF632"),
        ({"securityContext": {"runAsNonRoot": False}}, "SF632"),
        ({"containers": [{"name": "a", "image": "registry.example.com/a:1", "securityContext": {"runAsUser": 0}}]}, "SF632"),
    ],
)  # fmt: skip
def test_a_field_that_nothing_allows(repo, spec, code) -> None:
    fleet(repo, {"images": ["*"], "annotations": ["*"], "labels": ["*"]})
    repo.put("shop/web", **spec)
    assert [d.code for d in prepared(repo)] == [code]


def test_root_is_for_fleets_with_baseline_security(repo) -> None:
    repo.data["platform"]["podSecurity"] = "baseline"
    fleet(repo)
    repo.put("shop/web", securityContext={"runAsUser": 0, "runAsNonRoot": False})
    assert prepared(repo) == ()


@pytest.mark.parametrize("field", ["labels", "annotations"])
def test_words_of_a_manifest_reach_all_its_objects(repo, field) -> None:
    fleet(repo)
    head = yaml.safe_load((repo.folder / "apps/shop/web.yaml").read_text())
    head["metadata"][field] = {"example.com/a": "b", "c d": "e"}
    repo.write("apps/shop/web.yaml", yaml.safe_dump(head))
    assert {d.code for d in prepared(repo)} == {"SF660", "SF664"}
    head["metadata"][field] = {"example.com/a": "b", "eks.amazonaws.com/role-arn": ROLE}
    repo.write("apps/shop/web.yaml", yaml.safe_dump(head))
    fleet(repo, None, labels=["example.com/*"], annotations=["example.com/*"])
    assert {d.code for d in prepared(repo)} == ({"SF651"} if field == "annotations" else {"SF660", "SF664"})


@pytest.mark.parametrize("layer", ["fleet", "team", "override"])
def test_every_layer_is_judged_where_it_is_written(repo, layer) -> None:
    fleet(repo)
    part = {"tolerations": [EVERY_TAINT]}
    if layer == "fleet":
        repo.data["defaults"] |= part
        repo.data["teams"]["pay"] |= {"allow": {"tolerations": ["*"]}}
    elif layer == "team":
        repo.data["teams"]["shop"]["defaults"] = part
    else:
        repo.put("shop/web", overrides=[{"match": {"dataCenter": "dc2"}, "spec": part}])
    repo.write_fleet()
    (problem,) = prepared(repo)
    assert problem.code == "SF656"
    assert problem.span.file == ("apps/shop/web.yaml" if layer == "override" else "environments/fleet.jsonnet")


def test_a_patch_is_judged_like_the_object_that_it_makes(repo) -> None:
    fleet(repo)
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "own"}}
    patch = {"metadata": {"annotations": {"eks.amazonaws.com/role-arn": ROLE, "kubed.appscode.com/sync": ""}}}
    override = {"match": {"environment": "prod"}, "patches": [
        {"target": {"kind": "ServiceAccount", "name": "own"}, "patch": patch}]}  # fmt: skip
    repo.put("shop/web", account, overrides=[override])
    fails_alone(repo, "SF651", "SF613")


def test_a_priority_class_is_that_of_the_app_s_own_tier(repo) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "own"}, "spec": {
        "priorityClassName": "tier-p0",
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{"name": "a", "image": "registry.example.com/a:1", "securityContext": {
            "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}]}}  # fmt: skip
    fleet(repo)
    repo.put("shop/web", pod, tier="P0")
    assert repo.compile().codes == []
    repo.put("shop/web", pod, tier="P1")
    (problem,) = fails_alone(repo, "SF655")
    assert str(problem.span) == "apps/shop/web.yaml:13:1"  # of the object, not of the app
    pod["spec"]["priorityClassName"] = "system-node-critical"
    repo.put("shop/web", pod, tier="P0")
    fails_alone(repo, "SF655")


def test_what_an_extension_of_the_library_adds_needs_a_line_too() -> None:
    item = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web", "foreign.example.com/x": "y"}}, "spec": {
            "schedulerName": "other", "containers": [{"name": "a", "image": "a:1"}]}}}}  # fmt: skip
    assert [d.code for d in check_objects([item], CheckContext("shop/web", "shop", lists=ANY_IMAGE))] == ["SF657"]
    own = CheckContext("shop/web", "shop", lists=lists(schedulers=["other"]))
    assert check_objects([item], own) == []  # labels are the library's own


def test_a_claim_copies_from_its_own_namespace_alone() -> None:
    source = {"kind": "VolumeSnapshot", "apiGroup": "snapshot.storage.k8s.io", "name": "x", "namespace": "shop-dev"}
    item = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "a", "namespace": "shop"},
            "spec": {"accessModes": ["ReadWriteOnce"], "dataSourceRef": source}}  # fmt: skip
    context = CheckContext("shop/web", "shop", lists=ANY_IMAGE)
    assert [d.code for d in check_objects([item], context)] == ["SF659"]
    source["namespace"] = "shop"
    assert check_objects([item], context) == []


def test_a_fleet_without_lists_allows_no_image(repo) -> None:
    fleet(repo, {})
    run = repo.compile()
    assert {(d.code, d.app) for d in run.diagnostics} == {("SF650", "shop/web"), ("SF650", "pay/cards")}


@pytest.mark.parametrize(
    ("entry", "line"),
    [("arn:aws:iam::*:role/x", "iamRoles"), ("*", "iamRoles"), ("", "images")],
)
def test_a_list_of_the_fleet_is_checked(repo, entry, line) -> None:
    fleet(repo, None, **{line: [entry]})
    run = repo.compile()
    assert run.codes == ["SF303"], run
    assert f"teams.shop.allow.{line}[0]" in run.diagnostics[0].message


def maps(model: type[BaseModel], path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Return the paths of all maps from text to text in a model."""
    paths: set[tuple[str, ...]] = set()
    for name, field in model.model_fields.items():
        paths |= maps_of(field.annotation, (*path, field.alias or name))
    return paths


def maps_of(kind: Any, path: tuple[str, ...]) -> set[tuple[str, ...]]:
    if get_origin(kind) is dict and get_args(kind)[1] is str:
        return {path}
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return maps(kind, path)
    step = ("[]",) if get_origin(kind) is list else ()
    return {paths for part in get_args(kind) for paths in maps_of(part, (*path, *step))}


def test_every_map_of_words_in_a_manifest_has_a_rule() -> None:
    """A new field with labels or annotations would be a door at which no rule stands."""
    judged = {
        where.path[:-1]
        for rule in TABLE
        for where in rule.where
        if rule.words and where.scope == "manifest" and where.path[-1] == KEY
    }
    others = {
        ("spec", "autoscaling", "metrics", "[]", "selector"),  # selects, and labels nothing
        ("spec", "config", "[]", "data"),  # content
        ("spec", "config", "[]", "files"),  # content
    }
    paths = {path for path in maps(App) if "overrides" not in path}  # an override is judged when it is merged
    assert paths - others == judged


def test_each_rule_says_what_it_protects_and_what_to_write() -> None:
    assert len({rule.name for rule in TABLE}) == len(TABLE)
    for rule in TABLE:
        assert rule.code in CODES
        assert rule.protects
        assert rule.where
        assert rule.message
        assert rule.write
    for programmed in PROGRAMMED:
        assert programmed.code in CODES
        assert programmed.reason
