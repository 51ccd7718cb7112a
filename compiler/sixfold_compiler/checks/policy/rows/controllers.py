"""Rules of objects by which shared controllers act: progressive rollouts, autoscalers and dashboards."""

from __future__ import annotations

from sixfold_compiler.checks.policy.rows.places import places
from sixfold_compiler.checks.policy.rules import KEY, Absent, In, Not, Rule

__all__ = ["CONTROLLERS"]

_ANALYSES = (
    "canary.analysis.templates",
    "canary.steps[].analysis.templates",
    "canary.steps[].experiment.analyses",
    "blueGreen.prePromotionAnalysis.templates",
    "blueGreen.postPromotionAnalysis.templates",
)
_SOURCES = ("secretTargetRef", "configMapTargetRef", "env")
_DASHBOARD = (
    "allowCrossNamespaceImport",
    "configMapRef",
    "contentCacheDuration",
    "datasources",
    "envFrom",
    "envs",
    "folder",
    "folderRef",
    "folderUID",
    "grafanaCom",
    "gzipJson",
    "instanceSelector",
    "json",
    "resyncPeriod",
    "suspend",
    "url",
    "urlAuthorization",
)

CONTROLLERS = (
    Rule(
        "traffic of rollouts",
        "SF668",
        "entry points and routes of other namespaces, which the controller of rollouts may change",
        places("rollout:spec.strategy.canary.trafficRouting"),
        Absent(),
        "lets the controller of rollouts change routes, those of other namespaces included",
        "remove it: the gateway divides requests over the pods of the app",
    ),
    Rule(
        "analyses of the cluster",
        "SF668",
        "what the controller of rollouts may read and start",
        places(*(f"rollout:spec.strategy.{place}[].clusterScope" for place in _ANALYSES)),
        In((False,)),
        "uses an analysis of the whole cluster with values of the team",
        "remove it",
    ),
    Rule(
        "plugins of rollouts",
        "SF668",
        "what the controller of rollouts may read and start",
        places("rollout:spec.strategy.canary.steps[].plugin"),
        Absent(),
        "runs a plugin of the controller of rollouts with values of the team",
        "remove the step",
    ),
    Rule(
        "identity of the autoscaler",
        "SF663",
        "what the autoscaler's own identity may read",
        places("trigger:spec.podIdentity.identityOwner"),
        In(("workload",)),
        "must be workload: the autoscaler would use its own identity, which no list of the fleet limits",
        "set it to workload",
        required=True,
    ),
    Rule(
        "providers of an autoscaler's identity",
        "SF663",
        "what the autoscaler's own identity may read",
        places("trigger:spec.podIdentity.provider"),
        In(("aws", "none")),
        "is {value}: the autoscaler would use its own identity, which no list of the fleet limits",
        "use aws, with identityOwner: workload",
    ),
    Rule(
        "roles of an autoscaler's credentials",
        "SF663",
        "data in AWS, and the roles of other teams and of the platform",
        places(*(f"trigger:spec.{source}[].parameter" for source in _SOURCES)),
        Not(In(("awsRoleArn",))),
        "names a role that the autoscaler would assume with its own identity",
        "remove it, and use podIdentity with identityOwner: workload",
    ),
    Rule(
        "sources of an autoscaler's credentials",
        "SF663",
        "what the autoscaler's own identity may read",
        places(f"trigger:spec.{KEY}"),
        In(("configMapTargetRef", "env", "podIdentity", "secretTargetRef")),
        "reads credentials from outside of the namespace",
        "remove it, and use secretTargetRef with a Secret of the app",
    ),
    Rule(
        "owners of an autoscaler's identity",
        "SF663",
        "what the autoscaler's own identity may read",
        places(*(f"{kind}:spec.triggers[].metadata.identityOwner" for kind in ("scaled", "scaled-job"))),
        In(("pod", "workload")),
        "is {value}: the autoscaler would use its own identity, which no list of the fleet limits",
        "set it to workload",
    ),
    Rule(
        "shared credentials of an autoscaler",
        "SF663",
        "credentials that all namespaces share",
        places(*(f"{kind}:spec.triggers[].authenticationRef.kind" for kind in ("scaled", "scaled-job"))),
        In(("TriggerAuthentication",)),
        "is {value}, which belongs to the whole cluster",
        "use a TriggerAuthentication of the app",
    ),
    Rule(
        "fields of dashboards",
        "SF669",
        "the Grafana that all teams share, and the dashboards of others",
        places(f"dashboard:spec.{KEY}"),
        In(_DASHBOARD),
        "is a field that could change the shared Grafana, or replace a dashboard of another team",
        f"use only {', '.join(_DASHBOARD)}",
    ),
)
