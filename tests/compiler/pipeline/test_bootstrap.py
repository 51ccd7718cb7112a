"""The file that a person applies to an Argo CD instance, and the finding when the fleet no longer agrees with it."""

from __future__ import annotations

import pytest
import yaml

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.pipeline.bootstrap import bootstrap_files, bootstrap_problems
from tests.support.repos import Inline

APPLY = "run `sixfold bootstrap main --write`, commit the file, and apply it: kubectl apply -f {}"
FILE = "environments/bootstrap/main.yaml"


def load(repo):
    return load_fleet(repo.folder / "environments", Inline())


def problems(repo):
    return [
        (d.code, str(d.span), d.message, d.help) for d in bootstrap_problems(load(repo), repo.folder / "environments")
    ]


@pytest.fixture
def applied(fresh):
    """Return a repo without a compile whose instance `main` has a committed bootstrap."""
    fresh.write(FILE, bootstrap_files(load(fresh), ["main"])["main"])
    return fresh


def test_the_file_of_an_instance_names_the_repository_the_generator_and_the_token_of_a_secret(fresh) -> None:
    fresh.data["argocd"]["instances"]["other"] = {
        "generatorUrl": "http://generator.other.svc:8080",
        "token": "$elsewhere:key",
        "namespace": "cd",
    }
    fresh.write_fleet()
    files = bootstrap_files(load(fresh), ["other", "main"])
    assert list(files) == ["other", "main"]
    project, plugin, application_set = yaml.safe_load_all(files["other"])
    assert project["spec"]["sourceRepos"] == ["https://git.example.com/deploy.git"]
    assert plugin["data"] == {
        "baseUrl": "http://generator.other.svc:8080",
        "token": "$elsewhere:key",
        "requestTimeout": "30",
    }
    assert application_set["spec"]["template"]["spec"]["source"]["path"] == "overlays/argocd/other"
    assert {item["metadata"]["namespace"] for item in (project, plugin, application_set)} == {"cd"}
    assert files["other"].startswith(b"# Written by `sixfold bootstrap other`.")


def test_teams_and_clusters_do_not_change_the_file(applied) -> None:
    del applied.data["teams"]["pay"]
    applied.data["environments"]["prod"]["dataCenters"].pop("dc2")
    applied.write_fleet()
    assert problems(applied) == []


def test_without_committed_files_nothing_is_compared(fresh) -> None:
    assert problems(fresh) == []


def test_comments_and_the_order_of_objects_are_no_difference(applied) -> None:
    path = applied.folder / FILE
    documents = path.read_text().split("---\n")
    path.write_text("# applied by hand\n" + "---\n".join(reversed(documents)))
    assert problems(applied) == []


@pytest.mark.parametrize(
    ("field", "value", "place", "what", "was", "now"),
    [
        (
            "generatorUrl",
            "http://x.y.svc:8080",
            "41:12",
            "data.baseUrl of ConfigMap/sixfold-generator",
            '"http://generator.argocd.svc:8080"',
            '"http://x.y.svc:8080"',
        ),
        (
            "requeueAfterSeconds",
            90,
            "68:28",
            "spec.generators[0].plugin.requeueAfterSeconds of ApplicationSet/sixfold-bootstrap",
            "60",
            "90",
        ),
    ],
)
def test_a_value_that_the_fleet_has_changed_is_shown_at_its_place(applied, field, value, place, what, was, now) -> None:
    applied.data["argocd"]["instances"]["main"][field] = value
    applied.write_fleet()
    text = f"{what} is {was} in what was applied, and {now} in the fleet"
    assert problems(applied) == [("SF708", f"{FILE}:{place}", text, APPLY.format(FILE))]


