"""The owners of service names, the text of names.lock.json, and its merge conflicts."""

from __future__ import annotations

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.ownership.names import Names, Ownership
from sixfold_compiler.ownership.names_text import conflicts, dump_names, parse_names

FILE = "environments/names.lock.json"
NAMES = Names(
    {
        "prod": {
            "web": Ownership("shop"),
            "auth": Ownership("storefront", ("ads", "identity")),
            "old": Ownership("", ("ads",)),
        },
        "dev": {"web": Ownership("pay")},
    }
)
TEXT = """\
{
  "apiVersion": "sixfold.dev/v1",
  "kind": "Names",
  "names": {
    "dev": {
      "web": "pay"
    },
    "prod": {
      "auth": {"team": "storefront", "after": ["ads", "identity"]},
      "old": {"after": ["ads"]},
      "web": "shop"
    }
  }
}
"""


def problems(text: str | bytes) -> list[tuple[str, str]]:
    with pytest.raises(DiagnosticError) as error:
        parse_names(text if isinstance(text, bytes) else text.encode(), FILE)
    assert {d.code for d in error.value.diagnostics} == {"SF415"}
    assert all(d.help for d in error.value.diagnostics)
    return [(str(d.span).removeprefix(FILE), d.message) for d in error.value.diagnostics]


def test_a_name_is_taken_by_a_team_released_and_taken_by_another() -> None:
    row = Ownership("identity")
    assert row.released() == Ownership("", ("identity",))
    assert row.released().taken("identity") == row
    second = row.released().taken("storefront")
    assert second == Ownership("storefront", ("identity",))
    assert second.released() == Ownership("", ("identity", "storefront"))
    assert second.released().taken("identity") == Ownership("identity", ("storefront",))
    assert Ownership().released() == Ownership()


def test_only_free_names_are_taken_and_of_two_teams_the_first_by_name_gets_one() -> None:
    claims = [("prod", "web", "pay"), ("prod", "old", "shop"), ("prod", "new", "shop"), ("prod", "new", "pay")]
    taken = NAMES.taken(claims)
    assert [taken.row("prod", name) for name in ("web", "old", "new")] == [
        Ownership("shop"),
        Ownership("shop", ("ads",)),
        Ownership("pay"),
    ]
    assert taken.row("dev", "new") == taken.row("nowhere", "web") == Ownership()
    assert NAMES.taken([("prod", "web", "shop")]) == NAMES
    assert Names().taken([("qa", "web", "pay")]) == Names({"qa": {"web": Ownership("pay")}})


def test_released_names_keep_their_former_owners_and_others_are_forgotten() -> None:
    assert NAMES.released([("prod", "web")]).row("prod", "web") == Ownership("", ("shop",))
    assert NAMES.released([]) is NAMES
    assert NAMES.without([("dev", "web"), ("prod", "web"), ("prod", "none")]) == Names(
        {"prod": {name: row for name, row in NAMES.rows["prod"].items() if name != "web"}}
    )
    assert NAMES.within({"dev"}) == Names({"dev": NAMES.rows["dev"]})
    assert NAMES.with_rows([("dev", "web", Ownership("shop"))]).row("dev", "web") == Ownership("shop")
    assert [(e, name) for e, name, _ in NAMES.items()] == [
        ("dev", "web"),
        ("prod", "auth"),
        ("prod", "old"),
        ("prod", "web"),
    ]


def test_the_text_has_one_sorted_line_for_each_name_and_is_read_in_any_order() -> None:
    assert dump_names(NAMES).decode() == TEXT
    assert parse_names(TEXT.encode(), FILE) == NAMES
    lines = TEXT.splitlines()
    lines[8:11] = [lines[10] + ",", lines[9], lines[8].removesuffix(",")]
    assert parse_names("\n".join(lines).encode(), FILE) == NAMES
    assert parse_names(TEXT.replace('["ads", "identity"]', '["identity", "ads"]').encode(), FILE) == NAMES
    assert dump_names(Names()).decode() == TEXT.partition('"names"')[0] + '"names": {}\n}\n'
    assert parse_names(dump_names(Names()), FILE) == Names()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"web": "pay"', '"web": "Pay"', [(":6:7", "'web' is not a service name with the team that owns it")]),
        ('"web": "pay"', '"Web": "pay"', [(":6:7", "'Web' is not a service name with the team that owns it")]),
        ('"web": "pay"', '"web": ["pay"]', [(":6:7", "'web' is not a service name with the team that owns it")]),
        ('"web": "pay"', '"web": {}', [(":6:7", "'web' is not a service name with the team that owns it")]),
        ('{"after": ["ads"]}', '{"after": []}', [(":10:7", "'old' is not a service name with the team that owns it")]),
        ('{"after": ["ads"]}', '{"after": ["A"]}', [(":10:7", "'old' is not a service name with the team that owns it")]),
        ('{"after": ["ads"]}', '{"after": [1]}', [(":10:7", "'old' is not a service name with the team that owns it")]),
        ('{"after": ["ads"]}', '{"after": "ads"}', [(":10:7", "'old' is not a service name with the team that owns it")]),
        ('{"after": ["ads"]}', '{"after": ["ads"], "x": 1}', [(":10:7", "'old' is not a service name with the team that owns it")]),
        ('{"after": ["ads"]}', '{"team": "", "after": ["ads"]}', [(":10:7", "'old' is not a service name with the team that owns it")]),
        ('{"after": ["ads"]}', '{"team": 1, "after": ["ads"]}', [(":10:7", "'old' is not a service name with the team that owns it")]),
        ('{"after": ["ads"]}', '{"team": "ads", "after": ["ads"]}', [(":10:7", "'old' is not a service name with the team that owns it")]),
        ('"web": "pay"', '"web": "pay",\n      "web": "shop"', [(":7:7", "the key 'web' appears twice")]),
        ('"kind": "Names"', '"kind": "Placements"', [(":1:1", "the names lock does not have apiVersion sixfold.dev/v1 and kind Names")]),
        ('"kind": "Names",', '"kind": "Names", "note": 1,', [(":3:20", "'note' is an unknown field")]),
        ('"pay"\n', '"pay",\n', [(":7:5", "the names lock is not valid JSON at this place")]),
        ('"web": "pay"', '"web": NaN', [(":1:1", "the names lock is not a list of names")]),
    ],
)  # fmt: skip
def test_a_wrong_text_is_refused_with_its_place(old, new, expected) -> None:
    assert old in TEXT
    assert problems(TEXT.replace(old, new, 1)) == expected


