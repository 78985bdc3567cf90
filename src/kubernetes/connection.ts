import { delimiter } from 'node:path';
import { type Cluster, KubeConfig } from '@kubernetes/client-node';
import { ClusterUnreachable } from '../app/ports.ts';

export interface KubeconfigChoice {
  /** A file, or several as KUBECONFIG names them; where absent, the usual places, then the pod's own service account. */
  readonly kubeconfig?: string;
  readonly context?: string;
}

export interface Connection {
  readonly config: KubeConfig;
  readonly cluster: Cluster;
  /** Without a slash at its end. */
  readonly server: string;
}

/** Reads which cluster to talk to, and as whom. Throws ClusterUnreachable, with the file or context in its sentence. */
export function loadConnection({ kubeconfig, context }: KubeconfigChoice): Connection {
  const config = kubeconfig === undefined ? loadDefault() : loadFiles(kubeconfig);
  const source = kubeconfig ?? 'the default kubeconfig';
  if (kubeconfig === undefined && isMadeUp(config)) throw new ClusterUnreachable(NO_KUBECONFIG);
  if (context !== undefined) config.setCurrentContext(context);
  const current = config.getCurrentContext();
  if (!config.getContextObject(current)) throw noContext(source, current, config);
  const cluster = config.getCurrentCluster();
  if (!cluster?.server) {
    throw new ClusterUnreachable(`In ${source}, context "${current}" names a cluster that is not described there.`);
  }
  assertUser(config, source, current);
  return { config, cluster, server: checkedServer(cluster, source) };
}

/** A context without a user is none of our business: some API servers let everybody in. */
function assertUser(config: KubeConfig, source: string, context: string): void {
  const name = config.getContextObject(context)?.user;
  const user = config.getCurrentUser();
  if (name && !user) {
    throw new ClusterUnreachable(`In ${source}, context "${context}" names a user that is not described there.`);
  }
  const { name: provider, config: settings } = user?.authProvider ?? {};
  if (provider && !settings) {
    throw new ClusterUnreachable(
      `In ${source}, user "${name}" has an auth-provider (${provider}) without settings. Have the tool that you log in with ` +
        'write an exec plugin or a token instead, as kubectl wants it since 1.26.',
    );
  }
}

function loadDefault(): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromDefault();
  } catch (error) {
    throw unreadable('the default kubeconfig', error);
  }
  return config;
}

/** What client-node falls back to, where neither ~/.kube/config nor a pod's service account is there. */
function isMadeUp(config: KubeConfig): boolean {
  return (
    config.getCurrentContext() === 'loaded-context' && config.getCurrentCluster()?.server === 'http://localhost:8080'
  );
}

const NO_KUBECONFIG =
  'There is no kubeconfig: neither --kubeconfig nor KUBECONFIG names one, ~/.kube/config is not there, and this is no pod of ' +
  'a cluster. Name one: KUBECONFIG=FILE, or --kubeconfig FILE for a single command.';

/** As kubectl merges them: what an earlier file says of a name wins, and so does its current context. */
function loadFiles(kubeconfig: string): KubeConfig {
  const files = kubeconfig.split(delimiter).filter(Boolean).map(loadFile);
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: firstOfEachName(files.flatMap(({ clusters }) => clusters)),
    users: firstOfEachName(files.flatMap(({ users }) => users)),
    contexts: firstOfEachName(files.flatMap(({ contexts }) => contexts)),
    currentContext: files.map(({ currentContext }) => currentContext).find(Boolean),
  });
  return config;
}

function loadFile(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (error) {
    throw unreadable(file, error);
  }
  return config;
}

function firstOfEachName<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return items.filter(({ name }, index) => items.findIndex(item => item.name === name) === index);
}

function checkedServer({ server, skipTLSVerify }: Cluster, source: string): string {
  if (!URL.canParse(server)) {
    throw new ClusterUnreachable(`In ${source}, "${server}" is not the address of an API server.`);
  }
  if (server.startsWith('http:') && !skipTLSVerify) {
    throw new ClusterUnreachable(
      `The API server at ${server} is named by ${source} without TLS. Name a kubeconfig with an https address ` +
        '(--kubeconfig FILE or KUBECONFIG).',
    );
  }
  return server.replace(/\/+$/, '');
}

function noContext(source: string, context: string | undefined, config: KubeConfig): ClusterUnreachable {
  const names = config.getContexts().map(({ name }) => name);
  if (names.length === 0) return new ClusterUnreachable(`${source} has no context in it: is it a kubeconfig?`);
  const known = `it has ${names.join(', ')}`;
  return new ClusterUnreachable(
    context
      ? `There is no context "${context}" in ${source}: ${known}.`
      : `${source} names no current context: ${known}.`,
  );
}

function unreadable(source: string, error: unknown): ClusterUnreachable {
  const { name, message = '', code = '' } = error as Partial<NodeJS.ErrnoException>;
  // client-node looks into what the file holds without asking whether it is there.
  const why = name === 'TypeError' ? 'it is no kubeconfig' : (FILE_WORDS[code] ?? message.split('\n')[0] ?? '');
  return new ClusterUnreachable(`The kubeconfig ${source} cannot be used: ${why}.`, { cause: error });
}

const FILE_WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'you may not read it',
};
