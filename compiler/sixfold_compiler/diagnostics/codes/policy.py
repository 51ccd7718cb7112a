"""SF65x and SF66x: references out of a team's namespace, and values that the cluster rejects."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["POLICY"]

_POD = "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  {}\n"
_CONTAINERS = "containers: [{name: app, image: registry.example.com/shop/web:1.0.0}]\n  "
_ASK = "ask the platform team to add it to `allow` of the team in the fleet: `sixfold policy suggest` prints the lines."


def _pod(line: str) -> str:
    return _POD.format(_CONTAINERS + line)


def _object(api: str, kind: str, *lines: str) -> str:
    return "\n".join((f"apiVersion: {api}", f"kind: {kind}", "metadata: {name: web}", *lines)) + "\n"


def _secret(*lines: str) -> str:
    return _object("external-secrets.io/v1", "ExternalSecret", "spec:", *(f"  {line}" for line in lines))


POLICY = {
    "SF650": Code(
        "an image of another registry",
        "The fleet lists the registries whose images may run in a team's namespace. What no list names is denied.",
        _POD.format("containers: [{name: app, image: docker.io/stranger/miner:1.0.0}]"),
        f"Use an image of a listed registry, written with its host, or {_ASK}",
    ),
    "SF651": Code(
        "an IAM role of others",
        "Whoever names a role acts with its rights in AWS. The fleet lists the roles of a team, with their accounts.",
        _object("v1", "ServiceAccount").replace(
            "{name: web}",
            "\n  name: web\n  annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::111111111111:role/admin'}",
        ),
        f"Name a role of the team, or {_ASK}",
    ),
    "SF652": Code(
        "an identity outside the cluster",
        "These annotations, and tokens for another audience, give pods an identity by another way than the role of "
        "their service account. The fleet lists the audiences of a team; no list limits the annotations, so those are "
        "denied.",
        _object("v1", "ConfigMap").replace("{name: web}", "{name: web, annotations: {iam.amazonaws.com/role: admin}}"),
        "Use spec.serviceAccount.iamRole of the manifest.",
    ),
    "SF653": Code(
        "a secret store of others",
        "A store can read every secret that its own identity can. The fleet lists the stores of a team.",
        _secret("secretStoreRef: {kind: ClusterSecretStore, name: aws}", "data: []"),
        f"Name a store of the team, or {_ASK}",
    ),
    "SF654": Code(
        "a secret of others",
        "A store is shared, so the fleet lists the keys that a team may read. Searches and generators are denied, "
        "because no list limits what they return.",
        _secret("dataFrom: [{find: {name: {regexp: '.*'}}}]"),
        f"Name each key of the team under data or dataFrom.extract, or {_ASK}",
    ),
    "SF655": Code(
        "a priority that the tier does not have",
        "Pods of a higher priority preempt those of other teams. The tier of an app decides its priority class.",
        _pod("priorityClassName: system-node-critical"),
        f"Remove it, set it to the class of the tier, or {_ASK}",
    ),
    "SF656": Code(
        "a toleration of a reserved node",
        "Taints reserve nodes. The fleet lists the taints that the pods of a team may tolerate.",
        _pod("tolerations: [{operator: Exists}]"),
        f"Remove it, or {_ASK}",
    ),
    "SF657": Code(
        "another runtime or scheduler",
        "A runtime class may isolate pods less, and a scheduler may ignore the platform's rules.",
        _pod("schedulerName: my-scheduler"),
        f"Remove it, or {_ASK}",
    ),
    "SF658": Code(
        "a storage class, driver or device class of others",
        "Classes and drivers belong to the whole cluster. A driver mounts by name what its own identity can read.",
        _pod("volumes: [{name: share, csi: {driver: smb.csi.k8s.io}}]"),
        f"Use a claim with the platform's storage class, or {_ASK}",
    ),
    "SF659": Code(
        "storage or devices of others",
        "A claim that chooses its volume or copies from another namespace can read the files of another team.",
        _object("v1", "PersistentVolumeClaim", "spec: {accessModes: [ReadWriteOnce], volumeName: pv-0017}"),
        "Remove the field: the storage class creates an empty volume.",
    ),
    "SF660": Code(
        "a label or annotation of another system",
        "Controllers read these words in every namespace: they copy, expose, attach or inject. Common harmless ones "
        "are allowed; others with a domain need a line in the fleet.",
        _object("v1", "ConfigMap").replace("{name: web}", "{name: web, annotations: {tailscale.com/expose: 'true'}}"),
        f"Remove it, or {_ASK}",
    ),
    "SF661": Code(
        "a field of a monitor that leaves the namespace",
        "Prometheus reads monitors with its own rights: it could send its token, read its files, or reach addresses "
        "that a team cannot. Only fields that are known to stay within the namespace are allowed.",
        _object(
            "monitoring.coreos.com/v1",
            "ServiceMonitor",
            "spec:",
            "  selector: {}",
            "  endpoints: [{port: http, bearerTokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token}]",
        ),
        "Remove the field. docs/policy.md lists the fields that are allowed.",
    ),
    "SF662": Code(
        "a metric or alert in the name of others",
        "Alerts, dashboards and autoscalers tell metrics apart by name and by labels. A recorded metric begins with "
        "the name of its team and a colon, and no rule sets the labels that Prometheus gives to targets.",
        _object(
            "monitoring.coreos.com/v1",
            "PrometheusRule",
            "spec: {groups: [{name: web, rules: [{record: 'up', expr: vector(1)}]}]}",
        ),
        "Use a name such as shop:requests:rate5m, and labels of the team's own.",
    ),
    "SF663": Code(
        "credentials of the autoscaler",
        "The autoscaler can read more than a team. An object of a team must use credentials of the team.",
        _object("keda.sh/v1alpha1", "TriggerAuthentication", "spec: {podIdentity: {provider: aws}}"),
        "Use secretTargetRef with a Secret of the app, or podIdentity with identityOwner: workload.",
    ),
    "SF664": Code(
        "an invalid label or annotation",
        "The cluster rejects keys, and values of labels, with other characters, and with them the whole object.",
        _object("v1", "ConfigMap").replace("{name: web}", '{name: web, labels: {"a b": "c d"}}'),
        "Use letters, digits, '-', '_' and '.', at most 63, with a letter or digit at both ends.",
    ),
    "SF665": Code(
        "an invalid image name",
        "No node can pull an image of such a name, so that the pods never start.",
        _POD.format('containers: [{name: app, image: "web app:1.0.0"}]'),
        "Write host/repository:tag, or host/repository@sha256:digest.",
    ),
    "SF666": Code(
        "a number out of range",
        "The cluster rejects the number, and with it the whole object; or a node that is replaced would wait for days.",
        _pod("terminationGracePeriodSeconds: -1"),
        "Write a number in the range that the message names.",
    ),
    "SF667": Code(
        "a pod that keeps the pods of others away",
        "Affinity works in both directions: where a pod with required anti-affinity runs, the scheduler starts none of "
        "the pods that it names. So a pod may name only those of its own namespace.",
        _pod(
            "affinity:\n    podAntiAffinity:\n      requiredDuringSchedulingIgnoredDuringExecution:\n"
            "      - {topologyKey: kubernetes.io/hostname, namespaceSelector: {}, labelSelector: {}}"
        ),
        "Remove namespaceSelector and namespaces.",
    ),
    "SF668": Code(
        "a rollout that acts outside of its namespace",
        "The controller of rollouts can change routes of every namespace, and runs analyses and plugins with rights "
        "that a team does not have. A team may use the parts of a Rollout that stay within its namespace.",
        _object(
            "argoproj.io/v1alpha1",
            "Rollout",
            "spec: {strategy: {canary: {trafficRouting: {istio: {virtualService: {name: cards.pay}}}}}}",
        ),
        "Remove the field. The gateway divides requests over the pods of the app, so their number decides.",
    ),
    "SF669": Code(
        "a field that changes the shared Grafana",
        "A dashboard can install plugins, run Jsonnet in the operator of Grafana, and replace another dashboard by its "
        "uid. Only fields that have a dashboard of the team as their result are allowed.",
        _object(
            "grafana.integreatly.org/v1beta1", "GrafanaDashboard", "spec: {plugins: [{name: panel, version: 1.0.0}]}"
        ),
        "Remove the field. docs/policy.md lists the fields that are allowed.",
    ),
}
