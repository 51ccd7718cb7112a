"""Overlays are plain resources for Kustomize: kustomize and kubectl build them alike, without losses or changes.

The overlay tree has no kustomization. Users may put one beside the files or above them, like these tests.
"""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
import yaml

from sixfold_compiler.yaml.emitter import emit
from tests.conformance.argocd.deploy import Deploy
from tests.conformance.controlplane.site import manifests
from tests.support.binaries import kubectl_binary, kustomize_binary
from tests.support.repos import Repo, manifest
from tests.support.yaml_readers import HARD, LONG_KEYS, NUMBERS, kubectl, wrapped

pytestmark = pytest.mark.conformance("Kustomize")
# Texts that Kustomize cannot process: it writes objects as JSON and reads that as YAML.
REFUSED = ["\x7f", "\x80", "\x9f", "\ufffe", "\uffff"]
CHANGED = ["\x85", "a\x85b\n"]  # NEL becomes a blank
KEYS = [*REFUSED, *CHANGED, "<<", *(key for key in [*HARD, *LONG_KEYS] if len(key) > 1000)]


@pytest.fixture(scope="module")
def kustomize():
    return kustomize_binary()


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """Return the example fleet as a first commit."""
    return Deploy(tmp_path_factory.mktemp("example") / "deploy")


def run(*command, folder):
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr[-2000:].decode()
    assert done.stderr == b"", done.stderr.decode()
    return done.stdout


def build(kustomize, folder):
    """Build a folder with a kustomization with both programs, and check that the outputs are equal."""
    built = run(kustomize, "build", ".", folder=folder)
    assert run(kubectl_binary(), "kustomize", ".", folder=folder) == built
    return built


def kustomization(folder, *resources):
    (folder / "kustomization.yaml").write_text(json.dumps({"resources": resources}))


def ordered(documents):
    """Return documents as sorted texts, in which 1 and "1" as well as true and "true" differ."""
    return sorted(json.dumps(document, sort_keys=True) for document in documents)


def test_a_kustomization_of_every_cluster_builds_the_objects_of_the_overlays(kustomize, example, tmp_path):
    """The kustomization has all folders, from `kustomize create --autodetect --recursive`."""
    for instance in ("nonprod", "prod"):
        for cluster in example.clusters(instance):
            source = example.tree.joinpath(*cluster)
            copy = tmp_path.joinpath(*cluster)
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("inventory.json"))
            run(kustomize, "create", "--autodetect", "--recursive", folder=copy)
            objects = yaml.load_all(build(kustomize, copy), yaml.CSafeLoader)
            assert ordered(objects) == ordered(manifests(source)), cluster


def test_a_kustomization_at_the_top_of_a_deploy_repo_changes_only_what_it_declares(kustomize, example, tmp_path):
    """A common use adds a label to every object of a team, from outside the tree."""
    folder = next(example.tree.glob("prod/dc1/*/playback"))
    shutil.copytree(folder, tmp_path / "overlays")
    document = {
        "resources": sorted(f"overlays/{path.name}" for path in folder.iterdir()),
        "labels": [{"pairs": {"cost-center": "0x10"}}],
    }
    (tmp_path / "kustomization.yaml").write_text(json.dumps(document))
    objects = list(yaml.load_all(build(kustomize, tmp_path), yaml.CSafeLoader))
    for item in objects:
        assert item["metadata"]["labels"].pop("cost-center") == "0x10"
    assert ordered(objects) == ordered(manifests(folder))


