import { type Clock, KubeClient, loadAccess, type Log, type Random, systemClock } from "../../registry/mod.ts";
import { type ClusterConfig, parseYaml } from "../config/mod.ts";
import { VERSION } from "../version.ts";

/** What everything that follows a cluster takes. */
export interface Common {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * A client of one cluster of the configuration, for a verb that does one thing with it.
 *
 * @param operator a person types it: `$KUBECONFIG` and `~/.kube/config` are read too where nothing is named.
 * @throws AccessError with one sentence that names the key or file.
 */
export async function openCluster(
  config: ClusterConfig,
  log: Log,
  { operator = false }: { readonly operator?: boolean } = {},
): Promise<{ readonly client: KubeClient; readonly common: Common }> {
  const { kubeconfig, context, server, caFile, tokenFile, certFile, keyFile, exec } = config;
  const access = await loadAccess({
    ...{ parseYaml, kubeconfig, context, server, caFile, tokenFile, certFile, keyFile, operator },
    ...(exec.command !== "" && { exec }),
  });
  const common = { clock: systemClock, random: Math.random, log };
  const userAgent = `moorline/${VERSION} (${Deno.build.os}/${Deno.build.arch})`;
  return { client: new KubeClient(access, { ...common, userAgent }), common };
}
