"""The objects of an overlay as text: split, named and compared, with the values of Secrets hidden.

It processes text of `sixfold_compiler.yaml.emitter` line by line, without a YAML parser, because a preview may have to
read tens of thousands of files. Other YAML text still gives a correct, if coarser, diff.
"""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["ObjectText", "compare", "objects", "pair"]

HIDDEN, CHANGED = "(hidden)", "(hidden, changed)"
LONG = 160  # characters; a longer line is cut to the part around its change
CONTEXT = 3  # unchanged lines around a change
# Beyond this number of pairs of equal lines, frequent lines are not matched, and the diff is coarser. 5,000 lines of
# three texts, a fifth of them changed, took 210 s without this limit; a compiled difflib (cydifflib) would only divide
# that by a constant, so it is no dependency.
MAX_EQUAL_PAIRS = 1_000_000

_KIND = re.compile(r"^kind:\s*[\"']?([A-Za-z0-9.]+)", re.MULTILINE)
_NAME = re.compile(r"^metadata:[ \t]*\n(?:[ \t].*\n)*?[ \t]+name:[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)
_SECRET_ANYWHERE = re.compile(r"kind[\"']?:\s*[\"']?Secret\b")
_SECRET_BLOCKS = frozenset({"data", "stringData"})
_BLOCK_KEY = re.compile(r"^(\s+)([^\s:#][^:]*):")
_VERSION_LABEL = " app.kubernetes.io/version: "
_CONFIG_HASH = re.compile(r"-[0-9a-f]{10}$")
_KEY = re.compile(r"^( *)((?:- )?)([\w./$-]+|\"[^\"{}]*\"):(?:\s|$)")


@dataclass(frozen=True, slots=True)
class ObjectText:
    """A Kubernetes object as text: its kind, name and printable lines. `secret` has the hidden values by key."""

    kind: str
    name: str
    lines: tuple[str, ...]
    secret: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        """The kind and name of the object, such as `Deployment match-service`."""
        return f"{self.kind} {self.name}".strip()


def objects(text: str) -> list[ObjectText]:
    """Return the objects of a file, in order. Documents are separated by lines that are exactly `---`."""
    parsed = []
    no_secret: tuple[tuple[str, str], ...] = ()
    for body in re.split(r"^---[ \t]*$", text, flags=re.MULTILINE):
        stripped = body.strip("\n")
        if not stripped.strip():
            continue
        kind, name = _KIND.search(stripped), _NAME.search(stripped + "\n")
        lines, secret = tuple(stripped.split("\n")), no_secret
        if _SECRET_ANYWHERE.search(stripped):
            plain = kind is not None and kind.group(1) == "Secret" and "last-applied-configuration" not in stripped
            lines, secret = _hide(lines, completely=not plain)
        parsed.append(ObjectText(kind.group(1) if kind else "document", name.group(1) if name else "", lines, secret))
    return parsed


def pair(old: list[ObjectText], new: list[ObjectText]) -> list[tuple[ObjectText | None, ObjectText | None]]:
    """Return the (old, new) versions of each object in the order of the new file, followed by the deleted objects.

    Objects whose names differ only in a content digest count as one object, so that its diff is readable.
    """
    remaining = {(o.kind, o.name): o for o in old}
    pairs: list[tuple[ObjectText | None, ObjectText | None]] = []
    unmatched: list[int] = []
    for item in new:
        pairs.append((remaining.pop((item.kind, item.name), None), item))
        if pairs[-1][0] is None:
            unmatched.append(len(pairs) - 1)
    for index in unmatched:
        fresh = pairs[index][1]
        stem = _stem(fresh) if fresh else None
        twin = next((key for key, o in remaining.items() if stem is not None and _stem(o) == stem), None)
        if twin is not None:
            pairs[index] = (remaining.pop(twin), fresh)
    return [*pairs, *((item, None) for item in remaining.values())]


def compare(old: ObjectText, new: ObjectText) -> tuple[tuple[str, ...], ...]:
    """Return the hunks of a unified diff, each headed by the YAML path of its first change (`@@ spec.replicas`).

    A new version changes a label of every object. Such hunks are merged into one hunk of a single line, the last one.
    """
    return _compare(old.lines, _mark_changed(old, new))


def _stem(item: ObjectText) -> tuple[str, str] | None:
    match = _CONFIG_HASH.search(item.name)
    return (item.kind, item.name[: match.start()]) if match else None


# The same change on many clusters is one pair of texts, and is compared once.
@lru_cache(maxsize=4096)
def _compare(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    out: list[tuple[str, ...]] = []
    labels: list[str] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=_equal_pairs(old, new) > MAX_EQUAL_PAIRS)
    for group in matcher.get_grouped_opcodes(CONTEXT):
        body: list[str] = []
        place = ""
        for tag, a1, a2, b1, b2 in group:
            if tag == "equal":
                body += [f"  {_cut(line, 0, ())}" for line in old[a1:a2]]
                continue
            place = place or (_path(new, b1) if b2 > b1 else _path(old, a1))
            body += [f"- {_cut(line, at, new[b1:b2])}" for at, line in enumerate(old[a1:a2])]
            body += [f"+ {_cut(line, at, old[a1:a2])}" for at, line in enumerate(new[b1:b2])]
        changed = [line for line in body if not line.startswith(" ")]
        if all(_VERSION_LABEL in line for line in changed) and len(changed) == 2:
            labels = [line.partition(": ")[2].strip("\"'") for line in changed]
        else:
            out.append((f"@@ {place}", *body))
    if labels:
        out.append((f"@@ version label: {labels[0]} -> {labels[1]}",))
    return tuple(out)


def _equal_pairs(old: tuple[str, ...], new: tuple[str, ...]) -> int:
    """Return the number of pairs of equal lines, which determines the running time of `difflib`."""
    counts = Counter(new)
    return sum(count * counts[line] for line, count in Counter(old).items())


def _cut(line: str, at: int, others: tuple[str, ...]) -> str:
    """Return a line that fits the screen; a long line is cut to the part around its first difference."""
    if len(line) <= LONG:
        return line
    other = others[at] if at < len(others) else ""
    start = next((i for i, (a, b) in enumerate(zip(line, other, strict=False)) if a != b), min(len(line), len(other)))
    start = max(0, start - LONG // 2)
    return ("… " if start else "") + line[start : start + LONG] + (" …" if start + LONG < len(line) else "")


def _path(lines: tuple[str, ...], index: int) -> str:
    """Return the YAML path of the line at `index`, found by indentation: `spec.template.spec.containers[app].image`."""
    keys: list[str] = []
    limit: float = math.inf
    items: int | None = None
    for at in range(index, -1, -1):
        match = _KEY.match(lines[at])
        if match is None or (indent := len(match.group(1))) >= limit:
            continue
        dash, key = match.group(2), match.group(3)
        if dash and indent == items:
            continue  # an earlier item of a list whose item is in the path
        if not dash:
            keys.append(key)
            limit = indent
            continue
        # The key behind a dash is the first of its item; the list's own key may have the same indentation as the dash.
        if at == index:
            keys.append(key)
        keys.append(f"[{_item_name(lines, at, indent + len(dash))}]")
        limit, items = indent + 1, indent
    return ".".join(reversed(keys)).replace(".[", "[")


def _item_name(lines: tuple[str, ...], start: int, indent: int) -> str:
    """Return the `name` of the list item that starts at line `start`, or its index if it has no name."""
    for at in range(start, len(lines)):
        body = lines[at]
        if at > start and len(body) - len(body.lstrip(" ")) < indent:
            break
        if body[indent:].startswith("name: "):
            return body[indent + len("name: ") :].strip("\"'")
    number = 0
    for body in reversed(lines[:start]):
        depth = len(body) - len(body.lstrip(" "))
        if depth < indent - 2 or (depth == indent - 2 and not body[depth:].startswith("- ")):
            break
        number += depth == indent - 2
    return str(number)


def _hide(lines: tuple[str, ...], *, completely: bool) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Return the lines without the values of a Secret, and these values by key. `completely` hides every line."""
    if completely:
        return (HIDDEN,), (("", "\n".join(lines)),)
    shown: list[str] = []
    hidden: dict[str, list[str]] = {}
    key, depth, inside = "", 0, False
    for line in lines:
        if line and not line[0].isspace():
            block, _, value = line.partition(":")
            inside, key, depth = block in _SECRET_BLOCKS, block, 0
            if inside and value.strip():
                hidden[key] = [value]
            shown.append(f"{block}: {HIDDEN}" if inside and value.strip() else line)
            continue
        if not inside:
            shown.append(line)
            continue
        match = _BLOCK_KEY.match(line)
        if match and (not depth or len(match.group(1)) <= depth):
            depth, key = len(match.group(1)), match.group(2)
            shown.append(f"{match.group(1)}{key}: {HIDDEN}")
        hidden.setdefault(key, []).append(line)
    return tuple(shown), tuple((key, "\n".join(values)) for key, values in hidden.items())


def _mark_changed(old: ObjectText, new: ObjectText) -> tuple[str, ...]:
    """Return the new lines, with `(hidden, changed)` at each key whose hidden value has changed."""
    before, after = dict(old.secret), dict(new.secret)
    changed = {key for key in after if key in before and before[key] != after[key]}
    return tuple(
        line.removesuffix(HIDDEN) + CHANGED
        if line.endswith(HIDDEN) and line.strip().partition(": ")[0].removesuffix(HIDDEN) in changed
        else line
        for line in new.lines
    )
