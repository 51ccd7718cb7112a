"""Rules of monitoring objects: Prometheus reads them with its own rights, for all teams."""

from __future__ import annotations

from sixfold_compiler.checks.policy.rows.places import path_of, places
from sixfold_compiler.checks.policy.rules import EACH, KEY, In, Like, Listed, Not, Rule, Same, Where

__all__ = ["MONITORS"]

_ENDPOINT = (
    "enableHttp2",
    "filterRunning",
    "followRedirects",
    "honorTimestamps",
    "interval",
    "metricRelabelings",
    "params",
    "path",
    "port",
    "portNumber",
    "scheme",
    "scrapeTimeout",
    "targetPort",
    "trackTimestampsStaleness",
)
_MONITOR = (
    "bodySizeLimit",
    "endpoints",
    "fallbackScrapeProtocol",
    "jobLabel",
    "keepDroppedTargets",
    "labelLimit",
    "labelNameLengthLimit",
    "labelValueLengthLimit",
    "namespaceSelector",
    "podMetricsEndpoints",
    "podTargetLabels",
    "sampleLimit",
    "scrapeProtocols",
    "selector",
    "selectorMechanism",
    "targetLabels",
    "targetLimit",
)
_PROBE = ("interval", "metricRelabelings", "module", "prober", "sampleLimit", "scrapeTimeout", "targetLimit", "targets")
_DROPS = ("Drop", "Keep", "LabelDrop", "drop", "keep", "labeldrop")
# Labels by which alerts, dashboards and records tell targets apart. `namespace` has a rule of its own in alerts.
_RESERVED = ("__*", "alertname", "cluster", "instance", "job", "prometheus", "prometheus_replica")
_ENDPOINTS = ("services:spec.endpoints[]", "pods:spec.podMetricsEndpoints[]")
_CHANGES = (*(f"{endpoint}.metricRelabelings[]" for endpoint in _ENDPOINTS), "probe:spec.metricRelabelings[]")
_SELECTORS = (
    "services:spec.namespaceSelector",
    "pods:spec.namespaceSelector",
    "probe:spec.targets.ingress.namespaceSelector",
)
_ALERT_LABELS = (
    "rules:spec.groups[].rules[].labels",
    "rules:spec.groups[].labels",
    "level:spec.labels",
    "level:spec.slos[].labels",
    "level:spec.slos[].alerting.labels",
    "level:spec.slos[].alerting.pageAlert.labels",
    "level:spec.slos[].alerting.ticketAlert.labels",
)
_PROMETHEUS = "the metrics and alerts of other teams, and the rights of Prometheus"


def _fields(name: str, where: tuple[str, ...], known: tuple[str, ...]) -> Rule:
    return Rule(
        name,
        "SF661",
        _PROMETHEUS,
        places(*(f"{place}.{KEY}" for place in where)),
        In(known),
        "is a field by which Prometheus could read files, reach other targets or change labels",
        f"use only {', '.join(known)}",
    )


