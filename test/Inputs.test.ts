import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Inputs } from "../src/Inputs.ts"
import { temporaryFolder } from "./cli/runPrefloom.ts"

const { folder, remove } = temporaryFolder({ "data/rows.jsonl": "{}", "data/other.jsonl": "{}" })
afterAll(remove)
const below = (...parts: ReadonlyArray<string>) => path.join(folder, ...parts)
fs.symlinkSync(below("data"), below("linked"))
fs.symlinkSync(below("data", "rows.jsonl"), below("rows.jsonl"))

describe("Inputs", () => {
  it("Inputs knows a file however its path is spelt", () => {
    const inputs = new Inputs()
    inputs.add(path.relative(process.cwd(), below("data", "rows.jsonl")))
    assert.isTrue(inputs.has(below("data", "rows.jsonl")))
    assert.isTrue(inputs.has(below("data", "..", "linked", "rows.jsonl")))
    assert.isFalse(inputs.has(below("data", "other.jsonl")))
    assert.isFalse(inputs.has(below("data", "rows.parquet")))
    assert.isFalse(new Inputs().has(below("data", "rows.jsonl")))
  })

  it("Inputs counts a link and the file behind it", () => {
    const inputs = new Inputs()
    inputs.add(below("rows.jsonl"))
    assert.isTrue(inputs.has(below("rows.jsonl")))
    assert.isTrue(inputs.has(below("linked", "rows.jsonl")))
    assert.isFalse(inputs.has(below("data", "other.jsonl")))
    const behind = new Inputs([below("data", "rows.jsonl"), below("none.jsonl")])
    assert.isTrue(behind.has(below("rows.jsonl")))
    assert.isTrue(behind.has(below("none.jsonl")))
  })

  it("Inputs takes names of no file, such as that of rows in memory", () => {
    const inputs = new Inputs()
    inputs.add("memory")
    assert.isFalse(inputs.has(below("data", "rows.jsonl")))
  })
})
