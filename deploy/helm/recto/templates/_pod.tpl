{{/* What the pods of all processes have in common: no right, and nothing on disk that can be changed but /tmp. */}}
{{- define "recto.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.images.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  seccompProfile: { type: RuntimeDefault }
volumes:
  - name: tmp
    emptyDir: { sizeLimit: 64Mi }
  {{- with .root.Values.files }}
  - name: files
    configMap: { name: {{ . }} }
  {{- end }}
{{- end }}

{{- define "recto.container" -}}
name: {{ .process }}
image: {{ .root.Values.images.prefix }}recto-{{ .process }}:{{ .root.Values.images.tag | default .root.Chart.AppVersion }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
resources: {{- toYaml .values.resources | nindent 2 }}
envFrom:
  - secretRef: { name: {{ index .root.Values.secrets .process }} }
volumeMounts:
  - name: tmp
    mountPath: /tmp
  {{- if .root.Values.files }}
  - name: files
    mountPath: /etc/recto
    readOnly: true
  {{- end }}
{{- end }}

{{/* Entries of `env`. Takes a map. */}}
{{- define "recto.env" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{/* /livez says that the process makes progress, /readyz that it can serve (docs/operations.md, "Health"). */}}
{{- define "recto.probes" -}}
startupProbe:
  httpGet: { path: /readyz, port: {{ . }} }
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 60
readinessProbe:
  httpGet: { path: /readyz, port: {{ . }} }
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 2
livenessProbe:
  httpGet: { path: /livez, port: {{ . }} }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
{{- end }}
