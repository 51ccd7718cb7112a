"""Rules of labels and annotations: words by which other controllers copy, expose, attach or identify objects."""

from __future__ import annotations

from sixfold_compiler.checks.policy.rows.places import inside, places
from sixfold_compiler.checks.policy.rules import KEY, VALUE, Either, Like, Listed, Matches, Not, Rule, Where

__all__ = ["IDENTITIES", "WORDS"]

# Metadata that Sixfold's own words may be in: `checks.metadata` judges those.
_OWN = places("manifest:metadata", "object:metadata", "pod:metadata", "cronjob:spec.jobTemplate.metadata")
_OF_ACCOUNT = places("manifest:spec.serviceAccount.annotations")
# Metadata of what a controller creates from the object.
_DEEP = places(
    "set:spec.volumeClaimTemplates[].metadata",
    "pod:spec.volumes[].ephemeral.volumeClaimTemplate.metadata",
    "resource-template:spec.metadata",
    "secret:spec.target.template.metadata",
    "rollout:spec.strategy.canary.canaryMetadata",
    "rollout:spec.strategy.canary.stableMetadata",
    "rollout:spec.strategy.blueGreen.activeMetadata",
    "rollout:spec.strategy.blueGreen.previewMetadata",
)
_EVERYWHERE = (*_OWN, *_DEEP)
_LABELS, _ANNOTATIONS = inside(_EVERYWHERE, "labels"), (*inside(_EVERYWHERE, "annotations"), *_OF_ACCOUNT)
_KEYS = inside((*_LABELS, *_ANNOTATIONS), KEY)
_SELECTORS = places("manifest:spec.nodeSelector", "pod:spec.nodeSelector")

_SIXFOLD = ("sixfold.dev/*", "argocd.argoproj.io/*", "helm.sh/hook*")
_SAFE_LABELS = ("app.kubernetes.io/*", "helm.sh/chart")
_SAFE_ANNOTATIONS = (
    "app.kubernetes.io/*",
    "autoscaling.keda.sh/*",
    "controller.kubernetes.io/pod-deletion-cost",
    "eks.amazonaws.com/role-arn",  # judged by a rule of its own
    "eks.amazonaws.com/sts-regional-endpoints",
    "eks.amazonaws.com/token-expiration",
    "helm.sh/chart",
    "kubectl.kubernetes.io/default-container",
    "kubectl.kubernetes.io/default-logs-container",
    "kubectl.kubernetes.io/restartedAt",
    "kubernetes.io/change-cause",
    "kubernetes.io/description",
    "meta.helm.sh/*",
    "prometheus.io/*",
    "service.kubernetes.io/topology-mode",
)
# Words without a domain that sidecars of shared systems look for in every namespace.
_SIDECARS = (
    "grafana_*",
    "grafana-*",
    "istio-*",
    "k8s-sidecar*",
    "kiali*",
    "linkerd*",
    "loki_*",
    "mimir_*",
    "prometheus_rule*",
    "thanos_*",
)
# Annotations by which controllers claim hosts, addresses and load balancers, or copy objects between namespaces.
_ENTRY_POINTS = (
    "external-dns.alpha.kubernetes.io/*",
    "external-dns.kubernetes.io/*",
    "getambassador.io/*",
    "service.beta.kubernetes.io/*",
)
_COPIES = ("reflector.v1.k8s.emberstack.com/*", "replicator.v1.mittwald.de/*", "kubed.appscode.com/*")
# Annotations by which a pod gets an identity outside the cluster, other than the role of its service account.
IDENTITIES = (
    "azure.workload.identity/*",
    "aadpodidbinding",
    "iam.amazonaws.com/*",
    "iam.cloud.google.com/*",
    "iam.gke.io/*",
    "vault.hashicorp.com/*",
    "vault.security.banzaicloud.io/*",
)

_LABEL_KEY = r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_LABEL_VALUE = r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?"
_NO_DOMAIN = Not(Like(("*/*",)))
_FOREIGN = "is a word of another system, which may act on it beyond the namespace"


def _unlisted(name: str, where: tuple[Where, ...], known: tuple[str, ...], field: str) -> Rule:
    no_sidecar = Not(Either((Like(("*/*",)), Like(_SIDECARS))))
    return Rule(
        name,
        "SF660",
        f"other namespaces and the cluster, from controllers that {field} steer",
        inside(where, KEY),
        Either((no_sidecar, Like(known), Like(Listed(field)))),
        _FOREIGN,
        "remove it",
        words=True,
    )


WORDS = (
    Rule(
        "entry points by annotation",
        "SF613",
        "hosts and addresses, which have one owner each",
        _KEYS,
        Not(Like(_ENTRY_POINTS)),
        "claims a host or an address without a road, so that it could get a second owner",
        "remove it, and use spec.roads.external with host and path, or with loadBalancer: true",
        words=True,
    ),
    Rule(
        "copies between namespaces",
        "SF613",
        "Secrets and ConfigMaps of other namespaces",
        _KEYS,
        Not(Like(_COPIES)),
        "copies objects between namespaces, which is not allowed",
        "remove it",
        words=True,
    ),
    Rule(
        "identities of other systems",
        "SF652",
        "identities outside the cluster that no list of the fleet limits",
        _KEYS,
        Not(Like(IDENTITIES)),
        "gives the pods an identity outside the cluster, which no list of the fleet limits",
        "remove it, and use spec.serviceAccount.iamRole",
        words=True,
    ),
    Rule(
        "keys of labels and annotations",
        "SF664",
        "the app itself: the cluster rejects the object",
        (*_KEYS, *inside(_SELECTORS, KEY)),
        Matches(_LABEL_KEY, "a valid key"),
        "is not a valid key of a label or an annotation",
        "use letters, digits, '-', '_' and '.', at most 63, after an optional domain and '/'",
        words=True,
    ),
    Rule(
        "values of labels",
        "SF664",
        "the app itself: the cluster rejects the object",
        inside((*_LABELS, *_SELECTORS), VALUE),
        Matches(_LABEL_VALUE, "a valid value of a label", others=True),
        "is {value}, which is not a valid value of a label",
        "use at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends",
        words=True,
    ),
    _unlisted("labels", inside(_OWN, "labels"), (*_SIXFOLD, *_SAFE_LABELS), "labels"),
    _unlisted("labels of what is created", inside(_DEEP, "labels"), _SAFE_LABELS, "labels"),
    _unlisted(
        "annotations", (*inside(_OWN, "annotations"), *_OF_ACCOUNT), (*_SIXFOLD, *_SAFE_ANNOTATIONS), "annotations"
    ),
    _unlisted("annotations of what is created", inside(_DEEP, "annotations"), _SAFE_ANNOTATIONS, "annotations"),
)
