"""Objects of an overlay: hunks with their paths, hidden secrets, pairs of old and new versions."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixfold_compiler.preview.objects import compare, objects, pair


def test_path_of_an_unnamed_list_item_has_its_index() -> None:
    old = "kind: X\nspec:\n  rules:\n  - port: 1\n    to: a\n  - port: 2\n    to: b\n  other: 1\n"
    (hunk,) = compare(objects(old)[0], objects(old.replace("to: b", "to: c"))[0])
    assert hunk[0] == "@@ spec.rules[1].to"
    (hunk,) = compare(objects(old)[0], objects(old.replace("port: 1", "port: 3"))[0])
    assert hunk[0] == "@@ spec.rules[0].port"
    nested = "kind: X\nargs:\n- a\n-\n  deep: 1\n"
    assert compare(objects(nested)[0], objects(nested.replace("deep: 1", "deep: 2"))[0])[0][0].startswith("@@ args")


def test_path_in_a_top_level_list_has_the_index() -> None:
    old = "- to: a\n- to: b\n"
    assert [hunk[0] for hunk in compare(objects(old)[0], objects("- to: a\n- to: c\n")[0])] == ["@@ [1].to"]


@given(st.text(alphabet="abc:-|>'\"{}#& \n\t", min_size=1, max_size=60))
def test_every_line_of_a_secret_value_is_hidden(text) -> None:
    """Any text that is indented below `data:` is hidden."""
    body = "\n".join(f"    {line}" for line in f"XYZ{text}XYZ".split("\n"))
    shown = list(objects(f"kind: Secret\nmetadata:\n  name: s\ndata:\n  key: |\n{body}\nimmutable: true\n"))
    assert not [line for o in shown for line in o.lines if "XYZ" in line]


lines = st.lists(st.sampled_from(["a: 1", "b: 2", "  c: 3", "- d", "", "e: |"]), max_size=12)


@given(lines, lines)
def test_hunks_contain_exactly_the_changed_lines(before, after) -> None:
    """Removed and added lines of the hunks turn the old object's lines into the new one's."""
    old, new = (objects("\n".join(["kind: X", *part]) + "\n")[0] for part in (before, after))
    hunks = compare(old, new)
    assert bool(hunks) == (old.lines != new.lines)
    gone = [line[2:] for hunk in hunks for line in hunk if line.startswith("- ")]
    came = [line[2:] for hunk in hunks for line in hunk if line.startswith("+ ")]
    remaining = list(old.lines)
    for line in gone:
        remaining.remove(line)
    assert sorted([*remaining, *came]) == sorted(new.lines)


@given(st.lists(st.sampled_from("abcdef"), unique=True), st.lists(st.sampled_from("abcdef"), unique=True))
def test_every_object_is_in_exactly_one_pair(before, after) -> None:
    def make(names):
        return objects("---\n".join(f"kind: X\nmetadata:\n  name: {n}\n" for n in names))

    pairs = pair(make(before), make(after))
    assert sorted(o.name for o, _ in pairs if o) == sorted(before)
    assert [n.name for _, n in pairs if n] == after


def test_the_keys_inside_a_secret_value_are_hidden() -> None:
    """Only the keys of `data` are shown; a value may have lines that look like keys."""
    text = "kind: Secret\nmetadata:\n  name: s\ndata:\n  config: |\n    user: admin\n  other: |\n      port: 1\n"
    assert objects(text)[0].lines[-3:] == ("data:", "  config: (hidden)", "  other: (hidden)")


def secret(**values: str) -> str:
    lines = [f"  {key}: {value}\n" for key, value in values.items()]
    return f"kind: Secret\nmetadata:\n  name: s\ndata:\n{''.join(lines)}"


def test_all_but_the_values_of_a_secret_is_shown() -> None:
    (item,) = objects(f"apiVersion: v1\n{secret(a='1')}type: Opaque\n")
    assert item.lines == (
        "apiVersion: v1", "kind: Secret", "metadata:", "  name: s", "data:", "  a: (hidden)", "type: Opaque",
    )  # fmt: skip
    assert item.secret == (("a", "  a: 1"),)


def test_a_hidden_value_that_changes_is_marked_and_others_are_not() -> None:
    old, new = (objects(secret(a="1", b=b, **{"c.d": "3"}))[0] for b in ("2", "x"))
    (hunk,) = compare(old, new)
    assert [line for line in hunk if line[0] in "+-@"] == ["@@ data.b", "-   b: (hidden)", "+   b: (hidden, changed)"]
    assert compare(old, old) == ()


def test_a_new_hidden_value_is_no_change_of_one() -> None:
    (hunk,) = compare(objects(secret(a="1"))[0], objects(secret(a="1", b="2"))[0])
    assert [line for line in hunk if line[0] in "+-"] == ["+   b: (hidden)"]


def test_a_value_behind_its_block_is_hidden_and_marked() -> None:
    old, new = (objects(f'kind: Secret\ndata: {{"a": "{value}"}}\ntype: x\n')[0] for value in "12")
    assert old.lines == ("kind: Secret", "data: (hidden)", "type: x")
    (hunk,) = compare(old, new)
    assert [line for line in hunk if line[0] in "+-"] == ["- data: (hidden)", "+ data: (hidden, changed)"]


@pytest.mark.parametrize(
    "text",
    [
        "kind: List\nitems:\n- kind: Secret\n  data:\n    a: {value}\n",
        "kind: Secret\nmetadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: {value}\n",
        '{{"kind": "Secret", "data": {{"a": "{value}"}}}}\n',
    ],
)
def test_a_secret_in_another_form_is_hidden_completely(text) -> None:
    old, new = (objects(text.format(value=value))[0] for value in ("hunter2", "hunter3"))
    assert old.lines == ("(hidden)",)
    assert [line for hunk in compare(old, new) for line in hunk if line[0] in "+-"] == [
        "- (hidden)",
        "+ (hidden, changed)",
    ]


@pytest.mark.parametrize(
    ("was", "became", "shown"),
    [
        # A line of 160 characters is complete; a longer one begins 80 characters before its change.
        ("a" * 159, "a" * 160, "a" * 160),
        ("x", "a" * 161, "a" * 160 + " …"),
        (f"{'a' * 80}b{'c' * 100}", f"{'a' * 80}B{'c' * 100}", f"{'a' * 80}B{'c' * 79} …"),
        (f"{'a' * 81}b{'c' * 100}", f"{'a' * 81}B{'c' * 100}", f"… {'a' * 80}B{'c' * 79} …"),
        (f"{'a' * 200}b{'c' * 79}", f"{'a' * 200}B{'c' * 79}", f"… {'a' * 80}B{'c' * 79}"),
        ("a" * 200, "a" * 201, f"… {'a' * 81}"),
        (None, "a" * 161, "a" * 160 + " …"),
    ],
)
def test_a_long_line_is_cut_around_its_change(was, became, shown) -> None:
    before = "kind: X\n" if was is None else f"kind: X\n{was}\n"
    (hunk,) = compare(objects(before)[0], objects(f"kind: X\n{became}\n")[0])
    assert hunk[-1] == f"+ {shown}"


def test_three_lines_around_a_change_are_shown() -> None:
    lines = ["kind: X", *(f"k{n}: 1" for n in range(1, 10))]
    changed = [line.replace("k5: 1", "k5: 2") for line in lines]
    (hunk,) = compare(*(objects("\n".join(text))[0] for text in (lines, changed)))
    assert hunk == (
        "@@ k5", "  k2: 1", "  k3: 1", "  k4: 1", "- k5: 1", "+ k5: 2", "  k6: 1", "  k7: 1", "  k8: 1",
    )  # fmt: skip


def test_objects_have_a_kind_and_a_name_wherever_these_are_in_the_text() -> None:
    text = (
        "---\nmetadata:\n  labels: {}\n  name: \"web\" # ours\nkind: 'Service'\nspec:\n  name: other\n"
        "---\n\n---  \nkind: List\nmetadata: {}\n---\njust text\n"
    )
    assert [item.title for item in objects(text)] == ["Service web", "List", "document"]


def test_objects_whose_digests_differ_are_versions_of_one() -> None:
    def config(*names: str, kind="ConfigMap"):
        return objects("---\n".join(f"kind: {kind}\nmetadata:\n  name: {name}\n" for name in names))

    old = config("a-0123456789", "b-0123456789", "kept-0123456789")
    new = config("kept-0123456789", "b-abcdefabcd", "c-0123456789")
    assert [(o and o.name, n and n.name) for o, n in pair(old, new)] == [
        ("kept-0123456789", "kept-0123456789"),
        ("b-0123456789", "b-abcdefabcd"),
        (None, "c-0123456789"),
        ("a-0123456789", None),
    ]
    for other in (config("a-abcdefabcd", kind="Secret"), config("a-abcdefabc"), config("a-ABCDEFABCD")):
        assert pair(old[:1], other) == [(None, other[0]), (old[0], None)]


def test_a_new_version_label_is_one_line_behind_the_other_hunks() -> None:
    def lines(version: str, replicas: int) -> str:
        between = "".join(f"{key}: 1\n" for key in "abcdefg")
        return f'kind: X\nmetadata:\n  labels:\n    app.kubernetes.io/version: "{version}"\n{between}pods: {replicas}\n'

    old = objects(lines("1", 1))[0]
    label = "@@ version label: 1 -> 2"
    assert [hunk[0] for hunk in compare(old, objects(lines("2", 2))[0])] == ["@@ pods", label]
    assert compare(old, objects(lines("2", 1))[0]) == ((label,),)


def test_deleted_objects_come_last_without_a_new_version() -> None:
    old = objects("kind: A\nmetadata:\n  name: a\n---\nkind: B\nmetadata:\n  name: b\n")
    new = objects("kind: B\nmetadata:\n  name: b\n---\nkind: C\nmetadata:\n  name: c\n")
    assert pair(old, new) == [(old[1], new[0]), (None, new[1]), (old[0], None)]


def test_long_texts_of_equal_lines_are_compared_in_seconds() -> None:
    """Without a limit on equal lines, this diff takes minutes."""
    before = [f"  key: {number % 3}" for number in range(5000)]
    after = [line if number % 5 else f"{line}x" for number, line in enumerate(before)]
    old, new = (objects("\n".join(["kind: X", *lines]))[0] for lines in (before, after))
    start = time.process_time()
    hunks = compare(old, new)
    assert time.process_time() - start < 10
    added = [line[2:] for hunk in hunks for line in hunk if line.startswith("+ ")]
    assert {line for line in after if line.endswith("x")} <= set(added)
