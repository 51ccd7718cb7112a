"""Measure the cost of `sixfold compile`, and compare it with the floor of the work and with Kapitan.

`python3 dev.py bench compile [--large] [--runs N] [--no-peer]`. A round runs every command once. Ratios
compare commands of the same round, because a shared machine is not equally fast all the time. Costs are those of the
complete process tree, as the kernel counts them. There are no thresholds: README.md says what to expect.
"""

from __future__ import annotations

import argparse
import filecmp
import os
import platform
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from measure import Cost, median, run
from peer import command, differences, write_project
from rich.console import Console
from rich.table import Table
from synthetic import LARGE, SMALL, Size, edit_one, write_repo

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).resolve().parent
KAPITAN = HERE.parent / ".cache" / "kapitan-venv" / "bin" / "kapitan"
SIXFOLD = Path(sys.executable).parent / "sixfold"


def main() -> None:
    """Measure each size of the command line and print its table."""
    parser = argparse.ArgumentParser(prog="dev.py bench compile", description=__doc__.partition("\n")[0])
    parser.add_argument("--large", action="store_true", help="also 2,000 apps over nine clusters (minutes a round)")
    parser.add_argument("--runs", type=int, default=3, help="rounds; the table shows medians (default: 3)")
    parser.add_argument("--no-peer", action="store_true", help="leave Kapitan out")
    options = parser.parse_args()
    if not SIXFOLD.is_file():
        sys.exit("sixfold is not installed beside this Python: run this by `python3 dev.py bench compile`")
    if not options.no_peer and not KAPITAN.is_file():
        sys.exit("Kapitan is not installed: run this by `python3 dev.py bench compile`, or add --no-peer")
    console = Console(width=None if sys.stdout.isatty() else 120)
    cores = len(os.sched_getaffinity(0))
    console.print(f"Python {platform.python_version()}, {cores} cores, {options.runs} rounds")
    start = median([run([SIXFOLD, "--help"]) for _ in range(5)])
    console.print(f"sixfold --help: {start.wall * 1000:.0f} ms, {start.peak:.0f} MiB")
    for size in (SMALL, LARGE) if options.large else (SMALL,):
        with tempfile.TemporaryDirectory(prefix="sixfold-bench-") as folder:
            measure(console, Path(folder), size, options.runs, peer=not options.no_peer)


def measure(console: Console, folder: Path, size: Size, runs: int, *, peer: bool) -> None:
    """Measure all commands on a synthetic repository of one size, `runs` times each, and print a table."""
    repo, inputs, floor, project = (folder / name for name in ("repo", "inputs", "floor", "kapitan"))
    write_repo(repo, size)
    tree = repo / "overlays"
    run([sys.executable, HERE / "prepare.py", repo, inputs])
    rows: dict[str, Callable[[], Cost]] = {
        "floor": lambda: fresh(floor, [sys.executable, HERE / "floor.py", inputs, floor]),
        "sixfold compile": lambda: fresh(tree, [SIXFOLD, "compile"], repo),
        "sixfold compile, nothing changed": lambda: run([SIXFOLD, "compile"], repo),
        "sixfold compile, one app changed": lambda: one_changed(repo),
    }
    if peer:
        write_project(inputs, project)
        rows["kapitan compile"] = lambda: fresh(project / "compiled", command(KAPITAN), project)
    costs: dict[str, list[Cost]] = {name: [] for name in rows}
    for _ in range(runs):
        for name, cost in rows.items():
            costs[name].append(cost())
    verify(tree, floor, project if peer else None)
    files = sum(1 for _ in tree.rglob("*.yaml"))
    objects = sum(path.read_bytes().count(b"\nkind: ") for path in tree.rglob("*.yaml"))
    table = Table(title=f"{size.name}: {objects:,} objects in {files:,} files", header_style="bold")
    for column in ("", "wall s", "CPU s", "peak MiB", "wall / sixfold", "CPU / sixfold"):
        table.add_column(column, justify="left" if not column else "right")
    base = costs["sixfold compile"]
    for name, measured in costs.items():
        middle = median(measured)
        wall = statistics.median(item.wall / other.wall for item, other in zip(measured, base, strict=True))
        cpu = statistics.median(item.cpu / other.cpu for item, other in zip(measured, base, strict=True))
        table.add_row(
            name, f"{middle.wall:.2f}", f"{middle.cpu:.2f}", f"{middle.peak:.0f}", f"{wall:.2f}", f"{cpu:.2f}"
        )
    console.print(table)


def fresh(out: Path, line: list[str | Path], cwd: Path | None = None) -> Cost:
    """Return the cost of a command that writes the folder `out`, which is deleted first."""
    shutil.rmtree(out, ignore_errors=True)
    return run(line, cwd)


def one_changed(repo: Path) -> Cost:
    """Return the cost of a compile after one edit. The edit is undone and compiled again without measuring."""
    before = {path: path.read_bytes() for path in (repo / "apps").glob("*/app-0007.yaml")}
    edit_one(repo)
    cost = run([SIXFOLD, "compile"], repo)
    for path, data in before.items():
        path.write_bytes(data)
    run([SIXFOLD, "compile"], repo)
    return cost


def verify(tree: Path, floor: Path, project: Path | None) -> None:
    """Exit unless the floor wrote the same bytes as Sixfold, and Kapitan the same objects."""
    names = [path.relative_to(tree) for path in tree.rglob("*.yaml")]
    _, different, missing = filecmp.cmpfiles(tree, floor, names, shallow=False)
    if different or missing:
        sys.exit(f"the floor did other work: {[*map(str, different), *map(str, missing)][:5]}")
    if project is not None and (different := differences(tree, project)):
        sys.exit(f"Kapitan did other work: {different[:5]}")


if __name__ == "__main__":
    main()
