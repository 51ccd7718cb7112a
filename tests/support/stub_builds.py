"""Stands for tests/conformance/builds.py where a test asks how builds are started and stopped: it builds nothing."""

from __future__ import annotations

import sys
import time

if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            print("quick\nmissing\nbroken\nslow\nlate")
        case ["missing"]:
            print("there is no go in PATH")
            sys.exit(3)
        case ["broken"]:
            print("undefined: x")
            sys.exit(1)
        case ["slow" | "late"]:
            time.sleep(600)
