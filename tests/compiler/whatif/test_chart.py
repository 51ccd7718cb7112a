"""The chart of a scenario, read as XML: lengths, positions, text and colors."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from sixfold_compiler.model.addresses import Target
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.whatif import Scenario, simulate
from sixfold_compiler.whatif.chart import draw_chart
from sixfold_compiler.whatif.svg import FAINT, INK, MUTED, SHORT, TIER_COLORS
from tests.support.snapshots import check_snapshot
from tests.support.worlds import A, B, app, three, world

SNAPSHOTS = Path(__file__).parent / "snapshots"

SVG = "{http://www.w3.org/2000/svg}"
GROUND = "#f3f5f7"


@dataclass(frozen=True)
class Box:
    """A rectangle of the picture, or the place of a text; `words` are its text or its tooltip."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    words: str

    @property
    def end(self) -> float:
        return self.x + self.width


class Seen:
    """A chart as a reader sees it, with independent text widths of DejaVu Sans."""

    def __init__(self, outcome):
        self.text = draw_chart(outcome)
        root = ET.fromstring(self.text)
        self.width, self.height = (float(root.get(name)) for name in ("width", "height"))
        self.title, self.description = (root.find(SVG + name).text for name in ("title", "desc"))
        shapes = list(root)[4:]
        self.rects = [self._rect(item) for item in shapes if item.tag == f"{SVG}rect"]
        self.words = [self._words(item) for item in shapes if item.tag == f"{SVG}text"]
        self.lines = [item.attrib for item in shapes if item.tag == f"{SVG}line"]
        (total,) = (line for line in self.lines if line["stroke"] == INK)
        self.left = next(float(w.x + w.width / 2) for w in self.words if w.words == "0 %")
        self.scale = float(total["x1"]) - self.left
        """How long a bar of a whole capacity is."""

    @staticmethod
    def _rect(item):
        place = (float(item.get(name)) for name in ("x", "y", "width", "height"))
        return Box(*place, item.get("fill"), "".join(item.itertext()))

    @staticmethod
    def _words(item):
        size, words = float(item.get("font-size")), item.text
        width = len(words) * size * (0.58 if item.get("font-weight") else 0.54)
        x = float(item.get("x")) - {"end": width, "middle": width / 2}.get(item.get("text-anchor"), 0)
        return Box(x, float(item.get("y")) - size * 0.8, width, size, item.get("fill"), words)

    def texts(self):
        return [item.words for item in self.words]

    def bar(self, cluster, word):
        """Return the parts of a cluster's bar from left to right, by their tooltips."""
        lead = (f"{cluster} {word}:", f"{cluster}: ") if word == "after" else (f"{cluster} {word}:",)
        return [r for r in self.rects if r.words.startswith(lead)]


def test_a_bar_is_as_long_as_its_load_against_the_capacity_tiers_side_by_side() -> None:
    """dc1-a of 200 cores has 100 x 50 % of P0 and 40 x 50 % of P2; afterwards it gets a seventh of the rest."""
    seen = Seen(
        simulate(*three(app("web", pods=100), app("batch", "P2", pods=40), cores=200), Scenario(frozenset({B})))
    )
    before = seen.bar("dc1-a", "before")
    assert [(r.fill, r.words) for r in before] == [
        (TIER_COLORS["P0"], "dc1-a before: P0 50 cores"),
        (TIER_COLORS["P2"], "dc1-a before: P2 20 cores"),
    ]
    assert before[0].x == seen.left
    assert before[0].width == pytest.approx(seen.scale / 4, abs=0.01)
    assert before[1].x == pytest.approx(before[0].end, abs=0.01)
    assert before[1].width == pytest.approx(seen.scale / 10, abs=0.01)
    (ground,) = (r for r in seen.rects if r.fill == GROUND and r.y == before[0].y)
    assert (ground.x, ground.width) == (seen.left, pytest.approx(seen.scale, abs=0.01))
    after = seen.bar("dc1-a", "after")
    assert after[0].y == before[0].y + 22
    assert "70 cores of 200 cores" in seen.texts()


