"""A stand-in for tests/conformance/builds.py in tests of the start and stop of builds, without real builds."""

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
