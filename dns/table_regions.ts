/** The parts of the name table's memory, as every thread sees them. */
import { CONTROL, CONTROL_WORDS, LAYOUT, MAX_READERS } from "./layout.ts";

/** The control page of a table. @throws Error when the memory was made by another build. */
export function tableControl(memory: SharedArrayBuffer): Int32Array {
  const control = new Int32Array(memory, 0, CONTROL_WORDS);
  if (control[CONTROL.LAYOUT] !== LAYOUT) throw new Error("The name table's memory was laid out by another version");
  return control;
}

/** The words of one copy. */
export function copyWords(memory: SharedArrayBuffer, copy: number): Int32Array {
  const words = new Int32Array(memory, 0, CONTROL_WORDS)[CONTROL.COPY_WORDS]!;
  return new Int32Array(memory, (CONTROL_WORDS + copy * words) * 4, words);
}

/** Checks that a reader's number is one of those there is a word for. */
export function readerWord(reader: number): number {
  if (!Number.isInteger(reader) || reader < 0 || reader >= MAX_READERS) {
    throw new RangeError(`There is no reader ${reader}: 0 to ${MAX_READERS - 1} are`);
  }
  return CONTROL.READERS + reader;
}
