/** What answers took, from two readings of the histogram in /metrics. */
const BUCKET = /^moorline_dns_request_duration_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm;

/** Upper bounds in seconds with cumulative counts, as Prometheus' text has them. */
export function readBuckets(text) {
  return [...text.matchAll(BUCKET)].map(([, le, count]) => ({
    le: le === "+Inf" ? Infinity : Number(le),
    count: Number(count),
  }));
}

/** The bound in seconds below which `share` of the questions between two readings lie; null when there were none. */
export function quantile(share, before, after) {
  const gained = after.map(({ le, count }, index) => ({ le, count: count - (before[index]?.count ?? 0) }));
  const all = gained.at(-1)?.count ?? 0;
  if (all <= 0) return null;
  const bound = gained.find(({ count }) => count >= share * all).le;
  return Number.isFinite(bound) ? bound : gained.at(-2)?.le ?? null;
}
