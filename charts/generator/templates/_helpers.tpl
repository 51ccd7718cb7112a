{{- define "generator.name" -}}
{{ .Values.fullnameOverride | default .Release.Name | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "generator.selector" -}}
app.kubernetes.io/name: sixfold-generator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "generator.labels" -}}
{{ include "generator.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: applicationset-plugin
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* An image by digest when there is one, else by tag. Takes (list image tag). */}}
{{- define "generator.image" -}}
{{- $image := index . 0 -}}
{{- $image.repository }}{{ if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default (index . 1) }}{{ end }}
{{- end }}

{{- /* NAMESPACE/NAME of the state's ConfigMaps; empty when it is on a volume. */}}
{{- define "generator.configMap" -}}
{{- if eq .Values.state.kind "configmap" -}}
{{ .Values.state.configMap.namespace | default .Release.Namespace }}/{{ include "generator.configMapName" . }}
{{- end }}
{{- end }}

{{- define "generator.configMapName" -}}
{{ .Values.state.configMap.name | default (printf "%s-state" (include "generator.name" .)) }}
{{- end }}

{{- /* NAMESPACE/INSTANCE of the Argo CD whose cluster Secrets are read; empty when none are. */}}
{{- define "generator.argocd" -}}
{{- with .Values.live.argocdInstance -}}
{{ $.Values.networkPolicy.argocd.namespace | default $.Release.Namespace }}/{{ . }}
{{- end }}
{{- end }}

{{- /* Whether the pod asks the API server of its own cluster, and so needs a token. */}}
{{- define "generator.asks" -}}
{{- if or (eq .Values.state.kind "configmap") .Values.live.argocdInstance }}true{{ end }}
{{- end }}

{{- /* What no container of this pod needs. */}}
{{- define "generator.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- /* Combinations that the schema cannot refuse. */}}
{{- define "generator.check" -}}
{{- if and .Values.git.ssh.existingSecret .Values.git.https.existingSecret }}
{{- fail "git.ssh.existingSecret and git.https.existingSecret are both set: a repo is fetched in one way" }}
{{- end }}
{{- if and .Values.git.ssh.existingSecret (hasPrefix "https://" .Values.git.repo) }}
{{- fail "git.ssh.existingSecret is set, and git.repo is an https:// address" }}
{{- end }}
{{- if and (not .Values.git.ssh.existingSecret) (not (hasPrefix "https://" .Values.git.repo)) }}
{{- fail "git.repo is fetched over SSH: set git.ssh.existingSecret to a Secret with the keys ssh and known_hosts" }}
{{- end }}
{{- if eq (int .Values.service.port) (int .Values.service.adminPort) }}
{{- fail "service.port and service.adminPort must differ" }}
{{- end }}
{{- if or (eq (int .Values.service.port) 8082) (eq (int .Values.service.adminPort) 8082) }}
{{- fail "port 8082 is git-sync's own metrics port in this pod" }}
{{- end }}
{{- if eq .Values.token.key .Values.token.nextKey }}
{{- fail "token.key and token.nextKey must differ" }}
{{- end }}
{{- $trusted := .Values.trusted }}
{{- if and (or $trusted.keys $trusted.fleet $trusted.repository) (not (and $trusted.keys $trusted.fleet $trusted.repository)) }}
{{- fail "trusted.keys, trusted.fleet and trusted.repository are set together: the keys sign for one fleet and one repository" }}
{{- end }}
{{- end }}
