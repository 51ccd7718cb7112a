"""A pytest plugin that runs the tests of this folder with another library: `-p tests.lib.traced --library FOLDER`."""

from __future__ import annotations

from pathlib import Path

from tests.lib import library

__all__ = ["pytest_addoption", "pytest_configure"]


def pytest_addoption(parser):
    parser.addoption("--library", metavar="FOLDER", required=True, help="evaluate this library")


def pytest_configure(config):
    """Set the path of the library, before any test module imports it."""
    library.LIBRARY = Path(config.getoption("library"))