def test_each_object_that_differs_is_shown_once(applied) -> None:
    applied.data["repository"] = {"url": "https://git.example.com/other.git", "path": "tree"}
    applied.data["argocd"]["automated"] = False
    applied.write_fleet()
    assert [message for _, _, message, _ in problems(applied)] == [
        (
            'spec.sourceRepos[0] of AppProject/sixfold-bootstrap is "https://git.example.com/deploy.git" in what was applied, '
            'and "https://git.example.com/other.git" in the fleet'
        ),
        (
            'spec.template.spec.source.path of ApplicationSet/sixfold-bootstrap is "overlays/argocd/main" in what was applied, '
            'and "tree/argocd/main" in the fleet'
        ),
    ]
    applied.data["repository"] = {"url": "https://git.example.com/deploy.git", "path": "overlays"}
    applied.write_fleet()
    ((_, _, message, _),) = problems(applied)
    assert message == (
        'spec.template.spec.syncPolicy.automated of ApplicationSet/sixfold-bootstrap is {"prune":false,"selfHeal":true} '
        "in what was applied, and absent in the fleet"
    )


CHANGED = {
    "another kind": (
        "kind: ConfigMap\n",
        "kind: Configmap\n",
        "the file has no ConfigMap/sixfold-generator, which the fleet needs",
    ),
    "a new kind": (
        "kind: ConfigMap\n",
        "kind: Configmap\n",
        "Configmap/sixfold-generator is not in what the fleet needs",
    ),
    "a number for a switch": (
        "prune: false",
        "prune: 0",
        (
            "spec.template.spec.syncPolicy.automated.prune of ApplicationSet/sixfold-bootstrap is 0 in what was applied, "
            "and false in the fleet"
        ),
    ),
    "a longer list": (
        "  - https://git",
        "  - a\n  - https://git",
        (
            'spec.sourceRepos of AppProject/sixfold-bootstrap is ["a","https://git.example.com/deploy.git"] in what was '
            'applied, and ["https://git.example.com/deploy.git"] in the fleet'
        ),
    ),
    "a new field": (
        "    server:",
        "    more: x\n    server:",
        'spec.destinations[0].more of AppProject/sixfold-bootstrap is "x" in what was applied, and absent in the fleet',
    ),
    "no object": (
        "metadata:\n  name: sixfold-generator",
        "metadata: 1\nx:\n  name: x",
        "document 2 is not in what the fleet needs",
    ),
    "a long text": (
        "description: ",
        f"description: {'x' * 90} #",
        (
            f'spec.description of AppProject/sixfold-bootstrap is "{"x" * 79}… in what was applied, and "Sixfold: the objects '
            'of this Argo CD" in the fleet'
        ),
    ),
}


@pytest.mark.parametrize(("old", "new", "text"), CHANGED.values(), ids=CHANGED)
def test_what_differs_in_the_committed_file_is_named(applied, old, new, text) -> None:
    path = applied.folder / FILE
    before = path.read_text()
    assert old in before
    path.write_text(before.replace(old, new, 1))
    assert text in [message for _, _, message, _ in problems(applied)]


def test_a_file_that_is_missing_unreadable_or_of_no_instance_is_a_finding(applied) -> None:
    path = applied.folder / FILE
    path.rename(path.with_name("gone.yaml"))
    path.with_name("README").write_text("notes")
    assert problems(applied) == [
        ("SF708", FILE, "cannot read the bootstrap of Argo CD instance 'main': it does not exist", APPLY.format(FILE)),
        (
            "SF708",
            "environments/bootstrap/gone.yaml",
            "the fleet has no Argo CD instance 'gone'",
            "delete the file, or restore the instance",
        ),
    ]
    path.with_name("gone.yaml").unlink()
    path.write_text("a: [")
    assert [code for code, *_ in problems(applied)] == ["SF100"]


def test_an_extension_that_fails_is_reported_in_both_ways(applied) -> None:
    applied.write("environments/lib/main.libsonnet", "{ argocd+: { pluginConfig(input):: error 'no' } }")
    with pytest.raises(DiagnosticError, match="SF505"):
        bootstrap_files(load(applied), ["main"])
    assert [(code, "argocd/main" in message) for code, _, message, _ in problems(applied)] == [("SF505", True)]


def test_an_extension_whose_objects_kubernetes_rejects_is_reported(applied) -> None:
    applied.write("environments/lib/main.libsonnet", "{ argocd+: { pluginName:: 'No_Name' } }")
    assert [code for code, *_ in problems(applied)] == ["SF507"]
