/** What a cluster may be called. */
export const CLUSTER_NAME = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;

/** The name of a pool, or a label with its value. */
export const POOL_FORM =
  /^[A-Za-z0-9]([A-Za-z0-9._/-]{0,314}[A-Za-z0-9])?(=[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;

/** Names of nodes as the API server requires them (DNS subdomains), with commas between. */
export const NODES_FORM = /^[a-z0-9][a-z0-9.-]{0,252}(,[a-z0-9][a-z0-9.-]{0,252})*$/;

/** So long a label selector may be: a plan shows it in full. */
export const SELECTOR_LENGTH = 200;
