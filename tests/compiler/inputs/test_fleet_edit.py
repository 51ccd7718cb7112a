"""Edits of the fleet: exactly one entry changes, in the style of the file, and only if evaluation proves it."""

from __future__ import annotations

import pytest

from sixfold_compiler.inputs.fleet_edit import Edit, remove_entry, set_state
from tests.support.repos import Inline

A = ("clusters", "a")


def write(folder, **files: str) -> None:
    for name, text in files.items():
        path = folder / f"{name.replace('_', '/')}.libsonnet" if name != "fleet" else folder / "fleet.jsonnet"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("{ clusters: { a: { n: 1 }, b: {} } }", "{ clusters: {  b: {} } }"),
        ("{ clusters: { b: {}, a: { n: 1 } } }", "{ clusters: { b: {},  } }"),
        ("{\n  clusters: {\n    a: 1,\n    b: 2,\n  },\n}\n", "{\n  clusters: {\n    b: 2,\n  },\n}\n"),
        ("{\n  clusters: {\n    a: 1,  // old\n    b: 2,\n  },\n}\n", "{\n  clusters: {\n    b: 2,\n  },\n}\n"),
        ("{\n  clusters: {\n    a: 1,  # old\n    b: 2,\n  },\n}\n", "{\n  clusters: {\n    b: 2,\n  },\n}\n"),
        ("{ clusters: {\n  a: 1, b: 2,\n} }", "{ clusters: {\n b: 2,\n} }"),
        ("{ clusters: { 'a': [1, 2], b: 2 } }", "{ clusters: {  b: 2 } }"),
        ("{ clusters: { @'a': (1 + 2), b: 2 } }", "{ clusters: {  b: 2 } }"),
        ("{ a: 5, clusters: { a: 1 } }", "{ a: 5, clusters: {  } }"),
        ("{ clusters: { a: 1 }, x: { a: 2 } }", "{ clusters: {  }, x: { a: 2 } }"),
        ("{ clusters: { [n]: 1 for n in ['a', 'b'] } }", None),
        ("{ clusters: { b: 1 } }", None),
        ("{ clusters: 5 }", None),
        ("{ clusters: { a: null } }", None),
        ("{ clusters: error 'no' }", None),
    ],
)
def test_an_entry_is_removed_with_its_line_and_comment(tmp_path, text, edited) -> None:
    write(tmp_path, fleet=text)
    expected = None if edited is None else Edit("fleet.jsonnet", edited)
    assert remove_entry(tmp_path, A, Inline()) == expected
    assert (tmp_path / "fleet.jsonnet").read_text() == text


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("{ clusters: { a: { n: 1 } } }", "{ clusters: { a: { state: 'retired', n: 1 } } }"),
        ("{ clusters: { a: { state: 'x', n: 1 } } }", "{ clusters: { a: { state: 'retired', n: 1 } } }"),
        ("{ clusters: { a: { n: 1, state: 'x' } } }", "{ clusters: { a: { n: 1, state: 'retired' } } }"),
        (
            "{\n  clusters: {\n    a: {\n      n: 1,\n    },\n  },\n}\n",
            "{\n  clusters: {\n    a: {\n      state: 'retired',\n      n: 1,\n    },\n  },\n}\n",
        ),
        (
            "local c(n) = { n: n }; { clusters: { a: c(1), b: c(2) } }",
            "local c(n) = { n: n }; { clusters: { a: c(1) + { state: 'retired' }, b: c(2) } }",
        ),
        (
            "local c = { n: 1 }; { clusters: { a: c { m: 2 } } }",
            "local c = { n: 1 }; { clusters: { a: c { state: 'retired', m: 2 } } }",
        ),
        (
            "local c = { n: 1 }; { clusters: { a: c } }",
            "local c = { n: 1 }; { clusters: { a: c + { state: 'retired' } } }",
        ),
        ("{ clusters: { [n]: {} for n in ['a'] } }", None),
    ],
)
def test_the_state_of_a_cluster_is_set_where_it_reads_best(tmp_path, text, edited) -> None:
    write(tmp_path, fleet=text)
    expected = None if edited is None else Edit("fleet.jsonnet", edited)
    assert set_state(tmp_path, A, "retired", Inline()) == expected


def test_imported_files_are_edited_and_the_library_s_extension_and_links_are_not(tmp_path) -> None:
    folder, literal = tmp_path / "fleet", "{ a: 1, b: 2 }"
    folder.mkdir()
    write(folder, fleet="{ clusters: import 'parts/x.libsonnet' }", parts_x=literal)
    assert remove_entry(folder, A, Inline()) == Edit("parts/x.libsonnet", "{  b: 2 }")
    write(folder, fleet="{ clusters: import 'lib/x.libsonnet' }", lib_x=literal)
    assert remove_entry(folder, A, Inline()) is None
    (folder / "link.libsonnet").symlink_to("lib/x.libsonnet")
    write(folder, fleet="{ clusters: import 'link.libsonnet' }")
    assert remove_entry(folder, A, Inline()) is None


def test_each_candidate_is_tried_on_the_files_as_they_are(tmp_path) -> None:
    parts = {"a": "{ a: 1 }", "b": "{ a: 1, b: 2 }", "c": "{ a: 1 }"}
    imports = "x: import 'parts/a.libsonnet', clusters: import 'parts/b.libsonnet', y: import 'parts/c.libsonnet'"
    write(tmp_path, fleet=f"{{ {imports} }}", **{f"parts_{name}": text for name, text in parts.items()})
    assert remove_entry(tmp_path, A, Inline()) == Edit("parts/b.libsonnet", "{  b: 2 }")


@pytest.mark.parametrize(("others", "proven"), [(39, True), (40, False)])
def test_at_most_forty_candidates_are_tried(tmp_path, others, proven) -> None:
    decoys = "".join(f"x{number}: {{ a: 1, b: 2, c: 3 }}, " for number in range(others))
    write(tmp_path, fleet=f"{{ {decoys}clusters: {{ a: 1, b: 2 }} }}")
    edit = Edit("fleet.jsonnet", f"{{ {decoys}clusters: {{  b: 2 }} }}")
    assert remove_entry(tmp_path, A, Inline()) == (edit if proven else None)
