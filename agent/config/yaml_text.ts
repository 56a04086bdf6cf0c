import { parse } from "yaml";

/** Reads a YAML 1.2 or JSON text: kubeconfigs, manifests. @throws Error with the line of the first mistake. */
export function parseYaml(text: string): unknown {
  return parse(text, { prettyErrors: false });
}
