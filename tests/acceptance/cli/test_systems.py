"""`sixfold systems`: what each data center runs, and which line chose it."""

from __future__ import annotations

import json

from tests.support.cli import edit, sixfold


def test_data_centers_with_the_same_systems_are_one_group(deploy) -> None:
    done = sixfold("systems", cwd=deploy)
    assert (done.code, done.err) == (0, "")
    head, *rows = done.out.splitlines()
    assert head == "dev/dc1, prod/dc1, prod/dc2, staging/dc1 and staging/dc2"
    line = next(n for n, text in enumerate(platform(deploy), 1) if text.strip().startswith("envoy:"))
    assert any(row.split()[:3] == ["mesh", "envoy", f"environments/platform.libsonnet:{line}:5"] for row in rows)
    assert any(row.split()[:2] == ["observability", "prometheus"] for row in rows)


def test_a_choice_of_a_data_center_and_of_nobody_is_named(deploy) -> None:
    edit(
        deploy / "environments/dev.libsonnet",
        "  dataCenters: {",
        "  platform: { observability: null },\n  dataCenters: {",
    )
    done = sixfold("systems", "--at", "dev", cwd=deploy)
    assert done.out.splitlines()[0] == "dev/dc1"
    assert "prometheus" not in done.out
    others = json.loads(sixfold("systems", "--at", "prod/dc1", "--output", "json", cwd=deploy).out)
    assert [entry["system"] for entry in others["prod/dc1"]] == ["envoy", "prometheus"]
    assert others["prod/dc1"][0]["settings"]["statusPort"] == 9902
    assert others["prod/dc1"][1]["needs"] == ["monitoring.coreos.com/v1 for apps with scrape"]


def test_an_unknown_place_and_an_unknown_system_are_findings(deploy) -> None:
    done = sixfold("systems", "--at", "prod/dc9", cwd=deploy)
    assert (done.code, "SF440" in done.err + done.out) == (1, True)
    edit(deploy / "environments/platform.libsonnet", "    envoy: {", "    envoi: {},\n    envoy: {")
    done = sixfold("systems", "--output", "concise", cwd=deploy)
    assert done.code == 1
    assert "SF303" in done.err + done.out
    assert "did you mean 'envoy'?" in sixfold("systems", cwd=deploy).err + sixfold("systems", cwd=deploy).out


def platform(deploy) -> list[str]:
    text: str = (deploy / "environments/platform.libsonnet").read_text()
    return text.splitlines()
