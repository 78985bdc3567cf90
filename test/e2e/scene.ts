import { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';
import { Hosts } from './hosts.ts';
import { type Installation, type InstallOptions, install } from './installation.ts';
import { openShop } from './shop.ts';

/** A cluster with applications and hosts, and the product beside it. */
export interface Scene extends Cluster {
  readonly hosts: Hosts;
  readonly capstan: Installation;
  stop(): Promise<void>;
}

/** `prepare` is called once the applications run, and says how the product is installed. */
export async function setScene(
  options: ClusterOptions,
  prepare: (cluster: Cluster) => Promise<InstallOptions> = async () => ({}),
): Promise<Scene> {
  const cluster = await startCluster(options);
  const { plane, workerKubeconfig } = cluster;
  const hosts = new Hosts(plane);
  try {
    await openShop(plane.admin);
    const capstan = await install(workerKubeconfig, await prepare(cluster));
    return {
      ...cluster,
      hosts,
      capstan,
      stop: () =>
        endAll(
          () => capstan.stop(),
          () => hosts.stop(),
          () => plane.stop(),
        ),
    };
  } catch (error) {
    await endAll(
      () => hosts.stop(),
      () => plane.stop(),
    );
    throw error;
  }
}

/** One after the other, each of them whatever becomes of the others. Throws what went wrong first. */
async function endAll(...parts: readonly (() => Promise<void>)[]): Promise<void> {
  const troubles: unknown[] = [];
  for (const end of parts) await end().catch((error: unknown) => troubles.push(error));
  if (troubles.length > 0) throw troubles[0];
}
