"""Limits on the structure of the code: rooms, floors, circles, untyped places, lengths (`dev.py shape`)."""

from __future__ import annotations

import pytest

from dev.layout import PACKAGES
from dev.process import ROOT
from dev.shape import Function, Shape, functions, lengths, python_files
from dev.untyped import count_packages

ROOMS, FLOORS = 30, 11
LINES, BODY = 400, 60  # of a file, of a function
UNTYPED = 154  # places of both packages; it may only fall
# By path, or `path: function`: the reason why it may be longer than the limit.
EXCEPTIONS: dict[str, str] = {}


@pytest.fixture(scope="module")
def shape():
    return Shape.read(ROOT, PACKAGES)


@pytest.fixture(scope="module")
def paths():
    return python_files()


@pytest.fixture(scope="module")
def long(paths):
    """Return the functions over the limit, as `path: function`."""
    return [f"{function.path}: {function.name}" for function in functions(paths) if function.lines > BODY]


def test_both_packages_have_few_rooms_on_few_floors(shape):
    assert len(shape.room_names) <= ROOMS
    assert max(shape.floors.values()) <= FLOORS


def test_no_rooms_and_no_modules_import_each_other(shape):
    assert (shape.room_circles, shape.module_circles) == ([], [])


def test_every_module_is_in_a_room(shape):
    assert shape.loose == []


def test_there_are_no_more_untyped_places():
    places = count_packages().total()
    assert places <= UNTYPED, "give the new ones a type: `python -m dev.untyped` lists the files"
    assert places == UNTYPED, "fewer than the limit: lower the limit"


def test_no_python_file_is_too_long(paths):
    measured = lengths(paths)
    assert {"dev.py", "tests/test_shape.py"} <= measured.keys()
    assert {path: lines for path, lines in measured.items() if lines > LINES and path not in EXCEPTIONS} == {}


def test_no_function_is_too_long(long):
    assert [name for name in long if name not in EXCEPTIONS] == []


def test_exceptions_are_needed_and_have_a_reason(paths, long):
    assert EXCEPTIONS.keys() <= {path for path, lines in lengths(paths).items() if lines > LINES} | {*long}
    assert all(EXCEPTIONS.values())


# The figures of small packages.


def read(folder, **files):
    """Return the shape of a package `p` with these modules: {dotted name: source}, with `__` for a dot."""
    for name, source in files.items():
        path = folder / "src" / "p" / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return Shape.read(folder, {"p": "src/p"})


def test_a_floor_is_one_more_than_the_highest_import(tmp_path):
    shape = read(tmp_path, a__one="", b__one="from p.a import one", c__one="import p.a.one\nfrom p.b.one import x")
    assert shape.floors == {"p.a": 1, "p.b": 2, "p.c": 3}
    assert shape.arrows == 3


def test_imports_inside_functions_and_for_types_count(tmp_path):
    late = "def f():\n    from p.b.one import x"
    typed = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.a.one import f"
    shape = read(tmp_path, a__one=late, b__one=typed, c__one="from p.b.one import x")
    assert shape.room_circles == [("p.a", "p.b")]
    assert shape.module_circles == [("p.a.one", "p.b.one")]
    assert shape.floors == {"p.a": 1, "p.b": 1, "p.c": 2}


def test_relative_imports_are_resolved(tmp_path):
    shape = read(tmp_path, a__one="from ..b import two\nfrom .three import x", a__three="", b__two="")
    assert shape.modules["p.a.one"] == {"p.b.two", "p.a.three"}


def test_circles_within_a_room_are_found(tmp_path):
    shape = read(tmp_path, a__one="from p.a.two import x", a__two="from p.a.one import y")
    assert shape.room_circles == []
    assert shape.module_circles == [("p.a.one", "p.a.two")]


def test_modules_directly_under_a_package_are_loose(tmp_path):
    shape = read(tmp_path, a__one="", b="", a__deep__x="")
    assert shape.loose == ["p.b"]
    assert shape.room_names == ["p.a", "p.b"]


def test_functions_are_measured_from_def_to_end_with_their_names(tmp_path):
    (tmp_path / "m.py").write_text(
        "class C:\n    @x\n    def f(self):\n        def g():\n            pass\n        return g\n"
    )
    assert set(functions([tmp_path / "m.py"], tmp_path)) == {Function("m.py", "C.f", 4), Function("m.py", "C.f.g", 2)}


def test_functions_in_every_part_of_a_statement_are_measured(tmp_path):
    parts = (
        "try: {}",
        "except E: {}",
        "else: {}",
        "finally: {}",
        "if x: {}",
        "else: {}",
        "with x: {}",
        "for x in y: {}",
    )
    lines = [part.replace("{}", f"\n    async def f{number}(): ...") for number, part in enumerate(parts)]
    lines.append("match x:\n    case 1:\n        def f8(): ...")
    (tmp_path / "m.py").write_text("\n".join(lines))
    assert {function.name for function in functions([tmp_path / "m.py"], tmp_path)} == {f"f{n}" for n in range(9)}
