"""SF2xx: manifests, release files, and the commands that change them."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["MANIFEST"]

MANIFEST = {
    "SF201": Code(
        "a path does not exist",
        "A PATH on the command line names neither a file nor a folder.",
        "sixfold check apps/playbck/match.yaml",
        "Name a manifest, a folder, or nothing for the whole deploy repo.",
    ),
    "SF202": Code(
        "not a valid release file",
        "A release file holds one document of kind Release, whose environment is the file's name, and which maps"
        " team/app to an image version. A version that looks like a number must be quoted.",
        "# releases/prod.yaml\napiVersion: sixfold.dev/v1\nkind: Release\nenvironment: staging\napps: {}\n",
        "Correct the field that is shown; `sixfold schema release` has them all.",
    ),
    "SF203": Code(
        "a manifest with the wrong ending",
        "Manifests end in .yaml. A .yml beside them would be left out silently, so it is an error instead.",
        "apps/playback/match.yml",
        "Rename the file.",
    ),
    "SF204": Code(
        "not a valid manifest",
        "The file's first document is the manifest: apiVersion sixfold.dev/v1, kind App, metadata and spec. A field is"
        " missing, unknown, or has a value of the wrong kind.",
        "apiVersion: sixfold.dev/v1\nkind: App\nmetadata: {name: match, team: playback}\nspec:\n  replica: 3\n",
        "Correct the field that is shown. With the schema (`sixfold schema`) an editor completes and checks fields.",
    ),
    "SF205": Code(
        "an unknown team",
        "metadata.team is not a team of the fleet.",
        "metadata: {name: match, team: playbak}\n",
        "Correct the name, or ask the platform team to add the team to the fleet.",
    ),
    "SF206": Code(
        "a document that is not a Kubernetes object",
        "Documents after the manifest are plain Kubernetes objects of the app: mappings with apiVersion and kind.",
        "---\n- just\n- a list\n",
        "Make it an object, or remove it.",
    ),
    "SF207": Code(
        "a manifest that stands under another name",
        "A manifest stands at apps/<team>/<app>.yaml, so that the folder says who owns it.",
        "# apps/playback/match.yaml\nmetadata: {name: score, team: playback}\n",
        "Move the file, or correct metadata.",
    ),
    "SF208": Code(
        "a wrong field after merging",
        "Each layer is valid by itself, but what fleet defaults, team defaults, manifest, overrides and release file"
        " add up to is not. `sixfold explain` shows which layer said what.",
        "overrides:\n  - match: {environment: prod}\n    spec: {env: [{name: LEVEL}]}  # no value in any layer\n",
        "Correct the field in the layer that is shown.",
    ),
    "SF209": Code(
        "an override that matches nothing",
        "match names an environment or data center that the fleet does not have: the override would never apply.",
        "overrides:\n  - match: {environment: production}\n    spec: {replicas: 3}\n",
        "Correct the name.",
    ),
    "SF210": Code(
        "something required is missing",
        "After merging, the app has no image, tier or kind, or a further container has no image.",
        "spec:\n  tier: P1\n  ports: [{name: http, port: 8080}]\n",
        "Set the field in the manifest.",
    ),
    "SF211": Code(
        "an image without a fixed version",
        "Without a tag or digest, or with `latest`, a restart may bring other code than was tested, and a rollback"
        " cannot bring the old one back.",
        "spec:\n  image: ghcr.io/example/match:latest\n",
        "Add the app to the environment's release file, or put a tag or digest on the image.",
    ),
    "SF212": Code(
        "a field that does not go with the kind",
        "The field belongs to another kind of workload, or the kind lacks what it needs (a CronJob its schedule).",
        "spec:\n  kind: Deployment\n  schedule: {cron: '0 * * * *'}\n",
        "Remove the field, or change spec.kind.",
    ),
    "SF213": Code(
        "a name or port twice",
        "Two containers have one name, or a port number is declared more than once.",
        "ports:\n  - {name: http, port: 8080}\n  - {name: web, port: 8080}\n",
        "Rename or remove one.",
    ),
    "SF214": Code(
        "autoscaling that cannot work",
        "Autoscaling needs max, at least one metric, min no larger than max, and a request for every resource whose"
        " utilization it watches.",
        "autoscaling: {min: 5, max: 2, cpu: 60}\n",
        "Complete or correct the autoscaling block.",
    ),
    "SF215": Code(
        "a patch that fits nothing",
        "overrides.patches names a plain object (kind and name) that the manifest does not hold.",
        "patches:\n  - target: {kind: ConfigMap, name: setings}\n    patch: {data: {a: b}}\n",
        "Correct the target; it names one of the documents below the manifest.",
    ),
    "SF216": Code(
        "a config file cannot be read",
        "config.files names a file beside the manifest. It is missing, not UTF-8 text, too large, or outside the"
        " manifest's folder.",
        "config:\n  - name: settings\n    files: {app.conf: ../../secrets/app.conf}\n",
        "Name a text file in the manifest's own folder.",
    ),
    "SF217": Code(
        "an unknown port",
        "A road, probe or scrape names a port that spec.ports does not have, or there are roads without any port.",
        "ports: [{name: http, port: 8080}]\nprobes:\n  readiness: {httpGet: {port: web}}\n",
        "Name a port of spec.ports.",
    ),
    "SF218": Code(
        "a disruption budget that permits no eviction",
        "With no pod that may go, nodes can never be drained, and upgrades of the cluster hang.",
        "disruption: {maxUnavailable: 0}\n",
        "Allow at least one pod, for example maxUnavailable: 10%.",
    ),
    "SF219": Code(
        "a volume or mount that does not fit",
        "A volume has no source or several, or a mount names a volume that is not there.",
        "volumes:\n  - name: data\n    mountPath: /data\n",
        "Give every volume exactly one source, and mount only what is declared.",
    ),
    "SF220": Code(
        "an app with two manifests",
        "Two files describe the same team/app. Both places are shown.",
        "sixfold check apps ../copy/apps",
        "Keep one.",
    ),
    "SF221": Code(
        "no such app to explain",
        "The name given to `sixfold explain` is no app, or is the name of several teams' apps.",
        "sixfold explain mach-service replicas",
        "Write TEAM/APP as the manifest's path has it.",
    ),
    "SF222": Code(
        "no such field to explain",
        "The path is no field of an app's spec, or --at no place of the fleet; or no layer sets the field: then the"
        " library's or Kubernetes' default holds.",
        "sixfold explain match-service resources.request.cpu",
        "Write the path as in the manifest, with names for items of lists: env.LOG_LEVEL.value.",
    ),
    "SF223": Code(
        "no manifest at all",
        "A run over the whole deploy repo finds no manifest, and the tree has apps. A wrong folder looks like it, and "
        "taking it at its word would remove every app from every cluster, so nothing is written.",
        "cd elsewhere && sixfold compile --fleet ../deploy/environments --out ../deploy/overlays",
        "Run it in the deploy repo's folder. To empty the tree on purpose, remove the folder of the tree itself.",
    ),
    "SF231": Code(
        "nothing to promote from",
        "FROM has no release file in releases/.",
        "sixfold promote stagin prod",
        "Name an environment that exists.",
    ),
    "SF232": Code(
        "no version to promote",
        "The app has no entry in the release file that is promoted from, or several teams have an app of that name.",
        "sixfold promote staging prod mach-service",
        "Write TEAM/APP as in the release file.",
    ),
    "SF233": Code(
        "an environment promoted to itself",
        "FROM and TO are the same.",
        "sixfold promote prod prod",
        "Name two environments.",
    ),
    "SF234": Code(
        "a config file that would replace another's",
        "Published config files stand beside the manifest in apps/<team>/. This one is in use by another app of the"
        " team with other content, or ends in .yaml and would be taken for a manifest.",
        "config:\n  - name: settings\n    files: {app.yaml: settings.yaml}\n",
        "Keep the app's config files in a folder of its own, named after it.",
    ),
    "SF235": Code(
        "a version for an app that is not published",
        "The deploy repo has no manifest of the app, so that a version of it would mean nothing.",
        "sixfold publish --deploy-repo ../deploy --version 1.0.0 --environment dev",
        "Publish the manifest first: the same command without --version.",
    ),
    "SF236": Code(
        "a repo that the team does not publish from",
        "The fleet lists the team's source repos, and the manifest's checkout has another origin: a copied manifest, or"
        " the wrong metadata.team. Who may push to the deploy repo is for its own rules (CODEOWNERS) to say.",
        "# teams.playback.repos does not name this checkout's origin\nsixfold publish --deploy-repo ../deploy",
        "Correct metadata.team, or let the platform team add the repo to the team's repos.",
    ),
    "SF237": Code(
        "git refused",
        "The commit or push failed, or the files have changes that are not committed. The files are as they were.",
        "sixfold publish --deploy-repo /tmp/not-a-checkout",
        "Read what git says (--verbose has all of it) and mend the checkout.",
    ),
    "SF238": Code(
        "files are in the way",
        "`sixfold init` never replaces a file. Nothing was written.",
        "sixfold init deploy .   # where README.md exists",
        "Choose a new folder, or move the files that are named.",
    ),
    "SF239": Code(
        "not a name",
        "Names of teams and apps are labels of Kubernetes and of DNS: lower-case letters, digits and inner dashes, at"
        " most 40 characters.",
        "sixfold init app . --team Playback --name match_service",
        "Choose such a name.",
    ),
}
