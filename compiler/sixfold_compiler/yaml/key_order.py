"""The order of the fields of Kubernetes objects that users expect."""

from __future__ import annotations

__all__ = ["OPAQUE", "rank"]

# One list for every level: a field has the same neighbors wherever it occurs. Fields that are not in the list come at
# `...`, in alphabetical order.
_ORDER = """
    apiVersion kind
    name key
    metadata generateName namespace labels annotations
    type image imagePullPolicy restartPolicy workingDir command args
    containerPort port targetPort nodePort protocol appProtocol
    schedule timeZone concurrencyPolicy
    mountPath subPath
    operator value valueFrom values effect
    envFrom env prefix
    scaleTargetRef minReplicas maxReplicas metrics behavior
    replicas revisionHistoryLimit minReadySeconds serviceName podManagementPolicy
    minAvailable maxUnavailable
    selector podSelector namespaceSelector matchLabels matchExpressions ipBlock policyTypes
    strategy updateStrategy
    ingress egress from to
    clusterIP clusterIPs ports
    resources limits requests
    startupProbe readinessProbe livenessProbe
    httpGet grpc tcpSocket exec path
    initialDelaySeconds periodSeconds timeoutSeconds successThreshold failureThreshold
    lifecycle volumeMounts
    roleRef subjects apiGroups rules verbs
    ...
    serviceAccountName automountServiceAccountToken priorityClassName
    terminationGracePeriodSeconds
    securityContext nodeSelector tolerations affinity topologySpreadConstraints
    initContainers containers volumes
    jobTemplate template volumeClaimTemplates
    immutable data binaryData stringData
    spec status
""".split()  # noqa: SIM905 - lines group what belongs together
_RANK = {key: number for number, key in enumerate(_ORDER)}
_OTHERS = _RANK["..."]

# Fields whose keys are the user's own words: sorted alphabetically.
OPAQUE = frozenset(
    {
        "annotations", "binaryData", "data", "labels", "limits", "matchLabels", "nodeSelector", "requests",
        "stringData",
    }
)  # fmt: skip


def rank(key: str) -> tuple[int, str]:
    """Return the sort key that puts a field in its expected place among the fields of its mapping."""
    return (_RANK.get(key, _OTHERS), key)
