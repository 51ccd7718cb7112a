"""Write every generated page and schema of docs/: `python3 dev.py docs`."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from dev.sbom import write_sboms
from docs.proof import write_proof
from docs.reference.architecture import write_architecture
from docs.reference.commands import write as write_commands_and_codes
from docs.reference.library import write_library
from docs.reference.pages import PAGES, render_page
from docs.reference.policy import write_policy
from docs.reference.systems import write_systems
from sixfold_compiler.systems.schema import SCHEMAS, schema_of
from sixfold_generator.web.openapi import write_document


def main() -> int:
    """Write every generated page and schema, and print the names of the files."""
    docs = Path(__file__).resolve().parent
    pretty = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    schemas = {docs / "schema" / s.file: orjson.dumps(schema_of(s), option=pretty) for s in SCHEMAS}
    pages = {docs / page.file: render_page(page).encode() for page in PAGES}
    for path, data in (schemas | pages).items():
        path.write_bytes(data)
    for path in (
        *schemas,
        write_document(docs),
        *pages,
        *write_commands_and_codes(docs),
        write_policy(docs),
        write_systems(docs),
        *write_architecture(docs),
        write_library(),
        write_proof(),
        *write_sboms(),
    ):
        sys.stdout.write(f"{path.relative_to(docs.parent)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
