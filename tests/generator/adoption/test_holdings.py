"""The guard compares an adopted snapshot by the same holdings as the tree that it came from."""

from __future__ import annotations

from datetime import date

from sixfold_compiler.guard import NamespaceHolding, OverlayHolding
from sixfold_generator.adoption.decide import adopt
from sixfold_generator.adoption.holdings import holdings
from tests.support.trees import Spec, read

KEY = "prod/dc1/dc1-a"


def test_a_snapshot_becomes_what_would_be_deleted_with_it():
    spec = Spec()
    spec.units["ads"] = "app"
    spec.holds = {
        f"{KEY}/_tenancy/ads.yaml": ["Namespace/ads"],
        f"{KEY}/ads/ads.yaml": ["Deployment/ads", "Service/ads"],
    }
    snapshot = adopt(None, *read(spec, "a" * 40), date(2026, 11, 24)).snapshot
    seen = holdings(snapshot)
    assert seen == holdings(read(spec)[0])
    assert seen.clusters.keys() == spec.where.keys()
    assert seen.units == {"playback": "namespace", "identity": "namespace", "ads": "app"}
    assert seen.argocd == {"ap-south-1": {"platform.yaml": snapshot.argocd["ap-south-1"]["platform.yaml"].holds}}
    cluster = seen.clusters[KEY]
    assert (cluster.environment, cluster.data_center, cluster.name) == ("prod", "dc1", "dc1-a")
    assert (cluster.instance, cluster.application) == ("ap-south-1", "prod-dc1-a")
    assert cluster.files.keys() == {
        "_platform/gateway.yaml", "_tenancy/ads.yaml", "_tenancy/identity.yaml", "_tenancy/playback.yaml",
    }  # fmt: skip
    assert cluster.files["_tenancy/ads.yaml"] == snapshot.clusters[KEY].files["_tenancy/ads.yaml"].holds != ""
    overlay = snapshot.clusters[KEY].namespaces["ads"].apps["ads"]
    assert cluster.namespaces["ads"] == NamespaceHolding(
        team="ads",
        application="prod-dc1-a-ads",
        apps={"ads": OverlayHolding("prod-dc1-a-ads-ads", 2, overlay.holds)},
    )
    assert overlay.holds
