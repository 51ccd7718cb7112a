"""The decision records are numbered without gaps."""

import re
from pathlib import Path

DECISIONS = Path(__file__).resolve().parents[2] / "docs" / "decisions"


def test_decision_records_are_numbered_without_gaps():
    names = sorted(path.name for path in DECISIONS.glob("*.md"))
    assert [int(name.partition("-")[0]) for name in names] == list(range(1, len(names) + 1))


def test_each_title_has_the_number_of_its_file():
    for path in DECISIONS.glob("*.md"):
        assert re.match(r"# ([0-9]+)\. ", path.read_text())[1] == str(int(path.name.partition("-")[0]))