def test_a_lost_cluster_is_an_empty_frame_that_says_so() -> None:
    seen = Seen(simulate(*three(app("web", pods=100)), Scenario(frozenset({B}))))
    (frame,) = (r for r in seen.rects if r.words == "dc1-b is lost")
    assert (frame.fill, frame.width) == ("none", pytest.approx(seen.scale, abs=0.01))
    assert [w.fill for w in seen.words if w.words == "lost"] == [SHORT]
    assert seen.bar("dc1-b", "after") == []
    assert len(seen.bar("dc1-b", "before")) == 1
    assert seen.texts().count("30 cores of 1,000 cores") == 1, "what it had, and nothing for what it has"


def test_load_without_room_is_hatched_and_load_over_a_limit_is_white() -> None:
    """dc1-b of 50 cores has a maximum of 60 of the 120 requested cores, and no room for ten of those 60."""
    seen = Seen(simulate(*three(app("web", pods=100, scaled=True), cores=50), Scenario(frozenset({A}), Fraction(2))))
    runs, short, over = seen.bar("dc1-b", "after")
    assert (runs.fill, short.fill, over.fill) == (TIER_COLORS["P0"], "url(#hatch)", "#ffffff")
    assert (short.words, over.words) == ("dc1-b: no room for 10 cores", "dc1-b: over maximum or quota: 60 cores")
    assert short.x == pytest.approx(runs.end, abs=0.01)
    assert over.x == pytest.approx(short.end, abs=0.02)
    assert short.width == pytest.approx(seen.scale / 5, abs=0.01)
    (label,) = (w for w in seen.words if w.words.endswith("short") and w.y > short.y - 5 and w.y < short.y + 15)
    assert (label.words, label.fill) == ("50 cores of 50 cores, 10 cores short", SHORT)


@pytest.mark.parametrize(
    ("pod", "word", "message"),
    [
        (Resources(1000, 0, 1), "CPU", "100 cores"),
        (Resources(0, 2**31, 1), "memory", "200 GiB"),
        (Resources(0, 2**44, 1), "memory", "1,600.0 TiB"),
        (Resources(0, 0, 1), "pods", "100 pods"),
    ],
)
def test_the_scarcest_resource_is_shown(pod, word, message) -> None:
    """The pods request 100 times each amount from a cluster of 100 cores, 400 GiB and 800 pods."""
    asked = app("web", pods=100).__class__("web", "P0", "share", pod, 100)
    small = world({"dc1": {"dc1-a": 100}}, {"dc1": {"shop": {"dc1-a": 100}}}, {"dc1": {"shop": [asked]}})
    seen = Seen(simulate(*small, Scenario()))
    assert any(item.startswith(f"{word} asked of each cluster, against its capacity; ") for item in seen.texts())
    assert seen.bar("dc1-a", "before")[0].words == f"dc1-a before: P0 {message}"
    assert seen.description.startswith(f"{word} by cluster. prod/dc1/dc1-a: {message} before, ")


def two_centers():
    rows = {"dc1": {"shop": {"dc1-a": 50, "dc1-b": 50}}, "dc2": {"shop": {"dc2-a": 100}}}
    apps = {name: {"shop": [app("web", pods=10)]} for name in rows}
    return world({"dc1": {"dc1-a": 100, "dc1-b": 100}, "dc2": {"dc2-a": 100}}, rows, apps)


def test_only_data_centers_where_something_changes_are_shown_or_all_where_nothing_does() -> None:
    lost = Seen(simulate(*two_centers(), Scenario(frozenset({B}))))
    assert [w for w in lost.texts() if w.startswith(("prod/", "dc"))] == ["prod/dc1", "dc1-a", "dc1-b"]
    assert "dc2" not in lost.description
    calm = Seen(simulate(*two_centers(), Scenario()))
    assert [w for w in calm.texts() if w.startswith(("prod/", "dc"))] == [
        "prod/dc1",
        "dc1-a",
        "dc1-b",
        "prod/dc2",
        "dc2-a",
    ]
    assert calm.title == "All clusters"
    check_snapshot("".join(f"{text}\n" for text in calm.texts()), SNAPSHOTS / "chart-texts.txt")
    assert calm.height > lost.height


