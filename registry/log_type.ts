/**
 * Where `registry` says what it saw: a constant message and the fields that vary, so that whoever writes the log can
 * fold repeats. Fields never hold a secret.
 */
export type Log = (
  level: "debug" | "info" | "warn" | "error",
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;
