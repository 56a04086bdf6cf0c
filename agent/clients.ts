import { KubeClient, loadAccess, systemClock } from "../registry/mod.ts";
import type { ClusterConfig, Config } from "./config/mod.ts";
import { parseYaml } from "./config/mod.ts";
import type { DurationHistogram } from "./duration_histogram.ts";
import type { Log } from "./log.ts";
import { VERSION } from "./version.ts";

/** A cluster of the configuration and the way to its API server. */
export interface ConnectedCluster {
  readonly config: ClusterConfig;
  readonly client: KubeClient;
  /** Whether the last request got an answer, whatever it was; undefined before the first. */
  readonly answers: () => boolean | undefined;
}

/**
 * Finds the access to every cluster; asks none of them yet.
 *
 * @throws AccessError with one sentence that names the key or file.
 */
export async function connectClusters(
  { clusters }: Config,
  log: Log,
  requests?: DurationHistogram,
): Promise<ConnectedCluster[]> {
  return await Promise.all(clusters.map(async (config) => {
    const { kubeconfig, context, server, caFile, tokenFile, certFile, keyFile, exec } = config;
    const access = await loadAccess({
      ...{ parseYaml, kubeconfig, context, server, caFile, tokenFile, certFile, keyFile },
      ...(exec.command && { exec }),
    });
    let answered: boolean | undefined;
    const client = new KubeClient(access, {
      clock: systemClock,
      random: Math.random,
      log,
      userAgent: `moorline/${VERSION} (${Deno.build.os}/${Deno.build.arch})`,
      onRequest: (verb, code, seconds) => {
        answered = code !== "error";
        requests?.observe(seconds, { verb, code });
      },
    });
    return { config, client, answers: () => answered };
  }));
}

/** Host and port of a client's API server. */
export function endpointOf({ access: { server } }: KubeClient): { readonly hostname: string; readonly port: number } {
  const { hostname, port, protocol } = new URL(server);
  return { hostname: hostname.replace(/^\[|\]$/g, ""), port: Number(port) || (protocol === "https:" ? 443 : 80) };
}
