"""Small pictures: their elements are XML, texts are escaped, and no text width is underestimated."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from sixfold_compiler.whatif.svg import Drawing, lines_of, number, text_width

SVG = "{http://www.w3.org/2000/svg}"


def drawn(draw):
    """Return the elements of a picture without its background, as (name, attributes, text)."""
    drawing = Drawing(200, 100, "A <title> & more", "What is on it: a < b")
    draw(drawing)
    root = ET.fromstring(drawing.render())
    defs = root.find(f"{SVG}defs")
    assert defs is not None
    head, others = list(root)[:4], list(root)[4:]
    assert [item.tag.removeprefix(SVG) for item in head] == ["title", "desc", "defs", "rect"]
    return root, [(item.tag.removeprefix(SVG), item.attrib, "".join(item.itertext())) for item in others]


def test_a_picture_has_its_size_a_white_ground_and_words_for_those_who_cannot_see_it() -> None:
    root, others = drawn(lambda _: None)
    assert (root.get("viewBox"), root.get("width"), root.get("height")) == ("0 0 200 100", "200", "100")
    assert root.get("role") == "img"
    assert {item.get("id"): item.text for item in root if item.get("id")} == {
        "title": "A <title> & more",
        "desc": "What is on it: a < b",
    }
    assert root.get("aria-labelledby") == "title desc"
    ground = root.find(f"{SVG}rect")
    assert ground is not None
    assert dict(ground.attrib) == {"width": "200", "height": "100", "fill": "#ffffff"}
    assert others == []


def test_shapes_have_their_places_and_styles_and_a_tip_where_they_are_given_one() -> None:
    def draw(drawing):
        drawing.rect(1, 2.0, 3.14159, 4, fill="#000000", stroke_width=2, tip='5 "cores" & <more>')
        drawing.rect(0, 0, 1, 1)
        drawing.line(0, 1, 2, 3)
        drawing.line(0, 1, 2, 3, stroke="#123456")
        drawing.path([(0, 0), (1.5, 2)])
        drawing.path([(0, 0), (1, 2), (3, 0)], fill="#ff0000")

    _, result = drawn(draw)
    assert result == [
        ("rect", {"x": "1", "y": "2", "width": "3.14", "height": "4", "fill": "#000000", "stroke-width": "2"}, '5 "cores" & <more>'),
        ("rect", {"x": "0", "y": "0", "width": "1", "height": "1"}, ""),
        ("line", {"x1": "0", "y1": "1", "x2": "2", "y2": "3", "stroke": "#d5dbe2"}, ""),
        ("line", {"x1": "0", "y1": "1", "x2": "2", "y2": "3", "stroke": "#123456"}, ""),
        ("path", {"d": "M0 0L1.5 2", "fill": "none"}, ""),
        ("path", {"d": "M0 0L1 2L3 0", "fill": "#ff0000"}, ""),
    ]  # fmt: skip


def test_text_is_escaped() -> None:
    _, result = drawn(lambda drawing: drawing.text(1, 2, '</text><script>x</script> & "y" \'', 11, fill='"'))
    assert result == [
        ("text", {"x": "1", "y": "2", "font-size": "11", "fill": '"'}, "</text><script>x</script> & \"y\" '"),
    ]  # fmt: skip


def test_the_same_calls_make_the_same_bytes() -> None:
    def outcome():
        drawing = Drawing(10, 10, "a", "b")
        drawing.rect(0.1 + 0.2, 0, 1, 1)
        return drawing.render()

    assert outcome() == outcome()
    assert 'x="0.3"' in outcome()


@pytest.mark.parametrize(("value", "text"), [(1, "1"), (1.0, "1"), (2.345, "2.35"), (0.001, "0"), (22400.5, "22400.5")])
def test_a_number_has_two_decimals_at_most(value, text) -> None:
    assert float(number(value)) == float(text)
    assert len(number(value)) <= len(text)


# Advances of DejaVu Sans, the widest of the named fonts, as fractions of its size, from its own tables.
REAL = {
    "0": 0.636, "m": 0.974, "w": 0.818, "W": 0.989, "M": 0.863, "O": 0.787, "A": 0.684, "i": 0.278, "l": 0.278, "e": 0.615,
    "a": 0.613, "n": 0.634, "r": 0.411, "t": 0.392, "f": 0.352, " ": 0.318, ",": 0.318, "/": 0.337, "-": 0.361, "%": 0.950,
}  # fmt: skip


def test_text_width_is_a_close_upper_bound() -> None:
    for letter, width in REAL.items():
        assert width * 10 <= text_width(letter, 10) <= width * 10 * 1.6, letter
    assert text_width("…漢", 10) == 20
    assert text_width("", 10) == 0
    assert text_width("dc1", 20, bold=True) > text_width("dc1", 20)


def test_lines_are_broken_between_words_as_late_as_they_fit_and_nothing_is_left_out() -> None:
    words = "Without prod/dc1/dc1-a, prod/dc1/dc1-b and prod/dc1/dc1-c"
    assert lines_of(words, 10, 10_000) == [words]
    lines = lines_of(words, 10, 150)
    assert " ".join(lines) == words
    assert len(lines) > 1
    assert all(text_width(line, 10) <= 150 for line in lines)
    assert lines_of("much-too-long a b", 10, 30) == ["much-too-long", "a b"]
    assert lines_of("", 10, 30) == []
