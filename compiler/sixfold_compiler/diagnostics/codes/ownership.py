"""SF407, SF409, SF412 and SF45x: names that have one owner."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["OWNERSHIP"]

OWNERSHIP = {
    "SF407": Code(
        "a service name that is taken",
        "Apps are reached by name, so a name is unique in a data center, over all teams; and so is every name that the"
        " fleet's naming scheme makes of it for a road. The first one there keeps it.",
        "# apps/ads/auth.yaml, where apps/identity/auth.yaml runs in the same data center",
        "Choose another name.",
    ),
    "SF409": Code(
        "two Applications of one name",
        "Application names join environment, cluster, namespace and app; two of them give the same text.",
        "# cluster 'a-b' with team 'c', and cluster 'a' with team 'b-c'",
        "Rename one part.",
    ),
    "SF412": Code(
        "a host and path that are taken",
        "In an environment, a host and path at the edge lead to one app, and a load balancer of its own takes a whole"
        " host. Teams do not nest: what lies below another team's path, or below its wildcard host, is that team's"
        " too, unless its road lists yours under sharedWith. Upper and lower case, and a slash at the end, make no"
        " other path. Who had it first keeps it.",
        "roads: {external: {path: /api/v2}}  # where another team's app has /api",
        "Choose another path or host under spec.roads.external, or ask the team for sharedWith.",
    ),
    "SF451": Code(
        "a host that is not the app's",
        "Some hosts no app may claim, though nobody has them: names of other roads, gateways' addresses, hosts that the"
        " naming scheme gives to another environment or team, wildcards over those, and with a load balancer the host"
        " that all teams share.",
        "roads: {external: {host: auth.dc1.hotstar.internal}}  # a name of the inter-dc road",
        "Leave the host out for the one that the naming scheme gives, or choose another.",
    ),
    "SF452": Code(
        "two apps that bring the same object",
        "The apps of a team share its namespace, where an object has one name: Argo CD would let them overwrite each"
        " other. The app that has it in the tree keeps it; of two new ones, the first by name.",
        "# apps/shop/web.yaml and apps/shop/stock.yaml both hold ConfigMap/settings",
        "Rename the object in the app that is named last. Objects that Sixfold makes begin with the app's name.",
    ),
    "SF453": Code(
        "an object that the platform has in every namespace",
        "Kubernetes, or the tenancy of the team, has an object of this kind and name in the namespace.",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\n",
        "Rename the object, or the app that it is named after.",
    ),
    "SF454": Code(
        "an app name that is reserved",
        "Names that begin with `sixfold-` are the platform's, whose Services stand beside those of the apps; and files"
        " named after a device, such as nul or com1, cannot be checked out on Windows.",
        "metadata: {name: sixfold-gateway-peer, team: shop}\n",
        "Choose another name.",
    ),
}
