# ruff: noqa: INP001 - a script, not a package
"""Write every page of docs/ that is made from the code, or from a record: `python3 dev.py docs`."""

from __future__ import annotations

import sys
from pathlib import Path

from proof import write_proof

from compiler.cli.reference import write as write_commands_and_codes
from compiler.reference import write_reference
from compiler.schema import write_schemas
from generator.openapi import write_document


def main() -> int:
    """Write them all, and say which."""
    docs = Path(__file__).resolve().parent
    schemas = (*write_schemas(docs / "schema"), write_document(docs))
    code = (*schemas, *write_reference(docs), *write_commands_and_codes(docs))
    for path in (*code, write_proof()):
        sys.stdout.write(f"{path.relative_to(docs.parent)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
