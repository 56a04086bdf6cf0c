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
  for (const { title, objects, rules, answers } of cases) {
    test(title, () => {
      const names = new PublishedNames([new MemoryCluster().apply(...objects)], rules);
      for (const [question, expected] of Object.entries(answers)) {
        const [name, type] = question.split(" ");
        assert.equal(names.answer(name!, type), expected, question);
      }
    });
  }
}
