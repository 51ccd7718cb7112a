"""A repo whose commits are adopted one after the other, on a disk or by the pure step alone."""

from __future__ import annotations

from datetime import date

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_generator.adoption.decide import adopt
from sixfold_generator.adoption.run import Result, run
from sixfold_generator.state.folder import State
from tests.support.trees import GitTree, Spec, read

TODAY = date(2026, 11, 24)


class Case:
    """A repo and a state folder on a disk."""

    def __init__(self, folder):
        self.git = GitTree(folder / "git")
        self.state = folder / "state"
        self.spec = Spec()

    def adopt(self, **options):
        return run(self.git.link, self.state, today=TODAY, **options)

    def commit(self, **options):
        commit = self.git.commit(self.spec)
        return commit, self.adopt(**options)

    @property
    def snapshot(self):
        return State(self.state).read()

    def namespace(self, key, name):
        return self.snapshot.clusters[key].namespaces[name]


class Desk:
    """A repo without a disk: complete trees, and the pure step from one snapshot to the next."""

    def __init__(self):
        self.spec = Spec()
        self.snapshot = None
        self.commits = 0

    def commit(self):
        self.commits += 1
        commit = f"{self.commits:040}"
        try:
            adoption = adopt(self.snapshot, *read(self.spec, commit), TODAY)
        except DiagnosticError as error:
            return commit, Result("refused", None, error.diagnostics)
        self.snapshot = adoption.snapshot
        return commit, Result("adopted", None, adoption.diagnostics)

    def namespace(self, key, name):
        return self.snapshot.clusters[key].namespaces[name]


def codes(result):
    return [problem.code for problem in result.problems]


def contents(folder, *without):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in without
    }
