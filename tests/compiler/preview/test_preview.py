"""The preview shows objects instead of files and each change once, hides Secrets, and fits into a comment."""

from __future__ import annotations

import re

import pytest

from sixfold_compiler.preview import as_markdown, as_text, build
from sixfold_compiler.preview.changes import Preview
from sixfold_compiler.tree.writer import Change

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: match
  labels:
    app.kubernetes.io/version: "{version}"
spec:
  replicas: {replicas}
  paused: false
  minReadySeconds: 0
  progressDeadlineSeconds: 600
  revisionHistoryLimit: 5
  template:
    spec:
      containers:
      - name: sidecar
        image: sidecar:1
      - image: match:{version}
        name: match
        env:
        - name: LEVEL
          value: {level}
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: match
  labels:
    app.kubernetes.io/version: "{version}"
spec:
  type: ClusterIP
"""
CLUSTERS = [f"prod/dc1/dc1-{x}" for x in "abc"]


class Tree:
    """An old tree with staged new files."""

    def __init__(self, folder) -> None:
        self.out, self.new, self.changes = folder / "out", folder / "new", []
        self.out.mkdir()
        self.new.mkdir()

    def change(self, path: str, old: str | None, new: str | None) -> None:
        kind = "create" if old is None else "delete" if new is None else "update"
        if old is not None:
            (self.out / path).parent.mkdir(parents=True, exist_ok=True)
            (self.out / path).write_text(old)
        staged = None
        if new is not None:
            staged = self.new / str(len(self.changes))
            staged.write_text(new)
        self.changes.append(Change(path, kind, staged))

    def preview(self, **options):
        return build(self.changes, self.out, **options)


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


def app(version="1.4.1", replicas=3, level="info") -> str:
    return "---\n".join(t.format(version=version, replicas=replicas, level=level) for t in (DEPLOYMENT, SERVICE))


def test_the_same_change_on_several_clusters_is_shown_once(tree) -> None:
    for cluster in CLUSTERS:
        tree.change(f"{cluster}/playback/match.yaml", app(), app(level="debug"))
    text = as_text(tree.preview())
    assert text.count("value: debug") == 1
    assert "on 3 clusters: prod/dc1 (dc1-a, dc1-b, dc1-c)" in text
    assert text.endswith("3 objects changed on 3 clusters.\n")


def test_changes_that_differ_between_clusters_do_not_repeat_the_common_ones(tree) -> None:
    for cluster, replicas in zip(CLUSTERS, (4, 4, 5), strict=True):
        tree.change(f"{cluster}/playback/match.yaml", app(), app(level="debug", replicas=replicas))
    text = as_text(tree.preview())
    assert text.count("value: debug") == 1
    assert text.count("replicas: 4") == 1
    assert "on 2 clusters: prod/dc1 (dc1-a, dc1-b)" in text
    assert "on 1 cluster: prod/dc1 (dc1-c)" in text
    assert "3 objects changed on 3 clusters" in text


def test_hunks_name_the_path_of_the_field(tree) -> None:
    tree.change(f"{CLUSTERS[0]}/playback/match.yaml", app(), app(level="debug", replicas=9))
    text = as_text(tree.preview())
    assert "@@ spec.replicas\n" in text
    assert "@@ spec.template.spec.containers[match].env[LEVEL].value\n" in text


def test_a_new_version_shows_the_image_and_folds_the_labels(tree) -> None:
    tree.change(f"{CLUSTERS[0]}/playback/match.yaml", app(), app(version="1.4.2"))
    text = as_text(tree.preview())
    assert "+       - image: match:1.4.2" in text
    assert text.count("@@ version label: 1.4.1 -> 1.4.2") == 2
    assert "app.kubernetes.io/version" not in text


def test_new_and_deleted_objects_are_named_and_printed_in_full_on_demand(tree) -> None:
    tree.change(f"{CLUSTERS[0]}/playback/match.yaml", None, app())
    tree.change(f"{CLUSTERS[0]}/playback/old.yaml", app(), None)
    text = as_text(tree.preview())
    assert "    + Deployment match\n    + Service match\n" in text
    assert "    - Deployment match\n    - Service match\n" in text
    assert "replicas" not in text
    assert "+   replicas: 3" in as_text(tree.preview(full=True))


def test_a_config_map_with_a_new_digest_is_the_same_object(tree) -> None:
    old = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: match-settings-0123456789\ndata:\n  a: b\n"
    tree.change(f"{CLUSTERS[0]}/p/m.yaml", old, old.replace("0123456789", "abcdef0123").replace("a: b", "a: c"))
    text = as_text(tree.preview())
    assert "~ ConfigMap match-settings-0123456789 -> match-settings-abcdef0123" in text
    assert "-   a: b" in text


def test_without_changes_the_preview_is_one_sentence() -> None:
    assert as_text(Preview(())) == "nothing changes.\n"


def test_inventories_are_counted_as_records(tree) -> None:
    tree.change("inventory.json", "{}", '{"a": 1}')
    tree.change("prod/dc1/facts.json", "{}", '{"a": 1}')
    preview = tree.preview()
    assert preview.records == 2
    assert as_text(preview) == "only the inventories change.\n"


def test_every_part_of_the_tree_has_its_name(tree) -> None:
    for path in (
        "argocd/mumbai/team-a.yaml",
        "prod/dc1/dc1-a/_tenancy/a.yaml",
        "prod/dc1/dc1-a/_platform/gateway.yaml",
        "prod/dc1/dc1-a/a/b.yaml",
        "elsewhere.yaml",
    ):
        tree.change(path, None, SERVICE)
    names = ["a/b", "Argo CD: team-a", "elsewhere.yaml", "namespace a", "platform: gateway"]
    assert [s.name for s in tree.preview().subjects] == names


SECRET = """\
apiVersion: v1
kind: Secret
metadata:
  name: db
{block}:
  password: {value}
  cert: |
    -----BEGIN
    {value}
    key: {value}