def test_headroom_is_a_line_where_there_is_any() -> None:
    rules = {"headroom": {"cpu": 0.2}}
    seen = Seen(simulate(*three(app("web", pods=100), rules=rules), Scenario()))
    dashed = [line for line in seen.lines if line["stroke"] == MUTED]
    assert len(dashed) == 1 + 3, "one in the legend, one at each cluster"
    assert [float(line["x1"]) for line in dashed[1:]] == pytest.approx([seen.left + 0.8 * seen.scale] * 3, abs=0.01)
    plain = Seen(simulate(*three(app("web", pods=100)), Scenario()))
    assert len([line for line in plain.lines if line["stroke"] == MUTED]) == 1


def test_the_scale_goes_as_far_as_what_is_asked_and_100_is_the_one_that_stands_out() -> None:
    low = Seen(simulate(*three(app("web", pods=100)), Scenario()))
    assert [w for w in low.texts() if w.endswith(" %")] == ["0 %", "25 %", "50 %", "75 %", "100 %"]
    high = Seen(simulate(*three(app("web", pods=100, scaled=True), cores=50), Scenario(load=Fraction(15, 10))))
    assert [w for w in high.texts() if w.endswith(" %")][-1] == "150 %"
    assert [w.words for w in high.words if w.words.endswith(" %") and w.fill == INK] == ["100 %"]
    assert {line["stroke"] for line in high.lines[1:]} == {INK, FAINT}


def test_a_bar_is_cut_off_at_three_times_the_capacity() -> None:
    """A live cluster may lose most of its nodes."""
    small = three(app("web", pods=100, scaled=True), app("batch", "P2", pods=100, scaled=True))
    seen = Seen(simulate(*small, Scenario(load=Fraction(2)), {A: Resources(10_000, 2**40, 1000)}))
    for word in ("before", "after"):
        parts = seen.bar("dc1-a", word)
        assert parts[-1].end == pytest.approx(seen.left + 3 * seen.scale, abs=0.02)
        assert all(b.x == pytest.approx(a.end, abs=0.02) for a, b in itertools.pairwise(parts))
    assert [w for w in seen.texts() if w.endswith(" %")][-1] == "300 %"
    assert "100 cores of 10 cores" in seen.texts()


def test_a_cluster_without_capacity_is_drawn() -> None:
    """All nodes of a cluster may be cordoned."""
    seen = Seen(simulate(*three(app("web", pods=100, scaled=True)), Scenario(), {A: Resources()}))
    assert [w.words for w in seen.words if " of 0 " in w.words] == ["12 GiB of 0 GiB", "0 GiB of 0 GiB, 12 GiB short"]


def test_the_title_says_what_is_asked_and_how_much_of_it_is_not_named() -> None:
    targets = frozenset(Target("prod", dc, name) for dc, name in (("dc1", "dc1-a"), ("dc1", "dc1-b"), ("dc2", "dc2-a")))
    teams = {"shop": Fraction(2), "ads": Fraction(3, 2), "match": Fraction(1, 2)}
    asked = Seen(simulate(*two_centers(), Scenario(targets, Fraction(13, 10), teams)))
    assert asked.title == (
        "Without prod/dc1/dc1-a, prod/dc1/dc1-b, prod/dc2/dc2-a, 1.3 times the load, ads times 1.5, match times 0.5"
        " and 1 more"
    )
    assert "".join(asked.texts()[:2]).replace(" ", "").startswith(asked.title.replace(" ", "")), (
        "in as many lines as it takes"
    )
    fields = simulate(*three(app("web")), Scenario(frozenset(Target("prod", "dc1", f"dc1-{x}") for x in "abcd")))
    assert Seen(fields).title == "Without prod/dc1/dc1-a, prod/dc1/dc1-b, prod/dc1/dc1-c and 1 more"
    two = simulate(*two_centers(), Scenario(load=Fraction(2), teams={"ads": Fraction(2), "shop": Fraction(3)}))
    assert Seen(two).title == "All clusters, 2 times the load, ads times 2, shop times 3"


