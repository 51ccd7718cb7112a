"""The table of `python3 dev.py run` fits a terminal of 80 columns, with nothing cut."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from rich.console import Console

FILE = Path(__file__).resolve().parents[2] / "examples" / "demo.py"


@pytest.mark.parametrize("width", [80, 112])
def test_nothing_is_cut(width) -> None:
    spec = importlib.util.spec_from_file_location("demo", FILE)
    assert spec is not None
    assert spec.loader is not None
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)
    console = Console(width=width, record=True, quiet=False, file=Path("/dev/null").open("w"))  # noqa: SIM115
    parameters = {
        "namespace": "notifications",
        "environment": "staging",
        "dataCenter": "dc1",
        "revision": "0123456789abcdef",
    }
    sets = [parameters | {"cluster": f"dc1-{c}", "weight": "33"} for c in "abc"]
    demo.show(console, {"notifications": sets}, committed=True)
    text = console.export_text()
    console.file.close()
    assert "…" not in text
    assert all(len(line) <= width for line in text.splitlines())
    for part in ("dc1-a 33", "dc1-b 33", "dc1-c 33", " dc1 ", "0123456", "staging"):
        assert part in text
