{{/* The labels by which the pods of a process are found. Takes the root and the process. */}}
{{- define "recto.selector" -}}
app.kubernetes.io/name: recto-{{ .process }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{- define "recto.labels" -}}
{{ include "recto.selector" . }}
app.kubernetes.io/part-of: recto
app.kubernetes.io/version: {{ .root.Values.images.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}
