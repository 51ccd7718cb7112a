"""Choices of systems: layers from the fleet to a data center, findings at their lines, and what cannot be met."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.engine import Pool
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.model.addresses import Cell
from tests.support.repos import FLEET

DC1, DC2 = Cell("prod", "dc1"), Cell("prod", "dc2")
IMAGE = "docker.io/envoyproxy/envoy:distroless-v1.40.0"
ENVOY = {"mesh": {"envoy": {"image": IMAGE}}}


@pytest.fixture(scope="module")
def pool():
    with Pool(1) as running:
        yield running


@pytest.fixture
def fleet(tmp_path, pool):
    """Load a fleet with these choices, own systems and extension; `self.lines` are the lines of fleet.jsonnet."""

    class Fleet:
        folder = tmp_path / "environments"
        lines: tuple[str, ...] = ()

        def load(self, top: Any = ENVOY, environment: Any = None, center: Any = None, apis: tuple[str, ...] = ()):
            data = copy.deepcopy(FLEET)
            data["platform"] = copy.deepcopy(top)
            if environment is not None:
                data["environments"]["prod"]["platform"] = environment
            if center is not None:
                data["environments"]["prod"]["dataCenters"]["dc1"]["platform"] = center
            for cluster in data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"].values():
                cluster["apis"] = list(apis)
            text = json.dumps(data, indent=1)
            self.lines = tuple(text.splitlines())
            self.folder.mkdir(exist_ok=True)
            (self.folder / "fleet.jsonnet").write_text(text)
            return load_fleet(self.folder, pool)

        def refused(self, *layers: Any, **fields: Any) -> list[tuple[str, str, str, str]]:
            """Return code, key of the line, message and help of each finding."""
            with pytest.raises(DiagnosticError) as caught:
                self.load(*layers, **fields)
            return [
                (d.code, self.lines[d.span.line - 1].split('"')[1], d.message, d.help) for d in caught.value.diagnostics
            ]

        def own(
            self, slot: str, name: str, about: dict[str, Any], functions: str = "platform(ctx, settings):: {}"
        ) -> None:
            """Write a system of the fleet's own."""
            place = self.folder / "lib" / slot / name
            place.mkdir(parents=True)
            base = {"title": name.title(), "description": "a test", "functions": ["platform"]}
            (place / "about.json").write_text(json.dumps(base | about))
            main = self.folder / "lib" / "main.libsonnet"
            before = main.read_text() if main.exists() else ""
            main.write_text(
                f"{before}\n{'+ ' if before else ''}{{ systems+:: {{ {slot}+:: {{ {name}:: {{ {functions} }} }} }} }}"
            )

    return Fleet()


def names(loaded, cell: Cell) -> dict[str, list[str]]:
    return {slot: sorted(systems) for slot, systems in loaded.systems.record(cell).items()}


def test_a_place_without_choices_has_the_defaults_of_its_slots_alone(fleet) -> None:
    loaded = fleet.load()
    assert names(loaded, DC1) == {"mesh": ["envoy"]}
    assert loaded.systems.record(DC1)["mesh"]["envoy"] == {
        "image": IMAGE, "replicas": 2, "httpPort": 10080, "tables": 4, "peerPort": 10443, "ownPort": 9903,
        "adminPort": 9901, "statusPort": 9902, "secret": "sixfold-gateway-certificate", "trustedHops": 0,
        "drainSeconds": 310, "cpu": "500m",
        "memory": "512Mi", "shards": 1,
    }  # fmt: skip


def test_layers_are_merged_field_by_field_and_null_removes(fleet) -> None:
    top = {
        "mesh": {"envoy": {"image": IMAGE, "replicas": 3}},
        "observability": {"prometheus": {"namespace": "metrics"}},
    }
    loaded = fleet.load(top, {"mesh": {"envoy": {"cpu": 2}}}, {"mesh": {"envoy": {"cpu": None}}, "observability": None})
    assert loaded.systems.record(DC1)["mesh"]["envoy"]["replicas"] == 3
    assert loaded.systems.record(DC1)["mesh"]["envoy"]["cpu"] == "500m"
    assert loaded.systems.record(DC2)["mesh"]["envoy"]["cpu"] == 2
    assert names(loaded, DC1) == {"mesh": ["envoy"]}
    assert names(loaded, DC2) == {"mesh": ["envoy"], "observability": ["prometheus"]}
    assert [str(loaded.span(c.path).file) for c in loaded.systems.at(DC1)] == ["environments/fleet.jsonnet"]
    assert names(fleet.load(top, {"observability": {"prometheus": None}}), DC1) == {"mesh": ["envoy"]}