MONITORS = (
    _fields("fields of monitors", ("services:spec", "pods:spec"), _MONITOR),
    _fields("fields of endpoints", _ENDPOINTS, _ENDPOINT),
    _fields("fields of probes", ("probe:spec",), _PROBE),
    _fields("fields of probers", ("probe:spec.prober",), ("path", "scheme", "url")),
    _fields("fields of probe targets", ("probe:spec.targets",), ("ingress", "staticConfig")),
    _fields("fields of fixed targets", ("probe:spec.targets.staticConfig",), ("labels", "static")),
    _fields("fields of entry points", ("probe:spec.targets.ingress",), ("namespaceSelector", "selector")),
    _fields("fields of changes", _CHANGES, ("action", "regex", "sourceLabels", "separator")),
    Rule(
        "schemes of endpoints",
        "SF661",
        _PROMETHEUS,
        places(*(f"{endpoint}.scheme" for endpoint in _ENDPOINTS), "probe:spec.prober.scheme"),
        In(("HTTP", "HTTPS", "http", "https")),
        "is {value}, but must be http or https",
        "use http or https",
    ),
    Rule(
        "changes of metrics",
        "SF661",
        "the metrics of other teams, which changed labels would imitate",
        places(*(f"{place}.action" for place in _CHANGES)),
        In(_DROPS),
        "must be drop, keep or labeldrop: another action changes labels, and could imitate another team's metrics",
        "use drop, keep or labeldrop, or change the metric in the app",
        required=True,
    ),
    Rule(
        "labels of targets",
        "SF662",
        "the metrics of other teams, which copied labels would imitate",
        tuple(
            Where(place.scope, (*place.path, field, EACH))
            for place in places("services:spec", "pods:spec")
            for field in ("targetLabels", "podTargetLabels")
        ),
        Not(Like((*_RESERVED, "namespace", "pod", "service"))),
        "is {value}, by which metrics of different teams are distinguished",
        "remove it, and use a label of another name",
    ),
    Rule(
        "probers",
        "SF661",
        "addresses inside the clusters that only Prometheus can reach",
        places("probe:spec.prober.url"),
        Like(Listed("probers")),
        "is {value}, which is no prober that team {team} may use",
        "name the platform's prober",
    ),
    Rule(
        "targets of probes",
        "SF661",
        "addresses inside the clusters that only Prometheus can reach",
        places("probe:spec.targets.staticConfig.static[]"),
        Like(Listed("probeTargets")),
        "is {value}, which is no address that team {team} may probe",
        "remove it",
    ),
    Rule(
        "labels of fixed targets",
        "SF662",
        "the metrics of other teams, which these labels would imitate",
        places(f"probe:spec.targets.staticConfig.labels.{KEY}"),
        Not(Like((*_RESERVED, "namespace", "pod", "service"))),
        "is a label by which metrics of different teams are distinguished",
        "use a label of another name",
    ),
    Rule(
        "names of recorded metrics",
        "SF662",
        "the metrics of other teams and of the platform, which alerts read",
        places("rules:spec.groups[].rules[].record"),
        Like(Listed("recordNames")),
        "is {value}, which may be a metric of another team",
        "begin the name with that of the team (as in {prefix}) and a colon",
    ),
    Rule(
        "labels of alerts and records",
        "SF662",
        "the alerts and metrics of other teams",
        places(*(f"{place}.{KEY}" for place in _ALERT_LABELS)),
        Not(Like(_RESERVED)),
        "is a label by which alerts and metrics of different teams are distinguished",
        "remove it: the label of the expression stays",
    ),
    Rule(
        "namespaces in alerts and records",
        "SF662",
        "the alerts and metrics of other teams",
        tuple(Where(place.scope, (*place.path, "namespace")) for place in places(*_ALERT_LABELS)),
        Same(path_of("metadata.namespace")),
        "is {value}, but the alert or metric is of the team's own namespace",
        "remove it: the label of the expression stays",
    ),
    Rule(
        "teams in alerts and records",
        "SF662",
        "the people of other teams, whom the alert would call",
        tuple(Where(place.scope, (*place.path, "team")) for place in places(*_ALERT_LABELS)),
        In(Listed("teamNames")),
        "is {value}, but the alert or metric is of team {team}",
        "set it to {team}",
    ),
    Rule(
        "all namespaces",
        "SF625",
        "the metrics of other teams",
        places(*(f"{place}.any" for place in _SELECTORS)),
        In((False,)),
        "selects namespaces other than the team's own",
        "remove it: the monitor then reads the team's own namespace",
    ),
    Rule(
        "namespaces of monitors",
        "SF625",
        "the metrics of other teams",
        places(*(f"{place}.matchNames[]" for place in _SELECTORS)),
        Same(path_of("metadata.namespace")),
        "selects namespaces other than the team's own",
        "remove it: the monitor then reads the team's own namespace",
    ),
)
