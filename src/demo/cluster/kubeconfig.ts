/**
 * The server speaks plain HTTP; client-node takes an http:// address only where TLS verification is off.
 */
export function kubeconfigOf(cluster: string, url: string, token: string): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: ${cluster}
  cluster:
    server: ${url}
    insecure-skip-tls-verify: true
users:
- name: kubernetes-admin
  user:
    token: ${token}
contexts:
- name: ${cluster}
  context:
    cluster: ${cluster}
    user: kubernetes-admin
current-context: ${cluster}
`;
}
