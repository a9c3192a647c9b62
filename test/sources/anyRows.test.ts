import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { parquetWriteFile } from "hyparquet-writer"
import { anyRows } from "../../src/sources/anyRows.ts"
import { inspectFile } from "../../src/sources/inspectFile.ts"
import { temporaryFolder } from "../contracts/source.ts"

const write = (filename: string, column: string) =>
  parquetWriteFile({
    filename,
    columnData: [
      { name: "skipped", type: "STRING", data: ["x", "y"] },
      { name: column, type: "STRING", data: ["a", null] }
    ]
  })

describe("anyRows", () => {
  it.effect("anyRows reads files of different formats one after the other, with the named columns", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const names = ["a.parquet", "b.csv", "c.jsonl"].map((name) => path.join(folder, name))
      write(names[0]!, "text")
      fs.writeFileSync(names[1]!, "n,text\n1,b\n2,\n")
      fs.writeFileSync(names[2]!, '{"text":"c"}\nbad\n')
      const files = yield* Effect.forEach(names, (name) => inspectFile(name, { rows: 0 }))
      const found = yield* Stream.runCollect(anyRows(files, ["text"]))
      assert.deepStrictEqual(
        found.flatMap(({ numbers, rows, unit }) =>
          rows.map((row, i) => [unit, numbers[i], "reason" in row ? row["reason"] : row])
        ),
        [
          ["row", 1, { text: "a" }],
          ["row", 2, { text: null }],
          ["line", 2, { text: "b" }],
          ["line", 3, { text: "" }],
          ["line", 1, { text: "c" }],
          ["line", 2, "not JSON"]
        ]
      )
    })
  )

  it.effect("anyRows fails for a file without a named column", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.parquet")
      write(file, "other")
      const inspection = yield* inspectFile(file, { rows: 0 })
      const error = yield* Effect.flip(Stream.runDrain(anyRows([inspection], ["text"])))
      assert.include(error.message, 'found the columns skipped, other at column "text"')
    })
  )
})
