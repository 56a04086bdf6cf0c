import { type KubeClient, systemClock } from "../registry/mod.ts";
import type { Config } from "./config/mod.ts";
import type { Log } from "./log.ts";
import { type Registration, settleToken, TokenKeeper } from "./workload/mod.ts";

/** The configuration as clients take it, and what looks after the home cluster's token. */
interface KeptToken {
  /** Its `tokenFile` is where the token is kept alive, which may be another file than the configured one. */
  readonly config: Config;
  /** Undefined where there is no token file: certificates, plugins and kubeconfigs renew in their own ways. */
  keeper(client: KubeClient, bearers: () => readonly Registration[]): TokenKeeper | undefined;
}

/**
 * Finds where the home cluster's token is kept alive.
 *
 * @param isClone the state folder came with the image of another VM: its token is dropped.
 * @throws Deno.errors.PermissionDenied when the state folder cannot be written.
 */
export async function keepToken(config: Config, isClone: boolean, log: Log): Promise<KeptToken> {
  const [home, ...others] = config.clusters;
  if (!home?.tokenFile) return { config, keeper: () => undefined };
  const place = await settleToken({ configured: home.tokenFile, state: config.state, isClone });
  if (!await isFile(place.file)) {
    // No reason not to start: names of the snapshot and outside the mesh need no token.
    log("warn", "cluster.tokenFile cannot be read; it is looked for each minute", { file: home.tokenFile });
  }
  return {
    config: { ...config, clusters: [{ ...home, tokenFile: place.file }, ...others] },
    keeper: (issuer, bearers) => new TokenKeeper({ place, issuer, bearers, clock: systemClock, log }),
  };
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isFile }) => isFile, () => false);
}
