import { assert, describe, it } from "@effect/vitest"
import { cardRegistry } from "../../src/report/cardRegistry.ts"
import { emptyManifest } from "./fixture.ts"

const file = (path: string, rows = 2) => ({ path, rows, bytes: 1, sha256: "0" })
const split = (pathGlob: string, rows = 2) => ({ name: "any", pathGlob, rows, bytes: 1 })

const registryOf = (files: ReadonlyArray<string>, globs: ReadonlyArray<string>) => {
  const splits = globs.map((glob) => split(glob))
  const config = { name: "default", default: true, splits, features: [] }
  return cardRegistry({ ...emptyManifest, files: files.map((one) => file(one)) }, config, splits[0]!)
}

describe("cardRegistry", () => {
  it("cardRegistry names the files of a split beside the registry, and no others to evaluate on where there are none", () => {
    const lines = registryOf(["data/train-0.jsonl", "data/dataset_info.json"], ["data/train-*"])?.split("\n")
    assert.deepStrictEqual(lines?.slice(1), ["dataset_dir: path/of/this/folder/data", "dataset: train-0"])
  })

  it("cardRegistry says nothing of a table in another folder than the registry", () => {
    assert.isNull(registryOf(["data/dataset_info.json", "margins/train-0.jsonl"], ["margins/train-*"]))
    assert.isNull(registryOf(["train-0.jsonl"], ["train-0.jsonl"]))
  })
})