def test_places_that_choose_nothing_of_their_own_share_one_result(fleet) -> None:
    systems = fleet.load(ENVOY, {"observability": {"prometheus": {}}}).systems
    assert systems.cells[DC1] is systems.cells[DC2]
    systems = fleet.load(ENVOY, None, {"mesh": {"envoy": {"replicas": 3}}}).systems
    assert systems.cells[DC1] != systems.cells[DC2]


def test_a_default_takes_the_place_of_what_was_removed(fleet) -> None:
    fleet.own("mesh", "mine", {})
    assert names(fleet.load({"mesh": {"mine": {}}}), DC1) == {"mesh": ["mine"]}
    ((code, _, message, help_),) = fleet.refused({"mesh": {"mine": {}}}, None, {"mesh": None})
    assert (code, message, help_) == (
        "SF303", "environments.prod.dataCenters.dc1.platform.mesh.envoy.image is missing", "add image"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("layers", "key", "message", "help_"),
    [
        ([ENVOY | {"mesch": {}}], "mesch", "platform.mesch is an unknown field", "did you mean 'mesh'?"),
        ([ENVOY | {"gateway": {}}], "gateway", "platform.gateway is an unknown field", "write platform.mesh.envoy"),
        ([ENVOY | {"metrics": "x"}], "metrics", "platform.metrics is an unknown field", "write platform.observability.prometheus.discovery"),
        ([ENVOY, {"storageClass": "gp3"}], "storageClass", "environments.prod.platform.storageClass is a setting of the fleet", "write it under platform of the fleet"),
        ([{"mesh": {"envoi": {}}}], "envoi", "platform.mesh.envoi is an unknown system", "did you mean 'envoy'?"),
        ([ENVOY | {"dns": {"coredns": {}}}], "coredns", "platform.dns.coredns is an unknown system", "none is defined yet"),
        ([ENVOY | {"dns": "coredns"}], "dns", "platform.dns must be a mapping", "write names with values; {} for the defaults, null for none"),
        ([ENVOY | {"observability": ["prometheus"]}], "observability", "platform.observability must be a mapping", "write names with values; {} for the defaults, null for none"),
        ([ENVOY | {"observability": {"prometheus": True}}], "prometheus", "platform.observability.prometheus must be a mapping", "write names with values; {} for the defaults, null for none"),
        ([ENVOY, {"mesh": {"envoy": {"replica": 1}}}], "replica", "environments.prod.platform.mesh.envoy.replica is an unknown field", "did you mean 'replicas'?"),
        ([ENVOY, None, {"mesh": {"envoy": {"cpu": "much"}}}], "cpu", "environments.prod.dataCenters.dc1.platform.mesh.envoy.cpu is 'much', which is not a quantity", None),
        ([ENVOY, None, {"mesh": {"envoy": {"replicas": "3"}}}], "replicas", "environments.prod.dataCenters.dc1.platform.mesh.envoy.replicas is text, but must be a whole number", "write a whole number"),
        ([ENVOY, {"mesh": {"envoy": {"memory": "500m"}}}], "memory", "environments.prod.platform.mesh.envoy.memory is 500m, but bytes have no fractions", "m is a thousandth: did you mean 500M or 500Mi?"),
    ],
)  # fmt: skip
def test_a_wrong_choice_is_found_at_its_line_once(fleet, layers, key, message, help_) -> None:
    ((code, line, text, fix),) = fleet.refused(*layers)
    assert (code, line, text) == ("SF303", key, message)
    assert help_ in (None, fix)


def test_ports_of_a_gateway_differ_and_the_one_that_was_set_is_marked(fleet) -> None:
    findings = fleet.refused(ENVOY, {"mesh": {"envoy": {"peerPort": 9902}}})
    assert findings == [
        ("SF312", "peerPort", "environments.prod.platform.mesh.envoy.peerPort is 9902, as statusPort is", "give each a value of its own")
    ]  # fmt: skip


def test_a_default_that_no_layer_chooses_is_missed_at_the_fleets_own_platform(fleet) -> None:
    ((code, key, message, _),) = fleet.refused({})
    assert (code, key, message) == ("SF303", "platform", "platform.mesh.envoy.image is missing")


@pytest.mark.parametrize(
    ("settings", "marked", "text"),
    [
        ({"httpPort": 9900}, "httpPort", "has the numbers 9900 to 9903 (tables), and ownPort is 9903"),
        ({"adminPort": 10083}, "adminPort", "is 10083, but httpPort has the numbers 10080 to 10083 (tables)"),
        ({"tables": 3, "adminPort": 10083}, None, None),
        ({"httpPort": 65533}, "httpPort", "is 65533, the first of 4 (tables), but the last number is 65535"),
        ({"httpPort": 65532}, None, None),
    ],
)
def test_a_row_of_ports_meets_no_other_port_and_ends_in_time(fleet, settings, marked, text) -> None:
    layers = (ENVOY, {"mesh": {"envoy": settings}})
    if marked is None:
        fleet.load(*layers)
        return
    findings = fleet.refused(*layers)
    assert ("SF312", marked, f"environments.prod.platform.mesh.envoy.{marked} {text}") in [
        each[:3] for each in findings
    ]


