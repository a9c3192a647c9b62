import * as path from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { parquetWriteFile } from "hyparquet-writer"
import type { Inspection } from "../../src/sources/Inspection.ts"
import { runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({
  "rows.jsonl": `{"id":"a","text":"plain","score":1.5}\n{"id":"b","text":"\\u001b[31mred\\u202e","score":null}\n`,
  "many.jsonl": '{"id":"a"}\n'.repeat(1234),
  "set/train.jsonl": '{"id":"a"}\n',
  "set/test.jsonl": '{"id":"b"}\n{"id":"c"}\n',
  "other/notes.txt": "x",
  "many.csv": `id,text\n${'1,"two\nlines"\n'.repeat(300)}\n`
})
beforeAll(() => {
  parquetWriteFile({
    filename: path.join(folder, "rows.parquet"),
    columnData: [
      { name: "id", data: ["a", "b", "c"], type: "STRING", nullable: false },
      { name: "margin", data: [0.5, 1, 2], type: "DOUBLE", nullable: false }
    ]
  })
})
afterAll(remove)

const inspect = (...args: ReadonlyArray<string>) => runPrefloom(["inspect", ...args], { cwd: folder })

describe("inspect", () => {
  it.concurrent("shows columns, counts and rows of JSON Lines, with nothing a terminal could act on", async () => {
    const { code, stdout, stderr } = await inspect("rows.jsonl")
    assert.strictEqual(stderr, "")
    assert.strictEqual(code, 0)
    assert.match(stdout, /^Rows +2$/m)
    assert.match(stdout, /^ {2}score +number or null$/m)
    assert.include(stdout, "\\x1b[31mred\\u202e")
    // oxlint-disable-next-line no-control-regex
    assert.notMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u202e]/)
  })

  it.concurrent("prints one JSON object about a Parquet file", async () => {
    const { code, stdout } = await inspect("rows.parquet", "--json", "--rows", "1")
    assert.strictEqual(code, 0)
    const inspection = JSON.parse(stdout) as Inspection
    assert.include(inspection, { format: "parquet", nRows: 3, rowGroups: 1 })
    assert.deepStrictEqual(
      inspection.columns.map(({ name }) => name),
      ["id", "margin"]
    )
    assert.deepStrictEqual(inspection.sample, [{ id: "a", margin: 0.5 }])
  })

  it.concurrent("looks into all files of a folder, and says where there are none", async () => {
    const { stdout } = await inspect("set", "--rows", "0")
    assert.match(stdout, /^File +set\/test\.jsonl$[^]*^Rows +2$[^]*^File +set\/train\.jsonl$[^]*^Rows +1$/m)
    const both = JSON.parse((await inspect("set", "--json")).stdout) as ReadonlyArray<Inspection>
    assert.deepStrictEqual(
      both.map(({ nRows }) => nRows),
      [2, 1]
    )
    const { code, stderr } = await inspect("other")
    assert.strictEqual(code, 1)
    assert.include(stderr, "found no data file in the folder")
  })

  it.concurrent("counts text files to the end", async () => {
    assert.match((await inspect("many.jsonl", "--rows", "0")).stdout, /^Rows +1,234$/m)
    assert.match((await inspect("many.csv", "--rows", "0")).stdout, /^Rows +300$/m)
  })

  it.concurrent("ends with 1 when there is no such file", async () => {
    const { code, stdout, stderr } = await inspect("none.parquet", "--json")
    assert.strictEqual(code, 1)
    assert.strictEqual(stdout, "")
    assert.match(stderr, /^Error: Cannot read "none\.parquet": found no such file/)
  })
})
