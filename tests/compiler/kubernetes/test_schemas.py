"""The shipped Kubernetes schemas are current, complete for the checks, small, and usable offline."""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
from pathlib import Path

import pytest

from sixfold_compiler.checks.kinds import ALLOWED, CLUSTER_WIDE, CLUSTER_WIDE_GROUPS
from sixfold_compiler.kubernetes import schemas
from sixfold_compiler.kubernetes import schemas as kubernetes
from sixfold_compiler.kubernetes.objects import group_of
from sixfold_compiler.kubernetes.schemas import FILE
from tests.support.generate_schemas import generate


def shipped():
    return json.loads(gzip.decompress(FILE.read_bytes()))


def test_the_shipped_file_is_current():
    """`python -m tests.support.generate_schemas` writes the same content from the installed package."""
    if importlib.util.find_spec("kubernetes_validate") is None:
        pytest.skip("the package kubernetes-validate is not installed")
    assert json.loads(gzip.decompress(generate())) == shipped()


@pytest.mark.parametrize(("port", "bound"), [(2**31, "2147483647"), (-(2**31) - 1, "-2147483648")])
def test_numbers_out_of_range_name_the_bound(port, bound):
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"ports": [{"port": port}]}}
    (problem,) = schemas.problems(service)
    assert problem.path == ("spec", "ports", 0, "port")
    assert bound in problem.message
    assert bound in problem.help


def test_a_nested_object_of_another_kind_is_reported_without_its_values():
    claim = {"apiVersion": "v1", "kind": "hunter2", "metadata": {"name": "data"}, "spec": {}}
    spec = {"serviceName": "x", "selector": {}, "template": {}, "volumeClaimTemplates": [claim]}
    item = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "x"}, "spec": spec}
    (problem,) = schemas.problems(item)
    assert (problem.path, problem.message) == (
        ("spec", "volumeClaimTemplates", 0, "kind"),
        "is not one of the allowed values",
    )


def test_the_version_is_that_of_the_shipped_file():
    assert schemas.version() == shipped()["version"]
    assert re.fullmatch(r"1\.[0-9]+", schemas.version())


def test_preloaded_validators_equal_those_compiled_on_demand():
    kubernetes._validator.cache_clear()
    schemas.preload()
    preloaded = kubernetes._validator.cache_info().currsize
    for kind in ("v1/ConfigMap", "v1/Service", "apps/v1/Deployment", "networking.k8s.io/v1/NetworkPolicy"):
        api, _, name = kind.rpartition("/")
        assert schemas.problems({"apiVersion": api, "kind": name, "metadata": {"name": "x"}, "wrong": 1})
    assert (kubernetes._validator.cache_info().currsize, preloaded > 4) == (preloaded, True)


def test_the_shipped_file_is_small_and_has_every_definition_it_refers_to():
    assert FILE.stat().st_size < 400_000
    document = shipped()
    asked = set(re.findall(r'"#/\$defs/([^"]+)"', json.dumps(document["definitions"])))
    assert asked <= document["definitions"].keys()
    assert "description" not in json.dumps(document["definitions"]["core.v1.Container"])


def test_every_built_in_kind_that_teams_may_use_has_a_schema():
    known = {(group_of(api), kind) for api, kind in schemas.built_in_kinds()}
    built_in_groups = {group for group, _ in known}
    assert {pair for pair in ALLOWED if pair[0] in built_in_groups} <= known


def test_cluster_wide_kinds_are_those_without_a_namespace_in_the_kubernetes_api():
    """The client has the method create_namespaced_x for kinds with a namespace, and create_x for the others."""
    package = importlib.util.find_spec("kubernetes")
    if package is None:
        pytest.skip("the package kubernetes is not installed")
    # As text: importing it takes seconds, for hundreds of modules.
    files = Path(package.origin).parent.glob("client/api/*_api.py")
    methods = {method for file in files for method in re.findall(r"^    def (\w+)\(", file.read_text(), re.MULTILINE)}
    assert {"create_namespaced_config_map", "create_namespace"} <= methods
    for api, kind in schemas.built_in_kinds():
        word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", kind).lower()
        word = {"csidriver": "csi_driver", "csinode": "csi_node"}.get(word, word)
        namespaced = f"create_namespaced_{word}" in methods
        wide = kind in CLUSTER_WIDE or group_of(api) in CLUSTER_WIDE_GROUPS
        if namespaced or f"create_{word}" in methods:
            assert wide != namespaced, f"{api} {kind}"


