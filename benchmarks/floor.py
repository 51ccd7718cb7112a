"""The floor: evaluate the library on prepared inputs, write the YAML, nothing else.

`floor.py FOLDER OUT`: no manifests are read, nothing is merged, placed, checked, compared, staged or listed. The same
library, the same fast engine with the same settings, the same emitter, one worker for each core. Whatever a compiler of
this library does, it does this; what it costs on top is its own.
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

PART = 6  # evaluations of one worker; the engine keeps what it has made, so that a worker grows


def main(folder: Path, out: Path) -> None:
    """Share the recorded evaluations between forked workers."""
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
    """Evaluate and write."""
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
