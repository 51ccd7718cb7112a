"""Examples in the reference pages, by the name of the record that they show. A test validates all of them.

Examples of manifests and tombstones are YAML, examples of the fleet are Jsonnet.
"""

from __future__ import annotations

__all__ = ["FLEET_EXAMPLES", "MANIFEST_EXAMPLES", "TOMBSTONE_EXAMPLES"]

MANIFEST_EXAMPLES = {
    "App": """\
apiVersion: sixfold.dev/v1
kind: App
metadata:
  name: match-service
  team: match
spec:
  tier: P0
  image: registry.example.com/match/match-service
  ports:
    - {name: http, port: 8080}
  replicas: 6
""",
    "ValueFrom": """\
env:
  - name: LOG_LEVEL
    value: info
  - name: AUTH_URL
    valueFrom: {callRef: {app: auth, format: url}}
  - name: API_KEY
    valueFrom: {secretKeyRef: {name: match-feed, key: api-key}}
  - name: POD_IP
    valueFrom: {fieldRef: {fieldPath: status.podIP}}
""",
    "Probes": """\
probes:
  startup:
    httpGet: {path: /healthz, port: http}
    failureThreshold: 30
  readiness:
    grpc: {port: 9000}
  liveness:
    tcpSocket: {port: http}
""",
    "Resources": """\
resources:
  requests: {cpu: 250m, memory: 256Mi}
  limits: {memory: 512Mi}
""",
    "Lifecycle": """\
lifecycle:
  preStop: {sleep: {seconds: 10}}
""",
    "Container": """\
containers:
  - name: log-shipper
    image: docker.io/fluent/fluent-bit:4.1.1
    volumeMounts:
      - {name: logs, mountPath: /var/log/app, readOnly: true}
""",
    "InitContainer": """\
initContainers:
  - name: fetch-model
    image: registry.example.com/personalization/model-fetcher:2.3.0
    volumeMounts:
      - {name: models, mountPath: /models}
""",
    "Port": """\
ports:
  - {name: http, port: 80, targetPort: 8080}
  - {name: grpc, port: 9000, appProtocol: grpc}
  - {name: redis, port: 6379, appProtocol: tcp}
""",
    "Autoscaling": """\
autoscaling:
  min: 12
  max: 120
  cpu: 60
  metrics:
    - {name: http_requests_per_second, averageValue: 400}
    - {name: queue_length, type: External, value: 1000, selector: {queue: scores}}
""",
    "Disruption": """\
disruption: {maxUnavailable: "10%"}
""",
    "TopologySpread": """\
topologySpread: {zones: required, hosts: preferred}
""",
    "Rollout": """\
rollout: {maxSurge: "25%", maxUnavailable: 0, minReadySeconds: 10}
""",
    "Volume": """\
volumes:
  - name: cache
    mountPath: /var/cache/app
    emptyDir: {sizeLimit: 1Gi}
  - name: data
    mountPath: /data
    claim: {size: 20Gi}
  - name: keys
    mountPath: /etc/keys
    readOnly: true
    secret: {secretName: signing-keys}
""",
    "Config": """\
config:
  - name: settings
    mountPath: /etc/app
    data:
      cache.yaml: |
        ttl: 1s
    files:
      sports.json: match-service/sports.json
  - name: limits
    asEnv: true
    data: {MAX_ADS_PER_BREAK: "6"}
""",
    "ServiceAccount": """\
serviceAccount:
  iamRole: arn:aws:iam::333333333333:role/match-service
""",
    "PodSecurityContext": """\
securityContext: {runAsUser: 999, runAsGroup: 1000, fsGroup: 1000}
""",
    "Scrape": """\
scrape: {port: metrics, interval: 15s}
""",
    "Schedule": """\
kind: CronJob
schedule:
  cron: "30 3 * * *"
  timeZone: Asia/Kolkata
  concurrencyPolicy: Forbid
""",
    "Job": """\
kind: Job
job: {hook: PreSync, backoffLimit: 2, activeDeadlineSeconds: 900}
""",
    "Toleration": """\
nodeSelector: {example.com/pool: compute}
tolerations:
  - {key: example.com/pool, operator: Equal, value: compute, effect: NoSchedule}
""",
    "Call": """\
calls:
  - app: auth
  - {app: session-store, road: direct}
  - {app: ads, road: inter-dc, dataCenter: dc1}
  - {host: feed.scores.example.net, port: 443}
""",
    "Roads": """\
roads:
  intra-dc:
    callers: [match, playback/playback]
    timeout: 2s
  external:
    path: /api/match
""",
    "Override": """\
overrides:
  - match: {environment: dev}
    spec:
      autoscaling: null
      replicas: 1
  - match: {environment: prod, dataCenter: dc1}
    spec:
      autoscaling: {min: 180, max: 1200}
    patches:
      - target: {kind: PrometheusRule, name: match-service}
        patch: {metadata: {annotations: {example.com/pager: match-oncall}}}
""",
    "Release": """\
apiVersion: sixfold.dev/v1
kind: Release
environment: prod
apps:
  match/match-service: 1.14.2
  playback/playback: 12.5.1@sha256:0d1f0b6cf3a4c9b6a9f3c1d9f7a3f6cf8f1e0d5a9b7c4e2f6a8d0c1b3e5f7a92
""",
}

