"""SF2xx: manifests, release files, and the commands that change them."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["MANIFEST"]

MANIFEST = {
    "SF201": Code(
        "a path does not exist",
        "A PATH on the command line is neither a file nor a folder.",
        "sixfold check apps/playbck/match.yaml",
        "Name a manifest, a folder, or nothing for the complete deploy repository.",
    ),
    "SF202": Code(
        "an invalid release file",
        "A release file, releases/<environment>/<team>.yaml, contains one document of kind Release. Its environment is "
        "the name of its folder, and it maps team/app to an image version. Versions that look like numbers must be "
        "quoted. A wrong entry fails its app, and a file that cannot be read all apps of its team, in this environment "
        "only: there they keep their overlays. A file in another folder below releases/ is not read: a warning.",
        "# releases/prod/ads.yaml\napiVersion: sixfold.dev/v1\nkind: Release\nenvironment: staging\napps: {}\n",
        "Correct the field shown. `sixfold schema release` lists all fields.",
    ),
    "SF203": Code(
        "a manifest that is not read",
        "Manifests are the files apps/<team>/<app>.yaml. One with another ending, or in another folder below apps/, "
        "would be ignored silently, so it is an error instead.",
        "apps/playback/match.yml",
        "Rename the file, or move it to the folder of its team.",
    ),
    "SF204": Code(
        "an invalid manifest",
        "The first document of the file is the manifest: apiVersion sixfold.dev/v1, kind App, metadata and spec. "
        "A field is missing or unknown, or its value has the wrong type.",
        "apiVersion: sixfold.dev/v1\nkind: App\nmetadata: {name: match, team: playback}\nspec:\n  replica: 3\n",
        "Correct the field shown. With the schema (`sixfold schema`), an editor completes and checks fields.",
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
        "Write an object, or remove the document.",
    ),
    "SF207": Code(
        "a manifest in the wrong file",
        "A manifest belongs in apps/<team>/<app>.yaml, so that its folder shows the owner.",
        "# apps/playback/match.yaml\nmetadata: {name: score, team: playback}\n",
        "Move the file, or correct metadata.",
    ),
    "SF208": Code(
        "an invalid field after merging",
        "Each layer is valid by itself, but the merged result of fleet defaults, team defaults, manifest, "
        "overrides and release file is not. `sixfold explain` shows which layer set each value.",
        "overrides:\n  - match: {environment: prod}\n    spec: {env: [{name: LEVEL}]}  # no value in any layer\n",
        "Correct the field in the layer shown.",
    ),
    "SF209": Code(
        "an override that matches nothing",
        "match names an environment or data center that is not in the fleet. The override would never apply.",
        "overrides:\n  - match: {environment: production}\n    spec: {replicas: 3}\n",
        "Correct the name.",
    ),
    "SF210": Code(
        "a required field is missing",
        "After merging, the app has no image, tier or kind, or an additional container has no image.",
        "spec:\n  tier: P1\n  ports: [{name: http, port: 8080}]\n",
        "Set the field in the manifest.",
    ),
    "SF211": Code(
        "an image without a fixed version",
        "Without a tag or digest, or with `latest`, a restart may start code that was not tested, and a rollback "
        "cannot restore the previous code.",
        "spec:\n  image: ghcr.io/example/match:latest\n",
        "Add the app to the environment's release file, or put a tag or digest on the image.",
    ),
    "SF212": Code(
        "a field that does not fit the kind",
        "The field belongs to another kind of workload, or the kind lacks a field that it requires, such as "
        "schedule for a CronJob.",
        "spec:\n  kind: Deployment\n  schedule: {cron: '0 * * * *'}\n",
        "Remove the field, or change spec.kind.",
    ),
    "SF213": Code(
        "a duplicate name or port",
        "Two containers have the same name, or a port number is declared more than once.",
        "ports:\n  - {name: http, port: 8080}\n  - {name: web, port: 8080}\n",
        "Rename or remove one of them.",
    ),
    "SF214": Code(
        "an autoscaler that cannot work",
        "Autoscaling needs max, at least one metric, min no larger than max, and a request for each resource "
        "whose utilization is a metric.",
        "autoscaling: {min: 5, max: 2, cpu: 60}\n",
        "Complete or correct the autoscaling block.",
    ),
    "SF215": Code(
        "a patch without a target",
        "overrides.patches names a plain object (kind and name) that the manifest does not contain.",
        "patches:\n  - target: {kind: ConfigMap, name: setings}\n    patch: {data: {a: b}}\n",
        "Correct the target. It must name one of the documents after the manifest.",
    ),
    "SF216": Code(
        "a config file cannot be read",
        "config.files names a file beside the manifest. The file is missing, not UTF-8 text, too large, or "
        "outside the manifest's folder.",
        "config:\n  - name: settings\n    files: {app.conf: ../../secrets/app.conf}\n",
        "Name a text file in the manifest's own folder.",
    ),
    "SF217": Code(
        "an unknown port",
        "A road, probe or scrape names a port that spec.ports does not declare, or the app has roads and no ports.",
        "ports: [{name: http, port: 8080}]\nprobes:\n  readiness: {httpGet: {port: web}}\n",
        "Name a port of spec.ports.",
    ),
    "SF218": Code(
        "a disruption budget that allows no eviction",
        "If no pod may be evicted, nodes can never be drained, and cluster upgrades hang.",
        "disruption: {maxUnavailable: 0}\n",
        "Allow at least one pod, for example maxUnavailable: 10%.",
    ),
    "SF219": Code(
        "an invalid volume or mount",
        "A volume has no source or more than one, or a mount names a volume that is not declared.",
        "volumes:\n  - name: data\n    mountPath: /data\n",
        "Give every volume exactly one source, and mount only declared volumes.",
    ),
    "SF220": Code(
        "an app with two manifests",
        "Two files declare the same team/app. Both places are shown.",
        "sixfold check apps ../copy/apps",
        "Keep one of them.",
    ),
    "SF221": Code(
        "an unknown app in `sixfold explain`",
        "No app has the given name, or apps of several teams have it.",
        "sixfold explain mach-service replicas",
        "Write TEAM/APP, as in the path of the manifest.",
    ),
    "SF222": Code(
        "an unknown field in `sixfold explain`",
        "The path is not a field of the spec, or --at is not a place of the fleet, or no layer sets the field. In "
        "the last case the default of the library or of Kubernetes applies.",
        "sixfold explain match-service resources.request.cpu",
        "Write the path as in the manifest, with names for list items: env.LOG_LEVEL.value.",
    ),
    "SF223": Code(
        "no manifests found",
        "A run over the complete deploy repository found no manifest, although the tree contains apps. The folder "
        "is probably wrong. Continuing would remove every app from every cluster, so nothing is written.",
        "cd elsewhere && sixfold compile --fleet ../deploy/environments --out ../deploy/overlays",
        "Run the command in the deploy repository. To empty the tree on purpose, delete its folder.",
    ),
    "SF224": Code(
        "a port that no Service or gateway can have",
        "The app has ports, so it has a Service. A Service's name begins with a letter, and HTTP, gRPC and TLS run "
        "over TCP. One such port in the files that all teams share would stop the gateways of a data center.",
        "ports:\n  - name: http\n    port: 8080\n    protocol: UDP\n    appProtocol: http\n",
        "Remove `protocol`, or use another `appProtocol`. Rename an app whose name begins with a digit.",
    ),
    "SF225": Code(
        "above what the team may have",
        "The fleet gives each team a highest tier (`highestTier`, P2 if it is not set) and a quota in each data "
        "center. An app above them fails alone; otherwise every team's placement would have to meet what it asks for.",
        "spec: {tier: P0, replicas: 1000000000}",
        "Lower the tier or the demand, or ask the platform team to raise what the team may have.",
    ),
    "SF226": Code(
        "a release file without an owner",
        "releases/<environment>.yaml had the versions of all teams, so a line of one team could stop or change the "
        "others. Each team has a release file of its own now, and nothing is compiled until the versions are there.",
        "releases/prod.yaml",
        "Run `sixfold split`: it moves every version, with its comments, to releases/<environment>/<team>.yaml.",
    ),
    "SF227": Code(
        "a version of another team's app",
        "A release file has the versions of its own team's apps. The entry has no effect, whatever it says.",
        "# releases/prod/ads.yaml\napps:\n  match/match-service: 0.0.1\n",
        "Remove the line. The owner changes the version in its own release file.",
    ),
    "SF228": Code(
        "a version that goes back",
        "The release file has an older version of the app than the tree. A lost commit or a wrong merge looks the "
        "same, so somebody must say that it is meant. Until then the app keeps its overlays in this environment. "
        "Versions are ordered by their numbers, then by alpha, beta, rc and the like; others, such as digests, have "
        "no order.",
        "apps:\n  ads/ads: 3.8.1  # and the tree has 3.8.2\n",
        "Restore the version, or use --back of `sixfold promote` or `sixfold publish`, which adds the version that the "
        "app leaves to `back` of the release file. A tombstone for the app in this environment says it as well.",
    ),
    "SF229": Code(
        "a version that is lost",
        "The tree has a version of the app in this environment, and no release file has one any more. The app keeps "
        "its overlays there: it would otherwise return to the version in its manifest, or lose it.",
        "git rm releases/prod/ads.yaml",
        "Restore the line or the file. If the app should run the version of its manifest, add the version that it "
        "leaves to `back` of the release file. A tombstone for the app in this environment says it as well.",
    ),
    "SF230": Code(
        "two versions of one app",
        "`sixfold split` found another version of the app in its team's release file. It does not choose one.",
        "# releases/prod.yaml has ads/ads: 3.8.2, and releases/prod/ads.yaml has 3.8.1",
        "Delete the line that is wrong, and run the command again.",
    ),
    "SF231": Code(
        "no release file to promote from",
        "FROM has no release file in releases/.",
        "sixfold promote stagin prod",
        "Name an existing environment.",
    ),
    "SF232": Code(
        "no version to promote",
        "The source release file has no entry for the app, or several teams have an app of that name.",
        "sixfold promote staging prod mach-service",
        "Write TEAM/APP, as in the release file.",
    ),
    "SF233": Code(
        "an environment promoted to itself",
        "FROM and TO are the same environment.",
        "sixfold promote prod prod",
        "Name two environments.",
    ),
    "SF234": Code(
        "a config file that conflicts with another one",
        "Published config files are stored beside the manifest in apps/<team>/. This file is used by another app "
        "of the team with different content, or it ends in .yaml and would be read as a manifest.",
        "config:\n  - name: settings\n    files: {app.yaml: settings.yaml}\n",
        "Keep the app's config files in a folder named after the app.",
    ),
    "SF235": Code(
        "a version for an app that is not published",
        "The deploy repository has no manifest of the app, so its version would have no effect.",
        "sixfold publish --deploy-repo ../deploy --version 1.0.0 --environment dev",
        "Publish the manifest first: run the same command without --version.",
    ),
    "SF236": Code(
        "a repository that the team does not publish from",
        "The fleet lists the source repositories of the team, and the origin of this checkout is not one of them. "
        "The manifest may be a copy, or metadata.team may be wrong. Push access to the deploy repository is "
        "controlled by its own rules, such as CODEOWNERS.",
        "# teams.playback.repos does not name this checkout's origin\nsixfold publish --deploy-repo ../deploy",
        "Correct metadata.team, or ask the platform team to add the repository to the team's repos.",
    ),
    "SF237": Code(
        "a git command failed",
        "The commit or push failed, or the files have uncommitted changes. The files are unchanged.",
        "sixfold publish --deploy-repo /tmp/not-a-checkout",
        "Read the output of git (--verbose prints all of it) and fix the checkout.",
    ),
    "SF238": Code(
        "a file already exists",
        "`sixfold init` never overwrites a file. Nothing was written.",
        "sixfold init deploy .   # where README.md exists",
        "Choose a new folder, or move the named files.",
    ),
    "SF239": Code(
        "an invalid name",
        "Names of teams and apps are Kubernetes labels and DNS labels: lower-case letters, digits and dashes "
        "inside, at most 40 characters.",
        "sixfold init app . --team Playback --name match_service",
        "Choose a valid name.",
    ),
    "SF240": Code(
        "a request to publish by somebody who is no publisher of the team",
        "The CI of the deploy repository publishes for those whom the fleet maps to the team. Who asked is what the "
        "forge says: the actor of the run, or the user of a verified ID token.",
        "# teams.playback.publishers does not name ads-bot\nsixfold publish --requested-by ads-bot",
        "Ask with the account of the team, or ask the platform team to add the login to the team's publishers.",
    ),
    "SF241": Code(
        "an ID token that does not say who asked",
        "The ID token of the job is missing, expired, not signed by the forge of `repository.url`, or not one of a "
        "protected branch of that repository.",
        "sixfold publish --id-token SIXFOLD_ID_TOKEN   # outside of the deploy repository's pipeline",
        "Run it in a job of the deploy repository that has `id_tokens` with the audience `sixfold`.",
    ),
    "SF242": Code(
        "nothing that CI may install",
        "CI installs a wheel of Sixfold by its hash, from a file or an index, or runs in an image by its digest. A "
        "name alone is whatever somebody puts under this name.",
        "sixfold init deploy my-deploy --image registry.example.com/sixfold:0.1.0",
        "Name the wheel of a release, or an image with its digest: NAME@sha256:DIGEST.",
    ),
    "SF243": Code(
        "a caller that the fleet does not have",
        "A road admits a team, or an app of a team, that is not in the fleet. Nobody can call as that team, until the "
        "fleet gets one of that name, perhaps years later. This is a warning.",
        "roads: {intra-dc: {callers: [playbakc]}}",
        "Correct the name, or remove it.",
    ),
    "SF244": Code(
        "a road with a field that the mesh does not carry",
        "The mesh of a data center lacks what the field of a road asks for. docs/systems.md has what each carries.",
        "roads: {intra-dc: {timeout: 2s}}",
        "Remove the field for that data center with an override, or ask the platform team about its mesh.",
    ),
}
