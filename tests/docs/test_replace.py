"""Examples of docs/runbooks/replace-cluster.md can be pasted. tests/acceptance/cli/test_drain.py follows its steps."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from sixfold_compiler.engine import Pool
from sixfold_compiler.inputs.fleet_loader import load_fleet

ROOT = Path(__file__).resolve().parents[2]
PAGES = {p.name: p.read_text() for p in (ROOT / "docs/runbooks").glob("*-cluster.md")}


def test_the_new_cluster_of_the_page_is_one_that_the_fleet_accepts(tmp_path) -> None:
    """The page shows every required field of a cluster; the fleet would be rejected without one of them."""
    (entry, *_) = re.findall(r"```jsonnet\n('dc1-d': .*?)```", PAGES["replace-cluster.md"], re.DOTALL)
    fleet = shutil.copytree(ROOT / "environments", tmp_path / "environments")
    production = fleet / "prod.libsonnet"
    text = production.read_text()
    place = "        'dc1-a': mumbai('dc1-a', {"
    assert text.count(place) == 1
    production.write_text(text.replace(place, entry + place))
    with Pool(1) as pool:
        loaded = load_fleet(fleet, pool)
    new = loaded.model.environments["prod"].data_centers["dc1"].clusters["dc1-d"]
    assert (new.state, new.version) == ("active", "1.36")


def test_every_example_with_wait_names_its_logins() -> None:
    """`--wait` alone is an error, so every example and help text with it has `--kubeconfig`."""
    commands = (
        (ROOT / f"compiler/sixfold_compiler/cli/commands/{name}.py").read_text() for name in ("drain", "evacuate")
    )
    lines = [
        line
        for text in (*PAGES.values(), *commands)
        for line in text.splitlines()
        if "sixfold " in line and "--wait" in line
    ]
    assert len(lines) >= 4
    assert [line for line in lines if "--kubeconfig" not in line] == []
