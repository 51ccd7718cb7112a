"""The strict loader: every rejection at its place, YAML 1.2 scalars, and inputs that break other readers."""

from __future__ import annotations

import math
import re

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from sixfold_compiler.diagnostics import DiagnosticError, printable
from sixfold_compiler.engine import Pool
from sixfold_compiler.engine.pool import Limits
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.sources import discover
from sixfold_compiler.manifest.load import read_manifest
from sixfold_compiler.manifest.prepare import prepare
from sixfold_compiler.yaml.loader import MAX_DEPTH, MAX_DOCUMENT, MAX_DOCUMENTS, MAX_SAFE_INTEGER, load_documents
from tests.profiles import examples
from tests.support.core_schema import core
from tests.support.repos import Repo, manifest
from tests.support.suite import check, load


def refusal(data: bytes | str):
    """Return the only diagnostic of a load."""
    with pytest.raises(DiagnosticError) as caught:
        load_documents(data if isinstance(data, bytes) else data.encode(), "apps/shop/web.yaml")
    (problem,) = caught.value.diagnostics
    assert problem.help
    assert problem.span.file == "apps/shop/web.yaml"
    return problem


def only(text: str):
    (document,) = load_documents(text.encode(), "f.yaml")
    return document


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: [1\nb: 2\n", "SF100", 2, 2),
        ("a:\n  b: 1\n c: 2\n", "SF100", 3, 2),
        ("a: b\n\tc: d\n", "SF100", 2, 1),
        ("ok: 1\nbé: é\x07c\n", "SF100", 2, 6),
        ("a: nul\x00\n", "SF100", 1, 7),
        ('a: "\\ud800"\n', "SF100", 1, 7),
        ("a: 1\n" + "---\nb: 1\n" * MAX_DOCUMENTS, "SF103", 2 * MAX_DOCUMENTS, 1),
        ("a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH, "SF104", 1, 3 + MAX_DEPTH),
        ("one: 1\ntwo: &name 2\n", "SF105", 2, 6),
        ("one: {x: 1}\ntwo:\n  - *name\n", "SF105", 3, 5),
        ("one: 1\n<<: {a: 1}\n", "SF105", 2, 1),
        ("a: !!python/object:os.system {}\n", "SF106", 1, 4),
        ("a:\n  - ! text\n", "SF106", 2, 5),
        ("%YAML 1.1\n---\na: yes\n", "SF106", 1, 1),
        ("%TAG ! tag:example.com,2000:\n---\na: yes\n", "SF106", 1, 1),
        ("a: 1\nb: 2\nc: {d: 1,\n    d: 2}\n", "SF107", 4, 5),
        ("? [a, b]\n: c\n", "SF108", 1, 3),
        ("a:\n  &k key: 1\n", "SF108", 2, 3),
        ("a:\n  !!str key: 1\n", "SF108", 2, 3),
        ("replicas: 010\n", "SF109", 1, 11),
        ("a: -007\n", "SF109", 1, 4),
        ("a: 9007199254740992\n", "SF110", 1, 4),
        ("a: -9007199254740992\n", "SF110", 1, 4),
        ("a: 0x20000000000000\n", "SF110", 1, 4),
        ("a: " + "9" * 5000 + "\n", "SF110", 1, 4),
        ("a: [.inf]\n", "SF110", 1, 5),
        ("a: .NaN\n", "SF110", 1, 4),
        ("a: 1e999\n", "SF110", 1, 4),
    ],
)
def test_rejected_yaml_has_a_code_and_a_place(text, code, line, column) -> None:
    problem = refusal(text)
    assert (problem.code, problem.span.line, problem.span.column) == (code, line, column)


def test_documents_over_the_size_limit_are_rejected() -> None:
    text = "a: " + "x" * (MAX_DOCUMENT - 4) + "\n"
    assert len(only(text).value["a"]) == MAX_DOCUMENT - 4
    problem = refusal(text + "#")
    assert (problem.code, str(problem.span)) == ("SF101", "apps/shop/web.yaml:1:1")
    assert problem.message == "the document that begins here is larger than 256 KiB"


