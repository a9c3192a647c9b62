import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { replacedFiles } from "../src/replacedFiles.ts"
import { dataset } from "../src/sinks/dataset.ts"
import { jsonl } from "../src/sinks/jsonl.ts"
import { pairOfPairs } from "../src/stages/pairOfPairs.ts"
import { temporaryFolder } from "./stages/collect.ts"

describe("replacedFiles", () => {
  it.effect("replacedFiles names what every run leaves, the file of a sink, and the shards that go", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      for (const name of ["data/old-00000-of-00002.arrow", "gaps/train-00000-of-00001.jsonl", "data/mine.parquet"]) {
        fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
        fs.writeFileSync(path.join(folder, name), "x")
      }
      const names = (sink: Parameters<typeof replacedFiles>[0]) =>
        replacedFiles(sink, folder).map((file) => path.relative(folder, file))
      const always = ["rejects.parquet", "report.html", "manifest.json"]
      assert.deepStrictEqual(names(jsonl("a/b.jsonl")), [...always, "a/b.jsonl"])
      const derived = dataset({ derive: { gaps: pairOfPairs() } })
      assert.deepStrictEqual(names(dataset()), [...always, "data/old-00000-of-00002.arrow"])
      assert.deepStrictEqual(names(derived), [
        ...always,
        "data/old-00000-of-00002.arrow",
        "gaps/train-00000-of-00001.jsonl"
      ])
      assert.deepStrictEqual(names({ name: "mine", config: null }), always)
    })
  )
})
