"""A compile without changes: what it need not load, and default specs, which only unchanged apps prove to be valid."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.measuring import unmeasured

HEAVY = ("model.app", "model.container", "checks", "manifest.prepare", "pipeline.render.overlays", "diagnostics.render")


def test_a_compile_without_changes_loads_neither_models_of_specs_nor_checks(repo) -> None:
    program = (
        "import sys\nfrom sixfold_compiler.cli.main import main\n"
        "try:\n    main(['compile'])\n"
        "finally:\n    print(*(name for name in sys.modules if name.startswith('sixfold_compiler.')))"
    )

    def loaded() -> tuple[str, list[str]]:
        run = subprocess.run(
            [sys.executable, "-c", program],
            cwd=repo.folder,
            env=unmeasured(os.environ),
            capture_output=True,
            text=True,
            check=True,
        )
        modules = set(run.stdout.split())
        return run.stderr, [name for name in HEAVY if f"sixfold_compiler.{name}" in modules]

    repo.options()
    loaded()  # writes the names lock
    summary, heavy = loaded()
    assert "(0 apps evaluated)" in summary
    assert heavy == []
    repo.put("shop/web", replicas=9)
    assert "model.app" in loaded()[1]


@pytest.mark.parametrize("team", ["", "shop", "idle"])
def test_wrong_defaults_stop_the_compile_whatever_else_is_unchanged(repo, team) -> None:
    repo.data["teams"]["idle"] = repo.data["teams"]["shop"]
    repo.write_fleet()
    assert repo.compile().codes == []
    assert repo.compile().summary.evaluated == 0
    before, repo.locked = repo.tree(), True
    if team:
        repo.data["teams"][team] = repo.data["teams"][team] | {"defaults": {"tier": "P9"}}
    else:
        repo.data["defaults"] = {"tier": "P9"}
    repo.write_fleet()
    run = repo.compile()
    assert run.codes == ["SF303"]
    assert run.fatal
    (problem,) = run.diagnostics
    assert problem.message.startswith(f"teams.{team}.defaults.tier" if team else "defaults.tier")
    assert repo.tree() == before
