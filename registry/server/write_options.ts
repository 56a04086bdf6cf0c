import type { ServerKind } from "./server_kind.ts";
import { invalid, StatusError } from "./status_error.ts";
import type { PatchType } from "./write_target.ts";

/** The query and content type of writes (meta/v1 CreateOptions, UpdateOptions, PatchOptions, DeleteOptions). */

const LONGEST_MANAGER = 128;

const OPTIONS: Readonly<Record<string, string>> = {
  POST: "CreateOptions",
  PUT: "UpdateOptions",
  PATCH: "PatchOptions",
  DELETE: "DeleteOptions",
};

const STRATEGIC = "application/strategic-merge-patch+json";
const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  [STRATEGIC]: "strategic",
  "application/apply-patch+yaml": "apply",
};

function invalidOption(options: string, field: string, reason: string, message: string): StatusError {
  return invalid({ kind: options, group: "meta.k8s.io" }, "", [{ reason, message, field }]);
}

/** @throws {StatusError} 422 */
export function checkWriteOptions(method: string, query: URLSearchParams): void {
  const options = OPTIONS[method] ?? "";
  const dryRun = query.getAll("dryRun").filter((value) => value !== "" && value !== "All");
  if (dryRun.length) {
    const message = `Unsupported value: ${JSON.stringify(dryRun)}: supported values: "All"`;
    throw invalidOption(options, "dryRun", "FieldValueNotSupported", message);
  }
  if ((query.get("fieldManager") ?? "").length > LONGEST_MANAGER) {
    const message = `Too long: may not be more than ${LONGEST_MANAGER} bytes`;
    throw invalidOption(options, "fieldManager", "FieldValueTooLong", message);
  }
}

/** @throws {StatusError} 415 for other content types: custom kinds have no strategic merge. */
export function patchTypeOf(request: Request, query: URLSearchParams, kind: ServerKind): PatchType {
  const media = (request.headers.get("content-type") ?? "").split(";")[0]!.trim();
  const accepted = Object.keys(PATCH_TYPES).filter((name) => !kind.custom || name !== STRATEGIC);
  if (!accepted.includes(media)) {
    const list = accepted.join(", ");
    const message = `the body of the request was in an unknown format - accepted media types include: ${list}`;
    throw new StatusError(415, "UnsupportedMediaType", message);
  }
  const type = PATCH_TYPES[media]!;
  if (type === "apply" && !query.get("fieldManager")) {
    const message = "Required value: is required for apply patch";
    throw invalidOption("PatchOptions", "fieldManager", "FieldValueRequired", message);
  }
  if (type !== "apply" && query.has("force")) {
    const message = "Forbidden: may not be specified for non-apply patch";
    throw invalidOption("PatchOptions", "force", "FieldValueForbidden", message);
  }
  return type;
}
