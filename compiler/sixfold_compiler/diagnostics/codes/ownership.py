"""SF407, SF409, SF412 and SF45x: conflicts over names, which have one owner each."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["OWNERSHIP"]

OWNERSHIP = {
    "SF407": Code(
        "a service name that is already in use",
        "Apps are called by name, so a name belongs to one team in an environment, also in data centers that its app "
        "has left or has not reached. names.lock.json lists the owners; a name is free when its app is gone and a "
        "tombstone covers the app. Every name that the naming scheme derives from it is unique in a data center.",
        '# apps/ads/auth.yaml, where names.lock.json has "auth": "identity"',
        "Choose another name. If the owner no longer needs it, ask for a tombstone (`sixfold retire app`).",
    ),
    "SF409": Code(
        "two Applications with the same name",
        "The name of an Application joins environment, cluster, namespace and app. Two of them give the same text.",
        "# cluster 'a-b' with team 'c', and cluster 'a' with team 'b-c'",
        "Rename one of the parts.",
    ),
    "SF412": Code(
        "a host and path that are already in use",
        "A host and path at the edge belong to one app of an environment, and a load balancer of its own uses a "
        "complete host. Everything below another team's path, or below its wildcard host, is that team's too, "
        "unless its road lists your team under sharedWith. Case and a trailing slash do not make a different "
        "path.",
        "roads: {external: {path: /api/v2}}  # where another team's app has /api",
        "Choose another path or host under spec.roads.external, or ask the owner for sharedWith.",
    ),
    "SF451": Code(
        "a host that no app may claim",
        "These hosts are reserved: names of other roads, addresses of gateways, hosts that the naming scheme "
        "gives to another environment or team, and wildcards over those. With a load balancer, the host that all "
        "teams share is reserved too.",
        "roads: {external: {host: auth.dc1.example.internal}}  # a name of the inter-dc road",
        "Remove the host to use the one of the naming scheme, or choose another.",
    ),
    "SF452": Code(
        "two apps with the same object",
        "The apps of a team share its namespace, and an object name is unique there. Argo CD would let the apps "
        "overwrite each other. The existing owner keeps the object; between two new apps, the first by name.",
        "# apps/shop/web.yaml and apps/shop/stock.yaml both hold ConfigMap/settings",
        "Rename the object in the app named last. Names of objects that Sixfold generates begin with the app's name.",
    ),
    "SF453": Code(
        "an object that the platform owns in every namespace",
        "Kubernetes or the team's tenancy already has an object of this kind and name in the namespace.",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\n",
        "Rename the object, or the app that it is named after.",
    ),
    "SF454": Code(
        "a reserved app name",
        "Names that begin with `sixfold-` belong to the platform, whose Services are in the same namespaces. "
        "Names of Windows devices, such as nul or com1, cannot be checked out on Windows.",
        "metadata: {name: sixfold-gateway-peer, team: shop}\n",
        "Choose another name.",
    ),
}
