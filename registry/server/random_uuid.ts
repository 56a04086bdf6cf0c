import type { Random } from "../clock.ts";

/** A version 4 UUID (RFC 9562) from the given randomness. */
export function randomUuid(random: Random): string {
  return "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".replaceAll(/[xy]/g, (digit) => {
    const value = Math.floor(random() * 16);
    return (digit === "x" ? value : (value & 3) | 8).toString(16);
  });
}
