"""`sixfold whatif` on a deploy repo."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET

import pytest

from tests.support.cli import edit, sixfold, tree

SVG = "{http://www.w3.org/2000/svg}"
# An app of tier P0 on every cluster of its data center.
APP = """\
apiVersion: sixfold.dev/v1
kind: App
metadata: {{name: {name}, team: match}}
spec:
  image: registry.example.com/app:1.0
  tier: {tier}
  ports: [{{name: http, port: 8080}}]
  autoscaling: {{min: 1, max: 4, cpu: 60}}
  overrides:
    - match: {{environment: prod}}
      spec:
        resources: {{requests: {{cpu: 8}}}}
        autoscaling: {{min: 10, max: {most}}}
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Place a deploy repo with a P0 and a P2 app in production. Do not change it: copy it."""
    top = tmp_path_factory.mktemp("template")
    assert sixfold("init", "deploy", "deploy", cwd=top).code == 0
    put(top / "deploy", "live", "P0", 900)
    put(top / "deploy", "batch", "P2", 300)
    edit(top / "deploy" / "environments" / "teams.libsonnet", "large: { cpu: 8000", "large: { cpu: 12000")
    done = sixfold("place", cwd=top / "deploy")
    assert "was not written" not in done.err, done.out + done.err
    return top / "deploy"


@pytest.fixture
def placed(template, tmp_path):
    """Copy the placed deploy repo."""
    return shutil.copytree(template, tmp_path / "deploy")


def put(deploy, name, tier, most) -> None:
    folder = deploy / "apps" / "match"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(APP.format(name=name, tier=tier, most=most))


def test_a_loss_is_shown_as_tables_and_changes_nothing(placed) -> None:
    before = tree(placed)
    done = sixfold("whatif", "--lose", "dc1-b", cwd=placed)
    assert (done.code, done.err) == (0, "")
    assert "prod/dc1/dc1-b" in done.out
    assert "> lost" in done.out
    assert "dev/dc1" not in done.out, "a loss affects its environment only"
    assert done.out.endswith("All load of P0 is carried.\n")
    assert tree(placed) == before


def test_json_has_every_cluster_team_and_break(placed) -> None:
    done = sixfold(
        "whatif", "--lose", "prod/dc1", "--load", "1.3", "--team-load", "match=2", "--output", "json", cwd=placed
    )
    assert done.code == 0, done.err
    value = json.loads(done.out)
    assert value["lost"] == ["prod/dc1/dc1-a", "prod/dc1/dc1-b", "prod/dc1/dc1-c"]
    assert (value["load"], value["teamLoads"]) == (1.3, {"match": 2.0})
    assert {c for c, v in value["clusters"].items() if v["lost"]} == set(value["lost"])
    assert {(b["at"], b["app"]) for b in value["breaks"]} == {("prod/dc2", "match/live")}
    (team,) = [t for t in value["teams"] if (t["at"], t["team"]) == ("prod/dc2", "match")]
    assert team["pods"] == pytest.approx((900 + 300) * 2 * 2.6), "the other data center's load comes on top"
    assert set(team["notCarried"]) <= {"maximum", "quota", "preempted", "pending"}


def test_the_picture_is_svg_with_a_description_for_screen_readers(placed) -> None:
    done = sixfold("whatif", "--lose", "dc1-b", "--load", "1.3", "--svg", "out.svg", cwd=placed)
    assert (done.code, done.err) == (0, "Wrote out.svg.\n")
    root = ET.fromstring((placed / "out.svg").read_text())
    assert root.find(f"{SVG}title").text == "Without prod/dc1/dc1-b, 1.3 times the load"
    assert "prod/dc1/dc1-b: " in root.find(f"{SVG}desc").text
    assert "lost" in {t.text for t in root.iter(f"{SVG}text")}
    again = sixfold("whatif", "--lose", "dc1-b", "--load", "1.3", "--svg", "again.svg", cwd=placed)
    assert again.code == 0
    assert (placed / "out.svg").read_bytes() == (placed / "again.svg").read_bytes()


def test_every_cluster_exits_0_if_no_loss_breaks_a_p0(placed) -> None:
    done = sixfold("whatif", "--every-cluster", "--at", "prod", cwd=placed)
    assert (done.code, done.err) == (0, "")
    assert "None of 6 losses" in done.out.splitlines()[-1]


def test_every_cluster_exits_1_and_reports_each_broken_app_once(placed) -> None:
    edit(placed / "environments" / "prod.libsonnet", "capacity: { cpu: 15200,", "capacity: { cpu: 3000,")
    done = sixfold("whatif", "--every-cluster", "--at", "prod/dc1", "--output", "concise", cwd=placed)
    assert done.code == 1
    assert "of 3 losses break a P0: " in done.out
    assert "SF461" in done.err
    assert "breaks match/live (P0) in prod/dc1" in done.err
    assert "without room" in done.err
    assert done.err.count("SF461") == 1, "an app is reported once, with the worst of its losses"
    assert "1 other loss would break it too\n" in done.err
    assert "apps/match/live.yaml:3:" in done.err
    value = json.loads(sixfold("whatif", "--every-cluster", "--at", "prod/dc1", "--output", "json", cwd=placed).out)
    assert [loss["lost"] for loss in value["losses"]] == [f"prod/dc1/dc1-{x}" for x in "abc"]
    assert {d["code"] for d in value["diagnostics"]} == {"SF461"}


def test_load_beyond_the_maximum_is_reported_at_the_manifests_line(placed) -> None:
    done = sixfold("whatif", "--every-cluster", "--at", "prod/dc1", "--load", "4", "--output", "concise", cwd=placed)
    assert done.code == 1
    assert "dev/" not in done.err + done.out
    assert "apps/match/live.yaml:13:" in done.err
    assert done.err.count("SF462") == 1
    assert "the load alone breaks match/live (P0) in prod/dc1" in done.err
    assert "P0 that is broken without any of them: match/live." in done.out


def test_every_command_accepts_the_same_names_of_a_cluster(placed) -> None:
    done = sixfold("whatif", "--lose", "prod/dc1-b", cwd=placed)
    assert (done.code, done.err) == (0, "")
    assert "prod/dc1/dc1-b" in done.out
    done = sixfold("place", "--dry-run", "--leave", "prod/dc1-b", cwd=placed)
    assert "SF422" not in done.err
    assert "it needs 3 clusters, but 2 of 3 may host it" in done.err
    done = sixfold("compile", "--only", "prod/dc1-b", cwd=placed)
    assert "SF411" not in done.err
    assert (placed / "overlays" / "prod" / "dc1" / "dc1-b").is_dir()
    assert not (placed / "overlays" / "prod" / "dc1" / "dc1-a").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--svg", "none/such/a.svg"), 2, "the folder none/such does not exist"),
        (("--at", "prod/dc9"), 2, "did you mean 'prod/dc"),
        (("--lose", "dc1-a"), 1, "dev/dc1/dc1-a or prod/dc1/dc1-a or staging/dc1/dc1-a"),
        (("--load", "lots"), 1, "--load is 'lots'"),
        (("--every-cluster", "--at", "mars"), 2, "the fleet has no such environment or data center"),
        (("--every-dc", "--svg", "a.svg"), 2, "--svg draws one scenario"),
    ],
)
def test_invalid_arguments_are_refused_and_nothing_is_written(arguments, code, message, placed) -> None:
    done = sixfold("whatif", *arguments, cwd=placed)
    assert done.code == code
    assert message in done.err.replace("\n", " ")
    assert not (placed / "a.svg").exists()
    assert not (placed / "none").exists()


def test_a_missing_lock_is_an_error(placed) -> None:
    (placed / "environments" / "placements.lock.json").unlink()
    done = sixfold("whatif", "--every-cluster", cwd=placed)
    assert done.code == 1
    assert "SF420" in done.err
