import { parseFieldSelector, parseLabelSelector, type Selector } from "./selectors.ts";
import type { ServerKind } from "./server_kind.ts";
import { badRequest, invalid, plainStatus, type StatusCause } from "./status_error.ts";

/** The query of a list or watch (meta/v1 ListOptions), checked. */
export interface ListOptions {
  readonly matches: Selector;
  /** Whether a selector was given; remainingItemCount is left out then. */
  readonly selective: boolean;
  readonly limit: number;
  readonly continueToken: string;
  /** Undefined when the query has none; 0 is "anything will do". */
  readonly revision: number | undefined;
  readonly match: "" | "Exact" | "NotOlderThan";
  readonly watch: boolean;
  readonly bookmarks: boolean;
  readonly sendInitialEvents: boolean;
  readonly timeoutSeconds: number;
}

const isTrue = (value: string | null) => value !== null && value !== "" && value !== "0" && value !== "false";

function parseRevision(text: string | null, watch: boolean): number | undefined {
  if (text === null || text === "") return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const shown = JSON.stringify(text);
  const cause = `resourceVersion: Invalid value: ${shown}: strconv.ParseUint: parsing ${shown}: invalid syntax`;
  throw watch ? plainStatus(500, cause, "") : badRequest(`invalid resource version: ${cause}`);
}

function count(query: URLSearchParams, name: string): number {
  const text = query.get(name);
  if (!text) return 0;
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function forbiddenMatch(message: string): StatusCause {
  return { reason: "FieldValueForbidden", message: `Forbidden: ${message}`, field: "resourceVersionMatch" };
}

function unsupportedMatch(match: string, supported: readonly string[]): StatusCause {
  const list = supported.map((value) => `"${value}"`).join(", ");
  const message = `Unsupported value: ${JSON.stringify(match)}: supported values: ${list}`;
  return { reason: "FieldValueNotSupported", message, field: "resourceVersionMatch" };
}

function checkMatch(query: URLSearchParams, watch: boolean) {
  const match = query.get("resourceVersionMatch") ?? "";
  const revision = query.get("resourceVersion") ?? "";
  const causes: StatusCause[] = [];
  if (query.has("sendInitialEvents")) {
    if (!watch) {
      const message = "Forbidden: sendInitialEvents is forbidden for list";
      causes.push({ reason: "FieldValueForbidden", message, field: "sendInitialEvents" });
    } else if (match !== "NotOlderThan") {
      causes.push(forbiddenMatch("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
      if (match) causes.push(unsupportedMatch(match, ["NotOlderThan"]));
    }
  } else if (match && watch) {
    causes.push(forbiddenMatch("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
  } else if (match && !revision) {
    causes.push(forbiddenMatch("resourceVersionMatch is forbidden unless resourceVersion is provided"));
  } else if (match === "Exact" && revision === "0") {
    causes.push(forbiddenMatch('resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  } else if (match && query.get("continue")) {
    causes.push(forbiddenMatch("resourceVersionMatch is forbidden when continue is provided"));
  } else if (match && match !== "Exact" && match !== "NotOlderThan") {
    causes.push(unsupportedMatch(match, ["Exact", "NotOlderThan", ""]));
  }
  if (causes.length) throw invalid({ kind: "ListOptions", group: "meta.k8s.io" }, "", causes);
}

export function parseListOptions(query: URLSearchParams, kind: ServerKind): ListOptions {
  const watch = isTrue(query.get("watch"));
  checkMatch(query, watch);
  const fields = parseFieldSelector(query.get("fieldSelector") ?? "", kind);
  const labels = parseLabelSelector(query.get("labelSelector") ?? "");
  return {
    matches: (object) => labels(object) && fields(object),
    selective: Boolean(query.get("fieldSelector") || query.get("labelSelector")),
    limit: Math.max(0, count(query, "limit")),
    continueToken: query.get("continue") ?? "",
    revision: parseRevision(query.get("resourceVersion"), watch),
    match: (query.get("resourceVersionMatch") ?? "") as ListOptions["match"],
    watch,
    bookmarks: isTrue(query.get("allowWatchBookmarks")),
    sendInitialEvents: isTrue(query.get("sendInitialEvents")),
    timeoutSeconds: Math.max(0, count(query, "timeoutSeconds")),
  };
}
