{{/* The name of everything that belongs to the operator; 63 characters, a label value. */}}
{{- define "sbert-operator.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{/* Labels that select the operator's pods; they cannot change in an upgrade. */}}
{{- define "sbert-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of every object. */}}
{{- define "sbert-operator.labels" -}}
{{ include "sbert-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Those, and labels of (dict "root" the root context "labels" more), which may replace none. */}}
{{- define "sbert-operator.labelsWith" -}}
{{ mustMerge (include "sbert-operator.labels" .root | fromYaml) .labels | toYaml }}
{{- end -}}

{{/* The job that Prometheus knows the operator by; unique in the cluster. */}}
{{- define "sbert-operator.job" -}}
{{ .Release.Namespace }}/{{ include "sbert-operator.fullname" . }}
{{- end -}}

{{/* An image's reference, of (dict "image" values "root" the root context). The tag stays beside a
digest: people read it, the node uses the digest. */}}
{{- define "sbert-operator.image" -}}
{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- with .image.digest }}@{{ . }}{{ end -}}
{{- end -}}

{{- define "sbert-operator.imagePullSecrets" -}}
{{- with .Values.imagePullSecrets -}}
imagePullSecrets:
{{- range . }}
- name: {{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Where the pods run; on different nodes if there are some, unless the values say otherwise. Pods of
an older template do not count: they go. */}}
{{- define "sbert-operator.affinity" -}}
{{- with .Values.affinity }}
{{- toYaml . }}
{{- end }}
{{- if not (hasKey (.Values.affinity | default dict) "podAntiAffinity") }}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
  - weight: 100
    podAffinityTerm:
      topologyKey: kubernetes.io/hostname
      labelSelector:
        matchLabels:
          {{- include "sbert-operator.selectorLabels" . | nindent 10 }}
      matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end -}}

{{- define "sbert-operator.trainerServiceAccount" -}}
{{- with .Values.trainer.serviceAccount -}}
{{ .name | default (ternary "sbert-trainer" "default" .create) }}
{{- end -}}
{{- end -}}

{{/* All that the operator may do, in the cluster or in each watched namespace. */}}
{{- define "sbert-operator.rules" -}}
- apiGroups: [sbert-operator.dev]
  resources: [trainingtasks, evaluationtasks]
  verbs: [get, list, watch]
- apiGroups: [sbert-operator.dev]
  resources: [trainingtasks/status, evaluationtasks/status]
  verbs: [patch]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [list]
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
- apiGroups: [""]
  resources: [events]
  verbs: [list, create, patch]
{{- end -}}

{{/* The operator as a subject of a binding. */}}
{{- define "sbert-operator.subjects" -}}
- kind: ServiceAccount
  name: {{ include "sbert-operator.fullname" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}
