"""Print the adopted state as JSON for `sixfold guard --against STATE`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sixfold_compiler.guard.adopted import AdoptedState
from sixfold_generator.adoption.holdings import holdings
from sixfold_generator.state.folder import State
from sixfold_generator.state.snapshot import DamagedError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. The exit code is 1, with the reason on standard error, when no valid state is in the folder."""
    parser = argparse.ArgumentParser(
        prog="python -m sixfold_generator.adoption.export", description="Print the adopted state as JSON."
    )
    parser.add_argument("state", type=Path, help="folder of the adopted state")
    folder = parser.parse_args(arguments).state
    try:
        snapshot = State(folder).read()
    except DamagedError as error:
        sys.stderr.write(f"the adopted state is damaged: {error}\n")
        return 1
    if snapshot is None:
        sys.stderr.write("the folder has no adopted state\n")
        return 1
    sys.stdout.buffer.write(AdoptedState(holdings(snapshot), snapshot.spent).to_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
