"""`tombstones.yaml`: read strictly, told where it is wrong, and written back with everything that people put there."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.engine import Pool
from sixfold_compiler.inputs.fleet_edit import remove_entry, set_state
from sixfold_compiler.inputs.tombstones import load_tombstones, parse_tombstones, with_tombstones
from sixfold_compiler.model.tombstone import Deletions

HEAD = "apiVersion: sixfold.dev/v1\nkind: Tombstones\ntombstones:\n"
WHO = "    approvedBy: ada\n    reason: as agreed\n    until: 2027-01-01\n"


def test_without_a_file_there_are_none(tmp_path) -> None:
    assert load_tombstones(tmp_path, "environments").entries == ()


@pytest.mark.parametrize(
    ("text", "code", "place", "told"),
    [
        (f"{HEAD}  - environment: prod\n{WHO}", "SF310", (4, 5), "too much"),
        (f"{HEAD}  - cluster: dc1-a\n{WHO}", "SF310", (4, 5), "too much"),
        (f"{HEAD}  - environment: prod\n    dataCenter: dc1\n{WHO}", "SF310", (4, 5), "too much"),
        (f"{HEAD}  - environment: prod\n    cluster: dc1-a\n    app: x\n{WHO}", "SF311", (4, 5), "the team of the app"),
        (f"{HEAD}  - team: ads\n    tem: x\n{WHO}", "SF311", (5, 5), "is not a field here"),
        (f"{HEAD}  - team: ads\n{WHO.replace('01-01', '02-30')}", "SF311", (7, 5), "until"),
        (f"{HEAD}  - team: ads\n    team: ads\n{WHO}", "SF107", (5, 5), "appears twice"),
        ("", "SF311", (1, 1), "empty"),
        (HEAD.replace("Tombstones", "Fleet"), "SF311", (2, 1), "kind"),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(text, code, place, told) -> None:
    with pytest.raises(DiagnosticError) as caught:
        parse_tombstones(text.encode(), "environments/tombstones.yaml")
    found = caught.value.diagnostics[0]
    assert (found.code, found.span.line, found.span.column) == (code, *place)
    assert told in found.message


def test_each_tombstone_of_a_file_has_its_place_a_name_for_people_and_a_last_day(tmp_path) -> None:
    (tmp_path / "tombstones.yaml").write_text(f"{HEAD}  - team: ads\n    app: banner\n{WHO}  - instance: main\n{WHO}")
    found = load_tombstones(tmp_path, "environments")
    ads, main = found.entries
    assert [str(found.span(stone)) for stone in (ads, main)] == [
        "environments/tombstones.yaml:4:5", "environments/tombstones.yaml:9:5"
    ]  # fmt: skip
    assert found.span(ads.model_copy(update={"app": "other"})) is None
    assert str(ads) == "team ads, app banner (until 2027-01-01)"
    assert [main.covers_on(date.fromisoformat(day)) for day in ("2026-12-31", "2027-01-01", "2027-01-02")] == [
        True,
        True,
        False,
    ]


def test_a_budget_is_a_number_or_a_share_rounded_down_and_never_under_the_minimum() -> None:
    budgets = Deletions(applications=3, overlays="10%", objects="0%")
    assert [budgets.allowed("applications", had) for had in (0, 100)] == [3, 3]
    assert [budgets.allowed("overlays", had) for had in (0, 19, 29)] == [1, 1, 2]
    assert budgets.allowed("objects", 1000) == 1


def test_a_link_is_not_followed(tmp_path) -> None:
    (tmp_path / "out.yaml").write_text(f"{HEAD}  - team: ads\n{WHO}")
    (tmp_path / "fleet").mkdir()
    (tmp_path / "fleet" / "tombstones.yaml").symlink_to(tmp_path / "out.yaml")
    with pytest.raises(DiagnosticError, match="SF111"):
        load_tombstones(tmp_path / "fleet", "fleet")


def test_writing_keeps_every_byte_of_what_was_there() -> None:
    text = f"# ours\n{HEAD}  # because of X\n  - team: 'ads' # soon\n{WHO}"
    added = with_tombstones(
        text.encode(), [{"team": "shop", "approvedBy": "a", "reason": "is over", "until": "2027-01-01"}]
    )
    assert added.decode().startswith(text)
    assert [stone.team for stone in parse_tombstones(added, "t").entries] == ["ads", "shop"]


@given(st.text(min_size=5, max_size=40).filter(lambda t: t.isprintable() and t.strip() == t))
@example("[soon")
@example("12345")
def test_any_reason_is_read_back_as_it_was_given(reason) -> None:
    written = with_tombstones(None, [{"team": "ads", "approvedBy": "no", "reason": reason, "until": "2027-01-01"}])
    (stone,) = parse_tombstones(written, "t").entries
    assert (stone.reason, stone.approved_by) == (reason, "no")


CLUSTERS = {
    "a literal": "{ dataCenters: { dc1: { clusters: { a: { cpu: 1 }, b: { cpu: 2 } } } } }",
    "a call": "local c(cpu) = { cpu: cpu }; { dataCenters: { dc1: { clusters: { a: c(1), b: c(2) } } } }",
    "a state that is there": "{ dataCenters: { dc1: { clusters: { a: { state: 'active' }, b: { state: 'active' } } } } }",
    "text that only looks alike": "{ note: 'a: { cpu: 1 },', dataCenters: { dc1: { clusters: { a: { cpu: 1 }, b: {} } } } }",
    "lines": "{\n  dataCenters: {\n    dc1: {\n      clusters: {\n        a: {\n          cpu: 1,\n        },\n        b: {},\n      },\n    },\n  },\n}",
}  # fmt: skip
PATH = ("environments", "prod", "dataCenters", "dc1", "clusters", "a")


@pytest.mark.parametrize("claim", CLUSTERS)
def test_a_fleet_is_edited_where_the_change_is_proven(claim, tmp_path) -> None:
    """Whatever the entry is written like, the fleet comes out the same but for it, and the file is not touched."""
    (tmp_path / "fleet.jsonnet").write_text("{ teams: { a: 1 }, environments: { prod: import 'prod.libsonnet' } }")
    (tmp_path / "prod.libsonnet").write_text(CLUSTERS[claim])
    with Pool(1) as pool:
        removed, state = remove_entry(tmp_path, PATH, pool), set_state(tmp_path, PATH, "retired", pool)
    assert (tmp_path / "prod.libsonnet").read_text() == CLUSTERS[claim]
    assert removed.file == state.file == "prod.libsonnet"
    assert "state: 'retired'" in state.text
    assert len(removed.text) < len(CLUSTERS[claim])


@pytest.mark.parametrize(
    "text",
    ["{ [n]: 1 for n in ['a', 'b'] }", "{ a: 1 } + { a: 2, b: 1 }", "local t = { a: 1 }; t { b: std.length(t) }"],
)
def test_what_cannot_be_proven_is_not_edited(text, tmp_path) -> None:
    (tmp_path / "fleet.jsonnet").write_text("{ teams: " + text + " }")
    with Pool(1) as pool:
        assert remove_entry(tmp_path, ("teams", "a"), pool) is None
