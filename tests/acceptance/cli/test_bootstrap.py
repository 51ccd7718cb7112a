"""`sixfold bootstrap`, and the findings of `sixfold check` about what was applied."""

from __future__ import annotations

import yaml

from tests.support.cli import edit, sixfold


def test_a_person_writes_and_applies_the_file_again_when_check_says_so(deploy) -> None:
    printed = sixfold("bootstrap", "prod", cwd=deploy)
    assert (printed.code, printed.err) == (0, "")
    kinds = [item["kind"] for item in yaml.safe_load_all(printed.out)]
    assert kinds == ["AppProject", "ConfigMap", "ApplicationSet"]

    done = sixfold("bootstrap", "--write", cwd=deploy)
    assert (done.code, done.out) == (0, "")
    files = [f"environments/bootstrap/{name}.yaml" for name in ("nonprod", "prod")]
    assert done.err == "".join(f"Wrote {file}.\n" for file in files)
    assert (deploy / files[1]).read_text() == printed.out
    assert sixfold("check", cwd=deploy).code == 0

    edit(deploy / "environments/argocd.libsonnet", "requeueAfterSeconds: 120", "requeueAfterSeconds: 90")
    done = sixfold("check", "--output", "concise", cwd=deploy)
    assert done.code == 1
    (line,) = (line for line in done.out.splitlines() if "SF708" in line)
    assert line.startswith(f"{files[1]}:")
    assert "requeueAfterSeconds" in line
    assert sixfold("check", "apps", cwd=deploy).code == 0, "an app's author cannot mend it"

    done = sixfold("bootstrap", "prod", "--write", cwd=deploy)
    assert done.err == f"Wrote {files[1]}.\n"
    assert sixfold("check", cwd=deploy).code == 0


def test_an_instance_is_named_if_there_are_several(deploy) -> None:
    done = sixfold("bootstrap", cwd=deploy)
    assert (done.code, done.out) == (2, "")
    assert "name one of the Argo CD instances: nonprod, prod" in done.err
    done = sixfold("bootstrap", "prd", "--write", cwd=deploy)
    assert (done.code, "did you mean 'prod'?" in done.err) == (2, True)
    assert not (deploy / "environments/bootstrap").exists()
