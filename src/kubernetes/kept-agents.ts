import { Agent as HttpAgent } from 'node:http';
import { type AgentOptions, Agent as HttpsAgent } from 'node:https';
import { isDeepStrictEqual } from 'node:util';

interface Kept {
  readonly tls: AgentOptions;
  readonly agent: HttpAgent;
}

/** How many sets of TLS settings are remembered: with credentials, without, and those they replaced. */
const KEPT = 4;

/** Connections that are kept, apart for each set of TLS settings: renewed credentials get connections of their own. */
export class KeptAgents {
  #kept: readonly Kept[] = [];
  readonly #secure: boolean;

  constructor(secure: boolean) {
    this.#secure = secure;
  }

  for(tls: AgentOptions): HttpAgent {
    const known = this.#kept.find(each => isDeepStrictEqual(each.tls, tls));
    if (known) return known.agent;
    const agent = this.#secure ? new HttpsAgent({ ...tls, keepAlive: true }) : new HttpAgent({ keepAlive: true });
    const kept = [...this.#kept, { tls, agent }];
    for (const { agent: old } of kept.slice(0, -KEPT)) old.destroy();
    this.#kept = kept.slice(-KEPT);
    return agent;
  }

  /** Connections in use are left alone. */
  dropIdle(): void {
    for (const { agent } of this.#kept) {
      for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
    }
  }

  close(): void {
    for (const { agent } of this.#kept) agent.destroy();
  }
}
