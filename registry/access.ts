import type { ExecPlugin } from "./exec_plugin.ts";
import type { Material } from "./material.ts";

/** Everything needed to reach one API server, as it was configured. Files are named, not read: they may change. */
export interface Access {
  /** `https://host:port` with an optional path, without a slash at the end; `http://` only on loopback. */
  readonly server: string;
  /** The name in the server's certificate, when it is not the host of `server`; else empty. */
  readonly serverName: string;
  /** `http://`, `https://` or `socks5://` proxy; empty: as HTTPS_PROXY and NO_PROXY say. */
  readonly proxyUrl: string;
  /** Who signs the server's certificate; absent: whoever the system trusts. */
  readonly ca?: Material;
  readonly token?: Material;
  readonly cert?: Material;
  readonly key?: Material;
  readonly exec?: ExecPlugin;
  /** Impersonation and nothing else. */
  readonly headers: Readonly<Record<string, string>>;
  /** The namespace that the context or the service account names; `default` if none. */
  readonly namespace: string;
  /** Where this comes from, for messages: `kubeconfig /root/.kube/config, context "prod"`. */
  readonly origin: string;
  /** Reads the configuration again: a kubeconfig may be replaced by one with another token. */
  readonly reload?: () => Promise<Access>;
}

/** The keys of moorline's `cluster:` section that say how to reach it, and what tests replace. */
export interface AccessOptions {
  /** Turns YAML (or JSON) text into plain data. */
  readonly parseYaml: (text: string) => unknown;
  /** Path of a kubeconfig; several separated by colons are merged as kubectl does. */
  readonly kubeconfig?: string;
  /** A kubeconfig's own text; relative paths in it are relative to the working folder. */
  readonly kubeconfigText?: string;
  /** A context of the kubeconfig; empty: its current one. */
  readonly context?: string;
  readonly server?: string;
  readonly caFile?: string;
  readonly tokenFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly exec?: {
    readonly command?: string;
    readonly args?: readonly string[];
    readonly env?: readonly { readonly name: string; readonly value: string }[];
  };
  /** A person is there: an exec plugin may use the terminal. */
  readonly interactive?: boolean;
  /** For operators' verbs: also `$KUBECONFIG` and `~/.kube/config`, before the in-cluster account. */
  readonly operator?: boolean;
  /** Environment variables; the process's own by default. */
  readonly env?: (name: string) => string | undefined;
  /** Where Kubernetes mounts a pod's service account. */
  readonly serviceAccountFolder?: string;
}
