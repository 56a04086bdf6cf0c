import { z } from "zod";
import { choice, domain, duration, key, list, path, section, text, textOrEmpty } from "./field.ts";
import { isLabel, isObjectName } from "./network_syntax.ts";

const name = text("a name of letters, digits, `-` and `.`", isObjectName);
const server = textOrEmpty("the URL of an API server: https://host[:port], or http:// on loopback", isServerUrl);
const namespace = text("a namespace's name", isLabel);
const variable = section({
  name: text("a variable's name", (value) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(value)),
  value: z.string({ error: "text" }),
}, "a map of `name` and `value`");

/** A command that prints credentials (`ExecCredential`, client.authentication.k8s.io v1 and v1beta1). */
const execSection = section({
  command: key(path(), "", "program; empty: none; one with a slash is relative to the file"),
  args: key(list(z.string({ error: "text" }), "texts"), [], "arguments; `config print` hides what follows `--token`"),
  env: key(list(variable, "{name, value}"), [], "added to its environment; `config print` hides the values"),
}, "a map of `command`, `args` and `env`");

/** One cluster: how to reach its API server, under which domain its names live, how they are read. */
export const clusterSection = section({
  name: key(name, "primary", "what this cluster is called in status, metrics and logs"),
  kubeconfig: key(path(), "", "kubeconfig file; empty: `server`, else the in-cluster service account"),
  context: key(text("a context's name"), "", "context of the kubeconfig; empty: its current one"),
  server: key(server, "", "API server's URL, instead of a kubeconfig"),
  caFile: key(path(), "", "certificates that sign the server's; needed with an https `server`"),
  tokenFile: key(path(), "", "bearer token; read again when it changes"),
  certFile: key(path(), "", "client certificate, with `keyFile`"),
  keyFile: key(path(), "", "key of the client certificate"),
  exec: key(execSection, {}, "command that prints credentials"),
  domain: key(domain(), "cluster.local", "the cluster's DNS domain"),
  source: key(choice("watch", "poll"), "watch", "watch: changes at once; poll: short watches every `pollInterval`"),
  pollInterval: key(duration("1s", "1h"), "10s", "pause between two polls"),
  namespaces: key(list(namespace, "namespaces"), [], "what is read; empty: all, or the workload's if forbidden"),
});

function isServerUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  if (url.username || url.password || url.search || url.hash) return false;
  if (url.protocol === "https:") return true;
  return url.protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}
