import { badRequest } from "./status_error.ts";

/** @param absent what an empty body stands for; without it an empty body is refused. */
export async function readJson(request: Request, type: string, absent?: unknown): Promise<unknown> {
  const text = await request.text();
  if (text === "" && absent !== undefined) return absent;
  const unrecognized = `the object provided is unrecognized (must be of type ${type})`;
  return parseJson(text, `${unrecognized}: couldn't get version/kind; json parse error`);
}

export async function readPatch(request: Request): Promise<unknown> {
  return parseJson(await request.text(), "error decoding patch");
}

function parseJson(text: string, refusal: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`${refusal}: ${error instanceof Error ? error.message : error}`);
  }
}