def test_the_subtitle_names_at_most_two_broken_apps() -> None:
    apps = [app(f"app{n}", pods=100, scaled=True) for n in range(4)]
    seen = Seen(simulate(*three(*apps, cores=60), Scenario()))
    assert any(w.endswith("P0 not carried whole: shop/app0, shop/app1 and 2 more.") for w in seen.texts())
    item = Seen(simulate(*three(app("web", pods=100, scaled=True), cores=40), Scenario()))
    assert any(w.endswith("P0 not carried whole: shop/web.") for w in item.texts())


def test_the_description_has_every_figure() -> None:
    seen = Seen(simulate(*three(app("web", pods=100, scaled=True), cores=50), Scenario(frozenset({A}))))
    check_snapshot(f"{seen.description}\n", SNAPSHOTS / "chart-description.txt")


LONG = "blue-ap-south-1a-2026-11-for-the-finals2"  # the maximum length of a name


def long_names():
    rows = {"dc1": {"shop": {LONG: 50, "b": 50}}}
    names = [app(f"a-service-with-quite-a-long-name-{n}", pods=9 * 10**6, scaled=True) for n in range(3)]
    return world({"dc1": {LONG: 8 * 10**6, "b": 8 * 10**6}}, rows, {"dc1": {"shop": names}})


CROWDED = {
    "a loss": lambda: simulate(*three(app("web", pods=100), app("batch", "P1", pods=40)), Scenario(frozenset({B}))),
    "short": lambda: simulate(*three(app("web", pods=100, scaled=True), cores=50), Scenario(frozenset({A}), Fraction(2))),
    "long names and figures": lambda: simulate(*long_names(), Scenario(frozenset({Target("prod", "dc1", LONG)}), Fraction(3))),
    "many factors": lambda: simulate(
        *two_centers(), Scenario(frozenset({A, B}), Fraction("1.123456789"), {"a-team-of-a-long-name": Fraction(2), "shop": Fraction(3)})
    ),
    "hardly any capacity": lambda: simulate(*three(app("web", pods=100)), Scenario(load=Fraction(9)), {A: Resources(1, 1, 1)}),
    "no capacity": lambda: simulate(*three(app("web", pods=100)), Scenario(), {A: Resources()}),
}  # fmt: skip


@pytest.mark.parametrize("name", CROWDED)
def test_nothing_leaves_the_picture_or_covers_other_words(name) -> None:
    seen = Seen(CROWDED[name]())
    for item in (*seen.rects, *seen.words):
        assert item.x >= 0, item
        assert item.y >= 0, item
        assert item.end <= seen.width, item
        assert item.y + item.height <= seen.height, item
        assert item.width >= 0, item
    for line in seen.lines:
        assert 0 <= float(line["x1"]) <= seen.width
        assert 0 <= float(line["y1"]) <= float(line["y2"]) <= seen.height
    for item, other in itertools.combinations(seen.words, 2):
        apart = (
            item.end <= other.x
            or other.end <= item.x
            or item.y + item.height <= other.y
            or other.y + other.height <= item.y
        )
        assert apart, f"{item.words!r} is over {other.words!r}"
    for item in seen.words:
        for bar in seen.rects:
            inside = (
                item.x < bar.end and bar.x < item.end and item.y < bar.y + bar.height and bar.y < item.y + item.height
            )
            assert not inside or item.words == "lost", f"{item.words!r} is on a bar"


@pytest.mark.parametrize("name", CROWDED)
def test_bars_lie_below_each_other_and_parts_of_one_beside_each_other(name) -> None:
    seen = Seen(CROWDED[name]())
    parts = [r for r in seen.rects if r.words and r.fill != "none" and r.width]
    for item, other in itertools.combinations(parts, 2):
        if abs(item.y - other.y) < 17:
            assert item.end <= other.x + 0.03 or other.end <= item.x + 0.03
        else:
            assert abs(item.y - other.y) >= 21.5


def test_a_picture_is_the_same_bytes_for_the_same_outcome_and_brings_nothing_from_elsewhere() -> None:
    texts = {draw_chart(CROWDED["short"]()) for _ in range(2)}
    (text,) = texts
    assert "<script" not in text
    assert "href" not in text
    assert text.count("http") == 1, "the name of the format"
