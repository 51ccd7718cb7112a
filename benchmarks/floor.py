"""Evaluate the library on prepared inputs and write the YAML: the floor of a compile.

`floor.py FOLDER OUT`: it reads no manifests, and merges, places, checks, compares and stages nothing. Library, engine,
settings and emitter are those of Sixfold, with one worker for each core. Every compiler of this library must do this
work, so the difference to it is the cost of the compiler itself.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import orjson
import rjsonnet

from sixfold_compiler.engine import library_folder
from sixfold_compiler.yaml.emitter import Emitter

PART = 6  # evaluations of one worker, which is then replaced, because the engine frees no memory


def main(folder: Path, out: Path) -> None:
    """Divide the recorded evaluations in `folder` among forked workers, which write their files to `out`."""
    lines = sorted(line for file in folder.glob("*.jsonl") for line in file.read_bytes().splitlines())
    folders = {path.rpartition("/")[0] for line in lines for path in json.loads(line)["files"]}
    for name in sorted(folders):
        (out / name).mkdir(parents=True, exist_ok=True)
    workers = len(os.sched_getaffinity(0))
    parts = [lines[number : number + PART] for number in range(0, len(lines), PART)]
    running = 0
    while parts or running:
        if parts and running < workers:
            part = parts.pop()
            if not os.fork():
                work(part, out)
                os._exit(0)
            running += 1
            continue
        _, status = os.wait()
        running -= 1
        if status:
            sys.exit(f"a worker ended with {status}")


def work(lines: list[bytes], out: Path) -> None:
    """Evaluate each recorded line and write its files to `out`."""
    emitter = Emitter()
    library = str(library_folder())
    for line in lines:
        job = orjson.loads(line)
        program = job["program"].replace("import 'lib:", "import '")
        result = orjson.loads(
            rjsonnet.evaluate_snippet("<floor>", program, tla_vars={"text": job["input"]}, jpathdir=library, gc=False)
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
