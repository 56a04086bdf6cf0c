import { isIp } from "../config/mod.ts";
import type { CollisionRow, NameRow, ObjectName, RefusedRow } from "../mesh/mod.ts";
import { connectToAgent } from "./agent_client.ts";
import { textTable } from "./text_table.ts";
import { type CommandContext, UsageError } from "./verb.ts";

/** Answers of one name that a line shows; `-o json` has them all. */
const SHOWN = 4;

/** `moorline names`: the name table, what is refused, or what several objects claim. */
export async function namesCommand(context: CommandContext): Promise<number> {
  const { flags, operands, print } = context;
  const output = flags.text("output") ?? "text";
  const show = flags.on("refused") ? "refused" : flags.on("collisions") ? "collisions" : "names";
  if (flags.on("refused") && flags.on("collisions")) {
    throw new UsageError("--refused and --collisions exclude each other");
  }
  if (output === "hosts" && show !== "names") throw new UsageError(`-o hosts goes with names only, not with --${show}`);
  using agent = await connectToAgent(context);
  const document = await agent.get(`/api/names?show=${show}&q=${encodeURIComponent(operands[0] ?? "")}`);
  if (output === "json") print(`${JSON.stringify(document, null, 2)}\n`);
  else if (show === "refused") print(refusedText((document as { refused: RefusedRow[] }).refused));
  else if (show === "collisions") print(collisionsText((document as { collisions: CollisionRow[] }).collisions));
  else {
    const { names } = document as { names: NameRow[] };
    print(output === "hosts" ? hostsText(names) : namesText(names));
  }
  return 0;
}

/** `primary Service bookinfo/reviews`. */
export function referenceText({ cluster, kind, namespace, name }: ObjectName): string {
  const object = [namespace, name].filter((part) => part !== "").join("/");
  return [cluster, kind, object].filter((part) => part !== "").join(" ");
}

function namesText(names: readonly NameRow[]): string {
  const rows = names.map(({ name, kind, addresses, data, source }) => {
    const answers = [...addresses, ...data];
    const more = answers.length > SHOWN ? `, and ${answers.length - SHOWN} more` : "";
    return [name, kind, answers.slice(0, SHOWN).join(", ") + more || "-", referenceText(source)];
  });
  return textTable(["NAME", "KIND", "ADDRESSES", "SOURCE"], rows);
}

function refusedText(refused: readonly RefusedRow[]): string {
  const rows = refused.map(({ host, reason, source }) => [host, referenceText(source), reason]);
  return textTable(["NAME", "SOURCE", "REASON"], rows);
}

function collisionsText(collisions: readonly CollisionRow[]): string {
  const rows = collisions.map(({ name, served, hidden }) => {
    return [name, referenceText(served), hidden.map(referenceText).join(", ")];
  });
  return textTable(["NAME", "SERVED", "NOT SERVED"], rows);
}

/** As /etc/hosts has it: address, then name. Wildcards have no place there. */
function hostsText(names: readonly NameRow[]): string {
  return names.filter(({ name }) => !name.startsWith("*")).flatMap(({ name, addresses }) => {
    return addresses.filter(isIp).map((address) => `${address}\t${name}\n`);
  }).join("");
}
