{{/* part-of tells Capstan its own pods: their nodes are upgraded last. */}}
{{- define "capstan.labels" -}}
app.kubernetes.io/name: capstan
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: capstan
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{/* What selects the pods of one part. Called with the root, the part's values and its name. */}}
{{- define "capstan.selector" -}}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{/* What bot and worker both need to know. */}}
{{- define "capstan.sharedEnv" -}}
{{- if .Values.redis.enabled -}}
{{- with .Values.redis.secret -}}
- name: REDIS_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ . }}, key: REDIS_PASSWORD } }
{{ end -}}
- name: REDIS_URL
  value: redis://{{ if .Values.redis.secret }}:$(REDIS_PASSWORD)@{{ end }}{{ .Release.Name }}-redis:6379
{{- else if .Values.redisUrl }}
- name: REDIS_URL
  value: {{ .Values.redisUrl | quote }}
{{- end }}
- name: CAPSTAN_POLICY
  value: /etc/capstan/policy.yaml
- name: CAPSTAN_LOCK_SECONDS
  value: {{ .Values.lockSeconds | quote }}
- name: LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* No part needs anything of its host. Called with the root, the part's values and its name. */}}
{{- define "capstan.pod" -}}
{{- $root := .root -}}
{{- with $root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .part.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .part.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Of bot and worker, which end within 45 s of being told and have no state: replicas are spread where there is room. */}}
{{- define "capstan.process" -}}
terminationGracePeriodSeconds: 60
securityContext:
  runAsNonRoot: true
  seccompProfile: { type: RuntimeDefault }
{{- include "capstan.pod" . }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "capstan.selector" . | nindent 8 }}
volumes:
  - name: policy
    configMap: { name: {{ .root.Release.Name }}-policy }
{{- end }}

{{- define "capstan.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/*
Without probes of life: both end where they cannot go on, and one that waits for Redis, Slack or the API server is not
helped by being started again.
*/}}
{{- define "capstan.container" -}}
{{- $root := .root -}}
name: {{ .name }}
image: "{{ $root.Values.image.repository }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}"
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
args: [{{ .name }}]
securityContext: {{- include "capstan.confined" . | nindent 2 }}
resources: {{- toYaml .part.resources | nindent 2 }}
volumeMounts:
  - { name: policy, mountPath: /etc/capstan, readOnly: true }
{{- end }}

{{/* So that no drain takes the last of several replicas. One that is not Ready serves nobody and stops no drain. */}}
{{- define "capstan.budget" -}}
{{- if gt (int .part.replicas) 1 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .root.Release.Name }}-{{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "capstan.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .name }}
spec:
  minAvailable: 1
  {{- if semverCompare ">=1.27.0-0" .root.Capabilities.KubeVersion.Version }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  {{- end }}
  selector:
    matchLabels: {{- include "capstan.selector" . | nindent 6 }}
{{- end }}
{{- end }}
