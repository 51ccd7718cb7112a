"""Overlays are plain resources to Kustomize: kustomize and kubectl build them alike, with nothing lost and nothing changed.

The overlay tree holds no kustomization. Who wants one puts it beside the files, or above them, as here.
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
# What Kustomize itself cannot carry, whoever wrote it: it turns objects into JSON and reads that as YAML.
REFUSED = ["\x7f", "\x80", "\x9f", "\ufffe", "\uffff"]
CHANGED = ["\x85", "a\x85b\n"]  # NEL is made a blank
KEYS = [*REFUSED, *CHANGED, "<<", *(key for key in [*HARD, *LONG_KEYS] if len(key) > 1000)]


@pytest.fixture(scope="module")
def kustomize():
    return kustomize_binary()


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The example fleet as its first commit."""
    return Deploy(tmp_path_factory.mktemp("example") / "deploy")


def run(*command, folder):
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr[-2000:].decode()
    assert done.stderr == b"", done.stderr.decode()
    return done.stdout


def build(kustomize, folder):
    """What both programs make of a folder with a kustomization, which is the same to the byte."""
    built = run(kustomize, "build", ".", folder=folder)
    assert run(kubectl_binary(), "kustomize", ".", folder=folder) == built
    return built


def kustomization(folder, *resources):
    (folder / "kustomization.yaml").write_text(json.dumps({"resources": resources}))


def ordered(documents):
    """Documents as text that tells 1 from "1" and true from "true", in an order of their own."""
    return sorted(json.dumps(document, sort_keys=True) for document in documents)


def test_a_kustomization_of_every_cluster_builds_to_the_overlays_objects(kustomize, example, tmp_path):
    """With all of its folders, as `kustomize create --autodetect --recursive` finds them."""
    for instance in ("nonprod", "prod"):
        for cluster in example.clusters(instance):
            source = example.tree.joinpath(*cluster)
            copy = tmp_path.joinpath(*cluster)
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("inventory.json"))
            run(kustomize, "create", "--autodetect", "--recursive", folder=copy)
            objects = yaml.load_all(build(kustomize, copy), yaml.CSafeLoader)
            assert ordered(objects) == ordered(manifests(source)), cluster


def test_a_kustomization_at_the_top_of_a_deploy_repo_names_overlays_and_changes_what_it_says_alone(
    kustomize, example, tmp_path
):
    """A common use: one more label on everything of a team, from outside the tree."""
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
    """An overlay of an app whose environment, annotations and ConfigMap are texts that look like something else."""
    texts = [text for text in HARD if text not in [*REFUSED, *CHANGED]]
    usable = [text for text in texts if text.isprintable() and len(text) < 200]
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "hard", "annotations": {f"example.com/n{n}": text for n, text in enumerate(texts)}},
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
    """`yes`, `0x10`, `1e3`, `017`, `~`, a date, a text of many lines: out of a manifest, through the compiler, into both."""
    (tmp_path / "web.yaml").write_bytes(hard.read_bytes())
    kustomization(tmp_path, "web.yaml")
    assert ordered(read(build(kustomize, tmp_path))) == ordered(manifests(hard.parent))


def read(data):
    """Built objects, by kubectl's reader: Kustomize writes some texts (`=`) as YAML 1.1 has something else for."""
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


def test_any_value_keeps_its_type_in_any_place(kustomize, tmp_path):
    """Hard texts as values, items and keys, and numbers: all that Kustomize can carry at all."""
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
        item["metadata"]["name"] = f"p{n:04}"  # so that their order is that of their names
    (tmp_path / "all.yaml").write_bytes(emit(objects))
    kustomization(tmp_path, "all.yaml")
    for command in ((kustomize, "build"), (kubectl_binary(), "kustomize")):  # they sort such keys differently
        assert kubectl(run(*command, ".", folder=tmp_path)) == [item["spec"] for item in objects]


@pytest.mark.parametrize(
    "values", [REFUSED, [{key: "a"} for key in KEYS if key != "<<"]], ids=["as a value", "as a key"]
)
def test_what_is_left_out_above_is_refused_by_kustomize(kustomize, values, tmp_path):
    """Its own limits; none of it is in a usual manifest, and no build that goes through has lost it."""
    kustomization(tmp_path, "one.yaml")
    for value in values:
        (tmp_path / "one.yaml").write_bytes(emit(wrapped([value])))
        done = subprocess.run([kustomize, "build", tmp_path], check=False, capture_output=True)
        assert done.returncode != 0, value


@pytest.mark.parametrize(("value", "became"), [("a\x85b\n", "a b\n"), ({"<<": "a"}, {})], ids=["NEL", "merge key"])
def test_two_things_are_changed_by_kustomize_without_a_word(kustomize, value, became, tmp_path):
    (tmp_path / "one.yaml").write_bytes(emit(wrapped([value])))
    kustomization(tmp_path, "one.yaml")
    assert kubectl(build(kustomize, tmp_path)) == [{"value": became}]
