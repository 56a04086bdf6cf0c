/** Everything: names by the star, addresses by their networks. */
const ALL = "*,0.0.0.0/0,::/0";

/**
 * An HTTP client whose way is its own: through `options.proxy`, or through none. `Deno.createHttpClient` would follow
 * HTTP_PROXY even to loopback, and NO_PROXY even away from a proxy that was named; both are read while it is made.
 */
export function createDirectClient(options: Deno.CreateHttpClientOptions = {}): Deno.HttpClient {
  const names = ["NO_PROXY", "no_proxy"];
  const before = names.map((name) => Deno.env.get(name));
  try {
    for (const name of names) {
      if (options.proxy) Deno.env.delete(name);
      else Deno.env.set(name, ALL);
    }
    return Deno.createHttpClient(options);
  } finally {
    for (const [index, name] of names.entries()) {
      const value = before[index];
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}
