import { Hono } from "hono";
import { METRICS_CONTENT_TYPE, metricsText, type Sample } from "./metrics_text.ts";
import { processMetrics } from "./process_metrics.ts";

/** What the outside may see of a running collector. */
export interface CollectorView {
  /** What it waits for; empty when it has read everything. */
  pending(): readonly string[];
  metrics(): Iterable<Sample>;
  /** Every registered VM, as Prometheus' HTTP service discovery takes it. */
  targets(): readonly { readonly targets: readonly string[]; readonly labels: Readonly<Record<string, string>> }[];
}

/**
 * The collector's HTTP: health, metrics, and `GET /sd` for Prometheus. It is reached under the name of a Service, so
 * Host is not looked at; nothing here changes anything.
 *
 * @param startedAt wall-clock milliseconds.
 */
export function collectorRoutes(view: CollectorView, version: string, startedAt: number): Hono {
  const app = new Hono();
  app.get("/healthz", (context) => context.text("ok\n"));
  app.get("/readyz", (context) => {
    const pending = view.pending();
    return context.json({ ready: pending.length === 0, pending }, pending.length === 0 ? 200 : 503);
  });
  app.get("/metrics", (context) => {
    const build = { kind: "gauge", name: "build_info", labels: { version }, value: 1 } as const;
    const text = metricsText([build, ...view.metrics(), ...processMetrics(startedAt)]);
    return context.body(text, 200, { "content-type": METRICS_CONTENT_TYPE });
  });
  app.get("/sd", (context) => context.json(view.targets()));
  app.notFound((context) => context.json({ error: `nothing at ${context.req.path}` }, 404));
  return app;
}
