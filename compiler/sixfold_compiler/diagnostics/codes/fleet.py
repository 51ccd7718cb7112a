"""SF3xx and SF4xx: the fleet, and what binds apps to it: placement and roads."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["FLEET"]

FLEET = {
    "SF301": Code(
        "no fleet",
        "The fleet's folder has no fleet.jsonnet.",
        "sixfold check --fleet apps",
        "Name the folder with --fleet, or make a fleet with `sixfold init deploy DIR`.",
    ),
    "SF302": Code(
        "the fleet does not evaluate",
        "fleet.jsonnet or a file it imports has a mistake, imports something outside the fleet's folder, or never"
        " ends.",
        "{ name: 'example', teams: import 'teems.libsonnet' }\n",
        "Mend the Jsonnet at the place that is shown; --verbose has the engine's trace.",
    ),
    "SF303": Code(
        "a wrong field in the fleet",
        "A field of the fleet is missing, unknown, or has a value of the wrong kind.",
        "environments: { prod: { dataCentres: {} } }\n",
        "Correct the field; `sixfold schema fleet` and docs/fleet.md have them all.",
    ),
    "SF304": Code(
        "a name that cannot be",
        "The team's name is reserved (Kubernetes', or begins with `sixfold-`), or makes a namespace that is a data"
        " center's (which holds the gateway), the platform's, another team's, or too long; an environment is named"
        " argocd, as a folder of the tree is; or a folder would have the name of a device on Windows.",
        "teams: { 'kube-system': { … } }\n",
        "Choose another name.",
    ),
    "SF305": Code(
        "a cluster in two data centers",
        "A cluster belongs to one data center, and its name is unique in an environment.",
        "prod: { dataCenters: { dc1: { clusters: { a: … } }, dc2: { clusters: { a: … } } } }\n",
        "Rename one of the two.",
    ),
    "SF306": Code(
        "an unknown placeholder",
        "The endpoint scheme knows {app}, {team}, {dc}, {environment} and {domain}.",
        "endpoints: { interDc: '{service}.{dc}.{domain}' }\n",
        "Use a known placeholder.",
    ),
    "SF307": Code(
        "a team in an unknown place",
        "The team's dataCenters name an environment or data center that the fleet does not have.",
        "teams: { ads: { dataCenters: { prod: ['dc9'] } } }\n",
        "Correct the name.",
    ),
    "SF308": Code(
        "an unknown Argo CD instance",
        "Every cluster is managed by one of argocd.instances.",
        "clusters: { 'dc1-a': { instance: 'mumbay' } }\n",
        "Correct the name, or add the instance.",
    ),
    "SF309": Code(
        "two clusters with one server",
        "Two clusters have the same server URL. Environments may share a cluster only when namespaces differ by"
        " environment.",
        "dev: { … server: 'https://k8s.example.com' }, staging: { … server: 'https://k8s.example.com' }\n",
        "Correct the URL, or set namespaces to '{team}-{environment}'.",
    ),
    "SF310": Code(
        "a tombstone that is too wide",
        "A tombstone approves a removal of something. It names a team, or a cluster with its environment, or an Argo CD"
        " instance: anything wider would let more than one team vanish from more than one cluster.",
        "tombstones:\n  - environment: prod\n    approvedBy: ada\n    reason: clean up\n    until: 2030-01-01\n",
        "Say which team or cluster; write several entries where several go.",
    ),
    "SF311": Code(
        "a wrong field in tombstones.yaml",
        "A field is missing, unknown, or has a value of the wrong kind. Nothing is compiled then: an entry that is read"
        " wrongly would approve something else.",
        "tombstones:\n  - team: ads\n    until: 2030-13-01\n",
        "Correct the field; docs/tombstones.md has them all.",
    ),
    "SF401": Code(
        "a call without a callee",
        "An entry of spec.calls names an app of the fleet, or a host and port outside it.",
        "calls: [{ road: intra-dc }]\n",
        "Write {app: NAME} or {host: NAME, port: NUMBER}.",
    ),
    "SF402": Code(
        "a call to another data center by the wrong road",
        "Only the inter-dc road leaves a data center.",
        "calls: [{ app: auth, dataCenter: dc2, road: intra-dc }]\n",
        "Write road: inter-dc.",
    ),
    "SF403": Code(
        "a call to an unknown app",
        "No app of that name runs in the data center that is called.",
        "calls: [{ app: oauth }]\n",
        "Correct the name, or call the data center where the app runs.",
    ),
    "SF404": Code(
        "a call over a road that is not there",
        "The app that is called does not offer this road. An app opens its roads itself, in spec.roads.",
        "calls: [{ app: redis-cart, road: intra-dc }]  # which has only a direct road\n",
        "Use a road that it has, or ask its team to open one.",
    ),
    "SF405": Code(
        "a caller that is not admitted",
        "The app that is called lists its callers by road; a caller cannot admit itself.",
        "calls: [{ app: payments }]  # whose road says callers: [checkout]\n",
        "Its team adds the caller to spec.roads.<road>.callers.",
    ),
    "SF406": Code(
        "an address of an app that is not called",
        "An env entry takes its value from callRef, but spec.calls does not hold that app, or not that port.",
        "env: [{ name: AUTH, valueFrom: { callRef: { app: auth } } }]\ncalls: []\n",
        "Add the app to spec.calls, and name a port that it has.",
    ),
    "SF408": Code(
        "a direct call that would leave the cluster",
        "A direct call stays inside one cluster, and the app that is called does not run on every cluster of the"
        " caller.",
        "calls: [{ app: session-store, road: direct }]  # which has one home cluster\n",
        "The callee takes spread: every, the caller spread: home, or the call another road.",
    ),
    "SF410": Code(
        "nowhere to run",
        "The app goes to a data center where placements.lock.json does not place its team (the team or the data"
        " center is new, or nothing there can host it), or it goes to none at all. The other apps go on.",
        "# apps/ads/ads.yaml, where the lock has no line for ads in prod/dc1",
        "Run `sixfold place` in the deploy repo and commit the lock, or leave the data center out of spec.dataCenters.",
    ),
    "SF411": Code(
        "--only matches nothing",
        "The value is no environment, data center or cluster of the fleet.",
        "sixfold compile --only prod/dc1/dc1-z",
        "Write ENV, ENV/DC, ENV/DC/CLUSTER, ENV/CLUSTER, or CLUSTER where only one has that name.",
    ),
}
