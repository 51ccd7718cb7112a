"""`sixfold policy suggest`: the lists that manifests need are exactly those with which they compile."""

from __future__ import annotations

import yaml

from sixfold_compiler.cli.output.policy import as_yaml
from sixfold_compiler.operations.policy import find_needs
from tests.support.cli import sixfold
from tests.support.repos import Repo

ROLE = "arn:aws:iam::111111111111:role/web"
ACCOUNT = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {
    "name": "own", "annotations": {"eks.amazonaws.com/role-arn": ROLE, "example.com/a": "b"}}}  # fmt: skip
CLAIM = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "own"}, "spec": {
    "accessModes": ["ReadWriteOnce"], "storageClassName": "io2", "resources": {"requests": {"storage": "1Gi"}}}}  # fmt: skip
TAINTS = [{"key": "pool", "operator": "Exists"}, {"key": "zone", "value": "a"}]
WANTED = {
    "pay": {"allow": {"images": ["registry.example.com/app:*"]}},
    "shop": {
        "allow": {
            "images": ["docker.io/x/helper@*", "registry.example.com/app:*"],
            "iamRoles": [ROLE],
            "tolerations": ["pool=*", "zone=a"],
            "storageClasses": ["io2"],
            "annotations": ["example.com/a"],
        }
    },
}


def repo(tmp_path) -> Repo:
    """Return a repo whose fleet allows nothing, with an app that needs several references."""
    deploy_repo = Repo(tmp_path / "repo", ("pay/cards", "shop/web"))
    helper = {"name": "helper", "image": "docker.io/x/helper@sha256:" + "0" * 64}
    deploy_repo.put("shop/web", ACCOUNT, CLAIM, containers=[helper], overrides=[
        {"match": {"dataCenter": "dc2"}, "spec": {"tolerations": TAINTS}}])  # fmt: skip
    del deploy_repo.data["allow"]
    deploy_repo.write_fleet()
    return deploy_repo


def test_a_fleet_with_the_suggested_lists_compiles(tmp_path) -> None:
    small = repo(tmp_path)
    assert {d.code for d in small.compile().diagnostics} == {"SF650", "SF651", "SF656", "SF658", "SF660"}
    needs = find_needs(small.options())
    assert needs.diagnostics == ()
    suggested = yaml.safe_load(as_yaml(needs))
    assert suggested == WANTED
    for team, lists in suggested.items():
        small.data["teams"][team] |= lists
    small.write_fleet()
    assert small.compile().codes == []
    assert yaml.safe_load(as_yaml(find_needs(small.options()))) == suggested  # what is allowed makes no difference


def test_what_no_list_allows_is_a_finding_on_stderr(tmp_path) -> None:
    small = repo(tmp_path)
    small.put("shop/web", {**CLAIM, "spec": {**CLAIM["spec"], "volumeName": "pv"}})
    done = sixfold("policy", "suggest", cwd=small.folder)
    assert done.code == 1
    assert yaml.safe_load(done.out) == {"pay": WANTED["pay"]}
    assert "SF659" in done.err
    assert sixfold("policy", "suggest", "apps/pay", cwd=small.folder).code == 0


def test_a_repo_without_references_needs_nothing(tmp_path) -> None:
    small = repo(tmp_path)
    small.remove("pay/cards")
    small.remove("shop/web")
    done = sixfold("policy", "suggest", cwd=small.folder)
    assert (done.code, done.out) == (0, "# The manifests need no references out of their namespaces.\n")
