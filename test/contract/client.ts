import {
  ApiException,
  AppsV1Api,
  BatchV1Api,
  CoordinationV1Api,
  CoreV1Api,
  HttpMethod,
  IsomorphicFetchHttpLibrary,
  KubeConfig,
  type PatchStrategy,
  PolicyV1Api,
  RbacAuthorizationV1Api,
  RequestContext,
  type ResponseContext,
  StorageV1Api,
  setHeaderOptions,
  type V1Status,
} from '@kubernetes/client-node';

/** What a client of the cluster holds. */
export interface Client {
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly batch: BatchV1Api;
  readonly policy: PolicyV1Api;
  readonly coordination: CoordinationV1Api;
  readonly rbac: RbacAuthorizationV1Api;
  readonly storage: StorageV1Api;
}

export function clientOf(kubeconfig: string): Client {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  return clientFor(config);
}

/** The same cluster, seen by somebody else. */
export function strangerOf({ config }: Client, token: string | undefined): Client {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error('The kubeconfig names no cluster.');
  const stranger = new KubeConfig();
  stranger.loadFromClusterAndUser(cluster, { name: 'stranger', ...(token === undefined ? {} : { token }) });
  return clientFor(stranger);
}

function clientFor(config: KubeConfig): Client {
  return {
    config,
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    batch: config.makeApiClient(BatchV1Api),
    policy: config.makeApiClient(PolicyV1Api),
    coordination: config.makeApiClient(CoordinationV1Api),
    rbac: config.makeApiClient(RbacAuthorizationV1Api),
    storage: config.makeApiClient(StorageV1Api),
  };
}

/** For the third argument's place of every patch call. */
export function as(strategy: PatchStrategy) {
  return setHeaderOptions('Content-Type', strategy);
}

export interface Failure {
  readonly code: number;
  /** undefined where the answer carried no Status that the client could read. */
  readonly status: V1Status | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the server refused a request with. */
export async function failureOf(request: Promise<unknown>): Promise<Failure> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof ApiException)) throw error;
    const { code, body, headers } = error;
    return { code, status: typeof body === 'string' ? (JSON.parse(body) as V1Status) : undefined, headers };
  }
  throw new Error('The server did what it should have refused.');
}

/** All of the Status that a request is refused with; its reason is undefined where it has no name. */
export function refusal(code: number, reason: string | undefined, message: string): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}

/** A GET of any path, with the client's credentials. */
export function raw(client: Client, path: string, accept?: string): Promise<ResponseContext> {
  return send(client, HttpMethod.GET, path, accept === undefined ? {} : { accept });
}

export interface Sending {
  readonly accept?: string;
  readonly body?: object;
  readonly signal?: AbortSignal;
}

/** Any request, with the client's credentials. */
export async function send(
  { config }: Client,
  method: HttpMethod,
  path: string,
  { accept, body, signal }: Sending = {},
): Promise<ResponseContext> {
  const context = new RequestContext(`${config.getCurrentCluster()?.server}${path}`, method);
  if (accept !== undefined) context.setHeaderParam('Accept', accept);
  if (body !== undefined) {
    context.setHeaderParam('Content-Type', 'application/json');
    context.setBody(JSON.stringify(body));
  }
  if (signal !== undefined) context.setSignal(signal);
  await config.applySecurityAuthentication(context);
  return new IsomorphicFetchHttpLibrary().send(context).toPromise();
}
