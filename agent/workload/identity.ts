import * as v from "valibot";
import { readStateFile, writeStateFile } from "./state_file.ts";

/** What tells one machine from another. A part that could not be read is absent. */
export interface MachineMarks {
  readonly machineId?: string;
  readonly productUuid?: string;
  readonly instanceId?: string;
}

/** Who this agent is: a random id that outlives restarts and never leaves its machine. */
export interface AgentIdentity {
  readonly agentId: string;
  /** Set when the state folder came from another machine (a cloned image); the id is new then. */
  readonly clonedFrom?: string;
}

const stored = v.object({
  agentId: v.pipe(v.string(), v.uuid()),
  marks: v.object({
    machineId: v.optional(v.string()),
    productUuid: v.optional(v.string()),
    instanceId: v.optional(v.string()),
  }),
});

/**
 * @returns whether the state was written on another machine: some mark is known on both sides and differs. What cannot
 * be read on either side is unknown, never a difference.
 */
export function isClone(before: MachineMarks, now: MachineMarks): boolean {
  const marks = ["machineId", "productUuid", "instanceId"] as const;
  return marks.some((mark) => before[mark] !== undefined && now[mark] !== undefined && before[mark] !== now[mark]);
}

/**
 * Reads this agent's identity from `<state>/identity.json`, or makes one. On a clone the inherited id is dropped; the
 * caller drops the inherited token and registration with it.
 *
 * @param newId gives a random UUID.
 * @throws Deno.errors.PermissionDenied when the state folder cannot be read or written.
 */
export async function loadIdentity(
  state: string,
  marks: MachineMarks,
  newId: () => string = () => crypto.randomUUID(),
): Promise<AgentIdentity> {
  const path = `${state}/identity.json`;
  const read = v.safeParse(stored, await readStateFile(path));
  if (!read.success) {
    const agentId = newId();
    await writeStateFile(path, { agentId, marks });
    return { agentId };
  }
  const before: MachineMarks = withoutUndefined(read.output.marks);
  if (isClone(before, marks)) {
    const agentId = newId();
    await writeStateFile(path, { agentId, marks });
    return { agentId, clonedFrom: read.output.agentId };
  }
  // A mark that has become readable counts from now on; one that no longer is keeps its last value.
  const known = { ...before, ...withoutUndefined(marks) };
  if (isMore(known, before)) await writeStateFile(path, { agentId: read.output.agentId, marks: known });
  return { agentId: read.output.agentId };
}

function isMore(known: MachineMarks, before: MachineMarks): boolean {
  return Object.keys(known).length > Object.keys(before).length;
}

function withoutUndefined(marks: { [K in keyof MachineMarks]: MachineMarks[K] | undefined }): MachineMarks {
  return Object.fromEntries(Object.entries(marks).filter(([, value]) => value !== undefined && value !== ""));
}

/** Files in which Linux, its firmware and cloud-init tell who the machine is. */
const SOURCES = {
  machineId: ["/etc/machine-id"],
  productUuid: ["/sys/class/dmi/id/product_uuid"],
  instanceId: ["/var/lib/cloud/data/instance-id", "/run/cloud-init/.instance-id"],
} as const;

/**
 * Reads the machine's marks. `/sys/class/dmi/id/product_uuid` is readable by root only: the packaged unit copies it
 * in its privileged part; elsewhere it is unknown.
 *
 * @param root a folder in whose place `/` is meant; for tests.
 */
export async function readMachineMarks(root = ""): Promise<MachineMarks> {
  const marks: { -readonly [K in keyof MachineMarks]: string } = {};
  for (const mark of ["machineId", "productUuid", "instanceId"] as const) {
    for (const path of SOURCES[mark]) {
      const text = (await Deno.readTextFile(root + path).catch(() => "")).trim();
      if (text && text !== "uninitialized") {
        marks[mark] = text.toLowerCase();
        break;
      }
    }
  }
  return marks;
}