@pytest.fixture(scope="module")
def hard(tmp_path_factory):
    """Return the overlay of an app whose variables, annotations and ConfigMap have texts that look like other types."""
    texts = [text for text in HARD if text not in [*REFUSED, *CHANGED]]
    usable = [text for text in texts if text.isprintable() and len(text) < 200]
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "hard", "annotations": {f"n{n}": text for n, text in enumerate(texts)}},
        "data": {f"n{n}": text for n, text in enumerate(texts)},
    }
    env = [{"name": f"N{n}", "value": text} for n, text in enumerate(usable) if "$" not in text]
    repo = Repo(tmp_path_factory.mktemp("repo"))
    (app,) = yaml.safe_load_all(manifest("shop/web"))
    app["spec"]["env"] = env
    repo.write("apps/shop/web.yaml", emit([app, config]))
    compiled = repo.compile()
    assert compiled.codes == [], compiled
    return next(repo.out.glob("prod/*/*/shop/web.yaml"))


def test_texts_that_look_like_numbers_or_booleans_stay_texts(kustomize, hard, tmp_path):
    """Both programs build texts such as `yes`, `0x10`, `1e3`, `017`, `~`, a date and many lines, from a manifest."""
    (tmp_path / "web.yaml").write_bytes(hard.read_bytes())
    kustomization(tmp_path, "web.yaml")
    assert ordered(read(build(kustomize, tmp_path))) == ordered(manifests(hard.parent))


def read(data):
    """Read built objects with kubectl, since Kustomize writes some texts (`=`) with another meaning in YAML 1.1."""
    command = [kubectl_binary(), "annotate", "--local", "--dry-run=client", "-o", "json", "-f", "-", "read=yes"]
    done = subprocess.run(command, input=data, check=True, capture_output=True)
    documents, text, at = [], done.stdout.decode().strip(), 0
    while at < len(text):
        value, at = json.JSONDecoder().raw_decode(text, at)
        documents += value["items"] if value["kind"] == "List" else [value]
        at += len(text[at:]) - len(text[at:].lstrip())
    for item in documents:
        del item["metadata"]["annotations"]["read"]
        if not item["metadata"]["annotations"]:
            del item["metadata"]["annotations"]
    return documents


def test_any_value_keeps_its_type_in_any_position(kustomize, tmp_path):
    """The values, items and keys are numbers, and all hard texts that Kustomize can process."""
    texts = [text for text in HARD if text not in [*REFUSED, *CHANGED]]
    values = [
        *texts,
        *NUMBERS,
        texts,
        NUMBERS,
        {key: key for key in [*texts, *LONG_KEYS] if key not in KEYS},
        {key: [key, {key: [key]}] for key in texts if key not in KEYS},
    ]
    objects = wrapped(values)
    for n, item in enumerate(objects):
        item["metadata"]["name"] = f"p{n:04}"  # keeps their order, which is that of their names
    (tmp_path / "all.yaml").write_bytes(emit(objects))
    kustomization(tmp_path, "all.yaml")
    for command in ((kustomize, "build"), (kubectl_binary(), "kustomize")):  # they sort such keys differently
        assert kubectl(run(*command, ".", folder=tmp_path)) == [item["spec"] for item in objects]


@pytest.mark.parametrize(
    "values", [REFUSED, [{key: "a"} for key in KEYS if key != "<<"]], ids=["as a value", "as a key"]
)
def test_kustomize_rejects_the_texts_that_the_other_tests_omit(kustomize, values, tmp_path):
    """These are limits of Kustomize. Usual manifests have no such text, and a build that succeeds has not lost any."""
    kustomization(tmp_path, "one.yaml")
    for value in values:
        (tmp_path / "one.yaml").write_bytes(emit(wrapped([value])))
        done = subprocess.run([kustomize, "build", tmp_path], check=False, capture_output=True)
        assert done.returncode != 0, value


@pytest.mark.parametrize(("value", "became"), [("a\x85b\n", "a b\n"), ({"<<": "a"}, {})], ids=["NEL", "merge key"])
def test_kustomize_changes_two_kinds_of_values_without_a_warning(kustomize, value, became, tmp_path):
    (tmp_path / "one.yaml").write_bytes(emit(wrapped([value])))
    kustomization(tmp_path, "one.yaml")
    assert kubectl(build(kustomize, tmp_path)) == [{"value": became}]
