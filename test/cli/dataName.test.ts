import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { dataName } from "../../src/cli/dataName.ts"

describe("dataName", () => {
  it("leaves out the endings of data files, and nothing else behind a dot", () => {
    for (const [file, name] of [
      ["votes.csv", "votes"],
      ["data/my votes.v1 (final).json", "my votes.v1 (final)"],
      ["data/my votes.v2.json", "my votes.v2"],
      ["gpt-3.5-turbo.JSONL.GZ", "gpt-3.5-turbo"],
      ["a.jsonl.zst", "a"],
      ["a.parquet", "a"],
      ["a.arrow", "a"],
      ["runs/v1.2", "v1.2"],
      ["runs/v1.2/", "v1.2"],
      [".csv", "data"],
      [".", path.basename(process.cwd())]
    ] as const) {
      assert.strictEqual(dataName(file), name, file)
    }
  })
})
