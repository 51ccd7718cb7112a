"""The inputs of Argo CD's own plugin tests, and ApplicationSets that users write."""

from __future__ import annotations

import pytest
import yaml

pytestmark = [pytest.mark.conformance("Argo CD"), pytest.mark.slow]
CLIENT = "sixfold-generator"


def application_set(name, generators, *, go_template=True, template="{{.name}}", server="{{.server}}"):
    spec = {
        "generators": generators,
        "goTemplate": go_template,
        "template": {
            "metadata": {"name": template},
            "spec": {
                "project": "catalog",
                "source": {"repoURL": "https://git.example.com/x.git", "path": "x"},
                "destination": {"server": server, "namespace": "x"},
            },
        },
    }
    if go_template:
        spec["goTemplateOptions"] = ["missingkey=error"]
    metadata = {"name": name, "namespace": "argocd"}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": metadata, "spec": spec}


def plugin(parameters, **generator_fields):
    return {"plugin": {"configMapRef": {"name": CLIENT}, "input": {"parameters": parameters}, **generator_fields}}


@pytest.fixture
def own(program, served, tmp_path):
    """Return a function that renders an ApplicationSet with the compiled ConfigMap to (Applications, error)."""

    def render(document):
        folder = tmp_path / "own"
        folder.mkdir(exist_ok=True)
        (folder / "own.yaml").write_text(
            served.applied["prod"]["ConfigMap", CLIENT] + "\n---\n" + yaml.safe_dump(document)
        )
        answer = program.generate(folder, served.secret, base_url=served.url)
        outcome = answer.sets[document["metadata"]["name"]]
        return outcome.get("applications", []), outcome.get("error", "")

    return render


def names(applications):
    return [application["metadata"]["name"] for application in applications]


def on(site, namespace):
    """Return the number of production clusters with this namespace."""
    return sum(place[-1] == namespace for place in site.deploy.team_folders("prod"))


@pytest.mark.parametrize(
    "parameters",
    [
        {"pkey1": "val1", "pkey2": "val2"},
        {"param1": "value1"},
        {"branch": "1"},
        {"list": ["a", 1, None, {"b": []}], "flag": True, "map": {"a": {"b": "c"}}, "number": 1e21},
        {"key1": "value1", "list": ["list", "of", "values"], "boolean": True, "map": {"key1": "value1"}},
        {"z": "<a&b>"},
        {"team": "<a&b>"},
        {"team": True},
        {"team": None},
        {"team": {}},
        {"team": ""},
        {"": ""},
    ],
    ids=str,
)
def test_unknown_parameters_and_values_are_an_error_and_never_an_empty_list(own, parameters):
    """A misspelled parameter must select neither nothing nor everything."""
    applications, error = own(application_set("set", [plugin(parameters)]))
    assert "status code 400" in error
    assert applications == []


def test_no_parameters_select_the_complete_fleet(own, served):
    applications, error = own(application_set("set", [plugin({})]))
    assert error == ""
    folders = [*served.deploy.team_folders("prod"), *served.deploy.team_folders("nonprod")]
    assert len(applications) == len(folders)


def test_a_matrix_sends_a_request_for_each_element_and_each_gets_its_own_answer(own, served):
    """`matrix(list, plugin)` has a parameter from the list, like in tests of feature branches."""
    teams = {"list": {"elements": [{"team": "cart"}, {"team": "ads"}]}}
    matrix = {"matrix": {"generators": [teams, plugin({"environment": "prod", "team": "{{.team}}"})]}}
    applications, error = own(application_set("fb-matrix", [matrix]))
    assert error == ""
    expected = [on(served, "cart"), on(served, "ads")]
    assert all(expected)
    assert [name.rpartition("-")[2] for name in names(applications)] == ["cart"] * expected[0] + ["ads"] * expected[1]


def test_a_merge_finds_each_set_by_its_name(own, served):
    """Every set has the unique, flat key that a merge needs."""
    generator_fields = {"list": {"elements": [{"name": "prod-dc1-a-cart", "server": "https://other.example.com"}]}}
    merge = {
        "merge": {
            "mergeKeys": ["name"],
            "generators": [plugin({"environment": "prod", "team": "cart"}), generator_fields],
        }
    }
    applications, error = own(application_set("merged", [merge]))
    assert error == ""
    assert len(applications) == on(served, "cart")
    servers = {
        application["metadata"]["name"]: application["spec"]["destination"]["server"] for application in applications
    }
    assert [name for name, server in servers.items() if "other" in server] == ["prod-dc1-a-cart"]


def test_the_older_templates_give_the_same_applications(own):
    """They write a large number as 1e+06 and lose empty containers, but all parameters are strings."""
    fields = "{{name}}.{{cluster}}.{{dataCenter}}.{{weight}}.{{wave}}"
    old, error = own(
        application_set("old", [plugin({"team": "cart"})], go_template=False, template=fields, server="{{server}}")
    )
    assert error == ""
    fields = "{{.name}}.{{.cluster}}.{{.dataCenter}}.{{.weight}}.{{.wave}}"
    new, error = own(application_set("new", [plugin({"team": "cart"})], template=fields))
    assert error == ""
    assert names(old) == names(new)
    assert [item["spec"] for item in old] == [item["spec"] for item in new]


def test_values_of_the_user_are_added(own):
    document = application_set("set", [plugin({"team": "ads"}, values={"suffix": "of-{{.team}}"})])
    document["spec"]["template"]["metadata"]["name"] = "{{.name}}-{{.values.suffix}}"
    applications, error = own(document)
    assert error == ""
    assert applications
    assert all(name.endswith("-ads-of-ads") for name in names(applications))
