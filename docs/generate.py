# ruff: noqa: INP001 - a script, not a package
"""Write every page of docs/ that is made from the code: `python3 dev.py docs`."""

from __future__ import annotations

import sys
from pathlib import Path

from compiler.cli.reference import write as write_commands_and_codes
from compiler.reference import write_reference
from compiler.schema import write_schemas


def main() -> int:
    """Write them all, and say which."""
    docs = Path(__file__).resolve().parent
    for path in (*write_schemas(docs / "schema"), *write_reference(docs), *write_commands_and_codes(docs)):
        sys.stdout.write(f"{path.relative_to(docs.parent)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
