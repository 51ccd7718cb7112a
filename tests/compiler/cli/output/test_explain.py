"""What `explain` tells: each value once, with all places it holds for, and the layers from the weakest on."""

from __future__ import annotations

import json

from sixfold_compiler.cli.output.explain import LONG, as_json, as_text
from sixfold_compiler.diagnostics import Span
from sixfold_compiler.manifest.explain import Explanation, Step, TargetValue

DEFAULT = Step("fleet defaults", Span("environments/fleet.jsonnet", 3, 5), 2)
OWN = Step("manifest", Span("apps/shop/web.yaml", 12, 3), 6)


def explanation(*targets: TargetValue) -> Explanation:
    return Explanation("shop/web", "replicas", targets)


def test_the_layer_that_won_is_the_last_and_marked() -> None:
    assert as_text(explanation(TargetValue("prod/dc1", 6, (DEFAULT, OWN)))) == (
        "shop/web replicas\n\n"
        "prod/dc1\n"
        "  = 6\n"
        "    fleet defaults  environments/fleet.jsonnet:3:5  2\n"
        "  > manifest        apps/shop/web.yaml:12:3         6\n"
    )


def test_places_with_the_same_value_and_layers_are_told_together() -> None:
    targets = [TargetValue(cell, 6, (OWN,)) for cell in ("dev/dc1", "prod/dc1")]
    text = as_text(explanation(*targets, TargetValue("prod/dc2", 6, (DEFAULT, OWN))))
    assert [line for line in text.splitlines() if line.startswith(("dev", "prod"))] == ["dev/dc1, prod/dc1", "prod/dc2"]


def test_a_value_that_no_layer_gives_has_no_chain() -> None:
    assert as_text(explanation(TargetValue("prod/dc1", 1, ()))) == "shop/web replicas\n\nprod/dc1\n  = 1\n"


def test_a_long_value_is_cut_in_its_layer_and_never_as_the_result() -> None:
    value = "x" * (LONG + 30)
    text = as_text(explanation(TargetValue("prod/dc1", value, (Step("manifest", OWN.span, value),))))
    assert f'  = "{value}"\n' in text
    assert text.splitlines()[-1].endswith("x …")
    assert f'"{value}"' not in text.splitlines()[-1]


def test_what_a_layer_takes_away_is_told_as_that_and_no_value_drives_the_terminal() -> None:
    target = TargetValue("prod/dc1", None, (Step("manifest", OWN.span, "\x1b[31m"), Step("override", OWN.span, None)))
    text = as_text(explanation(target))
    assert "  = (removed)\n" in text
    assert text.splitlines()[-1].endswith("  (removed)")
    assert "\x1b" not in text


def test_machines_get_each_place_with_its_whole_chain() -> None:
    assert json.loads(as_json(explanation(TargetValue("prod/dc1", 6, (DEFAULT, OWN))))) == {
        "app": "shop/web", "field": "replicas",
        "targets": [
            {"at": "prod/dc1", "value": 6, "chain": [
                {"layer": "fleet defaults", "value": 2, "file": "environments/fleet.jsonnet", "line": 3, "column": 5},
                {"layer": "manifest", "value": 6, "file": "apps/shop/web.yaml", "line": 12, "column": 3},
            ]},
        ],
    }  # fmt: skip