FLEET_EXAMPLES = {
    "Repository": "{ url: 'https://git.example.com/platform/deploy.git', branch: 'main', path: 'overlays' }",
    "Domains": "{ internal: 'example.internal', external: 'example.com' }",
    "Endpoints": """\
{
  intraDc: '{app}.internal.{domain}',
  interDc: '{app}.internal.{dc}.{domain}',
}""",
    "Platform": """\
{
  mesh: { envoy: { image: 'docker.io/envoyproxy/envoy:distroless-v1.40.0', replicas: 3 } },
  observability: { prometheus: { discovery: 'pod-monitor' } },
  identity: 'pod-identity',
  storageClass: 'gp3',
}""",
    "Tier": "{ priority: 1000000, priorityClass: 'tier-p0' }",
    "ArgoCD": """\
{
  instances: {
    prod: { generatorUrl: 'http://sixfold-generator.argocd.svc.cluster.local:8080' },
  },
}""",
    "Team": """\
{
  owners: ['oidc:match'],
  quota: { cpu: 4000, memory: '12Ti', pods: 8000 },
  quotas: { dev: { cpu: 40, memory: '80Gi', pods: 200 } },
  dataCenters: { dev: ['dc1'], prod: ['dc1', 'dc2'] },
  defaults: { terminationGracePeriodSeconds: 60 },
}""",
    "DataCenter": """\
{
  region: 'ap-south-1',
  clusters: {
    'dc1-a': {
      server: 'https://8E4D1F6A02B94C7795A3D80E6C1B7F24.gr7.ap-south-1.eks.amazonaws.com',
      eks: { name: 'prod-dc1-a', roleArn: 'arn:aws:iam::333333333333:role/argocd-prod-dc1-a' },
      version: '1.35',
      capacity: { cpu: 16000, memory: '62Ti', pods: 30000 },
      apis: ['monitoring.coreos.com/v1'],
      gateway: { address: 'gw.dc1-a.prod.example.internal' },
      instance: 'prod',
    },
  },
}""",
    "Deletions": """\
{
  applications: '10%',
  overlays: '10%',
  objects: '20%',
  minimum: 1,
  days: 14,
}""",
}
TOMBSTONE_EXAMPLES = {
    "Tombstones": """\
# yaml-language-server: $schema=../.sixfold/tombstones.schema.json
apiVersion: sixfold.dev/v1
kind: Tombstones
tombstones:
  - environment: staging
    team: ads
    app: ads
    approvedBy: oidc:ads
    reason: moved into ad-server
    until: 2027-01-31
""",
}
