import type { Test } from "uvu";
import * as assert from "uvu/assert";
import type { MeshRules } from "../../../agent/mesh/mesh_rules.ts";
import { MemoryCluster, PublishedNames, type TestManifest } from "./memory_mesh.ts";

/** One line of a table: objects in, answers out. */
export interface NameCase {
  readonly title: string;
  readonly objects: readonly TestManifest[];
  readonly rules?: Partial<MeshRules>;
  /** Name (and type) to what it answers; null: there is no such name. */
  readonly answers: Readonly<Record<string, readonly string[] | null>>;
}

/** Makes a test of each line. */
export function testNames(test: Test, cases: readonly NameCase[]): void {
  for (const line of cases) test(line.title, () => assertAnswers(new MemoryCluster().apply(...line.objects), line));
}

/** Asks the questions of one line of a cluster that has its objects. */
export function assertAnswers(cluster: MemoryCluster, { rules, answers }: NameCase): void {
  const names = new PublishedNames([cluster], rules);
  for (const [question, expected] of Object.entries(answers)) {
    const [name, type] = question.split(" ");
    assert.equal(names.answer(name!, type), expected, question);
  }
}
