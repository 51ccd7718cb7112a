"""Workers under hostile Jsonnet: a job that kills its worker fails alone."""

from __future__ import annotations

import mmap
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sixfold_compiler.engine import EvaluationError, Failure, Library, Pool, evaluate
from sixfold_compiler.engine.pool import Limits
from tests.support.repos import ROOT

TIGHT = Limits(cpu=1, wall=8.0, memory=256 * 2**20, file=2**20)


def run_jsonnet(library, job):
    source, engine = job
    try:
        return evaluate(library, source, engine=engine)
    except EvaluationError as error:
        return error.message


@pytest.fixture
def library(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "fleet").mkdir()
    return Library(tmp_path / "lib", tmp_path / "fleet")


BOMBS = {
    "endless recursion": "local f(x) = f(x + 1) + 1; f(0)",
    "endless tail recursion": "local f(x) = f(x + 1) tailstrict; f(0)",
    "a value inside itself": "local a = [a]; a",
    "an object inside itself": "{ a: self }",
    "a long string": "std.repeat('x', 500000000)",
    "a long array": "std.makeArray(50000000, function(i) 'x' + i)",
    "a doubling string": "local d(s, n) = if n == 0 then s else d(s + s, n - 1) tailstrict; d('xxxxxxxx', 60)",
    "fibonacci of 60": "local f(n) = if n < 2 then n else f(n - 1) + f(n - 2); f(60)",
    "deep parentheses": "(" * 100_000,
    "deep brackets": "[" * 10_000,
    "a file of the machine": "importstr '/etc/hostname'",
    "a file further up": "importstr '../../../../../../etc/hostname'",
    "an invariant that never holds": "{ assert self.x > 0, x:: error 'no' }",
}


@pytest.mark.parametrize("engine", ["rjsonnet", "jsonnet"])
def test_hostile_programs_fail_only_their_own_jobs(library, engine) -> None:
    """Every job before and after a bomb, in any worker, has its result, and the parent survives."""
    jobs, expected = [], {}
    for name, source in BOMBS.items():
        expected[len(jobs)] = "1\n"
        jobs += [("1", engine), (source, engine)]
        assert name
    secret = Path("/etc/hostname").read_text().strip() if Path("/etc/hostname").is_file() else "no such file"
    with Pool(2, TIGHT, library) as pool:
        results = dict(pool.run(run_jsonnet, jobs))
        assert [text.strip() for _, text in pool.run(run_jsonnet, [("2", engine)])] == ["2"]
    assert set(results) == set(range(len(jobs)))
    for index, value in expected.items():
        assert results[index].strip() == value.strip()
    for (source, _), result in zip(jobs[1::2], [results[i] for i in range(1, len(jobs), 2)], strict=True):
        if isinstance(result, Failure):
            assert result.reason in ("time", "memory", "crash"), (source[:40], result)
        else:  # the engine itself rejects it
            assert secret not in result


def grow(kept: list[mmap.mmap], size: int) -> int:
    kept.append(mmap.mmap(-1, size))  # a new mapping: an allocation may reuse memory that the parent has freed
    return os.getpid()


def test_a_worker_that_has_grown_is_replaced_and_no_job_is_lost() -> None:
    """The fast engine frees no memory, so a worker that has grown is replaced between two jobs."""
    limits = Limits(growth=32 * 2**20)
    with Pool(1, limits, []) as pool:
        small = dict(pool.run(grow, [1024] * 8))
        assert len(set(small.values())) == 1
        large = dict(pool.run(grow, [20 * 2**20] * 8))
    assert set(large) == set(range(8))
    assert len(set(large.values())) == 4  # two jobs are over the limit


def test_time_and_memory_limits_have_different_reasons(library) -> None:
    """An engine aborts when its stack overflows, and also when it is out of memory."""
    with Pool(2, TIGHT, library) as pool:
        results = dict(
            pool.run(
                run_jsonnet,
                [
                    (BOMBS["fibonacci of 60"], "rjsonnet"),
                    (BOMBS["a long string"], "rjsonnet"),
                    (BOMBS["a value inside itself"], "rjsonnet"),
                ],
            )
        )
    assert [results[i].reason for i in range(3)] == ["time", "memory", "memory"]


