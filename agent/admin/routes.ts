import { type Context, Hono, type Next } from "hono";
import type { AgentView } from "./agent_view.ts";
import { METRICS_CONTENT_TYPE, metricsText } from "./metrics_text.ts";
import { isOwnHost, type Machine } from "./own_host.ts";
import { statusPage } from "./page/status_page.ts";
import { processMetrics } from "./process_metrics.ts";

/**
 * How far the one who asks is trusted: `socket` may do everything (the file's mode says who), `listen` may look but at
 * nothing private, `public` sees health and metrics.
 */
export type Scope = "socket" | "listen" | "public";

export interface RoutesOptions {
  readonly view: AgentView;
  readonly scope: Scope;
  readonly version: string;
  /** When the process started, in wall-clock milliseconds. */
  readonly startedAt: number;
  readonly machine: Machine;
  /** For what broke while a request was served. */
  readonly log: (level: "error", message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** The admin interface as one scope sees it; to be tested by `app.request()`. */
export function adminRoutes(options: RoutesOptions): Hono {
  const app = new Hono();
  app.use(guardHost(options));
  app.use(async (context, next) => {
    await next();
    context.header("x-content-type-options", "nosniff");
    if (!context.res.headers.has("cache-control")) context.header("cache-control", "no-store");
  });
  healthRoutes(app, options);
  if (options.scope !== "public") lookRoutes(app, options);
  if (options.scope === "socket") socketRoutes(app, options);
  else {for (const path of SOCKET_ONLY) {
      app.all(path, (context) => context.json({ error: "only on the admin socket" }, 403));
    }}
  app.notFound((context) => context.json({ error: `nothing at ${context.req.path}` }, 404));
  app.onError((error, context) => {
    options.log("error", "an admin request failed", { path: context.req.path, error });
    return context.json({ error: "internal error; the log says more" }, 500);
  });
  return app;
}

const SOCKET_ONLY = ["/api/cache", "/api/drain", "/api/cache/flush"];

/** Nobody reaches the socket through a browser, so its clients may call themselves what they like. */
function guardHost({ scope, machine }: RoutesOptions) {
  return async (context: Context, next: Next): Promise<Response | void> => {
    const host = context.req.header("host") ?? null;
    if (scope !== "socket" && !isOwnHost(host, machine)) {
      return context.json({ error: "Host is no address or name of this machine" }, 403);
    }
    await next();
  };
}

function healthRoutes(app: Hono, { view, version, startedAt }: RoutesOptions): void {
  app.get("/healthz", (context) => context.text("ok\n"));
  for (const path of ["/readyz", "/healthz/ready"]) {
    app.get(path, (context) => {
      const pending = view.pending();
      return context.json({ ready: pending.length === 0, pending }, pending.length === 0 ? 200 : 503);
    });
  }
  app.get("/metrics", (context) => {
    const build = { kind: "gauge", name: "build_info", labels: { version }, value: 1 } as const;
    const text = metricsText([build, ...view.metrics(), ...processMetrics(startedAt)]);
    return context.body(text, 200, { "content-type": METRICS_CONTENT_TYPE });
  });
}

function lookRoutes(app: Hono, { view }: RoutesOptions): void {
  app.get("/api/status", (context) => context.json(view.status()));
  app.get("/api/registration", (context) => context.json({ registrations: view.registrations() }));
  app.get("/api/upstreams", (context) => context.json({ upstreams: view.upstreams() }));
  app.get("/api/names", (context) => {
    const filter = context.req.query("q") ?? "";
    const show = context.req.query("show") ?? "names";
    const matches = (name: string) => name.toLowerCase().includes(filter.toLowerCase());
    if (show === "names") {
      const limit = Number(context.req.query("limit") ?? Infinity);
      if (!(limit >= 0)) return context.json({ error: "limit must be a number" }, 400);
      return context.json({ names: [...Iterator.from(view.names(filter)).take(limit)] });
    }
    if (show === "refused") {
      return context.json({ refused: [...view.refusedNames()].filter(({ host }) => matches(host)) });
    }
    if (show === "collisions") {
      return context.json({ collisions: [...view.collisions()].filter(({ name }) => matches(name)) });
    }
    return context.json({ error: `show is "${show}"; it must be names, refused or collisions` }, 400);
  });
  app.get("/api/names/:name", async (context) => {
    const type = (context.req.query("type") ?? "A").toUpperCase();
    return context.json(await view.explain(context.req.param("name"), type));
  });
  statusPage(app);
}

function socketRoutes(app: Hono, { view }: RoutesOptions): void {
  app.get("/api/cache", (context) => context.json({ cache: view.cache() }));
  app.post("/api/cache/flush", (context) => context.json({ flushed: view.flushCache() }));
  app.post("/api/drain", async (context) => {
    await view.drain();
    return context.json({ draining: true });
  });
}
