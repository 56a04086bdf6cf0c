import type { Access } from "./access.ts";
import { type ConnectShim, connectThrough, openConnectShim } from "./connect_shim.ts";
import type { Credential } from "./credentials.ts";
import { createDirectClient } from "./http_client.ts";
import { AccessError, checkPem, MaterialReader } from "./material.ts";
import { isLoopback } from "./server_url.ts";
import { systemBundle, trustNobody } from "./trust.ts";

/** One HTTP client: a pool of connections with one trust and one client certificate. */
export interface Link {
  readonly client: Deno.HttpClient;
  /** Where requests go: the server, or its name behind the shim. */
  readonly base: string;
}

/**
 * Keeps the HTTP client that fits the files as they are. When the CA or the client certificate changes, or when the
 * connection went dead, it makes another; requests that are under way end on the old one.
 */
export class Connection {
  readonly #access: Access;
  readonly #ca: MaterialReader | undefined;
  #link: Link | undefined;
  #made = { ca: "", cert: "", key: "" };
  #shim: ConnectShim | undefined;
  #systemCa: string | undefined;
  #closed = false;

  constructor(access: Access) {
    this.#access = access;
    this.#ca = access.ca && new MaterialReader(access.ca);
  }

  /**
   * The HTTP client for a credential.
   *
   * @throws AccessError when a file cannot be read or holds nothing usable.
   */
  async link(credential: Credential): Promise<Link> {
    const secure = this.#access.server.startsWith("https:");
    const ca = secure ? await this.#readCa() : "";
    const { cert, key } = credential;
    const made = this.#made;
    if (this.#closed) throw new AccessError("the client of the API server is closed");
    if (this.#link && made.ca === ca && made.cert === cert && made.key === key) return this.#link;
    let next: Link;
    try {
      next = this.#open(ca, credential);
    } catch (error) {
      // A pair of which only one half was replaced so far: the former one goes on.
      if (this.#link) return this.#link;
      if (error instanceof AccessError) throw error;
      throw new AccessError(`${this.#access.origin}: certificate and key cannot be used: ${(error as Error).message}`);
    }
    this.#link?.client.close();
    this.#made = { ca, cert, key };
    return this.#link = next;
  }

  /** The connection of this link is dead: the next request gets another. */
  drop(link: Link): void {
    if (this.#link !== link) return;
    this.#link.client.close();
    this.#link = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#link?.client.close();
    this.#link = undefined;
    this.#shim?.close();
    this.#shim = undefined;
  }

  async #readCa(): Promise<string> {
    trustNobody();
    if (!this.#ca) return this.#systemCa ??= await systemBundle();
    return checkPem(await this.#ca.read(), this.#ca.label, "CERTIFICATE");
  }

  #open(ca: string, { cert, key }: Credential): Link {
    const { server, serverName } = this.#access;
    const caCerts = ca ? [ca] : [];
    const proxy = this.#proxy(caCerts);
    const options = { caCerts, ...(proxy && { proxy }), ...(cert && { cert, key }) };
    // As everywhere, HTTPS_PROXY and NO_PROXY count where no proxy is named, though never on the way to loopback.
    const client = proxy || isLoopback(server) ? createDirectClient(options) : Deno.createHttpClient(options);
    if (!serverName) return { client, base: server };
    const url = new URL(server);
    return { client, base: `https://${serverName}:${url.port || 443}${url.pathname.replace(/\/+$/, "")}` };
  }

  #proxy(caCerts: string[]): Deno.Proxy | undefined {
    const { server, serverName, proxyUrl } = this.#access;
    const proxy = proxyUrl ? new URL(proxyUrl) : undefined;
    if (serverName && server.startsWith("https:")) {
      const url = new URL(server);
      const [hostname, port] = [url.hostname.replaceAll(/[[\]]/g, ""), Number(url.port) || 443];
      this.#shim ??= openConnectShim(() =>
        proxy ? connectThrough(proxy, caCerts, url.hostname, port) : Deno.connect({ hostname, port })
      );
      return this.#shim.proxy;
    }
    if (!proxy) return undefined;
    const basicAuth = proxy.username
      ? { username: decodeURIComponent(proxy.username), password: decodeURIComponent(proxy.password) }
      : undefined;
    const transport = proxy.protocol === "https:" ? "https" : proxy.protocol === "http:" ? "http" : "socks5";
    proxy.username = proxy.password = "";
    return { transport, url: proxy.href, ...(basicAuth && { basicAuth }) };
  }
}
