import { badRequest, StatusError } from "./status_error.ts";

/** kube-apiserver's own limit of a body: 3 MiB. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

async function readText(request: Request): Promise<string> {
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength <= MAX_BODY_BYTES) return new TextDecoder().decode(bytes);
  const message = `Request entity too large: limit is ${MAX_BODY_BYTES}`;
  throw new StatusError(413, "RequestEntityTooLarge", message);
}

/** @param absent what an empty body stands for; without it an empty body is refused. */
export async function readJson(request: Request, type: string, absent?: unknown): Promise<unknown> {
  const text = await readText(request);
  if (text === "" && absent !== undefined) return absent;
  const unrecognized = `the object provided is unrecognized (must be of type ${type})`;
  return parseJson(text, `${unrecognized}: couldn't get version/kind; json parse error`);
}

export async function readPatch(request: Request): Promise<unknown> {
  return parseJson(await readText(request), "error decoding patch");
}

function parseJson(text: string, refusal: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`${refusal}: ${error instanceof Error ? error.message : error}`);
  }
}