def test_the_size_limit_is_per_document_and_names_its_first_line() -> None:
    small = "---\na: 1\n"
    large = "---\na: " + "x" * MAX_DOCUMENT + "\n"
    problem = refusal(small + large)
    assert (problem.code, problem.span.line) == ("SF101", 3)
    assert len(load_documents((small * 3 + "---\nb: " + "y" * (MAX_DOCUMENT - 100)).encode(), "f")) == 4


def test_a_large_document_of_many_byte_characters_is_measured_in_bytes() -> None:
    assert refusal("---\na: 1\n---\na: " + "語" * (MAX_DOCUMENT // 3 + 100) + "\n").code == "SF101"


def test_text_that_is_not_utf_8_is_rejected_at_its_line() -> None:
    problem = refusal(b"a: 1\nb: caf\xe9\n")
    assert (problem.code, problem.span.line) == ("SF102", 2)
    assert refusal("a: 1\n".encode("utf-16")).code == "SF102"


def test_a_duplicate_key_shows_both_places() -> None:
    problem = refusal("a:\n  one: 1\n  two: 2\n  one: 3\n")
    assert (problem.span.line, problem.span.column) == (4, 3)
    (first,) = problem.related
    assert (first.line, first.column) == (2, 3)


def test_keys_that_differ_only_in_quotes_are_the_same_key() -> None:
    assert refusal('1: a\n"1": b\n').code == "SF107"


def test_a_quoted_merge_key_is_a_key_like_any_other() -> None:
    assert only('"<<": {a: 1}').value == {"<<": {"a": 1}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"), ("N", "N"),
        ("true", True), ("True", True), ("TRUE", True), ("tRUE", "tRUE"),
        ("false", False), ("False", False), ("FALSE", False), ("fALSE", "fALSE"),
        ("null", None), ("~", None), ("", None), ("Null", None), ("NULL", None), ("nULL", "nULL"),
        ("12:30", "12:30"), ("190:20:30", "190:20:30"), ("2001-01-01", "2001-01-01"),
        ("0o17", 15), ("0x1F", 31), ("0b11", "0b11"), ("1_000", "1_000"), ("-0x1F", "-0x1F"),
        ("0", 0), ("-0", 0), ("+1", 1), ("1e3", 1000.0), ("1.", 1.0), (".5", 0.5), ("-1.5E-2", -0.015),
        ("9007199254740991", MAX_SAFE_INTEGER), ("-9007199254740991", -MAX_SAFE_INTEGER),
        ("1.2.3", "1.2.3"), ("1e", "1e"), ("e1", "e1"), (".", "."), ("=", "="), ("1.0.0-rc.1", "1.0.0-rc.1"),
        ("'yes'", "yes"), ('"1"', "1"), ("'null'", "null"), ('"\\x41"', "A"), ("|\n  12\n", "12\n"), (">-\n  true\n", "true"),
    ],
)  # fmt: skip
def test_scalars_are_those_of_yaml_1_2(text, value) -> None:
    result = only(f"a: {text}").value["a"]
    assert result == value
    assert type(result) is type(value)


Core = core(yaml.SafeLoader)
Core.add_constructor(
    "tag:yaml.org,2002:int", lambda _l, n: int(n.value, 0) if n.value[1:2] in ("o", "x") else int(n.value)
)
Core.add_constructor("tag:yaml.org,2002:float", lambda _l, n: float(re.sub(r"\.(?=[inIN])", "", n.value)))

PLAIN = st.text("0123456789+-.eExXobBaAfFiInNtTrRuUlLsS_:~y", min_size=1, max_size=8)


@given(PLAIN)
@example("0o17")
@example("-.inf")
@example("+.5e-3")
@example("1:20")
def test_plain_scalars_follow_the_core_schema_or_are_rejected(text) -> None:
    """The loader rejects exactly the numbers without a JSON form and those that YAML 1.1 and 1.2 read differently."""
    source = f"a: {text}\n"
    try:
        expected = yaml.load(source, Loader=Core)
    except yaml.YAMLError:
        assert refusal(source).code == "SF100"
        return
    if not isinstance(expected["a"], (int, float, bool, str, type(None))):
        return  # `a: - b` and the like: not a scalar
    try:
        result = only(source).value["a"]
    except DiagnosticError as error:
        value = expected["a"]
        (problem,) = error.diagnostics
        if problem.code == "SF109":
            assert re.fullmatch(r"[-+]?0[0-9]+", text)
        else:
            assert problem.code == "SF110"
            assert math.isinf(value) or math.isnan(value) or abs(value) > MAX_SAFE_INTEGER
        return
    assert result == expected["a"]
    assert type(result) is type(expected["a"])


CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\x85\ufeff")
TEXT = st.text(CHARACTERS | st.sampled_from("\n\t \"'#:-"), max_size=30)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(TEXT.filter(bool), JSON, min_size=1, max_size=4), st.booleans(), st.sampled_from(['"', "'"]))
@examples(150)
def test_quoted_text_of_pyyaml_is_read_back_unchanged(value, flow, style) -> None:
    text = yaml.safe_dump(value, default_style=None, default_flow_style=flow, allow_unicode=True)
    quoted = yaml.dump(value, Dumper=quoting(style), default_flow_style=flow, allow_unicode=True, width=10**6)
    assert only(quoted).value == value
    assert yaml.safe_load(text) == value  # the generated value has a YAML form


