"""Each row of docs/regressions.md names a test that exists, and a command whose files exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = re.findall(r"^\| (?!bug |---)(.+) \|$", (ROOT / "docs" / "regressions.md").read_text(), re.MULTILINE)
TESTS = "\n".join(path.read_text() for path in sorted((ROOT / "tests").rglob("test_*.py")))
CASES = "\n".join(path.read_text() for path in sorted((ROOT / "tests" / "cases").rglob("*.md")))


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_the_named_tests_and_files_exist(row):
    _, _, command, test = row.split(" | ")
    for path in re.findall(r"tests/\S+?(?=[` ])", command):
        assert (ROOT / path).exists()
    names = re.findall(r"`(test_\w+)", test)
    assert all(re.search(rf"^ *def {name}\(", TESTS, re.MULTILINE) for name in names)
    cases = re.findall(r'case "([^"]+)"', test)
    assert all(case in CASES for case in cases)
    assert names or cases or test.startswith("row ")


def test_the_page_has_rows():
    assert len(ROWS) > 20
