"""SF3xx, SF40x and SF41x: the fleet, and the calls and places of apps in it."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["FLEET"]

FLEET = {
    "SF301": Code(
        "no fleet found",
        "The fleet's folder contains no fleet.jsonnet.",
        "sixfold check --fleet apps",
        "Name the folder with --fleet, or create a fleet with `sixfold init deploy DIR`.",
    ),
    "SF302": Code(
        "the fleet cannot be evaluated",
        "fleet.jsonnet or a file that it imports has an error, imports something outside the fleet's folder, or "
        "does not terminate.",
        "{ name: 'example', teams: import 'teems.libsonnet' }\n",
        "Fix the Jsonnet at the place shown. --verbose prints the engine's trace.",
    ),
    "SF303": Code(
        "an invalid field in the fleet",
        "A field of the fleet is missing or unknown, or its value has the wrong type.",
        "environments: { prod: { dataCentres: {} } }\n",
        "Correct the field. `sixfold schema fleet` and docs/fleet.md list all fields.",
    ),
    "SF304": Code(
        "a reserved or invalid name",
        "The name of the team is reserved by Kubernetes or begins with `sixfold-`; or its namespace is too long, "
        "or is that of a data center, the platform, a well-known system or another team. The same holds for a data "
        "center, whose gateways have a namespace of its name. An environment must not be named argocd, "
        "which is a folder of the tree. No folder may have the name of a Windows device.",
        "teams: { 'kube-system': { … } }\n",
        "Choose another name.",
    ),
    "SF305": Code(
        "a cluster in two data centers",
        "A cluster belongs to one data center, and its name is unique in its environment.",
        "prod: { dataCenters: { dc1: { clusters: { a: … } }, dc2: { clusters: { a: … } } } }\n",
        "Rename one of the two.",
    ),
    "SF306": Code(
        "an unknown placeholder",
        "The endpoint scheme supports {app}, {team}, {dc}, {environment} and {domain}.",
        "endpoints: { interDc: '{service}.{dc}.{domain}' }\n",
        "Use a supported placeholder.",
    ),
    "SF307": Code(
        "a team in an unknown place",
        "The team's dataCenters name an environment or data center that is not in the fleet.",
        "teams: { ads: { dataCenters: { prod: ['dc9'] } } }\n",
        "Correct the name.",
    ),
    "SF308": Code(
        "an unknown Argo CD instance",
        "Each cluster is managed by one of argocd.instances.",
        "clusters: { 'dc1-a': { instance: 'mumbay' } }\n",
        "Correct the name, or add the instance.",
    ),
    "SF309": Code(
        "two clusters with the same server or gateway",
        "Two clusters have the same server URL, whatever its spelling, or one address for two gateways. Environments "
        "can share a cluster only if namespaces differ by environment.",
        "dev: { … server: 'https://k8s.example.com' }, staging: { … server: 'https://k8s.example.com' }\n",
        "Correct the URL, or set namespaces to '{team}-{environment}'.",
    ),
    "SF310": Code(
        "a tombstone that covers too much",
        "A tombstone must name a team, a cluster with its environment, or an Argo CD instance. Anything wider "
        "would approve deletions of more than one team on more than one cluster.",
        "tombstones:\n  - environment: prod\n    approvedBy: ada\n    reason: clean up\n    until: 2030-01-01\n",
        "Name the team or cluster. Write one entry for each.",
    ),
    "SF311": Code(
        "an invalid field in tombstones.yaml",
        "A field is missing or unknown, or its value has the wrong type. Nothing is compiled, because a misread "
        "entry could approve something else.",
        "tombstones:\n  - team: ads\n    until: 2030-13-01\n",
        "Correct the field. docs/tombstones.md lists all fields.",
    ),
    "SF312": Code(
        "two things with one name or port",
        "Two tiers with different priorities have one PriorityClass, or two listeners of the gateway have one port.",
        "platform: { gateway: { httpPort: 9901, adminPort: 9901 } }",
        "Give each a name or port of its own.",
    ),
    "SF313": Code(
        "systems that a place cannot have",
        "A slot has more systems than it can, a system needs another one or excludes it, or a cluster of the data "
        "center does not serve an API that a system needs. `sixfold systems` shows what is chosen where, and by which "
        "line.",
        "platform: { mesh: { envoy: {}, istio: {} } }\n",
        "Remove a system with null, choose the system that it needs, or add the API to `apis` of the cluster.",
    ),
    "SF401": Code(
        "a call without a callee",
        "Each entry of spec.calls names an app of the fleet, or a host and port outside the fleet.",
        "calls: [{ road: intra-dc }]\n",
        "Write {app: NAME} or {host: NAME, port: NUMBER}.",
    ),
    "SF402": Code(
        "a call to another data center by the wrong road",
        "Only the inter-dc road reaches another data center.",
        "calls: [{ app: auth, dataCenter: dc2, road: intra-dc }]\n",
        "Write road: inter-dc.",
    ),
    "SF403": Code(
        "a call to an unknown app",
        "No app of that name runs in the called data center.",
        "calls: [{ app: oauth }]\n",
        "Correct the name, or call the data center where the app runs.",
    ),
    "SF404": Code(
        "a call over a road that does not exist",
        "The called app does not offer this road. An app opens its roads in its own spec.roads.",
        "calls: [{ app: redis-cart, road: intra-dc }]  # which has only a direct road\n",
        "Use a road that the app offers, or ask its team to open this one.",
    ),
    "SF405": Code(
        "a caller that is not allowed",
        "The called app lists its callers for each road. A caller cannot allow itself.",
        "calls: [{ app: payments }]  # whose road says callers: [checkout]\n",
        "Ask its team to add the caller to spec.roads.<road>.callers.",
    ),
    "SF406": Code(
        "an address of an app that is not called",
        "An env entry takes its value from callRef, but spec.calls does not contain that app or port.",
        "env: [{ name: AUTH, valueFrom: { callRef: { app: auth } } }]\ncalls: []\n",
        "Add the app to spec.calls, and name a port that it has.",
    ),
    "SF408": Code(
        "a direct call that would leave the cluster",
        "A direct call stays inside one cluster, and the called app does not run on every cluster of the caller.",
        "calls: [{ app: session-store, road: direct }]  # which has one home cluster\n",
        "Set `spread: every` on the called app, set `spread: home` on the caller, or use another road for the call.",
    ),
    "SF410": Code(
        "no cluster to run on",
        "placements.lock.json does not place the team in a data center of the app, or the app has no data center "
        "at all. The team or the data center may be new, or no cluster can host the team. The other apps are "
        "compiled.",
        "# apps/ads/ads.yaml, where the lock has no line for ads in prod/dc1",
        "Run `sixfold place` in the deploy repository and commit the lock, or remove the data center from "
        "spec.dataCenters.",
    ),
    "SF411": Code(
        "--only matches nothing",
        "The value is not an environment, data center or cluster of the fleet.",
        "sixfold compile --only prod/dc1/dc1-z",
        "Write ENV, ENV/DC, ENV/DC/CLUSTER or ENV/CLUSTER, or CLUSTER if only one has that name.",
    ),
    "SF413": Code(
        "a load balancer above the team's limit",
        "Each load balancer costs money and opens a port to callers outside, so the fleet says how many a team may "
        "have in a data center (`loadBalancers` of a team, 0 if it is not set). Apps that have one keep it.",
        "roads: {external: {loadBalancer: true}}",
        "Remove `loadBalancer`, or ask the platform team for a higher limit.",
    ),
}