def die(_context, how):
    if how == "exit":
        os._exit(3)
    if how == "sleep":
        time.sleep(60)
    if how == "half an answer":
        # The length of a message without the message, like a worker that is killed while it sends.
        for link in list(Path("/proc/self/fd").iterdir()):
            try:
                if str(link.readlink()).startswith("socket:"):
                    os.write(int(link.name), (1000).to_bytes(4, "big") + b"half")
            except OSError:
                continue
        os._exit(0)
    if how == "raise":
        raise KeyError("ours")
    if how == "memory":
        return len(bytearray(10**10))
    if how == "file":
        Path(os.environ["POOL_FILE"]).write_bytes(b"x" * 2**21)
    if isinstance(how, int):
        os.kill(os.getpid(), how)
    return how


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("exit", "crash"),
        ("sleep", "time"),
        ("half an answer", "crash"),
        ("raise", "error"),
        ("memory", "memory"),
        ("file", "memory"),
        (int(signal.SIGSEGV), "crash"),
        (int(signal.SIGABRT), "memory"),
        (int(signal.SIGKILL), "memory"),
        (int(signal.SIGXCPU), "time"),
    ],
)
def test_a_worker_that_ends_fails_only_its_own_job(how, reason, monkeypatch, tmp_path) -> None:
    if how == "half an answer" and not Path("/proc/self/fd").is_dir():
        pytest.skip("needs /proc to find the worker's end of the pipe")
    monkeypatch.setenv("POOL_FILE", str(tmp_path / "file"))
    with Pool(1, Limits(cpu=5, wall=3.0, memory=256 * 2**20, file=2**20)) as pool:
        results = dict(pool.run(die, ["before", how, "after"]))
    assert (results[0], results[2]) == ("before", "after")
    assert isinstance(results[1], Failure)
    assert results[1].reason == reason
    assert results[1].detail


def pid(_context, _job):
    return os.getpid()


def sleep_as(_context, file):
    file.write_text(str(os.getpid()))
    time.sleep(60)


def children() -> set[int]:
    """Return the child processes of this process, which include servers that other tests of the run share."""
    return set(map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()))


def test_workers_end_when_the_pool_closes(library) -> None:
    with Pool(3, TIGHT, library) as pool:
        workers = {p for _, p in pool.run(pid, range(20))}
        list(pool.run(die, [int(signal.SIGSEGV)] * 3))
        workers |= {p for _, p in pool.run(pid, range(20))}
    for worker in workers:
        with pytest.raises(ProcessLookupError):  # a zombie would still exist
            os.kill(worker, 0)
    assert not workers & children()


@pytest.fixture
def alarm():
    """Fail a test that has not ended after 30 seconds."""

    def expired(_signal, _frame):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, expired)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("alarm")
@pytest.mark.parametrize("size", [1, 2])
def test_workers_that_were_killed_between_two_runs_are_replaced(size) -> None:
    with Pool(size) as pool:
        first = {worker for _, worker in pool.run(pid, range(size))}
        for worker in first:
            os.kill(worker, signal.SIGKILL)
            os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)  # it has ended, and is not reaped
        second = dict(pool.run(pid, range(4)))
    assert set(second) == set(range(4))
    assert all(isinstance(worker, int) for worker in second.values()), "no job is lost with its worker"
    assert not first & set(second.values())


@pytest.mark.usefixtures("alarm")
def test_a_worker_that_takes_too_long_is_dead_when_its_failure_is_reported(tmp_path) -> None:
    with Pool(1, Limits(wall=1.0)) as pool:
        for _, result in pool.run(sleep_as, [tmp_path / "pid"]):
            assert result == Failure("time", "the work did not end within 1 seconds")
            with pytest.raises(ProcessLookupError):
                os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux keeps a process from some of the CPUs")
