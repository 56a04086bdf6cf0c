import { TYPE } from "./wire.ts";

const MNEMONICS = new Map<number, string>(Object.entries(TYPE).map(([mnemonic, type]) => [type, mnemonic]));

/** A record type as people write it: its mnemonic, or `TYPE65280` (RFC 3597, 5). */
export function typeMnemonic(type: number): string {
  return MNEMONICS.get(type) ?? `TYPE${type}`;
}
