"""`tombstones.yaml` is read strictly, with findings at their places, and written back without a change of other lines."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.engine import Pool
from sixfold_compiler.inputs.fleet_edit import remove_entry, set_state
from sixfold_compiler.inputs.tombstones import load_tombstones, parse_tombstones, with_tombstones
from sixfold_compiler.model.tombstone import Deletions
from tests.support.snapshots import check_snapshot, sentences

HEAD = "apiVersion: sixfold.dev/v1\nkind: Tombstones\ntombstones:\n"
WHO = "    approvedBy: ada\n    reason: as agreed\n    until: 2027-01-01\n"


def test_without_a_file_there_are_no_tombstones(tmp_path) -> None:
    assert load_tombstones(tmp_path, "environments").entries == ()


# The text of a file, with the code, the line and the column of its finding, and a part of the message.
INVALID = [
    (f"{HEAD}  - environment: prod\n{WHO}", "SF310", (4, 5), "any deletion"),
    (f"{HEAD}  - cluster: dc1-a\n{WHO}", "SF310", (4, 5), "any deletion"),
    (f"{HEAD}  - environment: prod\n    dataCenter: dc1\n{WHO}", "SF310", (4, 5), "any deletion"),
    (f"{HEAD}  - environment: prod\n    cluster: dc1-a\n    app: x\n{WHO}", "SF311", (4, 5), "'x' without its team"),
    (f"{HEAD}  - team: ads\n    tem: x\n{WHO}", "SF311", (5, 5), "is an unknown field"),
    (f"{HEAD}  - team: ads\n{WHO.replace('01-01', '02-30')}", "SF311", (7, 5), "until"),
    (f"{HEAD}  - team: ads\n    team: ads\n{WHO}", "SF107", (5, 5), "appears twice"),
    ("", "SF311", (1, 1), "empty"),
    (HEAD.replace("Tombstones", "Fleet"), "SF311", (2, 1), "kind"),
]


@pytest.mark.parametrize(("text", "code", "place", "words"), INVALID)
def test_invalid_tombstones_are_reported_at_their_place(text, code, place, words) -> None:
    with pytest.raises(DiagnosticError) as caught:
        parse_tombstones(text.encode(), "environments/tombstones.yaml")
    problem = caught.value.diagnostics[0]
    assert (problem.code, problem.span.line, problem.span.column) == (code, *place)
    assert words in problem.message


def test_the_sentences_of_invalid_tombstones() -> None:
    texts = []
    for text, *_ in INVALID:
        with pytest.raises(DiagnosticError) as caught:
            parse_tombstones(text.encode(), "environments/tombstones.yaml")
        texts.append(sentences(caught.value.diagnostics))
    check_snapshot("\n".join(texts), Path(__file__).parent / "snapshots" / "tombstones.txt")


def test_each_tombstone_has_a_place_a_name_and_a_last_day(tmp_path) -> None:
    (tmp_path / "tombstones.yaml").write_text(f"{HEAD}  - team: ads\n    app: banner\n{WHO}  - instance: main\n{WHO}")
    tombstones = load_tombstones(tmp_path, "environments")
    ads, main = tombstones.entries
    assert [str(tombstones.span(tombstone)) for tombstone in (ads, main)] == [
        "environments/tombstones.yaml:4:5", "environments/tombstones.yaml:9:5"
    ]  # fmt: skip
    assert tombstones.span(ads.model_copy(update={"app": "other"})) is None
    assert str(ads) == "team ads, app banner (until 2027-01-01)"
    assert [main.covers_on(date.fromisoformat(day)) for day in ("2026-12-31", "2027-01-01", "2027-01-02")] == [
        True,
        True,
        False,
    ]


def test_a_budget_is_rounded_down_and_never_below_the_minimum() -> None:
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
    (tmp_path / "out.yaml").unlink()
    with pytest.raises(DiagnosticError, match="SF111"):
        load_tombstones(tmp_path / "fleet", "fleet")


def test_a_file_over_a_mebibyte_is_not_read(tmp_path) -> None:
    (tmp_path / "tombstones.yaml").write_text("#" * (2**20 + 1))
    with pytest.raises(DiagnosticError, match="it is larger than 1024 KiB"):
        load_tombstones(tmp_path, "fleet")


def test_adding_a_tombstone_keeps_the_existing_bytes() -> None:
    text = f"# ours\n{HEAD}  # because of X\n  - team: 'ads' # soon\n{WHO}"
    added = with_tombstones(
        text.encode(), [{"team": "shop", "approvedBy": "a", "reason": "is over", "until": "2027-01-01"}]
    )
    assert added.decode().startswith(text)
    assert [tombstone.team for tombstone in parse_tombstones(added, "t").entries] == ["ads", "shop"]


def test_a_tombstone_is_added_in_the_style_of_the_file() -> None:
    entry = {"team": "shop", "approvedBy": "a", "reason": "because " * 3000 + "it ends", "until": "2027-01-01"}
    for start in ("", "---\n"):
        added = with_tombstones(f"{start}{HEAD}  - team: ads\n{WHO}".encode(), [entry]).decode()
        assert added.startswith(f"{start}{HEAD}")
        assert added.count("\n") == len(start.splitlines()) + 3 + 4 + 4
    assert with_tombstones(f"{HEAD[:-1]} []\n".encode(), [entry]).decode().startswith(f"{HEAD}  - team: shop\n")
    assert with_tombstones(None, [entry]).decode().startswith(f"{HEAD}  - team: shop\n")


@pytest.mark.parametrize("value", ["yes", "5", "null", "{a", "a: b", "- a", "# a", "2027-01-01", "two\nlines", "'"])
def test_a_value_that_yaml_would_read_otherwise_is_quoted(value) -> None:
    entry = {"team": "shop", "approvedBy": value, "reason": "plain text", "until": "2027-01-01"}
    added = with_tombstones(None, [entry])
    assert [t.approved_by for t in parse_tombstones(added, "t").entries] == [value]
    assert (b'approvedBy: "' in added) == (value not in {"yes", "2027-01-01"})
    assert b"reason: plain text\n" in added


@given(st.text(min_size=5, max_size=40).filter(lambda t: t.isprintable() and t.strip() == t))
@example("[soon")
@example("12345")
def test_any_reason_survives_writing_and_reading(reason) -> None:
    written = with_tombstones(None, [{"team": "ads", "approvedBy": "no", "reason": reason, "until": "2027-01-01"}])
    (tombstone,) = parse_tombstones(written, "t").entries
    assert (tombstone.reason, tombstone.approved_by) == (reason, "no")


CLUSTERS = {
    "a literal": "{ dataCenters: { dc1: { clusters: { a: { cpu: 1 }, b: { cpu: 2 } } } } }",
    "a call": "local c(cpu) = { cpu: cpu }; { dataCenters: { dc1: { clusters: { a: c(1), b: c(2) } } } }",
    "a state that is there": "{ dataCenters: { dc1: { clusters: { a: { state: 'active' }, b: { state: 'active' } } } } }",
    "text that only looks alike": "{ note: 'a: { cpu: 1 },', dataCenters: { dc1: { clusters: { a: { cpu: 1 }, b: {} } } } }",
    "lines": "{\n  dataCenters: {\n    dc1: {\n      clusters: {\n        a: {\n          cpu: 1,\n        },\n        b: {},\n      },\n    },\n  },\n}",
}  # fmt: skip
PATH = ("environments", "prod", "dataCenters", "dc1", "clusters", "a")


@pytest.mark.parametrize("claim", CLUSTERS)
def test_a_literal_entry_of_the_fleet_is_edited(claim, tmp_path) -> None:
    """The edited text differs in the entry only, in any style of the entry, and the file itself is not written."""
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
def test_an_edit_that_cannot_be_proven_is_not_made(text, tmp_path) -> None:
    (tmp_path / "fleet.jsonnet").write_text("{ teams: " + text + " }")
    with Pool(1) as pool:
        assert remove_entry(tmp_path, ("teams", "a"), pool) is None
