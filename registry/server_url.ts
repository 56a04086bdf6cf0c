import { AccessError } from "./material.ts";

/**
 * Checks a server's URL and takes the slash at its end away.
 *
 * @throws AccessError: no URL, or `http://` to another machine, where a token would travel in the clear.
 */
export function checkServer(server: string, key: string): string {
  let url: URL;
  try {
    url = new URL(server);
  } catch {
    throw new AccessError(`${key}: ${JSON.stringify(server)} is no URL such as https://10.0.0.1:6443`);
  }
  if (url.username || url.password) throw new AccessError(`${key}: a URL with user and password is not used`);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(server))) {
    throw new AccessError(`${key}: ${JSON.stringify(server)} must begin with https:// (http:// only on loopback)`);
  }
  if (url.search || url.hash) throw new AccessError(`${key}: ${JSON.stringify(server)} must end with its path`);
  return url.href.replace(/\/+$/, "");
}

/** Whether a URL leads to this machine by the name or address that says so. */
export function isLoopback(url: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
}
