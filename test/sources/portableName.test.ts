import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { portableName } from "../../src/sources/portableName.ts"

describe("portableName", () => {
  it("keeps names below the working folder, and of others what tells nothing of this machine", () => {
    for (const [file, wanted] of [
      ["votes.csv", "votes.csv"],
      ["data/train/a.parquet", "data/train/a.parquet"],
      ["./..data/a.csv", "./..data/a.csv"],
      ["../anna/a.csv", "a.csv"],
      ["data/../../anna/a.csv", "a.csv"],
      [path.resolve("anna/a.csv"), "a.csv"],
      [path.resolve("anna/train/a.csv"), "train/a.csv"],
      [path.resolve("a.csv"), "a.csv"]
    ] as const) {
      assert.strictEqual(portableName(file), wanted, file)
    }
  })
})
