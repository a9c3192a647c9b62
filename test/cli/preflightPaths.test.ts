import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { preflightPaths } from "../../src/cli/preflightPaths.ts"
import { temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({
  "run/data/train-00000-of-00001.parquet": "x",
  "run/data/test-00000-of-00001.parquet": "x",
  "run/rejects.parquet": "x",
  "run/manifest.json": "{}",
  "llama/train.jsonl": "x",
  "llama/dataset_info.json": "{}",
  "llama/train.rejects.parquet": "x",
  "none/README.md": "x"
})
afterAll(remove)

describe("preflightPaths", () => {
  it("preflightPaths takes all splits of a folder and nothing that stands beside the data", () => {
    const inFolder = (name: string) =>
      preflightPaths([path.join(folder, name)]).map((file) => path.relative(folder, file).replaceAll("\\", "/"))
    assert.deepStrictEqual(inFolder("run"), [
      "run/data/test-00000-of-00001.parquet",
      "run/data/train-00000-of-00001.parquet"
    ])
    assert.deepStrictEqual(inFolder("llama"), ["llama/train.jsonl"])
  })

  it("preflightPaths leaves files, globs and folders without data as they are", () => {
    const none = path.join(folder, "none")
    assert.deepStrictEqual(preflightPaths(["a.jsonl", "*.csv", none]), ["a.jsonl", "*.csv", none])
  })
})
