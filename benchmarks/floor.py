"""The floor: evaluate the library on prepared inputs, write the YAML, nothing else.

`floor.py FOLDER OUT`: no manifests are read, nothing is merged, placed, checked, compared, staged or listed. The same
library, the same fast engine, the same emitter, one worker for each core. Whatever a compiler of this library does, it
does this; what it costs on top is its own.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import orjson
import rjsonnet

from compiler.emit import Emitter
from compiler.engine import library_folder


def main(folder: Path, out: Path) -> None:
    """Share the recorded evaluations between forked workers."""
    lines = sorted(line for file in folder.glob("*.jsonl") for line in file.read_bytes().splitlines())
    made = {path.rpartition("/")[0] for line in lines for path in json.loads(line)["files"]}
    for name in sorted(made):
        (out / name).mkdir(parents=True, exist_ok=True)
    workers = len(os.sched_getaffinity(0))
    children = []
    for number in range(workers):
        child = os.fork()
        if not child:
            work(lines[number::workers], out)
            os._exit(0)
        children.append(child)
    for child in children:
        _, status = os.waitpid(child, 0)
        if status:
            sys.exit(f"a worker ended with {status}")


def work(lines: list[bytes], out: Path) -> None:
    """Evaluate and write."""
    emitter = Emitter()
    library = str(library_folder())
    for line in lines:
        job = orjson.loads(line)
        program = job["program"].replace("import 'lib:", "import '")
        result = orjson.loads(
            rjsonnet.evaluate_snippet("<floor>", program, tla_codes={"input": job["input"]}, jpathdir=library)
        )
        written: dict[int, bytes] = {}
        for path, places in job["files"].items():
            parts = []
            for place in places:
                item = result
                for step in place:
                    item = item[step]
                if id(item) not in written:
                    written[id(item)] = emitter.emit([item])
                parts.append(written[id(item)])
            (out / path).write_bytes(b"---\n".join(parts))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