@pytest.mark.parametrize(("api", "kind"), sorted(schemas.built_in_kinds()))
def test_every_schema_compiles_and_rejects_an_unknown_field(api, kind):
    item = {"apiVersion": api, "kind": kind, "metadata": {"name": "a"}, "notAField": 1}
    unknown = [p for p in schemas.problems(item) if p.path == ("notAField",)]
    assert len(unknown) == 1
    assert unknown[0].unknown_field


def test_kinds_without_a_schema_are_not_validated():
    assert schemas.problems({"apiVersion": "example.com/v1", "kind": "Foo", "x": 1}) == []
    assert schemas.problems({"apiVersion": ["v1"], "kind": {"a": 1}}) == []


def test_stable_apis_are_built_in_and_others_are_not():
    apis = schemas.built_in_apis()
    assert {"v1", "apps/v1", "batch/v1", "autoscaling/v2", "networking.k8s.io/v1", "policy/v1"} <= apis
    assert not [api for api in apis if "alpha" in api or "beta" in api]


def service(**spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": spec}


CONTAINER = ("spec", "containers", 0)


def pod(**fields):
    container = {"name": "a", **fields}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": [container]}}


@pytest.mark.parametrize(
    ("item", "path", "message", "help_"),
    [
        (service(clusterIP=5), ("spec", "clusterIP"), "is a number, but must be text", "write the value in quotes"),
        (service(clusterIP=1.5), ("spec", "clusterIP"), "is a number, but must be text", "write the value in quotes"),
        (service(clusterIP=True), ("spec", "clusterIP"), "is true, but must be text", "write the value in quotes"),
        (service(clusterIP=[]), ("spec", "clusterIP"), "is a list, but must be text", "write text"),
        (service(ports={}), ("spec", "ports"), "is a mapping, but must be a list", "write a list"),
        (service(selector="a"), ("spec", "selector"), "is text, but must be a mapping", "write a mapping"),
        (service(ports=[{}]), ("spec", "ports", 0, "port"), "is missing", "add port"),
        (service(ports=[{"port": "x"}]), ("spec", "ports", 0, "port"), "is text, but must be a whole number",
         "write a whole number"),
        (service(ports=[{"port": 80, "targetPort": []}]), ("spec", "ports", 0, "targetPort"),
         "is a list, but must be a whole number or text", "write a whole number or text"),
        (pod(stdin=1), (*CONTAINER, "stdin"), "is a number, but must be true or false", "write true or false"),
        (pod(imag="x"), (*CONTAINER, "imag"), "is an unknown field", "did you mean 'image'?"),
        (pod(resources={"limts": {}}), (*CONTAINER, "resources", "limts"), "is an unknown field", "did you mean 'limits'?"),
        (pod(env=[{"nam": "x", "name": "y"}]), (*CONTAINER, "env", 0, "nam"), "is an unknown field", "did you mean 'name'?"),
        (pod(resources={"limits": {"cpu": {}}}), (*CONTAINER, "resources", "limits", "cpu"),
         "is a mapping, but must be a number or text", "write a number or text"),
    ],
)  # fmt: skip
def test_a_violation_says_what_is_wrong_and_what_to_write(item, path, message, help_):
    (problem,) = schemas.problems(item)
    assert (problem.path, problem.message, problem.help) == (path, message, help_)
    assert problem.unknown_field == (message == "is an unknown field")


def test_at_most_ten_violations_of_an_object_are_reported():
    assert len(schemas.problems(pod(**{f"x{number:02}": 1 for number in range(12)}))) == 10


@pytest.mark.parametrize("item", [{}, {"apiVersion": "x/v1", "kind": "Y"}, service(ports=None), service()])
def test_kinds_without_a_schema_and_valid_objects_have_no_violations(item):
    assert schemas.problems(item) == []