def quoting(style: str) -> type[yaml.SafeDumper]:
    """Return a dumper that quotes all text, so that no YAML 1.1 word in it is plain."""

    class Dumper(yaml.SafeDumper):
        yaml_implicit_resolvers = Core.yaml_implicit_resolvers

        def ignore_aliases(self, data):
            return True

    Dumper.add_representer(str, lambda d, s: d.represent_scalar("tag:yaml.org,2002:str", s, style=style))
    Dumper.add_representer(float, lambda d, f: d.represent_scalar("tag:yaml.org,2002:float", repr(f)))
    return Dumper


@given(st.binary(max_size=200) | st.text("{}[]:,-?!&*|>'\"%#@` \n\tab01\x00", max_size=120).map(str.encode))
@examples(300)
def test_any_bytes_are_read_or_rejected_with_a_place_in_the_file(data) -> None:
    try:
        load_documents(data, "f.yaml")
    except DiagnosticError as error:
        (problem,) = error.diagnostics
        assert re.fullmatch(r"SF1(0\d|10)", problem.code)
        lines = re.split(rb"\r\n|\r|\n|\xc2\x85|\xe2\x80[\xa8\xa9]", data)
        assert 1 <= problem.span.line <= len(lines)
        assert problem.span.column >= 1


BOMBS = {
    "brackets": b"a: " + b"[" * 250_000,
    "braces": b"{a: " * 60_000,
    "dashes": b"- " * 120_000,
    "question marks": b"? " * 120_000,
    "anchored brackets": b"&a [" * 60_000,
    "alias bomb": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c]\n" % (i + 1, i + 1, i, i, i, i, i, i) for i in range(97, 120)),
    "quotes left open": b"a: '" + b"x\n" * 120_000,
    "a key of 200 kB": b"x" * 200_000 + b": 1\n",
    "many keys on one line": b"{" + b"a: 1, " * 40_000 + b"}",
    "many documents": b"---\n" * 200_000,
    "a directive of 200 kB": b"%" + b"x" * 200_000,
}


def loaded(_context, data):
    try:
        return str(load_documents(data, "f.yaml"))[:99]
    except DiagnosticError as error:
        return error.diagnostics[0].code


def test_yaml_bombs_are_rejected_with_little_memory_and_time() -> None:
    """64 MiB beyond the interpreter and 5 CPU seconds are hard limits of each job, not timeouts of the test."""
    with Pool(1, Limits(cpu=5, memory=64 * 2**20)) as pool:
        results = dict(pool.run(loaded, list(BOMBS.values())))
    codes = dict(zip(BOMBS, [results[i] for i in range(len(BOMBS))], strict=True))
    assert {name: bool(re.fullmatch(r"SF1\d\d", str(code))) for name, code in codes.items()} == dict.fromkeys(
        BOMBS, True
    ), codes


def test_a_long_key_is_cut_in_the_message() -> None:
    short, longer = "k" * 60, "k" * 61
    assert f"the key '{short}' appears twice" in refusal(f"{short}: 1\n{short}: 2\n".encode()).message
    assert f"the key '{short}…' appears twice" in refusal(f"{longer}: 1\n{longer}: 2\n".encode()).message