"""
FORMS = [
    SECRET.replace("{block}", "data"),
    SECRET.replace("{block}", "stringData"),
    "apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\ndata: {{password: {value}}}\n",
    "apiVersion: v1\nkind: List\nitems:\n- kind: Secret\n  data:\n    password: {value}\n",
    '{{"kind": "Secret", "data": {{"password": "{value}"}}}}\n',
    (
        "kind: 'Secret'\nmetadata:\n  name: db\n  annotations:\n"
        "    kubectl.kubernetes.io/last-applied-configuration: |\n      {value}\n"
    ),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("full", [False, True])
def test_values_of_secrets_are_never_shown_however_they_are_written(form, full, tree) -> None:
    tree.change("prod/dc1/a/p/new.yaml", None, form.format(value="hunter2"))
    tree.change("prod/dc1/a/p/changed.yaml", form.format(value="hunter2"), form.format(value="hunter3"))
    preview = tree.preview(full=full)
    for text in (as_text(preview), as_markdown(preview)):
        assert "hunter" not in text
        assert "(hidden, changed)" in text


def test_markdown_fits_a_comment_and_counts_what_it_leaves_out(tree) -> None:
    for number in range(400):
        tree.change(f"prod/dc1/dc1-a/p/app{number}.yaml", app(), app(level="x" * 300 + str(number)))
    text = as_markdown(tree.preview(), limit=20_000)
    assert len(text) <= 20_000
    assert re.search(r"… and \d+ more rows", text)
    assert re.search(r"\d+ diffs did not fit here", text)
    assert text.count("<details>") == text.count("</details>")
    assert text.count("```diff") == len(re.findall(r"^```$", text, re.MULTILINE))


def test_markdown_cannot_be_broken_out_of_by_an_input(tree) -> None:
    """A value with a fence of its own stays inside a longer one; escapes and bidi controls are written out."""
    tree.change(
        "prod/dc1/dc1-a/p/a.yaml", app(), app(level="|\n            ```\n            </details> @team \x1b[31m \u202e")
    )
    text = as_markdown(tree.preview())
    assert "````diff" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_line_of_thousands_of_characters_is_cut_around_the_change(tree) -> None:
    old = f"kind: X\nmetadata:\n  name: a\ndata: {'x' * 3000}A{'y' * 3000}\n"
    tree.change("prod/dc1/dc1-a/p/a.yaml", old, old.replace("A", "B"))
    text = as_text(tree.preview())
    assert max(map(len, text.splitlines())) < 250
    assert "xxxA" in text
    assert "xxxB" in text


def test_color_is_added_to_marks_only(tree) -> None:
    tree.change(f"{CLUSTERS[0]}/playback/match.yaml", app(), app(level="debug"))
    plain, colored = as_text(tree.preview()), as_text(tree.preview(), color=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain
    assert "\x1b[32m        +" in colored


@pytest.mark.parametrize("command", ["::stop-commands::pwn", "::error file=a.yaml::forged", "##[error]no", "##vso[x]y"])
def test_no_line_of_a_team_is_a_command_for_a_ci_system(tree, command) -> None:
    """The runners of GitHub and Azure look for commands behind the blanks of every line that a step prints."""
    old, new = (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  a: |\n    {command}\n    {line}\n"
        for line in ("before", "after")
    )
    tree.change("prod/dc1/dc1-a/shop/web.yaml", old, new)
    preview = tree.preview()
    for text in (as_text(preview), as_markdown(preview)):
        assert f"| {command}" in text
        assert not [line for line in text.splitlines() if line.lstrip().startswith(("::", "##[", "##vso"))]
