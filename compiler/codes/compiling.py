"""SF5xx and SF7xx: evaluating the library, and writing the tree."""

from __future__ import annotations

from compiler.codes.code import Code

__all__ = ["COMPILING"]

COMPILING = {
    "SF501": Code(
        "evaluation took too long",
        "Every app is evaluated in a worker with a limit on its CPU time. The other apps are not affected.",
        "# a manifest whose values make an extension of the library recurse without end",
        "Look for endless recursion in the library's extension, or very large values in the manifest.",
    ),
    "SF502": Code(
        "evaluation needed too much memory",
        "Every app is evaluated in a worker with a limit on its memory. The other apps are not affected.",
        "# a manifest with very large values",
        "Make the values smaller.",
    ),
    "SF503": Code(
        "the engine crashed",
        "The worker that evaluated the app died. The other apps are not affected.",
        "# input that breaks the Jsonnet engine",
        "Make the input smaller, and report it.",
    ),
    "SF504": Code(
        "the library refuses an app",
        "The library, or the fleet's extension of it, stopped with an error for this app.",
        "# environments/lib/main.libsonnet: error 'P0 apps need two replicas'",
        "Read the message; --verbose has the engine's trace.",
    ),
    "SF505": Code(
        "the library refuses a cluster",
        "The library's platform or Argo CD part stopped with an error.",
        "# environments/lib/main.libsonnet with a mistake in cluster()",
        "Mend the library's extension, or the fleet's data; --verbose has the engine's trace.",
    ),
    "SF506": Code(
        "the extension names what the library lacks",
        "To Jsonnet a function under a misspelt name is a new function, which nobody calls. In the library's namespaces"
        " an extension defines only names that the library has; functions of its own go into a namespace of its own.",
        "# environments/lib/main.libsonnet\n{ gateway+: { pdo(ctx, part, bootstrap):: {} } }",
        "Use the name that is suggested, or move your own functions to a hidden object: `mine:: { … }`.",
    ),
    "SF701": Code(
        "another run is writing",
        "Two runs that write one tree would mix. The first one holds a lock, which ends with it.",
        "sixfold compile & sixfold compile",
        "Wait for it to end, then try again.",
    ),
    "SF702": Code(
        "a foreign file is in the way",
        "A file stands where an overlay belongs, and no inventory says that Sixfold wrote it. It is left alone.",
        "touch overlays/prod/dc1/dc1-a/playback/match.yaml && sixfold compile",
        "Move it away, or compile to another folder with --out.",
    ),
    "SF703": Code(
        "a link in the tree",
        "A folder of the tree is a symbolic link; writing through it could reach anywhere.",
        "ln -s /etc overlays/prod",
        "Replace it by a real folder.",
    ),
    "SF704": Code(
        "the tree cannot be written",
        "The file system refused: no space, no permission, a read-only disk. Inventories are written last, so the root"
        " inventory names only whole files.",
        "sixfold compile --out /read-only",
        "Free space or mend permissions, then run the same command again: it repairs the rest.",
    ),
    "SF705": Code(
        "the inventories are torn",
        "A run was killed while it wrote, or an inventory was changed by hand (a merge can do it). What the tree holds"
        " of apps that are not selected cannot be told then, so a part of it cannot be compiled alone.",
        "sixfold compile apps/playback  # after a merge conflict in overlays/inventory.json",
        "Run sixfold compile without PATH and --only: it makes the tree whole again.",
    ),
}
