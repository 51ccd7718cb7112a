"""SF5xx and SF7xx: evaluating the library, and writing the tree."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["COMPILING"]

COMPILING = {
    "SF501": Code(
        "evaluation took too long",
        "Each app is evaluated in a worker with a limit on CPU time. The other apps are not affected.",
        "# a manifest whose values make an extension of the library recurse without end",
        "Look for infinite recursion in the library's extension, or for very large values in the manifest.",
    ),
    "SF502": Code(
        "evaluation needed too much memory",
        "Each app is evaluated in a worker with a limit on memory. The other apps are not affected.",
        "# a manifest with very large values",
        "Make the values smaller.",
    ),
    "SF503": Code(
        "the engine crashed",
        "The worker that evaluated the app died. The other apps are not affected.",
        "# input that breaks the Jsonnet engine",
        "Make the input smaller, and report the crash.",
    ),
    "SF504": Code(
        "the library rejects an app",
        "The library, or the fleet's extension of it, stopped with an error for this app.",
        "# environments/lib/main.libsonnet: error 'P0 apps need two replicas'",
        "Read the message. --verbose prints the engine's trace.",
    ),
    "SF505": Code(
        "the library rejects a cluster",
        "The platform part or the Argo CD part of the library stopped with an error.",
        "# environments/lib/main.libsonnet with an error in cluster()",
        "Fix the library's extension, or the fleet's data. --verbose prints the engine's trace.",
    ),
    "SF506": Code(
        "the library's extension defines an unknown name",
        "For Jsonnet, a function with a misspelled name is a new function that nothing calls. In the namespaces of the"
        " library, an extension can only define names that the library has. Its own functions go into a namespace of"
        " its own.",
        "# environments/lib/main.libsonnet\n{ gateway+: { pdo(ctx, part, bootstrap):: {} } }",
        "Use the suggested name, or move your own functions to a hidden object: `mine:: { … }`.",
    ),
    "SF507": Code(
        "an object of the platform that cannot be applied",
        "The files of a cluster or an Argo CD instance, which teams share, have an object that Kubernetes or Envoy "
        "rejects: an invalid name, a port or a domain twice, a value out of range, more than 960 KiB. If an app causes "
        "it, that app fails alone and keeps its overlays, and all others are compiled.",
        "# apps/ads/evil.yaml and others declare so many ports that the gateway's ConfigMap grows over 960 KiB",
        "Change the app that the finding names. If it names none, correct the fleet or the library's extension. More "
        "`mesh.envoy.shards` divide the gateway's files.",
    ),
    "SF508": Code(
        "an invalid system of the fleet's own",
        "The about.json of a system in the fleet's lib/ is not as docs/extending-the-library.md says, or the library "
        "has no functions of the system.",
        '# environments/lib/mesh/mine/about.json\n{"title": "Mine", "functions": ["platfrom"]}\n',
        "Correct about.json; add the system to `systems` in lib/main.libsonnet.",
    ),
    "SF701": Code(
        "another run is writing",
        "Two runs must not write one tree at the same time. The first run holds a lock until it ends.",
        "sixfold compile & sixfold compile",
        "Wait until it ends, then try again.",
    ),
    "SF702": Code(
        "a file that Sixfold does not own",
        "A file exists where an overlay belongs, and no inventory lists it as written by Sixfold. It is left "
        "unchanged.",
        "touch overlays/prod/dc1/dc1-a/playback/match.yaml && sixfold compile",
        "Move the file, or compile to another folder with --out.",
    ),
    "SF703": Code(
        "a symbolic link in the tree",
        "A folder of the tree is a symbolic link. Writing through it could change files anywhere.",
        "ln -s /etc overlays/prod",
        "Replace it with a real folder.",
    ),
    "SF704": Code(
        "the tree cannot be written",
        "The file system reported an error: no space, no permission, or a read-only disk. Inventories are written "
        "last, so the root inventory names only complete files.",
        "sixfold compile --out /read-only",
        "Free space or fix permissions, then run the same command again. It repairs the rest.",
    ),
    "SF705": Code(
        "inconsistent inventories",
        "A run was killed while it was writing, or an inventory was changed by hand, for example in a merge. The "
        "files of apps that are not selected are then unknown, so a part of the tree cannot be compiled.",
        "sixfold compile apps/playback  # after a merge conflict in overlays/inventory.json",
        "Run `sixfold compile` without PATH and --only. It rebuilds the complete tree.",
    ),
    "SF706": Code(
        "a file that no inventory lists",
        "Argo CD may read this file although it was not compiled, so nothing is written until it is gone. The "
        "generator refuses a commit with such a file (SF805).",
        "cp extra.yaml overlays/argocd/prod/",
        "Delete it from the tree. Plain objects belong in the app's manifest.",
    ),
    "SF707": Code(
        "an edited file of argocd/",
        "The file differs from its inventory. The generator refuses the commit (SF803), so nothing of it reaches a "
        "cluster.",
        "echo '# oops' >> overlays/argocd/prod/team-ads.yaml",
        "Run `sixfold compile`, or restore the file from git.",
    ),
    "SF708": Code(
        "what was applied to an Argo CD instance no longer agrees with the fleet",
        "A person applied the file bootstrap/INSTANCE.yaml beside the fleet. Nothing else changes these objects, "
        "so a change of the repository, of the generator's address or of the instance does not reach them.",
        "# environments/argocd.libsonnet, after bootstrap/prod.yaml was applied\n"
        "{ instances: { prod: { generatorUrl: 'http://elsewhere.argocd.svc:8080' } } }",
        "Run `sixfold bootstrap INSTANCE --write`, commit the file, and apply it with kubectl.",
    ),
}
