/**
 * The kinds of value that a configuration key can have. Each builder carries the sentence that an error prints after
 * "must be", and a codec where the written and the parsed form differ, so that `config print` can write it back.
 */
import { z } from "zod";
import { DURATION, formatDuration, parseDuration } from "./duration.ts";
import { isDomain, isHostPort, isIp } from "./network_syntax.ts";

/** One key: the values it can have, its default (as it would be written), one line of what it does. */
export function key<T extends z.ZodType>(field: T, preset: z.input<T>, description: string): z.ZodPrefault<T> {
  return field.prefault(preset).describe(description) as z.ZodPrefault<T>;
}

/** A key that may be absent. */
export function optionalKey<T extends z.ZodType>(field: T, description: string): z.ZodOptional<T> {
  return field.optional().describe(description);
}

/** A map of keys that is closed: a key that it does not name is an error. */
export function section<T extends z.ZodRawShape>(shape: T, error = "a map of keys"): z.ZodObject<T, z.core.$strict> {
  return z.strictObject(shape, { error });
}

/** A duration between two others, as milliseconds. `step`: what it must be a multiple of, in milliseconds. */
export function duration(min: string, max: string, step = 1): z.ZodCodec<z.ZodString, z.ZodNumber> {
  const [low, high] = [parseDuration(min)!, parseDuration(max)!];
  const whole = step === 1 ? "" : " in whole seconds";
  const error = `a duration from ${min} to ${max}${whole}, such as 10s or 1h30m`;
  const fits = (text: string) => {
    const milliseconds = parseDuration(text);
    return milliseconds !== undefined && milliseconds >= low && milliseconds <= high && milliseconds % step === 0;
  };
  return z.codec(z.string({ error }).regex(DURATION, { error, abort: true }).refine(fits, { error }), z.number(), {
    decode: (text) => parseDuration(text)!,
    encode: formatDuration,
  });
}

/** A duration in whole seconds, as milliseconds: what DNS carries as a TTL. */
export function seconds(min: string, max: string): z.ZodCodec<z.ZodString, z.ZodNumber> {
  return duration(min, max, 1000);
}

/** `on`, `off`, `true` or `false`, as a boolean. */
export function onOff(): z.ZodCodec<z.ZodUnion<[z.ZodBoolean, z.ZodEnum<{ on: "on"; off: "off" }>]>, z.ZodBoolean> {
  return z.codec(z.union([z.boolean(), z.enum(["on", "off"])], { error: "on or off" }), z.boolean(), {
    decode: (value) => value === true || value === "on",
    encode: (value) => value,
  });
}

/** One of some words. */
export function choice<const T extends readonly string[]>(...words: T) {
  return z.enum(words, { error: oneOf(words) });
}

/** One of some words besides `off`, which may also be written `false` (YAML 1.1 reads a bare `off` so). */
export function choiceOrOff<const T extends readonly string[]>(...words: T) {
  const all = ["off", ...words] as const;
  const parsed: z.ZodType<"off" | T[number], "off" | T[number]> = z.literal(all);
  return z.codec(z.union([parsed, z.literal(false)], { error: oneOf(all) }), parsed, {
    decode: (value) => value === false ? "off" : value,
    encode: (value) => value,
  });
}

/** Any text that `check` accepts. */
export function text(error: string, check: (value: string) => boolean = () => true): z.ZodString {
  return z.string({ error }).refine((value) => !/\p{Cc}/u.test(value) && check(value), { error });
}

/** Text, or nothing at all. */
export function textOrEmpty(error: string, check: (value: string) => boolean): z.ZodString {
  return text(`${error}, or empty`, (value) => value === "" || check(value));
}

/** A path of the file system; what it is relative to is settled before it is parsed. */
export function path(): z.ZodString {
  return text("a path", (value) => value.trim() === value);
}

/** A whole number. */
export function whole(min: number, max: number, error = `a whole number from ${min} to ${max}`): z.ZodNumber {
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

/** A list of one kind of value. */
export function list<T extends z.ZodType>(item: T, what: string): z.ZodArray<T> {
  return z.array(item, { error: `a list of ${what}` });
}

/** `IP:port`, IPv6 in brackets. */
export function ipPort(): z.ZodString {
  return text("IP:port, such as 127.0.0.1:15053 or [::1]:15053", (value) => isHostPort(value));
}

/** An IP address of either family. */
export function ip(): z.ZodString {
  return text("an IP address", isIp);
}

/** A domain name, with or without the trailing dot, in any case; parsed it is lower case and without the dot. */
export function domain(error = "a domain name"): z.ZodString {
  return text(error, isDomain).overwrite((value) => value.toLowerCase().replace(/\.$/, ""));
}

/** `a, b or c`. */
export function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