def test_text_that_is_no_lock_at_all_is_refused() -> None:
    head = TEXT.partition('"names"')[0]
    assert problems("[]") == [(":1:1", "the names lock does not have apiVersion sixfold.dev/v1 and kind Names")]
    assert problems(head + '"names": []}') == [(":4:3", "names is not an object")]
    assert problems(head + '"names": {"dev": []}}') == [(":4:13", "dev is not an object with the owner of each name")]
    assert problems("[" * 100_000) == [(":1:1", "the names lock is not a list of names")]
    assert problems(TEXT.encode().replace(b"shop", b"\xff")) == [(":11:1", "the names lock is not UTF-8 text")]


def conflicted(ours: str, theirs: str, base: str = "") -> bytes:
    old = f"||||||| 1234\n{base}" if base else ""
    hunk = f"<<<<<<< HEAD\n{ours}{old}=======\n{theirs}>>>>>>> Publish ads/auth\n"
    return TEXT.replace('      "old"', hunk + '      "old"').encode()


def test_sides_of_a_conflict_without_a_dispute_both_stay() -> None:
    (problem,) = conflicts(conflicted('      "b": "ads",\n', '      "c": "pay",\n      "d": "pay",\n'), FILE, {})
    assert (problem.code, str(problem.span)) == ("SF416", f"{FILE}:10:1")
    assert problem.message == "the names lock has a merge conflict over 3 names, and no name has two owners"
    assert problem.help == "keep the lines of both sides, without the markers; then run `sixfold compile`"
    assert conflicts(TEXT.encode(), FILE, {}) == []


@pytest.mark.parametrize(
    ("owners", "choice"),
    [
        ({("prod", "b"): "ads"}, "take the side of ads (HEAD), whose app is in the tree"),
        ({("prod", "b"): "pay"}, "take the side of pay (Publish ads/auth), whose app is in the tree"),
        ({("dev", "b"): "pay"}, "take the side that was merged first; the other app needs another name"),
        ({("prod", "b"): "shop"}, "take the side that was merged first; the other app needs another name"),
    ],
)
@pytest.mark.parametrize("base", ["", '      "b": "shop",\n'])
def test_a_conflict_names_the_side_of_the_team_that_has_the_app(owners, choice, base) -> None:
    data = conflicted('      "b": "ads",\n      "c": "ads",\n', '      "b": "pay",\n      "c": "ads",\n', base)
    (problem,) = conflicts(data, FILE, owners)
    assert problem.message == "the names lock has a merge conflict, in which 'b' has two owners"
    assert problem.help == (
        "keep one line for each name; then run `sixfold compile`\n"
        f"  b in prod: ads (HEAD) or pay (Publish ads/auth): {choice}"
    )


def test_each_conflict_is_a_finding_and_released_names_have_no_owner() -> None:
    ours = '      "b": {"team": "ads", "after": ["shop"]},\n      "c": "ads",\n'
    theirs = '      "b": {"after": ["ads"]},\n      "c": "pay",\n'
    hunk = conflicted(ours, theirs)
    first, second = conflicts(hunk + hunk, FILE, {("prod", "b"): ""})
    assert (first.span.line, second.span.line) == (10, 10 + len(hunk.splitlines()))
    assert first.message == "the names lock has a merge conflict, in which 'b' and 'c' have two owners"
    assert first.help.splitlines()[1] == (
        "  b in prod: ads (HEAD) or nobody (Publish ads/auth): "
        "take the side that was merged first; the other app needs another name"
    )
