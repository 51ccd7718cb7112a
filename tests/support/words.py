"""List the retired words of docs/words.toml that the tree still uses.

`python -m tests.support.words [--count] [PATH ...]` prints one line for each place, or the numbers by folder.
"""

import ast
import os
import re
import sys
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "docs" / "words.toml"
SKIPPED = {
    ".git",
    ".venv",
    ".cache",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    "__pycache__",
    "node_modules",
    "recorded",
}
EXEMPT = {"CHANGELOG.md"}
TABLE = ("docs/concepts.md", "## Words")  # the section with the word table


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """One use of a retired word: its place, the kind of text, the word, and the replacement."""

    path: str
    line: int
    kind: str
    word: str
    write: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.kind}: {self.word!r}: write {self.write}"


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of docs/words.toml."""

    names: dict[str, dict[str, Any]]
    parts: dict[str, dict[str, Any]]
    openings: dict[str, dict[str, Any]]
    phrases: tuple[tuple[re.Pattern[str], str], ...]


@cache
def rules() -> Rules:
    """Read the list."""
    data = tomllib.loads(LIST.read_text())
    identifiers = data["identifier"]
    return Rules(
        names={name: rule for rule in identifiers for name in rule.get("name", ())},
        parts={part: rule for rule in identifiers for part in rule.get("part", ())},
        openings={word: rule for rule in data["opening"] for word in rule["word"]},
        phrases=tuple((re.compile(rule["pattern"], re.IGNORECASE), rule["write"]) for rule in data["phrase"]),
    )


def uses(*paths: Path) -> Iterator[Use]:
    """Yield every use of a retired word in the files below the paths."""
    for path in sorted(_files(paths)):
        relative = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()
        if path.suffix == ".py":
            yield from in_python(path.read_text(), relative)
        elif relative not in EXEMPT:
            yield from in_page(path.read_text(), relative)


def in_page(text: str, path: str) -> Iterator[Use]:
    """Yield the uses in a page; inline code is not prose, and the word table is exempt."""
    if path == TABLE[0]:
        text = re.sub(
            rf"^{TABLE[1]}$.*?(?=^## )", lambda m: "\n" * m[0].count("\n"), text, flags=re.MULTILINE | re.DOTALL
        )
    yield from _phrases(re.sub(r"`[^`\n]+`", "`…`", text), path, 1, "page")


def in_python(text: str, path: str) -> Iterator[Use]:
    """Yield the uses in a Python file: identifiers, docstrings, names of tests, comments and, outside tests, strings."""
    nodes = list(ast.walk(ast.parse(text)))  # once for everything: listing them costs more than what is looked for
    tests = path.startswith("tests/")
    yield from _identifier(Path(path).stem, path, 1, None)
    docstrings: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and (
            docstring := _docstring(node)
        ):
            docstrings.add(id(docstring))
            yield from _prose(docstring.value, path, docstring.lineno, "docstring", opening=True)
        for name, line, annotation in _defined(node):
            if tests and name.startswith("test_"):
                yield from _phrases(name.replace("_", " "), path, line, "test name")
            else:
                yield from _identifier(name, path, line, annotation)
    if not tests:
        yield from _strings(nodes, path, docstrings)
    yield from _comments(text, path)


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        if path.is_file():
            yield path
        for folder, folders, names in os.walk(path):
            folders[:] = [name for name in folders if name not in SKIPPED]
            yield from (Path(folder, name) for name in names if name.endswith((".py", ".md")) or name == "NOTES.txt")


def _docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> ast.Constant | None:
    match node.body[:1]:
        case [ast.Expr(value=ast.Constant(value=str()) as constant)]:
            return constant
    return None


def _defined(node: ast.AST) -> Iterator[tuple[str, int, str | None]]:
    if not isinstance(node, _DEFINING):
        return
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name, node.lineno, None
        case ast.arg():
            yield node.arg, node.lineno, ast.unparse(node.annotation) if node.annotation else None
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name, node.lineno, ast.unparse(node.annotation)
        case ast.Name(ctx=ast.Store()):
            yield node.id, node.lineno, None
        case ast.Attribute(ctx=ast.Store()):
            yield node.attr, node.lineno, None
        case ast.alias(asname=str(name)):
            yield name, node.lineno, None
        case ast.Attribute(attr="fleet", value=ast.Name(id="fleet") | ast.Attribute(attr="fleet")):
            yield "fleet.fleet", node.lineno, None


_DEFINING = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.arg,
    ast.AnnAssign,
    ast.Name,
    ast.Attribute,
    ast.alias,
)


def _identifier(name: str, path: str, line: int, annotation: str | None) -> Iterator[Use]:
    if name == "fleet.fleet":
        yield Use(path, line, "identifier", name, "fleet.model")
        return
    bare = name.strip("_")
    rule = rules().names.get(bare)
    if rule and rule.get("annotated", "") in (annotation or ""):
        yield Use(path, line, "identifier", name, rule["write"])
        return
    for part in _parts(bare):
        rule = rules().parts.get(part)
        if rule and bare not in rule.get("allow", ()):
            yield Use(path, line, "identifier", name, rule["write"])


@cache
def _parts(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case."""
    return tuple(part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name))


def _prose(text: str, path: str, line: int, kind: str, *, opening: bool) -> Iterator[Use]:
    first = re.match(r"\s*(\w+)", text)
    if opening and first and (rule := rules().openings.get(first[1])):
        yield Use(path, line, kind, f"{first[1]} …", rule["write"])
    yield from _phrases(text, path, line, kind)


def _phrases(text: str, path: str, line: int, kind: str) -> Iterator[Use]:
    for pattern, write in rules().phrases:
        for match in pattern.finditer(text):
            yield Use(path, line + text.count("\n", 0, match.start()), kind, " ".join(match[0].split()), write)


def _strings(nodes: list[ast.AST], path: str, docstrings: set[int]) -> Iterator[Use]:
    inner = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    helps = {
        id(word.value) for node in nodes if isinstance(node, ast.Call) for word in node.keywords if word.arg == "help"
    }
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            text = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner | docstrings:
            text = node.value
        else:
            continue
        if " " in text.strip():
            yield from _prose(text, path, node.lineno, "text", opening=id(node) in helps)


def _comments(text: str, path: str) -> Iterator[Use]:
    # Few lines have such a phrase behind a `#`; only then the file is read as tokens, to tell comments from strings.
    if next(_phrases("\n".join(re.findall(r"#.*", text)), path, 1, "comment"), None) is None:
        return
    for token in tokenize.generate_tokens(StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield from _phrases(token.string, path, token.start[0], "comment")


def main(arguments: list[str]) -> int:
    """Print the uses below the given paths, or below the root."""
    paths = [Path(argument).resolve() for argument in arguments if argument != "--count"] or [ROOT]
    places = sorted(set(uses(*paths)))
    if "--count" in arguments:
        counts = Counter(("/".join(use.path.split("/")[:-1][:4]) or ".", use.kind) for use in places)
        for (folder, kind), number in sorted(counts.items()):
            print(f"{number:6} {folder} {kind}")
    else:
        for use in places:
            print(use)
    print(f"{len(places)} uses of retired words")
    return 1 if places else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
