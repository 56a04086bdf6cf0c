import { StreamBroken } from "./stream_broken.ts";

/**
 * The largest object that is read. etcd refuses requests above 1.5 MiB, and its JSON form is at most about twice the
 * stored one.
 */
export const MAX_OBJECT_BYTES = 4 * 1024 * 1024;

/** What a list says of itself (meta/v1 ListMeta). */
export interface ListEnd {
  readonly resourceVersion: string;
  /** Where the next page begins; empty on the last one. */
  readonly continue: string;
}

/** One element of `items`: its value, or why it could not be read. */
export type Item = { readonly value: unknown } | { readonly problem: string };

const enum At {
  start,
  member,
  key,
  colon,
  value,
  items,
  item,
  end,
}

/** The members of a list that are kept; `items: null` is an empty list. */
const MEMBERS = ["kind", "metadata", "items"];
const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c, COLON = 0x3a;
const OPEN_BRACE = 0x7b, CLOSE_BRACE = 0x7d, OPEN_BRACKET = 0x5b, CLOSE_BRACKET = 0x5d;

/**
 * Cuts the byte stream of a Kubernetes List into its items, one by one, so that no list ever exists as one text. It
 * follows only depth and strings; what it cuts out is left to `JSON.parse`. The members of a list come in any order
 * (built-in kinds write `metadata` first, custom resources last).
 */
export class JsonItems {
  readonly #limit: number;
  readonly #decoder = new TextDecoder();
  #at = At.start;
  #key = "";
  /** Depth within the value that is being captured. */
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** The part of the capture that came in earlier chunks. */
  #pieces: Uint8Array[] = [];
  #size = 0;
  #members = new Map<string, unknown>();

  constructor(limit: number = MAX_OBJECT_BYTES) {
    this.#limit = limit;
  }

  /**
   * Takes the next bytes, in chunks of any size, and gives the items that they complete. The chunk may be reused after.
   *
   * @throws StreamBroken when the bytes are not a JSON object.
   */
  *push(chunk: Uint8Array): Generator<Item, void, void> {
    let from = 0;
    for (let i = 0; i < chunk.length;) {
      const at = this.#at;
      if (at === At.key || at === At.value || at === At.item) {
        const end = this.#scan(chunk, i);
        if (end < 0) break;
        const bytes = this.#take(chunk, from, end);
        i = end;
        if (at === At.item) {
          this.#at = At.items;
          yield this.#item(bytes);
        } else this.#finish(at, bytes);
      } else {
        const consumed = this.#step(chunk[i]!);
        from = i;
        if (consumed) i++;
      }
    }
    if (this.#at === At.key || this.#at === At.value || this.#at === At.item) this.#keep(chunk.slice(from));
  }

  /**
   * Call after the last chunk.
   *
   * @throws StreamBroken when the list was cut off or is none.
   */
  end(): ListEnd {
    if (this.#at !== At.end) throw new StreamBroken("the list was cut off");
    if (!this.#members.has("items")) throw new StreamBroken(`the answer is no list but a ${this.#members.get("kind")}`);
    const metadata = this.#members.get("metadata");
    const text = (key: string) => {
      const value = metadata !== null && typeof metadata === "object" ? Reflect.get(metadata, key) : undefined;
      return typeof value === "string" ? value : "";
    };
    return { resourceVersion: text("resourceVersion"), continue: text("continue") };
  }

  /** One byte between values. Gives whether it is used up; a value's first byte is not: the capture begins with it. */
  #step(byte: number): boolean {
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return true;
    switch (this.#at) {
      case At.start:
        if (byte !== OPEN_BRACE) throw new StreamBroken("the answer is no JSON object");
        this.#at = At.member;
        return true;
      case At.member:
        if (byte === COMMA) return true;
        if (byte === CLOSE_BRACE) this.#at = At.end;
        else if (byte === QUOTE) return this.#begin(At.key);
        else throw new StreamBroken("the list is no valid JSON between its members");
        return true;
      case At.colon:
        if (byte === COLON) return true;
        if (this.#key !== "items" || byte !== OPEN_BRACKET) return this.#begin(At.value);
        this.#members.set("items", true);
        this.#at = At.items;
        return true;
      case At.items:
        if (byte === COMMA) return true;
        if (byte === CLOSE_BRACKET) this.#at = At.member;
        else if (byte === OPEN_BRACE) return this.#begin(At.item);
        else throw new StreamBroken("the list is no valid JSON between its items");
        return true;
      default:
        throw new StreamBroken("the list is followed by something else");
    }
  }

  #begin(at: At): false {
    this.#at = at;
    this.#depth = 0;
    this.#size = 0;
    return false;
  }

  /** Runs to the end of the captured value: the index behind it, or -1 if the chunk ends before. */
  #scan(chunk: Uint8Array, i: number): number {
    let depth = this.#depth, inString = this.#inString, escaped = this.#escaped;
    let end = -1;
    for (; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) {
          inString = false;
          if (depth === 0) {
            end = i + 1;
            break;
          }
        }
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        // The brace of the list itself ends a number, true, false or null.
        end = depth === 0 ? i : --depth === 0 ? i + 1 : -1;
        if (end >= 0) break;
      } else if (byte === COMMA && depth === 0) {
        end = i;
        break;
      }
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    return end;
  }

  /** Keeps a part of a capture; beyond the limit only its length. */
  #keep(piece: Uint8Array) {
    this.#size += piece.length;
    if (this.#size > this.#limit) this.#pieces = [];
    else this.#pieces.push(piece);
  }

  /** The bytes of a finished capture, or its length where it is too long. */
  #take(chunk: Uint8Array, from: number, end: number): Uint8Array | number {
    if (this.#pieces.length === 0 && this.#size === 0 && end - from <= this.#limit) return chunk.subarray(from, end);
    this.#keep(chunk.subarray(from, end));
    if (this.#size > this.#limit) return this.#size;
    const whole = new Uint8Array(this.#size);
    let offset = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, offset);
      offset += piece.length;
    }
    this.#pieces = [];
    return whole;
  }

  #item(bytes: Uint8Array | number): Item {
    if (typeof bytes === "number") return { problem: `it has ${bytes} bytes, more than the ${this.#limit} allowed` };
    try {
      return { value: JSON.parse(this.#decoder.decode(bytes)) };
    } catch (error) {
      return { problem: `it is no valid JSON (${(error as Error).message})` };
    }
  }

  #finish(at: At, bytes: Uint8Array | number) {
    if (typeof bytes === "number") throw new StreamBroken(`the list's ${this.#key || "member"} is too long`);
    let value: unknown;
    try {
      value = JSON.parse(this.#decoder.decode(bytes));
    } catch {
      throw new StreamBroken("the list is no valid JSON in its members");
    }
    if (at === At.key) this.#key = value as string;
    else if (MEMBERS.includes(this.#key)) this.#members.set(this.#key, value);
    this.#at = at === At.key ? At.colon : At.member;
  }
}
