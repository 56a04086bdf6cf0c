/**
 * Capture by way of resolv.conf: our file in place of the VM's own, whose servers stay behind ours. The former file or
 * link is kept beside it under another name, so that putting it back is one rename: the same kind of file, byte for byte.
 */
import { parseResolvConf } from "../../dns/mod.ts";
import type { Clock } from "../../registry/mod.ts";
import type { CaptureMeans, Taken } from "./capture_means.ts";

/** The VM's file, and where the former one is kept meanwhile. */
export const RESOLV_CONF = "/etc/resolv.conf";
export const FORMER_RESOLV_CONF = "/etc/resolv.conf.before-moorline";
/** By this a file is known as ours, whoever finds it. */
const MARK = "# This file is moorline's; `moorline capture remove` puts the former one back.";
/** glibc reads no more than three (resolv.h, MAXNS): ours and two. */
const FORMER_SERVERS = 2;
/** Ten rewrites a minute are two programs that fight. */
const REWRITES_MAX = 10;
const REWRITES_WITHIN_MS = 60_000;

export interface TakeoverOptions {
  /** Put before the paths; empty but in tests. */
  readonly root: string;
  /** Where the agent listens on port 53. */
  readonly address: string;
  /** Whether the former servers stay behind ours. */
  readonly fallback: boolean;
  readonly clock: Pick<Clock, "monotonic">;
}

export class ResolvConfTakeover implements CaptureMeans {
  readonly #options: TakeoverOptions;
  readonly #path: string;
  readonly #former: string;
  #written = "";
  #rewrites: number[] = [];

  constructor(options: TakeoverOptions) {
    this.#options = options;
    this.#path = options.root + RESOLV_CONF;
    this.#former = options.root + FORMER_RESOLV_CONF;
  }

  async take(): Promise<Taken> {
    const { address, fallback } = this.#options;
    this.#countRewrites();
    if (!await isOurs(this.#path)) await this.#keepFormer();
    const former = await readText(this.#former) ?? "";
    const text = captureText(former, address, fallback);
    await replaceFile(this.#path, text);
    this.#written = text;
    return { holding: "file", servers: parseResolvConf(former).nameservers, note: "" };
  }

  async isWhole(): Promise<boolean> {
    return await readText(this.#path) === this.#written;
  }

  async release(): Promise<string | undefined> {
    this.#written = "";
    const former = await lookAt(this.#former);
    if (!await isOurs(this.#path)) {
      // Somebody has written a file of his own meanwhile: it is newer than what we kept.
      if (former !== undefined) await Deno.remove(this.#former);
      return undefined;
    }
    if (former === undefined) {
      return `${this.#path} is moorline's and the former one is gone: write it anew, or restart what manages it`;
    }
    if (former.size === 0 && !former.isSymlink) {
      // There was none.
      await Deno.remove(this.#path);
      await Deno.remove(this.#former);
      return undefined;
    }
    await moveBack(this.#former, this.#path);
    return undefined;
  }

  /** @throws Error when another program rewrites the file again and again. */
  #countRewrites(): void {
    const now = this.#options.clock.monotonic();
    this.#rewrites = this.#rewrites.filter((at) => now - at < REWRITES_WITHIN_MS);
    if (this.#rewrites.length >= REWRITES_MAX) {
      throw new Error(`${this.#path} is rewritten by another program again and again: let that one write our address`);
    }
    this.#rewrites.push(now);
  }

  /** Keeps what is there, file or link, under the other name; an empty file stands for none. */
  async #keepFormer(): Promise<void> {
    await Deno.remove(this.#former).catch(() => {/* there is none */});
    const found = await lookAt(this.#path);
    if (found === undefined) await Deno.writeTextFile(this.#former, "", { createNew: true });
    else if (found.isSymlink) await Deno.symlink(await Deno.readLink(this.#path), this.#former);
    else {
      // A second name of the same file: owner, mode and label stay. A mounted file cannot have one.
      await Deno.link(this.#path, this.#former).catch(() => Deno.copyFile(this.#path, this.#former));
    }
  }
}

/** Where resolv.conf's address is asked: always on port 53. */
export function dnsAddress(address: string): string {
  return address.includes(":") ? `[${address}]:53` : `${address}:53`;
}

/** The former file's text with our address before its servers; everything else, the search list above all, stays. */
export function captureText(former: string, address: string, fallback: boolean): string {
  const others = former.split("\n").filter((line) => !/^\s*(nameserver\b|[#;]|$)/.test(line));
  const servers = parseResolvConf(former).nameservers.filter((server) => server !== address);
  const behind = fallback ? servers.slice(0, FORMER_SERVERS) : [];
  return [MARK, ...others, ...[address, ...behind].map((server) => `nameserver ${server}`), ""].join("\n");
}

async function isOurs(path: string): Promise<boolean> {
  const found = await lookAt(path);
  return found?.isFile === true && (await readText(path) ?? "").startsWith(MARK);
}

/** In one step where that can be; a file that is mounted by itself, as in containers, can only be written over. */
async function replaceFile(path: string, text: string): Promise<void> {
  const next = `${path}.moorline-new`;
  await Deno.remove(next).catch(() => {/* none was left by a killed guard */});
  await Deno.writeTextFile(next, text, { createNew: true });
  await Deno.chmod(next, 0o644);
  try {
    await Deno.rename(next, path);
  } catch (error) {
    await Deno.remove(next);
    if (!isBusy(error)) throw error;
    await Deno.writeTextFile(path, text);
  }
}

async function moveBack(former: string, path: string): Promise<void> {
  try {
    await Deno.rename(former, path);
  } catch (error) {
    if (!isBusy(error)) throw error;
    await Deno.writeFile(path, await Deno.readFile(former));
    await Deno.remove(former);
  }
}

/** EBUSY: the name is a mount point. */
function isBusy(error: unknown): boolean {
  return error instanceof Deno.errors.Busy || (error instanceof Error && "code" in error && error.code === "EBUSY");
}

async function lookAt(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    // A link that leads nowhere is as good as none.
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
