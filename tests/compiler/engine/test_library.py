"""Files that an evaluation may read: the library and the fleet's folder, and no other file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sixfold_compiler.engine import EvaluationError, Library, evaluate, evaluate_together, library_folder
from sixfold_compiler.engine.jsonnet import ENGINES, evaluate_with
from sixfold_compiler.files.confined import MAX_SOURCE, ConfinementError, read_confined, unreadable
from tests.support.repos import ROOT

SECRET = "'a secret of the machine'"


@pytest.fixture
def library(tmp_path):
    """Create a library and a fleet with an extension, beside files that no import may read."""
    for path, text in {
        "lib/main.libsonnet": "{ entries:: { answer(input):: { who: 'library' } }, helper:: import 'deep/helper.libsonnet' }",
        "lib/deep/helper.libsonnet": "import '../shared.libsonnet'",
        "lib/shared.libsonnet": "'shared'",
        "fleet/fleet.jsonnet": "{ teams: import 'teams.libsonnet' }",
        "fleet/teams.libsonnet": "['a']",
        "lib-evil/main.libsonnet": SECRET,
        "fleet-evil/x.libsonnet": SECRET,
        "secret.libsonnet": SECRET,
    }.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return Library(tmp_path / "lib", tmp_path / "fleet")


def extend(library: Library, text: str) -> None:
    (library.fleet / "lib").mkdir(exist_ok=True)
    (library.fleet / "lib" / "main.libsonnet").write_text(text)


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_imports_of_the_library_and_the_fleet_are_read(library, engine) -> None:
    assert '"shared"' in evaluate(library, "(import 'lib:main.libsonnet').helper", engine=engine)
    assert '"a"' in evaluate(library, "import 'fleet:'", engine=engine)
    assert '"library"' in evaluate(library, library.program("answer"), "{}", engine)


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_an_extension_overrides_the_library_and_imports_its_own_files_and_the_library(library, engine) -> None:
    extend(
        library,
        "{ entries+: { answer(input):: super.answer(input) + (import 'more.libsonnet') "
        "+ { shared: import 'sixfold/shared.libsonnet' } } }",
    )
    (library.fleet / "lib" / "more.libsonnet").write_text("{ more: true }")
    text = evaluate(library, library.program("answer"), "{}", engine)
    assert all(word in text for word in ('"library"', '"more"', '"shared"'))


OUTSIDE = [
    "/etc/hostname",
    "{root}/secret.libsonnet",
    "../secret.libsonnet",
    "../../../../../../../../etc/hostname",
    "lib:../secret.libsonnet",
    "lib:/etc/hostname",
    "lib:../lib-evil/main.libsonnet",
    "overlay:../../secret.libsonnet",
    "sixfold/../../secret.libsonnet",
    "sixfold//etc/hostname",
    "../fleet-evil/x.libsonnet",
    "../lib-evil/main.libsonnet",
    "file:///etc/hostname",
    "fleet:../secret.libsonnet",
    "/proc/self/environ",
    "//etc/hostname",
    "./././../secret.libsonnet",
    "teams.libsonnet/../../secret.libsonnet",
    "a\\u0000b",
    "a" * 4096,
    "",
    ".",
    "..",
    "ｓecret.libsonnet",
    "SECRET.libsonnet",
]


# The reference engine starts slowly, so only every fourth path is checked with it; both use the same import callback.
@pytest.mark.parametrize(
    ("engine", "name"), [("rjsonnet", n) for n in OUTSIDE] + [("jsonnet", n) for n in OUTSIDE[::4]]
)
def test_imports_outside_the_roots_are_rejected(library, engine, name, tmp_path) -> None:
    text = name.replace("{root}", str(tmp_path))
    (library.fleet / "fleet.jsonnet").write_text(f'import "{text}"')
    extend(library, f'importstr "{text}"')
    for program in ("import 'fleet:'", "import 'overlay:main.libsonnet'"):
        with pytest.raises(EvaluationError) as caught:
            evaluate_with(engine, library, program, None)
        assert "secret of the machine" not in caught.value.trace


LINKS = {
    "a link": lambda outside, inside: inside.symlink_to(outside),
    "a chain of links": lambda outside, inside: (
        (inside.parent / "hop").symlink_to(outside),
        inside.symlink_to("hop"),
    ),
    "a relative link": lambda outside, inside: inside.symlink_to(os.path.relpath(outside, inside.parent)),
    "a dangling link": lambda _outside, inside: inside.symlink_to("nowhere"),
    "a loop": lambda _outside, inside: inside.symlink_to(inside.name),
    "a pipe": lambda _outside, inside: os.mkfifo(inside),
    "a folder": lambda _outside, inside: inside.mkdir(),
    "a device": lambda _outside, inside: inside.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("kind", LINKS)
def test_links_pipes_and_devices_are_rejected_without_waiting(library, kind, tmp_path) -> None:
    LINKS[kind](tmp_path / "secret.libsonnet", library.fleet / "x.libsonnet")
    (library.fleet / "fleet.jsonnet").write_text("import 'x.libsonnet'")
    with pytest.raises(EvaluationError, match="not in the library or the fleet's folder"):
        evaluate(library, "import 'fleet:'")


def test_imports_through_a_linked_folder_are_rejected(library, tmp_path) -> None:
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "main.libsonnet").write_text(SECRET)
    (library.fleet / "lib").symlink_to(tmp_path / "away")
    (library.fleet / "sub").symlink_to(tmp_path / "away")
    for program in ("import 'overlay:main.libsonnet'", "import 'fleet:'"):
        (library.fleet / "fleet.jsonnet").write_text("import 'sub/main.libsonnet'")
        with pytest.raises(EvaluationError):
            evaluate(library, program)


def test_links_within_a_root_are_followed(library) -> None:
    (library.fleet / "x.libsonnet").symlink_to("teams.libsonnet")
    (library.fleet / "fleet.jsonnet").write_text("import 'x.libsonnet'")
    assert '"a"' in evaluate(library, "import 'fleet:'")


def test_an_extension_imports_only_files_that_its_digest_covers(library) -> None:
    extend(library, "{ t:: import '../teams.libsonnet' }")
    evaluate(library, "import 'fleet:'")  # the files that the fleet has read stay unreadable
    with pytest.raises(EvaluationError, match=r"'\.\./teams\.libsonnet'"):
        evaluate(library, "(import 'overlay:main.libsonnet').t")


def test_libraries_of_the_same_folders_are_equal_whatever_they_have_read(library) -> None:
    other = Library(library.root, library.fleet)
    before = hash(library)
    library.read("", "fleet:")
    assert library == other
    assert hash(library) == hash(other) == before


def test_what_a_library_has_read_is_not_in_its_text(library) -> None:
    library.read("", "fleet:")
    assert "teams" not in repr(library)


@pytest.mark.parametrize(
    ("name", "words"), [("/etc/hostname", "is an absolute path"), ("lib:x", "is not in the library")]
)
def test_a_refused_import_says_why(library, name, words) -> None:
    with pytest.raises(ConfinementError, match=words):
        library.read(f"{library.fleet}/", name)


def test_a_colon_in_the_name_of_a_file_means_nothing(library) -> None:
    (library.fleet / "a:b.libsonnet").write_text("1")
    assert library.read(f"{library.fleet}/", "a:b.libsonnet") == (str(library.fleet / "a:b.libsonnet"), b"1")


def test_the_digest_changes_with_every_source_of_the_library_and_its_extension(library) -> None:
    seen = {library.digest}

    def changed() -> bool:
        before = len(seen)
        seen.add(Library(library.root, library.fleet).digest)
        return len(seen) > before

    (library.root / "deep" / "helper.libsonnet").write_text("2")
    assert changed()
    (library.root / "deep" / "helper.libsonnet").write_text("3")
    assert changed()
    (library.root / "deep" / "helper.libsonnet").rename(library.root / "deep" / "other.libsonnet")
    assert changed()
    extend(library, "{}")
    assert changed()
    (library.fleet / "lib" / "text.txt").write_text("imported with importstr")
    assert changed()
    (library.fleet / "lib" / "link").symlink_to("text.txt")
    assert changed()
    (library.fleet / "lib" / "link").unlink()
    (library.fleet / "lib" / "link").symlink_to("main.libsonnet")
    assert changed()
    (library.fleet / "teams.libsonnet").write_text("[]")  # the digest of the fleet's data is another one
    assert not changed()


@pytest.mark.parametrize(
    "name", ["root-evil/x", "root/../root-evil/x", "root/link", "root/loop", "root/folder", "root/pipe"]
)
def test_reading_is_confined_to_a_folder_by_components_not_by_prefix(tmp_path, name) -> None:
    (tmp_path / "root" / "folder").mkdir(parents=True)
    (tmp_path / "root-evil").mkdir()
    (tmp_path / "root-evil" / "x").write_text("no")
    (tmp_path / "root" / "link").symlink_to("../root-evil/x")
    (tmp_path / "root" / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "root" / "pipe")
    with pytest.raises((ConfinementError, OSError)) as caught:
        read_confined(tmp_path / name, tmp_path / "root")
    assert str(tmp_path) not in unreadable(caught.value)


def test_files_up_to_the_size_limit_are_read(tmp_path) -> None:
    (tmp_path / "x").write_bytes(b"a" * 100)
    assert len(read_confined(tmp_path / "x", tmp_path, 100)) == 100
    with pytest.raises(ConfinementError, match="larger"):
        read_confined(tmp_path / "x", tmp_path, 99)
    with (tmp_path / "huge").open("wb") as stream:
        stream.truncate(MAX_SOURCE + 1)
    with pytest.raises(ConfinementError, match="larger"):
        read_confined(tmp_path / "huge", tmp_path)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="what a descriptor leads to is told by /proc")
def test_a_path_that_is_replaced_after_the_check_is_rejected(tmp_path) -> None:
    """A race: after the check of the real path, one of its folders becomes a link to the outside."""
    (tmp_path / "root" / "folder").mkdir(parents=True)
    (tmp_path / "root" / "folder" / "x").write_text("inside")
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "x").write_text("outside")
    script = (
        "import os, sys\nfrom pathlib import Path\nimport sixfold_compiler.engine.library as library\n"
        "top = Path(sys.argv[1])\nreal, count = os.path.realpath, 0\n"
        "def swapping(path, *a, **k):\n"
        "    global count\n    found = real(path, *a, **k)\n    count += 1\n"
        "    if count == 2:\n        os.rename(top / 'root/folder', top / 'root/was')\n"
        "        os.symlink(top / 'away', top / 'root/folder')\n"
        "    return found\n"
        "os.path.realpath = swapping\n"
        "try: print(library.read_confined(top / 'root/folder/x', top / 'root'))\n"
        "except library.ConfinementError as error: print('refused', error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.startswith("refused it is outside")
    assert (tmp_path / "root" / "folder").is_symlink()  # the swap has happened


def test_input_is_never_evaluated_as_code(library) -> None:
    program = "function(text) std.parseJson(text)"
    for engine in ENGINES:
        text = evaluate(library, program, '{"a": "\' + importstr \\"/etc/hostname\\" + \'"}', engine)
        assert "importstr" in text


def test_the_library_folder_is_beside_the_package() -> None:
    assert (library_folder() / "main.libsonnet").is_file()


def test_errors_of_the_reference_engine_have_file_line_and_column(library) -> None:
    (library.fleet / "fleet.jsonnet").write_text("{\n  a: error 'no',\n}")
    with pytest.raises(EvaluationError) as caught:
        evaluate(library, "import 'fleet:'")
    assert (caught.value.message, caught.value.line, caught.value.column) == ("no", 2, 6)
    assert caught.value.file.endswith("fleet/fleet.jsonnet")


def test_programs_that_only_the_reference_engine_accepts_are_evaluated(library) -> None:
    """The fast engine lacks some of std; the reference's result counts."""
    with pytest.raises(EvaluationError):
        evaluate(library, "std.trim(' x ')", engine="rjsonnet")
    assert evaluate(library, "std.trim(' x ')").strip() == '"x"'


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("RUNTIME ERROR: no\n\t/a/x.jsonnet:(3:4)-(5:6)\n\t/a/y.libsonnet:7:8", ("/a/x.jsonnet", 3, 4)),
        ("STATIC ERROR: x.libsonnet:7:8-9: no", ("x.libsonnet", 7, 8)),
        ("x.jsonnet:3: no", ("x.jsonnet", 3, 1)),
        ("no", ("", 0, 0)),
    ],
)
def test_the_place_of_an_error_is_the_innermost_one(text, place) -> None:
    error = EvaluationError(text)
    assert (error.file, error.line, error.column) == place
    assert str(error) == error.message
    assert error.trace == text


def test_an_error_without_words_has_a_message() -> None:
    assert EvaluationError("\n").message == "evaluation failed"


def test_several_inputs_are_evaluated_by_one_engine_and_again_one_by_one(library, monkeypatch) -> None:
    """The reference engine would explain a failure that nobody reads."""
    monkeypatch.setitem(ENGINES, "jsonnet", lambda *_: pytest.fail("the reference engine was asked"))
    with pytest.raises(EvaluationError):
        evaluate_together(library, "function(text) error 'no'", "{}")
    assert evaluate_together(library, "function(text) 1", "{}").strip() == "1"
