"""The names and folders of the two packages."""

from __future__ import annotations

__all__ = ["COMPILER", "GENERATOR", "PACKAGES"]

COMPILER = "sixfold_compiler"  # the import package
GENERATOR = "sixfold_generator"
PACKAGES = {COMPILER: f"compiler/{COMPILER}", GENERATOR: f"generator/{GENERATOR}"}  # {import package: its folder}