def test_a_pool_has_a_worker_for_each_cpu_that_the_process_may_use() -> None:
    script = (
        "import os\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from sixfold_compiler.engine import Pool\nprint(Pool().size, Pool(0).size, Pool(3).size)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "1 1 3\n"


def test_workers_are_started_when_there_are_jobs_for_them() -> None:
    before = children()
    with Pool(3) as pool:
        assert pool.size == 3
        list(pool.run(pid, range(2)))
        assert len(children() - before) == 2
        list(pool.run(pid, range(9)))
        assert len(children() - before) == 3
    assert children() == before


def test_a_failure_says_what_became_of_the_worker() -> None:
    with Pool(1, Limits(cpu=5, memory=256 * 2**20)) as pool:
        jobs = ["exit", int(signal.SIGSEGV), int(signal.SIGXCPU), int(signal.SIGABRT), int(signal.SIGKILL), "raise"]
        details = [result.detail for _, result in sorted(pool.run(die, jobs))]
    assert details[:4] == [
        "the process ended with exit code 3",
        "the process was ended by signal 11",
        "the work used more than 5 seconds of CPU time",
        "the work used more than 256 MiB of memory, or was aborted",
    ]
    assert details[4].startswith("the process was killed from outside")
    assert details[5].startswith("KeyError: 'ours'\nTraceback")


def test_workers_end_when_the_pool_closes_after_an_error() -> None:
    seen = []

    def fail_at_the_first() -> None:
        with Pool(2) as pool:
            for _, worker in pool.run(pid, range(4)):
                seen.append(worker)
                raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_at_the_first()
    for worker in seen:
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_workers_end_when_their_parent_is_killed() -> None:
    """A busy orphan would run until its limit, and keep the inherited lock of the tree."""
    script = (
        "import os, sys, time\nfrom sixfold_compiler.engine import Pool\n"
        "def busy(_c, _j):\n    os.write(1, b'%d\\n' % os.getpid())\n    while True: pass\n"
        "with Pool(2) as pool: list(pool.run(busy, [1, 2]))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout is not None
    workers = [int(process.stdout.readline()) for _ in range(2)]
    process.kill()
    # The pipe closes when the last of its processes, the parent and both workers, has ended.
    assert process.stdout.read() == b""
    process.wait()
    process.stdout.close()
    assert len(set(workers)) == 2


def test_results_come_with_the_index_of_their_job() -> None:
    jobs = list(range(50))
    with Pool(4) as pool:
        assert dict(pool.run(die, [str(j) for j in jobs])) == {j: str(j) for j in jobs}
        assert list(pool.run(die, [])) == []


def limits_of_worker(_context, _job):
    kinds = (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU, resource.RLIMIT_AS)
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    return [resource.getrlimit(kind)[0] for kind in kinds], size, used, os.readlink("/proc/self/fd/2")  # noqa: PTH115


@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="needs /proc to see the memory of a worker")
def test_a_worker_has_the_limits_of_the_pool_and_prints_nothing() -> None:
    with Pool(1, Limits(cpu=7, memory=300 * 2**20, file=5 * 2**20)) as pool:
        ((_, ((core, file, cpu, memory), size, used, stderr)),) = pool.run(limits_of_worker, [0])
    assert (core, file, stderr) == (0, 5 * 2**20, os.devnull)
    assert 8 <= cpu <= 8 + used
    assert 300 * 2**20 < memory <= 300 * 2**20 + size


def test_lower_limits_of_the_shell_are_kept() -> None:
    script = (
        "import resource\n"
        "for kind, value in ((resource.RLIMIT_CPU, 30), (resource.RLIMIT_FSIZE, 2**20), (resource.RLIMIT_AS, 2**33)):\n"
        "    resource.setrlimit(kind, (value, value))\n"
        "from sixfold_compiler.engine import Pool\n"
        "def limits(_c, _j): return [resource.getrlimit(k)[1] for k in (resource.RLIMIT_CPU, resource.RLIMIT_FSIZE)]\n"
        "with Pool(1) as pool: print(dict(pool.run(limits, [0])))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == str({0: [30, 2**20]})


def test_limits_of_the_parent_are_unchanged() -> None:
    kinds = (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)
    before = [resource.getrlimit(kind) for kind in kinds]
    with Pool(1, TIGHT) as pool:
        list(pool.run(pid, [1]))
    assert [resource.getrlimit(kind) for kind in kinds] == before
