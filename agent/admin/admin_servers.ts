import { dirname } from "node:path";
import type { Hono } from "hono";
import { portHolder } from "../../dns/mod.ts";
import type { AdminConfig } from "../config/mod.ts";
import { adminRoutes, type RoutesOptions, type Scope } from "./routes.ts";

/** The admin interface cannot be served where the configuration says. */
export class AdminAddressError extends Error {
  override readonly name = "AdminAddressError";
}

export interface AdminServers {
  /** Where it is served, with the ports that were given: `/run/…/admin.sock`, `127.0.0.1:15021`. */
  readonly addresses: Readonly<Record<Scope, string | undefined>>;
  stop(): Promise<void>;
}

/** Who holds a TCP port, for the error; undefined when that cannot be found out. */
type PortHolder = (port: number) => string | undefined;

const holderOf: PortHolder = (port) => portHolder("tcp", port);

/**
 * Serves the admin interface on the socket and the addresses of the configuration.
 *
 * @throws AdminAddressError with one sentence: which key, what is in the way.
 */
export async function startAdmin(
  config: AdminConfig,
  options: Omit<RoutesOptions, "scope">,
  holder: PortHolder = holderOf,
): Promise<AdminServers> {
  // Deno would let this variable override the address of every server.
  Deno.env.delete("DENO_SERVE_ADDRESS");
  const servers: Deno.HttpServer<Deno.Addr>[] = [];
  const addresses: Record<Scope, string | undefined> = { socket: undefined, listen: undefined, public: undefined };
  const stop = async () => {
    await Promise.all(servers.map((server) => server.shutdown()));
  };
  try {
    if (config.socket !== "") {
      servers.push(await serveSocket(config.socket, adminRoutes({ ...options, scope: "socket" })));
      addresses.socket = config.socket;
    }
    for (const scope of ["listen", "public"] as const) {
      if (config[scope] === "") continue;
      const server = serveTcp(`admin.${scope}`, config[scope], adminRoutes({ ...options, scope }), holder);
      servers.push(server);
      const { hostname, port } = server.addr;
      addresses[scope] = hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { addresses, stop };
}

async function serveSocket(path: string, app: Hono): Promise<Deno.HttpServer<Deno.UnixAddr>> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true, mode: 0o755 });
    await removeLeftover(path);
    const server = Deno.serve({ path, onListen() {} }, app.fetch);
    // Connecting takes the right to write: the owner's, and with this the group's.
    Deno.chmodSync(path, 0o660);
    return server;
  } catch (error) {
    if (error instanceof AdminAddressError) throw error;
    const reason = error instanceof Deno.errors.PermissionDenied ? "permission denied" : messageOf(error);
    throw new AdminAddressError(
      `admin.socket: ${path} cannot be made (${reason}); set it to a path that this user may write, or to ""`,
    );
  }
}

/** A socket file outlives its process; one that nobody answers on is in the way and goes. */
async function removeLeftover(path: string): Promise<void> {
  const found = await Deno.lstat(path).catch(() => undefined);
  if (!found) return;
  if (!found.isSocket) {
    throw new AdminAddressError(`admin.socket: ${path} is no socket; move it away, or set another path`);
  }
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch {
    return await Deno.remove(path);
  }
  throw new AdminAddressError(`admin.socket: another process serves ${path}; stop it, or set another path`);
}

/**
 * Serves an app on `IP:port`.
 *
 * @param key what the error says to change.
 * @throws AdminAddressError
 */
export function serveTcp(
  key: string,
  address: string,
  app: Hono,
  holder: PortHolder = holderOf,
): Deno.HttpServer<Deno.NetAddr> {
  const at = address.lastIndexOf(":");
  const hostname = address.slice(0, at).replace(/^\[|\]$/g, "");
  const port = Number(address.slice(at + 1));
  try {
    return Deno.serve({ hostname, port, onListen() {} }, app.fetch);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) {
      throw new AdminAddressError(
        `${key}: cannot listen on ${address} (${messageOf(error)}); set an address of this machine`,
      );
    }
    const who = holder(port);
    throw new AdminAddressError(
      `${key}: ${address} is in use${who ? ` by ${who}` : ""}; set ${key} to another port`,
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
