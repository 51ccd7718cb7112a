"""SF6xx: Kubernetes objects, those that teams write and those that the library makes."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["OBJECTS"]

_POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: web}}
spec:
{spec}
"""


def _pod(*lines: str) -> str:
    return _POD.format(spec="\n".join(f"  {line}" for line in lines))


def _object(api: str, kind: str, *lines: str, name: str = "web") -> str:
    return "\n".join((f"apiVersion: {api}", f"kind: {kind}", f"metadata: {{name: {name}}}", *lines)) + "\n"


_CONTAINER = "containers: [{name: app, image: nginx:1.29}]"

OBJECTS = {
    "SF600": Code(
        "not a Kubernetes object",
        "Every document after the manifest is a Kubernetes object: a mapping with apiVersion, kind and metadata.name.",
        "apiVersion: v1\nmetadata: {name: web}\n",
        "Add what is missing, or remove the document.",
    ),
    "SF601": Code(
        "a name that Kubernetes does not take",
        "Names are lower-case letters, digits, '-' and '.'; a Service's starts with a letter and has at most 63"
        " characters, a CronJob's 52, because Kubernetes appends to it.",
        _object("v1", "ConfigMap", name="Web_Config"),
        "Rename the object, and what refers to it.",
    ),
    "SF602": Code(
        "an object in another namespace",
        "A team owns one namespace; its objects live there and nowhere else.",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: kube-system}\n",
        "Leave metadata.namespace out: Sixfold sets it.",
    ),
    "SF603": Code(
        "a kind that belongs to the whole cluster",
        "Cluster-wide objects reach every team. The platform's library makes those that are needed, under _platform.",
        _object("v1", "Namespace"),
        "Remove the object, and ask the platform team for what it was to achieve.",
    ),
    "SF604": Code(
        "a kind that deals with access rights",
        "An app that can grant rights can take any. Who may do what follows from the fleet.",
        _object("rbac.authorization.k8s.io/v1", "RoleBinding"),
        "Remove it; the team's groups are teams.<team>.owners in the fleet. An app that talks to the Kubernetes API"
        " gets its rights from the platform team.",
    ),
    "SF605": Code(
        "a kind that fences the namespace",
        "Quotas, limits and network policy are the platform's fence around a team; hand-written endpoints are a way"
        " past it.",
        _object("v1", "ResourceQuota"),
        "Change the quota in the fleet; say what the app calls and who may call it under spec.calls and spec.roads.",
    ),
    "SF606": Code(
        "an object of Argo CD",
        "An Application in an app's folder would deploy past the team's project.",
        _object("argoproj.io/v1alpha1", "Application"),
        "Remove it: Sixfold's ApplicationSets make the Applications.",
    ),
    "SF607": Code(
        "a list of objects",
        "Objects inside a List escape whoever looks at documents one by one.",
        "apiVersion: v1\nkind: List\nmetadata: {name: web}\nitems: []\n",
        "Write each object as a document of its own, with --- between them.",
    ),
    "SF608": Code(
        "a kind that teams may not use",
        "What teams may write themselves is a list of kinds. Everything else comes out of the library, or of the"
        " fleet's extension of it.",
        _object("example.com/v1", "Widget"),
        "Use the manifest's own fields, or ask the platform team for an extension of the library that makes it.",
    ),
    "SF609": Code(
        "an API that the cluster does not serve",
        "The cluster has neither this built-in API nor the extension; its apis in the fleet say what it serves beside"
        " the stable built-in ones.",
        _object("extensions/v1beta1", "Deployment"),
        "Use the version that is named, or restrict the app to clusters that serve the API.",
    ),
    "SF610": Code(
        "the same object twice",
        "Two objects of one kind and name in a namespace overwrite each other.",
        _object("v1", "ConfigMap") + "---\n" + _object("v1", "ConfigMap"),
        "Rename one. Sixfold itself makes objects named after the app.",
    ),
    "SF611": Code(
        "an object that no cluster can store",
        "A ConfigMap holds 1 MiB, and etcd takes requests of 1.5 MiB, of which the cluster needs some itself.",
        "# a ConfigMap with 2 MiB of data",
        "Put large files into the image or into object storage.",
    ),
    "SF612": Code(
        "too many objects in one app",
        "One app may have 500 objects on a cluster; Argo CD compares all of them at every refresh.",
        "# a manifest with 501 objects",
        "Split the app.",
    ),
    "SF613": Code(
        "a reserved label or annotation",
        "These words decide who owns, selects, syncs and deletes an object. Of Argo CD's, sync-wave and harmless"
        " sync-options are free to use.",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n"
        "  annotations: {argocd.argoproj.io/sync-options: Replace=true}\n",
        "Remove it. For a hook, use a manifest with spec.kind: Job and spec.job.hook.",
    ),
    "SF614": Code(
        "metadata that only the cluster sets",
        "Finalizers and owner references keep or delete objects against the tree; the others are the server's notes.",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, finalizers: [example.com/keep]}\n",
        "Remove the field.",
    ),
    "SF615": Code(
        "a field that Kubernetes does not know",
        "The shipped schemas of the built-in kinds have no such field there. A cluster would drop or refuse it.",
        _object("v1", "Service", "spec: {ports: [{port: 80, targetport: 8080}]}"),
        "Mind the spelling and the indentation; the nearest known field is named.",
    ),
    "SF616": Code(
        "a value that Kubernetes does not take",
        "A field has another type than Kubernetes wants, is missing, or is out of range.",
        _object("v1", "ConfigMap", "data: {PORT: 8080}"),
        "Give the field the type that is named; numbers and booleans become text in quotes.",
    ),
    "SF620": Code(
        "a Service of type NodePort",
        "A node port is open on every node of the cluster, to everybody who reaches the nodes.",
        _object("v1", "Service", "spec: {type: NodePort, ports: [{port: 80}]}"),
        "Use type: ClusterIP and a road: intra-dc inside the data center, external from outside.",
    ),
    "SF621": Code(
        "a Service of type LoadBalancer",
        "A load balancer of its own is a way in that no road declares, that nobody limits and that costs money.",
        _object("v1", "Service", "spec: {type: LoadBalancer, ports: [{port: 80}]}"),
        "Use spec.roads.external, with loadBalancer: true for what is not HTTP.",
    ),
    "SF622": Code(
        "a Service that points elsewhere",
        "ExternalName and external IPs send callers anywhere, or take traffic that is meant for others.",
        _object("v1", "Service", "spec: {type: ExternalName, externalName: example.com}"),
        "List the host under spec.calls and use it by its own name.",
    ),
    "SF623": Code(
        "a way in past the roads",
        "Hosts and paths have one owner in an environment, and the gateway is the only way in.",
        _object("networking.k8s.io/v1", "Ingress"),
        "Use spec.roads.external with host and path.",
    ),
    "SF624": Code(
        "a Secret in a manifest",
        "What is in git is readable by everybody who can read the repo, forever. Secrets are references.",
        _object("v1", "Secret", "stringData: {password: not-shown}"),
        "Store the value in the secret store; refer to it by an ExternalSecret or secretKeyRef. Change a value that"
        " was committed.",
        sensitive=True,
    ),
    "SF625": Code(
        "a monitor of other namespaces",
        "A ServiceMonitor, PodMonitor or Probe would have Prometheus look into other teams' namespaces.",
        _object("monitoring.coreos.com/v1", "PodMonitor", "spec: {namespaceSelector: {any: true}}"),
        "Remove namespaceSelector: the monitor's own namespace is the default.",
    ),
    "SF630": Code(
        "a pod that reaches its node",
        "The node's network, processes, files and ports are everybody's; pods share nothing with them.",
        _pod("hostNetwork: true", _CONTAINER),
        "Use a volume, a Service, or ask the platform team for an agent on the nodes.",
    ),
    "SF631": Code(
        "a container with more rights than it may have",
        "Privileged containers, added capabilities and switched-off guards lead to the node.",
        _pod("containers: [{name: app, image: nginx:1.29, securityContext: {privileged: true}}]"),
        "Remove the setting; NET_BIND_SERVICE is the one capability that may be added.",
    ),
    "SF632": Code(
        "a container that runs as root",
        "Root in a container is one mistake away from root on the node.",
        _pod("securityContext: {runAsUser: 0}", _CONTAINER),
        "Use an image and a user id that are not root's.",
    ),
    "SF633": Code(
        "a pod that a restricted namespace refuses",
        "The namespace enforces the restricted pod-security standard: the object would be created, its pods never.",
        _pod(_CONTAINER),
        "Add runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]} and seccompProfile:"
        " {type: RuntimeDefault}.",
    ),
    "SF640": Code(
        "a selector that selects nothing",
        "A Service, budget, policy or monitor with a selector that no pod of the app has does nothing at all.",
        _object("v1", "Service", "spec: {selector: {app: wbe}, ports: [{port: 80}]}"),
        "Use the labels of the pods: app.kubernetes.io/name and app.kubernetes.io/instance, both the app's name.",
    ),
    "SF641": Code(
        "a workload that does not select its own pods",
        "Kubernetes refuses a workload whose selector its own template does not match.",
        _object(
            "apps/v1",
            "Deployment",
            "spec:",
            "  selector: {matchLabels: {app: web}}",
            "  template: {metadata: {labels: {app: wbe}}, spec: {" + _CONTAINER + "}}",
        ),
        "Give spec.template.metadata.labels what spec.selector.matchLabels asks for.",
    ),
    "SF642": Code(
        "a ConfigMap or key that is not there",
        "A pod that names a missing ConfigMap or key never starts.",
        _pod("containers: [{name: app, image: nginx:1.29, envFrom: [{configMapRef: {name: settings}}]}]"),
        "Add it under spec.config or as a plain object, or mark the reference optional: true.",
    ),
    "SF643": Code(
        "a port name that is not there",
        "A probe, Service or monitor names a port that no container has: it would never answer.",
        _pod("containers: [{name: app, image: nginx:1.29, readinessProbe: {httpGet: {port: http}}}]"),
        "Name the port in the container, or use its number.",
    ),
    "SF644": Code(
        "a claim that is not there",
        "A pod that names a missing PersistentVolumeClaim never starts.",
        _pod(_CONTAINER, "volumes: [{name: data, persistentVolumeClaim: {claimName: web-data}}]"),
        "Add the claim, or use a volume with claim in the manifest.",
    ),
    "SF645": Code(
        "a service account that is not there",
        "Pods run as an account of their own app; another app's would lend its rights.",
        _pod("serviceAccountName: admin", _CONTAINER),
        "Use the account that Sixfold makes, named after the app, or add a ServiceAccount.",
    ),
    "SF646": Code(
        "two containers with one name",
        "Containers and init containers of a pod share one set of names.",
        _pod("containers: [{name: app, image: nginx:1.29}, {name: app, image: redis:8}]"),
        "Rename one.",
    ),
    "SF647": Code(
        "a mount of a volume that is not there",
        "A container mounts a volume that the pod does not have; Kubernetes refuses the pod.",
        _pod("containers: [{name: app, image: nginx:1.29, volumeMounts: [{name: data, mountPath: /data}]}]"),
        "Add the volume, or mind the spelling.",
    ),
    "SF648": Code(
        "a target that is not there",
        "An autoscaler, a StatefulSet or an Ingress names an object that the app does not have.",
        _object(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            "spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: wbe}}",
        ),
        "Use the kind and name of an object of the app.",
    ),
}
