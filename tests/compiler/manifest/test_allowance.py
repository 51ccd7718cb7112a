"""Limits of apps: the fleet gives each team a highest tier and a quota."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("highest", "tier", "refused"),
    [
        ("P0", "P0", False),
        ("P1", "P0", True),
        ("P1", "P1", False),
        ("P2", "P1", True),
        (None, "P1", True),
        (None, "P2", False),
    ],
)
def test_a_tier_above_the_team_s_highest_fails_the_app_alone(repo, highest, tier, refused) -> None:
    repo.data["teams"]["shop"] |= {"highestTier": highest or "P2"}
    if highest is None:
        del repo.data["teams"]["shop"]["highestTier"]
    repo.write_fleet()
    repo.put("shop/web", tier=tier)
    repo.put("pay/cards", tier="P0")
    run = repo.compile()
    assert {(d.code, d.app) for d in run.diagnostics} == ({("SF225", "shop/web")} if refused else set())
    assert any(path.endswith("/cards.yaml") for path in run.overlays)


@pytest.mark.parametrize(
    ("spec", "line", "refused"),
    [
        ({"replicas": 200}, 0, False),
        ({"replicas": 201}, 11, True),
        ({"replicas": 41, "resources": {"requests": {"cpu": 1, "memory": "1Mi"}}}, 11, True),
        ({"replicas": 40, "resources": {"requests": {"cpu": 1, "memory": "1Mi"}}}, 0, False),
        ({"resources": {"requests": {"cpu": "1m", "memory": "81Gi"}}}, 11, True),
        ({"autoscaling": {"max": 201, "cpu": 60}, "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}}}, 11, True),
        ({"kind": "Job", "job": {"parallelism": 201}}, 12, True),
        ({"kind": "DaemonSet"}, 0, False),
    ],
)
def test_an_app_that_alone_is_above_the_quota_fails_alone(repo, spec, line, refused) -> None:
    repo.put("shop/web", **spec)
    run = repo.compile()
    assert {(d.code, d.app) for d in run.diagnostics} == ({("SF225", "shop/web")} if refused else set()), run
    if refused:
        assert "where team shop has 40 cores, 80.0 GiB, 200 pods" in run.diagnostics[0].message
        assert run.diagnostics[0].span.line == line


def test_no_other_team_waits_for_the_placement_of_such_an_app(repo) -> None:
    repo.put("shop/web", replicas=10**9)
    repo.put("pay/fresh", replicas=1)
    run = repo.compile()  # places the repo before
    assert {(d.code, d.app) for d in run.diagnostics} == {("SF225", "shop/web")}
    assert any(path.endswith("/fresh.yaml") for path in run.overlays)


def test_callers_of_teams_that_the_fleet_does_not_have_are_named_with_the_nearest_team(repo) -> None:
    repo.put("shop/web", roads={"intra-dc": {"callers": ["*", "pay/cards", "payy/cards"]}})
    repo.put("pay/cards", roads={"external": {"host": "p.example.com", "sharedWith": ["shpo", "shop"]}})
    warnings = [(d.code, d.severity, d.app, d.message) for d in repo.compile().diagnostics]
    assert warnings == [
        (
            "SF243",
            "warning",
            "pay/cards",
            "sharedWith of the road external admits shpo, and the fleet has no team 'shpo'",
        ),
        (
            "SF243",
            "warning",
            "shop/web",
            "callers of the road intra-dc admits payy/cards, and the fleet has no team 'payy'",
        ),
    ]
