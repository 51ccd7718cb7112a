"""The count of untyped places (`python -m dev.untyped`)."""

from __future__ import annotations

import pytest

from dev.untyped import count


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("def f(a: int, *b: str, **c: bytes) -> list[int]: ...", 0),
        ("def f(a: Any, b: object) -> dict[str, Any]: ...", 3),
        ("x: dict = {}\ny: tuple[int, ...] = ()", 1),
        ("def f(a: 'Mapping') -> None: ...", 1),
        ("Fields = dict[str, Any]\ndef f(a: Fields, b: list[Fields]) -> Fields: ...", 4),
        ("Value = Any\nValues = list[Value]\nx: Values = []", 3),
        ("x = cast(int, y)", 1),
        ("x = y  # type: ignore[import-untyped]", 1),
        ("NAMES = dict(a=1)\nx = isinstance(y, dict)", 0),
    ],
)
def test_untyped_places_are_counted(text, places, tmp_path):
    file = tmp_path / "m.py"
    file.write_text(text + "\n")
    assert count([file]) == {file: places}


def test_an_alias_counts_in_every_file_that_uses_it(tmp_path):
    (tmp_path / "a.py").write_text("Fields = dict[str, Any]\n")
    (tmp_path / "b.py").write_text("def f(fields: Fields) -> None: ...\n")
    assert count(sorted(tmp_path.iterdir())).total() == 2
