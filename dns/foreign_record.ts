/**
 * Records of one message -> records of another: owner and names in the data are expanded and compressed anew, all other
 * bytes stay as they are (RFC 3597).
 */
import { closeData, type Response, takeBack, writeBytes, writeForeignName } from "./response.ts";
import { expandName, readU16, skipName, TYPE, writeU16, writeU32 } from "./wire.ts";

/**
 * Where the types whose data may hold compressed names have them (RFC 3597, 4): bytes before, names, bytes behind.
 * Compressed again are only those of RFC 1035.
 */
interface DataForm {
  readonly before: number;
  readonly names: number;
  readonly behind: number;
  readonly compress: boolean;
}

const FORMS: (DataForm | undefined)[] = [];

function form(types: readonly number[], before: number, names: number, behind: number, compress: boolean): void {
  for (const type of types) FORMS[type] = { before, names, behind, compress };
}

const [MD, MF, MB, MG, MR, MINFO, RP, AFSDB, RT, KX] = [3, 4, 7, 8, 9, 14, 17, 18, 21, 36];
form([TYPE.NS, MD, MF, TYPE.CNAME, MB, MG, MR, TYPE.PTR], 0, 1, 0, true);
form([TYPE.SOA], 0, 2, 20, true);
form([MINFO], 0, 2, 0, true);
form([TYPE.MX], 2, 1, 0, true);
form([RP], 0, 2, 0, false);
form([AFSDB, RT, KX], 2, 1, 0, false);
form([TYPE.SRV], 6, 1, 0, false);
form([TYPE.DNAME], 0, 1, 0, false);
const LAST_FORM = FORMS.length;

/** Bytes of a record behind its owner: type, class, TTL, length of the data. */
const FIXED = 10;

/**
 * Writes the record that begins at `at` of `message` with another TTL. Returns where the record ends in `message`, -1
 * when it does not parse, 0 when it does not fit (nothing is written then).
 */
export function writeForeignRecord(
  response: Response,
  message: Uint8Array,
  at: number,
  length: number,
  ttl: number,
): number {
  const fixed = skipName(message, at, length);
  const data = fixed + FIXED;
  if (fixed < 0 || data > length) return -1;
  const end = data + readU16(message, fixed + 8);
  if (end > length) return -1;
  const before = response.at;
  const known = response.knownCount;
  if (expandName(message, at, length, response.name, 0) < 0) return -1;
  if (!writeForeignName(response, message, at, length) || response.at + FIXED > response.limit) {
    takeBack(response, before, known);
    return 0;
  }
  writeU32(response.bytes, response.at, (readU16(message, fixed) << 16) | readU16(message, fixed + 2));
  writeU32(response.bytes, response.at + 4, ttl);
  writeU16(response.bytes, response.at + 8, 0);
  response.at += FIXED;
  const start = response.at;
  const written = writeData(response, message, readU16(message, fixed), data, end, length);
  if (written <= 0) {
    takeBack(response, before, known);
    return written;
  }
  closeData(response, start);
  return end;
}

/** 1 when the data was written, 0 when it does not fit, -1 when it does not parse. */
function writeData(
  response: Response,
  message: Uint8Array,
  type: number,
  at: number,
  end: number,
  length: number,
): number {
  const shape = type < LAST_FORM ? FORMS[type] : undefined;
  if (!shape) return writeBytes(response, message, at, end - at) ? 1 : 0;
  if (at + shape.before > end) return -1;
  if (!writeBytes(response, message, at, shape.before)) return 0;
  at += shape.before;
  for (let i = 0; i < shape.names; i++) {
    const size = expandName(message, at, length, response.name, 0);
    const next = skipName(message, at, length);
    if (size < 0) return -1;
    const fits = shape.compress
      ? writeForeignName(response, message, at, length)
      : writeBytes(response, response.name, 0, size);
    if (!fits) return 0;
    at = next;
  }
  if (at + shape.behind !== end) return -1;
  return writeBytes(response, message, at, shape.behind) ? 1 : 0;
}
