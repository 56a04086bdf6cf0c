import { type Identified, identify, type Kind, type KubeClient, type Manifest as Raw } from "../../registry/mod.ts";
import type { Manifest } from "./bookinfo.ts";

interface RawObject extends Identified {
  readonly raw: Raw;
}

const KINDS = [
  { group: "", versions: ["v1"], plural: "namespaces", kind: "Namespace", namespaced: false },
  { group: "", versions: ["v1"], plural: "services", kind: "Service", namespaced: true },
  { group: "discovery.k8s.io", versions: ["v1"], plural: "endpointslices", kind: "EndpointSlice", namespaced: true },
  { group: "coordination.k8s.io", versions: ["v1"], plural: "leases", kind: "Lease", namespaced: true },
  ...["ServiceEntry", "WorkloadEntry", "WorkloadGroup"].map((kind) => ({
    group: "networking.istio.io",
    versions: ["v1"],
    plural: kind.toLowerCase().replace(/y$/, "ie") + "s",
    kind,
    namespaced: true,
  })),
].map((kind): Kind<RawObject> => ({ ...kind, parse: (raw) => ({ ...identify(raw), raw: raw as Raw }) }));

/** Somebody else who works with the same API server: an operator with kubectl, a deployment, Istio. */
export class OtherClient {
  readonly #client: KubeClient;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  async apply(manifest: Manifest): Promise<void> {
    await this.#resource(manifest.kind).apply(manifest, { fieldManager: "operator", force: true });
  }

  /** The object as the server has it; undefined when there is none. */
  async find(kind: string, namespace: string, name: string): Promise<Raw | undefined> {
    return (await this.list(kind, namespace)).find((raw) => raw.metadata.name === name);
  }

  async list(kind: string, namespace: string): Promise<Raw[]> {
    return (await this.#resource(kind).list({ namespace })).map(({ raw }) => raw);
  }

  async patch(kind: string, namespace: string, name: string, patch: Record<string, unknown>): Promise<void> {
    await this.#resource(kind).mergePatch(namespace, name, patch, {});
  }

  async remove(kind: string, namespace: string, name: string): Promise<void> {
    await this.#resource(kind).delete(namespace, name);
  }

  #resource(name: string) {
    const kind = KINDS.find(({ kind }) => kind === name);
    if (!kind) throw new Error(`the demo knows no kind ${name}`);
    return this.#client.resource(kind);
  }
}
