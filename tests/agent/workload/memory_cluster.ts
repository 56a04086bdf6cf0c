import type { Cluster, Objects, ObjectWatch } from "../../../agent/workload/cluster.ts";
import { ApiError, type Identified, type Kind, type KindState, Unreachable } from "../../../registry/mod.ts";
import { ApiServer, StatusError } from "../../../registry/server/mod.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** What goes wrong with the next requests: an HTTP status, or no answer at all. */
export type Trouble = number | "unreachable";

/**
 * The in-process API server without HTTP, as registration sees a cluster. Tests move time by hand, and sockets do not
 * wait for them.
 */
export class MemoryCluster implements Cluster {
  readonly server: ApiServer;
  /** Asked before every request; what it gives goes wrong. */
  trouble: (verb: string, plural: string, name: string) => Trouble | undefined = () => undefined;
  /** Every request that reached the server, `patch workloadentries`. */
  readonly requests: string[] = [];
  clockSkew: number | undefined = 0;
  readonly missing = new Set<string>();
  readonly #watches = new Set<() => void>();

  constructor(clock: VirtualClock) {
    let seed = 1;
    const random = () => (seed = seed * 48271 % 0x7fffffff) / 0x7fffffff; // MINSTD: every uid is another
    this.server = new ApiServer({ clock, random });
  }

  /** Acts as another client. */
  get admin() {
    return this.server.admin;
  }

  serves(kind: Kind<Identified>): Promise<boolean> {
    return Promise.resolve(!this.missing.has(kind.plural));
  }

  resource<T extends Identified>(kind: Kind<T>): Objects<T> {
    const { admin } = this;
    const call = <R>(verb: string, namespace: string, name: string, act: () => R) =>
      this.#call(kind, verb, namespace, name, act);
    const named = (m: { metadata: { namespace?: string; name: string } }) =>
      [m.metadata.namespace ?? "", m.metadata.name] as const;
    return {
      get: (ns, name) => call("get", ns, name, () => kind.parse(admin.get(kind.kind, ns, name))),
      create: (m) => call("create", ...named(m), () => kind.parse(admin.create({ ...m, kind: kind.kind }, "moorline"))),
      apply: (m, { fieldManager: manager, force }) =>
        call("patch", ...named(m), () => kind.parse(admin.apply({ ...m, kind: kind.kind }, { manager, force }))),
      replace: (m, { fieldManager }) =>
        call("update", ...named(m), () => kind.parse(admin.update({ ...m, kind: kind.kind }, fieldManager))),
      mergePatch: (ns, name, patch, { resourceVersion, fieldManager: manager }) =>
        call("patch", ns, name, () => {
          const metadata = { ...(patch["metadata"] as object), resourceVersion };
          return kind.parse(admin.patch(kind.kind, ns, name, { ...patch, metadata }, { manager }));
        }),
      mergeStatus: (ns, name, status, { resourceVersion, fieldManager: manager }) =>
        call("patch status", ns, name, () =>
          kind.parse(
            admin.patch(kind.kind, ns, name, { metadata: { resourceVersion }, status }, {
              manager,
              subresource: "status",
            }),
          )),
      delete: (ns, name, preconditions) =>
        call("delete", ns, name, () => admin.delete(kind.kind, ns, name, preconditions)),
    };
  }

  watch<T extends Identified>(kind: Kind<T>, namespace: string, name: string, onChange: () => void): ObjectWatch<T> {
    let current: T | undefined;
    let state: KindState = { state: "syncing" };
    let revision = 0;
    const read = () => {
      if (this.trouble("watch", kind.plural, name) !== undefined) return;
      if (this.missing.has(kind.plural)) {
        state = { state: "absent" };
        return;
      }
      const raw = this.admin.find(kind.kind, namespace, name);
      current = raw && kind.parse(raw);
      state = { state: "synced", since: 0 };
      revision++;
    };
    return {
      get current() {
        return current;
      },
      get state() {
        return state;
      },
      get revision() {
        return String(revision);
      },
      run: (signal) => {
        if (signal.aborted) return Promise.resolve();
        const look = () => {
          const before = current?.resourceVersion;
          const known = state.state;
          read();
          if (current?.resourceVersion !== before || state.state !== known) onChange();
        };
        look();
        const end = this.server.storage.onChange((change) => {
          if (change.key === `${namespace}/${name}`) queueMicrotask(look);
        });
        this.#watches.add(look);
        return new Promise((resolve) =>
          signal.addEventListener("abort", () => {
            end();
            this.#watches.delete(look);
            resolve();
          }, { once: true })
        );
      },
    };
  }

  /** Lets every watch look, after `trouble` or `missing` was changed. */
  catchUp(): void {
    for (const look of this.#watches) look();
  }

  async #call<R>(kind: Kind<Identified>, verb: string, namespace: string, name: string, act: () => R): Promise<R> {
    await Promise.resolve();
    const asked = { verb, resource: kind.plural, namespace, name };
    const trouble = this.missing.has(kind.plural) ? 404 : this.trouble(verb, kind.plural, name);
    if (trouble === "unreachable") throw new Unreachable(`cannot ${verb} ${kind.plural}: nothing listens there`);
    if (trouble !== undefined) throw new ApiError(asked, trouble, "");
    this.requests.push(`${verb} ${kind.plural}`);
    try {
      return act();
    } catch (error) {
      if (error instanceof StatusError) throw new ApiError(asked, error.code, JSON.stringify(error.status));
      throw error;
    }
  }
}
