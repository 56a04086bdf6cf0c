/**
 * One copy for equal values: thousands of objects share a few namespaces and lists of ports. Bounded; when full it
 * begins anew, which costs memory and nothing else.
 */

/** A cluster has fewer namespaces, zones and port lists than this, or is so varied that sharing does not help. */
const MAX_SHARED = 4096;

const texts = new Map<string, string>();
const values = new Map<string, unknown>();

/** The copy of a string that all share. */
export function sharedText(text: string): string {
  const known = texts.get(text);
  if (known !== undefined) return known;
  if (texts.size >= MAX_SHARED) texts.clear();
  texts.set(text, text);
  return text;
}

/** The copy of frozen plain data that all share, by its JSON text. */
export function sharedValue<T>(value: T): T {
  const text = JSON.stringify(value);
  const known = values.get(text);
  if (known !== undefined) return known as T;
  if (values.size >= MAX_SHARED) values.clear();
  values.set(text, value);
  return value;
}