def test_positions_count_characters_with_any_line_ending() -> None:
    document = only("é: 1\r\nü: {ß: [1, 2]}\rz: 3\n")
    place = document.span(("ü", "ß", 1))
    assert (place.line, place.column) == (2, 12)
    assert document.span(("z",)).line == 3


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x85", "\u2028"])
@pytest.mark.parametrize("bad", [b"\x01", b"\xff", b"[,"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_errors_have_the_right_place_with_any_line_ending(end, bad, mark) -> None:
    problem = refusal(f"{mark}a: b{end}cé: d{end}e: ".encode() + bad)
    assert problem.span.line == 3
    assert problem.span.column == (1 if problem.code == "SF102" else 5 if bad == b"[," else 4)


def test_the_place_of_a_missing_value_is_that_of_its_nearest_ancestor() -> None:
    document = only("spec:\n  env:\n    - name: A\n")
    assert (document.span(("spec", "env", 0, "value")).line, document.span(("spec", "env", 0, "value")).column) == (
        3,
        7,
    )
    assert document.span(("spec", "env", 7)).line == 2
    assert document.span(("nothing", "here")).line == 1


@pytest.mark.parametrize("text", ["a: 1\n? b", "a: 1\n? b\n", "a: 1\nb:", "a: 1\nb:\n", "a: 1\nb: # none\n"])
def test_the_place_of_an_empty_value_is_that_of_its_key(text) -> None:
    """The parser may place such a value on a line beyond the end of the file."""
    (document,) = load_documents(text.encode(), "f")
    assert document.value["b"] is None
    assert (document.value_span(("b",)), document.span(("b",)).line) == (document.span(("b",)), 2)


def test_the_place_of_a_mapping_or_list_as_a_value_is_that_of_its_key() -> None:
    """Carets need a length, which only text and numbers have."""
    document = only("spec:\n  env:\n    - name: A\n")
    for path in ((), ("spec",), ("spec", "env"), ("spec", "env", 0)):
        assert document.value_span(path) == document.span(path)
        assert document.value_span(path).length == 0


def test_empty_documents_are_left_out() -> None:
    assert [d.value for d in load_documents(b"---\n# nothing\n---\na: 1\n---\n", "f.yaml")] == [{"a": 1}]
    assert load_documents(b"", "f.yaml") == ()


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    repo = Repo(tmp_path_factory.mktemp("fleet"), ())
    with Pool(1) as pool:
        return load_fleet(repo.folder / "environments", pool)


def test_the_base_manifest_of_the_cases_has_no_findings(fleet, tmp_path) -> None:
    """Otherwise a case could pass because of a finding of the base manifest."""
    (tmp_path / "apps/shop").mkdir(parents=True)
    (tmp_path / "apps/shop/web.yaml").write_text(manifest("shop/web"))
    sources = discover((), tmp_path)
    (file,) = sources.manifests
    prepared = prepare(fleet, read_manifest(file), {})
    assert (prepared.diagnostics, len(prepared.cells)) == ((), 2)


@pytest.mark.parametrize("case", load("loading"), ids=lambda c: f"{c.suite.stem}: {c.title}")
def test_case(case, fleet, tmp_path, monkeypatch) -> None:
    def produce(case) -> str:
        case.write(tmp_path)
        monkeypatch.chdir(tmp_path)
        problems = []
        try:
            sources = discover((), tmp_path)
            problems += sources.diagnostics
            for file in sources.manifests:
                problems += prepare(fleet, read_manifest(file), {}).diagnostics
        except DiagnosticError as error:
            problems += error.diagnostics
        assert all(str(tmp_path) not in f"{d.message}{d.help}{d.span}" for d in problems)
        lines = []
        for problem in sorted(problems, key=lambda d: d.sort_key):
            lines.append(f"{problem.code} {problem.span}: {problem.message}")
            lines += [f"  see {s}: {s.label}" for s in problem.related]
            lines += [f"  help: {problem.help}"] if problem.help else []
        return printable("\n".join(lines) + "\n", keep="\n") if lines else ""

    check(case, produce)
