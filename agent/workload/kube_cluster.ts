import {
  type Clock,
  type Identified,
  type Kind,
  type KubeClient,
  type Log,
  pollSource,
  type Random,
  Reflector,
  Store,
  watchSource,
} from "../../registry/mod.ts";
import type { Cluster, ObjectWatch } from "./cluster.ts";

/** How objects are followed: `cluster.source` and `cluster.pollInterval` (milliseconds). */
export interface Following {
  readonly mode: "watch" | "poll";
  readonly interval: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The cluster behind a client, as registration sees it. */
export function kubeCluster(client: KubeClient, following: Following): Cluster {
  return {
    resource: (kind) => client.resource(kind),
    watch: (kind, namespace, name, onChange) => watchOne(client, following, kind, { namespace, name }, onChange),
    serves: async (kind) => await client.version(kind) !== undefined,
    get clockSkew() {
      return client.clockSkew;
    },
  };
}

/** One object by `metadata.name`: a watch that a role pinned by resourceNames allows. */
function watchOne<T extends Identified>(
  client: KubeClient,
  { mode, interval, clock, random, log }: Following,
  kind: Kind<T>,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  onChange: () => void,
): ObjectWatch<T> {
  const store = new Store<T>(clock);
  const selection = { namespace, fieldSelector: `metadata.name=${name}` };
  const source = mode === "watch"
    ? watchSource(client, kind, selection)
    : pollSource(client, kind, { ...selection, interval });
  const reflector = new Reflector<T>({ source, writer: store.part("own"), clock, random, log });
  return {
    get current() {
      return store.get(`${namespace}/${name}`);
    },
    get state() {
      return store.state;
    },
    get revision() {
      return reflector.resourceVersion;
    },
    async run(signal) {
      const ends = [store.onChange(onChange), store.onState(onChange)];
      try {
        await reflector.run(signal);
      } finally {
        ends.forEach((end) => end());
      }
    },
  };
}
