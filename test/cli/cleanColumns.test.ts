import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { asText, cleanColumns, cleanRows } from "../../src/cli/cleanColumns.ts"
import { RowFlaw } from "../../src/sources/FoundRows.ts"
import { inspectFile } from "../../src/sources/inspectFile.ts"
import { temporaryFolder } from "../contracts/source.ts"

describe("cleanColumns", () => {
  it.effect("cleanColumns keeps whole numbers that no number holds as JSON, with all digits", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "in.jsonl")
      fs.writeFileSync(
        file,
        '{"n":5,"m":{"a":[1]},"k":1}\n{"n":9007199254740993,"m":{"a":[-1234567890123456789]},"k":2}\n'
      )
      const files = [yield* inspectFile(file)]
      const { asJson, columns } = yield* cleanColumns(files, () => {})
      assert.deepStrictEqual(asJson, ["n", "m"])
      assert.deepStrictEqual(
        columns.map(({ type }) => type.kind),
        ["string", "string", "int"]
      )
      const rows = (yield* Stream.runCollect(cleanRows(files))).flatMap((found) => found.rows)
      assert.deepStrictEqual(
        rows.map((row) => (row instanceof RowFlaw ? null : [asText(row["n"]), asText(row["m"])])),
        [
          ["5", '{"a":[1]}'],
          ["9007199254740993", '{"a":[-1234567890123456789]}']
        ]
      )
    })
  )
})