def test_an_issuer_of_certificates_needs_the_api_of_cert_manager(fleet) -> None:
    issuer = {"mesh": {"envoy": {"issuer": {"name": "gateways"}}}}
    findings = fleet.refused(ENVOY, None, issuer)
    assert {(code, key) for code, key, _, _ in findings} == {("SF313", "envoy")}
    assert all("mesh.envoy needs cert-manager.io/v1, which prod/dc1/dc1-" in text for _, _, text, _ in findings)
    assert fleet.load(ENVOY, None, issuer, apis=("cert-manager.io/v1",))
    assert fleet.load(ENVOY, apis=())


def test_a_slot_has_no_more_systems_than_it_can(fleet) -> None:
    fleet.own("mesh", "mine", {})
    findings = fleet.refused(ENVOY, None, {"mesh": {"mine": {}}})
    assert findings == [
        ("SF313", "mine", "prod/dc1 has envoy and mine, but a place has at most 1 of mesh", "remove one by writing null for it")
    ]  # fmt: skip
    assert names(fleet.load(ENVOY, None, {"mesh": {"envoy": None, "mine": {}}}), DC1) == {"mesh": ["mine"]}
    fleet.own("observability", "other", {})
    both = ENVOY | {"observability": {"prometheus": {}, "other": {}}}
    assert names(fleet.load(both), DC1)["observability"] == ["other", "prometheus"]


def test_what_a_system_needs_and_excludes_is_chosen_in_the_same_place(fleet) -> None:
    fleet.own("edge", "mine", {"needs": {"mesh": ["istio"], "dns": []}, "excludes": {"observability": ["prometheus"]}})
    findings = fleet.refused(ENVOY, None, {"edge": {"mine": {}}, "observability": {"prometheus": {}}})
    assert [(code, key, message) for code, key, message, _ in findings] == [
        ("SF313", "mine", "edge.mine and observability.prometheus cannot both run in prod/dc1"),
        ("SF313", "mine", "edge.mine needs a system of dns in prod/dc1, where it has none"),
        ("SF313", "mine", "edge.mine needs istio of mesh in prod/dc1, where it has none"),
    ]
    assert "choose platform.mesh.istio, or remove edge.mine" in findings[2][3]


def test_every_cluster_serves_the_apis_of_a_system(fleet) -> None:
    needed = [{"api": "example.com/v1"}, {"api": "example.com/v2", "where": {"new": True}}]
    fleet.own("policy", "mine", {"apis": needed})
    findings = fleet.refused(ENVOY, None, {"policy": {"mine": {}}})
    assert [message for _, _, message, _ in findings] == [
        f"policy.mine needs example.com/v1, which prod/dc1/{name} lacks" for name in ("dc1-a", "dc1-b")
    ]
    fleet.load(ENVOY, None, {"policy": {"mine": {}}}, apis=("example.com/v1",))
    findings = fleet.refused(ENVOY, None, {"policy": {"mine": {"new": True}}}, apis=("example.com/v1",))
    assert [message for _, _, message, _ in findings] == [
        f"policy.mine needs example.com/v2, which prod/dc1/{name} lacks" for name in ("dc1-a", "dc1-b")
    ]


def test_an_api_of_apps_depends_on_the_place_and_on_the_spec(fleet) -> None:
    monitors = {"observability": {"prometheus": {"discovery": "pod-monitor"}}}
    systems = fleet.load(ENVOY, None, monitors).systems
    assert systems.apis_of(DC1, {"scrape": {"port": 1}}) == {"monitoring.coreos.com/v1"}
    assert systems.apis_of(DC1, {}) == frozenset()
    assert systems.apis_of(DC2, {"scrape": {"port": 1}}) == frozenset()


def test_apps_see_only_systems_that_show_in_overlays_and_equal_choices_are_one(fleet) -> None:
    fleet.own("policy", "mine", {"settings": {"type": "object"}})
    before = fleet.load(ENVOY, None, {"policy": {"mine": {"a": 1}}}).systems.in_apps
    after = fleet.load(ENVOY, None, {"policy": {"mine": {"a": 2}}}).systems.in_apps
    assert before == after
    choices, indexes = before
    assert (len(choices), indexes) == (1, {DC1: 0, DC2: 0})
    choices, indexes = fleet.load(ENVOY, None, {"observability": {"prometheus": {}}}).systems.in_apps
    assert [sorted(choice) for choice in choices] == [["mesh", "observability"], ["mesh"]]
    assert indexes == {DC1: 0, DC2: 1}
