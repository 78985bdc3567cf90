{{- define "capstan.labels" -}}
app.kubernetes.io/name: capstan
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{/* What bot and worker both need to know. */}}
{{- define "capstan.sharedEnv" -}}
{{- if not .Values.approval.approvers }}{{ fail "approval.approvers: write the Slack ids of those who may approve" }}{{ end -}}
{{- with .Values.redisUrl }}
- name: REDIS_URL
  value: {{ . | quote }}
{{- end }}
- name: CAPSTAN_APPROVERS
  value: {{ join "," .Values.approval.approvers | quote }}
- name: CAPSTAN_APPROVALS_NEEDED
  value: {{ .Values.approval.needed | quote }}
- name: CAPSTAN_SELF_APPROVAL
  value: {{ .Values.approval.self | quote }}
- name: CAPSTAN_LOCK_SECONDS
  value: {{ .Values.lockSeconds | quote }}
- name: LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
{{- end }}

{{/* Neither bot nor worker needs anything of its host. Called with the root, the part's values and its name. */}}
{{- define "capstan.pod" -}}
{{- $root := .root -}}
securityContext:
  runAsNonRoot: true
  seccompProfile: { type: RuntimeDefault }
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .part.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .part.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "capstan.selector" . | nindent 8 }}
{{- end }}

{{- define "capstan.container" -}}
{{- $root := .root -}}
name: {{ .name }}
image: "{{ $root.Values.image.repository }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}"
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
args: [{{ .name }}]
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
resources: {{- toYaml .part.resources | nindent 2 }}
{{- end }}

{{- define "capstan.selector" -}}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}
