"""Output of `explain`: each value once, with its cells, and the layers from the weakest to the strongest."""

from __future__ import annotations

import json

from sixfold_compiler.cli.output.explain import as_json, as_text
from sixfold_compiler.diagnostics import Span
from sixfold_compiler.manifest.explain import Explanation, Step, TargetValue

DEFAULT = Step("fleet defaults", Span("environments/fleet.jsonnet", 3, 5), 2)
OWN = Step("manifest", Span("apps/shop/web.yaml", 12, 3), 6)


def explanation(*targets: TargetValue) -> Explanation:
    return Explanation("shop/web", "replicas", targets)


def test_the_layer_that_applies_is_the_last_and_marked() -> None:
    assert as_text(explanation(TargetValue("prod/dc1", 6, (DEFAULT, OWN)))) == (
        "shop/web replicas\n\n"
        "prod/dc1\n"
        "  = 6\n"
        "    fleet defaults  environments/fleet.jsonnet:3:5  2\n"
        "  > manifest        apps/shop/web.yaml:12:3         6\n"
    )


def test_cells_with_the_same_value_and_layers_share_a_block() -> None:
    targets = [TargetValue(cell, 6, (OWN,)) for cell in ("dev/dc1", "prod/dc1")]
    text = as_text(explanation(*targets, TargetValue("prod/dc2", 6, (DEFAULT, OWN))))
    assert [line for line in text.splitlines() if line.startswith(("dev", "prod"))] == ["dev/dc1, prod/dc1", "prod/dc2"]


def test_a_value_without_layers_has_no_chain() -> None:
    assert as_text(explanation(TargetValue("prod/dc1", 1, ()))) == "shop/web replicas\n\nprod/dc1\n  = 1\n"


def test_a_long_value_is_cut_in_its_layer_but_not_in_the_result() -> None:
    lines = {}
    for length in (68, 69):
        value = "ü" * length
        text = as_text(explanation(TargetValue("prod/dc1", value, (Step("manifest", OWN.span, value),))))
        assert f'  = "{value}"\n' in text
        lines[length] = text.splitlines()[-1]
    assert lines[68].endswith(f'3  "{"ü" * 68}"')
    assert lines[69].endswith(f'3  "{"ü" * 69} …')


def test_null_is_shown_as_removed_and_control_characters_are_escaped() -> None:
    target = TargetValue("prod/dc1", None, (Step("manifest", OWN.span, "\x1b[31m"), Step("override", OWN.span, None)))
    text = as_text(explanation(target))
    assert "  = (removed)\n" in text
    assert text.splitlines()[-1].endswith("  (removed)")
    assert "\x1b" not in text


def test_json_has_each_cell_with_its_layers() -> None:
    assert json.loads(as_json(explanation(TargetValue("prod/dc1", 6, (DEFAULT, OWN))))) == {
        "app": "shop/web", "field": "replicas",
        "targets": [
            {"at": "prod/dc1", "value": 6, "chain": [
                {"layer": "fleet defaults", "value": 2, "file": "environments/fleet.jsonnet", "line": 3, "column": 5},
                {"layer": "manifest", "value": 6, "file": "apps/shop/web.yaml", "line": 12, "column": 3},
            ]},
        ],
    }  # fmt: skip
