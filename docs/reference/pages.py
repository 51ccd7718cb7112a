"""Reference pages of the manifest, the fleet and tombstones, generated from the published schemas."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docs.reference.examples import FLEET_EXAMPLES, MANIFEST_EXAMPLES, TOMBSTONE_EXAMPLES
from sixfold_compiler.model.patterns import HOST, LABEL, PATH, QUANTITY
from sixfold_compiler.systems.schema import SCHEMAS, schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["PAGES", "Page", "render_page"]

Schema = dict[str, Any]  # JSON Schema as pydantic generates it, which has no type

# Names of patterns; a text with another pattern is shown as "text".
_PATTERNS = {
    LABEL: "name",
    r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$": "dotted name",
    QUANTITY: "quantity",
    r"^[0-9]+(\.[0-9]+)?(ms|s|m|h)$": "duration",
    r"^(100|[0-9]{1,2})%$": "percentage",
    r"^/": "path",
    PATH: "path",
    HOST: "host name",
    r"^[A-Za-z_][A-Za-z0-9_.-]*$": "variable name",
    r"^\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*$": "key",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "date",
    r"^https://[^\s/]+(/.*)?$": "URL",
    r"^https?://[^\s]+$": "URL",
    r"^1\.[0-9]{2}$": "version such as `1.35`",
    r"^[a-z]{2}(-[a-z]+)+-[0-9]$": "AWS region",
    r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$": "ARN",
    r"^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{0,12}:.+$": "ARN",
    r"^\$[-a-zA-Z0-9._]+(:[-a-zA-Z0-9._]+)?$": "`$secret:key`",
}
_PLAIN = {"string": "text", "integer": "number", "number": "number", "boolean": "true or false", "object": "map"}
# Records with all fields of another record: the page describes the shared fields once.
_BASES = {
    "Container": "ManifestSpec",
    "InitContainer": "Container",
    "PodSecurityContext": "SecurityContext",
    "External": "Road",
}
_HEADINGS = {
    "ManifestSpec": "spec",
    "Spec": "spec",
    "App": "The document",
    "Release": "Release file",
    "Fleet": "The fleet",
    "Tombstones": "The document",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A reference page.

    Attributes:
        file: The name of the file in `docs/`.
        schemas: The schemas that the page describes.
        opening: The text before the records.
        examples: Examples by the name of their record.
        language: The language of the examples.
    """

    file: str
    schemas: tuple[str, ...]
    opening: str
    examples: Mapping[str, str]
    language: str


MANIFEST_OPENING = """\
# The application manifest

One YAML file for each app: `apps/<team>/<app>.yaml` in the deploy repo, or any name in an app repo. The first
document is the manifest; further documents are plain Kubernetes objects of the app, which get its labels and namespace.
With this first line, editors that use the YAML language server complete and check the file:

```yaml
# yaml-language-server: $schema=<path to docs/schema/app.schema.json>
```

YAML is read strictly: no anchors, aliases, tags, merge keys or duplicate keys, and text that looks like a number, a
boolean or null must be quoted.

**Layers.** A spec is merged from weakest to strongest: the fleet's `defaults`, the team's `defaults`, the manifest, its
`overrides` that match (an environment, then a data center, then both), the release file (image version only). Maps
merge field by field; lists of items with a `name` merge by name, `calls` by app or host; other lists are replaced;
null removes a field. Of two fields that exclude each other, the one of the stronger layer stays.
`sixfold explain <app> <field>` shows the value in every cell and the layers that set it.

**Numbers of pods** are for a whole data center. Sixfold divides them over its clusters: see [concepts](concepts.md).
"""
FLEET_OPENING = """\
# The fleet

The platform team writes `environments/fleet.jsonnet`, with imports from the same folder. It evaluates to one `Fleet`:
environments, data centers, clusters, teams and choices of the platform. The folder
[environments/](../environments/) of this repository is a complete example. [policy.md](policy.md) has the rules behind
`allow`.
"""

TOMBSTONES_OPENING = """\
# Tombstones

Approved deletions: `tombstones.yaml` beside `fleet.jsonnet`. Deletions beyond the fleet's
[`deletions`](fleet.md#deletions) budgets are neither compiled nor adopted without an entry in this file. The deletion
of a team, of a namespace in a data center, of a cluster, or of an object in `argocd/` always needs one, whatever the
budgets are. `sixfold retire` writes entries together with the change that needs them, `sixfold guard` shows the missing
ones, and [concepts](concepts.md#taking-things-away) explains the reasons.

An entry that is no longer needed, or whose day has passed, may be removed: deleted objects stay deleted.
"""

