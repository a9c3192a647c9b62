import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { manifestData } from "../../src/cli/manifestData.ts"
import { temporaryFolder } from "./runPrefloom.ts"

const manifest = (...names: ReadonlyArray<string>) =>
  JSON.stringify({ prefloom: "1.0.0", files: names.map((name) => ({ path: name })) })
const { folder, remove } = temporaryFolder({
  "again/manifest.json": manifest("pairs.jsonl", "rejects.parquet"),
  "again/pairs.jsonl": "x",
  "again/data/train-00000-of-00001.parquet": "x",
  "tables/manifest.json": manifest("margins/train.parquet", "data/train.parquet", "LICENSE"),
  "tables/data/train.parquet": "x",
  "deep/manifest.json": manifest("out/pairs.jsonl"),
  "deep/out/pairs.jsonl": "x",
  "moved/manifest.json": manifest("pairs.jsonl"),
  "other/manifest.json": '{"files":[{"path":"a.jsonl"}]}',
  "other/a.jsonl": "x"
})
afterAll(remove)

describe("manifestData", () => {
  it.each([
    ["again", ["pairs.jsonl"]],
    ["tables", ["data/train.parquet"]],
    ["deep", ["out/pairs.jsonl"]],
    ["moved", []],
    ["other", []],
    ["none", []]
  ])("manifestData of %s gives %j", (name, files) => {
    assert.deepStrictEqual(manifestData(path.join(folder, name)), files)
  })
})
