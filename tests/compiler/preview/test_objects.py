"""Objects of an overlay: hunks with their paths, hidden secrets, pairs of old and new versions."""

from __future__ import annotations

import time

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