PAGES = (
    Page("manifest.md", ("app.schema.json", "release.schema.json"), MANIFEST_OPENING, MANIFEST_EXAMPLES, "yaml"),
    Page("fleet.md", ("fleet.schema.json",), FLEET_OPENING, FLEET_EXAMPLES, "jsonnet"),
    Page("tombstones.md", ("tombstones.schema.json",), TOMBSTONES_OPENING, TOMBSTONE_EXAMPLES, "yaml"),
)


def render_page(page: Page) -> str:
    """Return a page as Markdown."""
    published = {s.file: s for s in SCHEMAS}
    parts = [page.opening]
    for file in page.schemas:
        schema = schema_of(published[file])
        definitions: dict[str, Schema] = schema.pop("$defs", {})
        definitions[published[file].model.__name__] = schema
        names = _order(published[file].model.__name__, definitions)
        parts += [_section(name, definitions, page) for name in names]
    return "<!-- Generated from the model by `python3 dev.py docs`; do not edit. -->\n" + "\n".join(parts)


def _order(root: str, definitions: Mapping[str, Schema]) -> list[str]:
    """Return the names of the records in the order of the page: each once, followed by the records of its fields."""
    names: list[str] = []

    def visit(name: str) -> None:
        if name in names or (name == "Spec" and "ManifestSpec" in definitions):
            return
        names.append(name)
        for target in _references(definitions[name]):
            visit(target)

    visit(root)
    return names


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2]
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _section(name: str, definitions: Mapping[str, Schema], page: Page) -> str:
    schema = definitions[name]
    fields: dict[str, Schema] = schema.get("properties", {})
    lines = [f"## {_heading(name)}", "", _sentence(schema.get("description", "")), ""]
    base = _BASES.get(name, "")
    shared = [f for f in fields if base and f in definitions[base]["properties"]]
    if shared:
        lines += [f"As in [{_heading(base)}](#{_anchor(base)}): {', '.join(f'`{f}`' for f in shared)}. Its own:", ""]
    required = schema.get("required", [])
    lines += ["| field | type | default | meaning |", "| --- | --- | --- | --- |"]
    lines += [
        f"| `{field}` | {_type(value)} | {_default(field, value, required)} | {_cell(value.get('description', ''))} |"
        for field, value in fields.items()
        if field not in shared
    ]
    if name in page.examples:
        lines += ["", f"```{page.language}", page.examples[name].rstrip("\n"), "```"]
    return "\n".join([*lines, ""])


def _heading(name: str) -> str:
    return _HEADINGS.get(name, name)


def _anchor(name: str) -> str:
    return _heading(name).lower().replace(" ", "-")


def _sentence(text: str) -> str:
    return text if text.endswith((".", "")) else f"{text}."


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _default(field: str, schema: Schema, required: list[str]) -> str:
    if field in required:
        return "required"
    default = schema.get("default")
    if default in (None, {}, []):
        return ""
    return f"`{json.dumps(default)}`" if not isinstance(default, dict) else "see the record"


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{_heading(name)}](#{_anchor(name)})"
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        return " \\| ".join(f"`{v}`" if v else '`""`' for v in values if v is not None)
    if "anyOf" in schema:
        kinds = [_type(choice) for choice in schema["anyOf"] if choice != {"type": "null"}]
        return "quantity" if "quantity" in kinds else " or ".join(dict.fromkeys(kinds))
    kind = schema.get("type", "")
    return _plain(next((k for k in kind if k != "null"), "") if isinstance(kind, list) else kind, schema)


def _plain(kind: str, schema: Schema) -> str:
    if kind == "array":
        return f"list of {_type(schema['items'])}"
    if kind == "object" and schema.get("properties"):
        return f"map of {', '.join(_type(value) for value in schema['properties'].values())}"
    if kind == "object":
        return _map(schema)
    if kind == "string" and "pattern" in schema:
        return _PATTERNS.get(schema["pattern"], "text")
    if kind == "integer" and "minimum" in schema and "maximum" in schema:
        return f"number, {schema['minimum']} to {schema['maximum']}"
    return _PLAIN.get(kind, "anything")


def _map(schema: Schema) -> str:
    values = [*schema.get("patternProperties", {}).values()] or [schema.get("additionalProperties", True)]
    value = values[0]
    return f"map to {_type(value)}" if isinstance(value, dict) and value else "map"
