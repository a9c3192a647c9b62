import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { json } from "../../src/sources/json.ts"
import { flatFields, flatRows, readAll, sourceContract, temporaryFolder } from "../contracts/source.ts"

sourceContract({
  name: "json",
  write: (stem, rows) =>
    Effect.sync(() => {
      fs.writeFileSync(`${stem}.json`, JSON.stringify(rows))
      return `${stem}.json`
    }),
  read: (paths, options) => json(paths, flatFields, options),
  knowsRows: false
})

describe("json", () => {
  it.effect.each([
    ["indented", JSON.stringify(flatRows(20), null, 2), flatRows(20)],
    ["an empty array", " [ \n ] ", []],
    ["a byte order mark", `\ufeff${JSON.stringify(flatRows(1))}`, flatRows(1)]
  ] as const)("json reads %s", ([, text, rows]) =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.json")
      fs.writeFileSync(file, text)
      assert.deepStrictEqual((yield* readAll(json(file, flatFields))).rows, rows)
    })
  )

  it.effect("json reads compressed arrays", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const rows = flatRows(5000)
      const text = JSON.stringify(rows)
      fs.writeFileSync(path.join(folder, "a.json.gz"), zlib.gzipSync(text))
      fs.writeFileSync(path.join(folder, "b.json.zst"), zlib.zstdCompressSync(text))
      const reading = yield* readAll(
        json([path.join(folder, "a.json.gz"), path.join(folder, "b.json.zst")], flatFields)
      )
      assert.deepStrictEqual(reading.rows, [...rows, ...rows])
    })
  )

  it.effect("json rejects elements and counts on", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.json")
      fs.writeFileSync(file, '[{"id":"a"}, {"id":5}, [], {"id":"\\ud83d"}, {"id":"b"}]')
      const reading = yield* readAll(json(file, { id: Schema.String }, { maxRejectShare: 0.9 }))
      assert.deepStrictEqual(reading.rows, [{ id: "a" }, { id: "b" }])
      assert.deepStrictEqual(
        reading.rejects.map(({ id, reason }) => [id, reason]),
        [
          [`${path.basename(file)}:2`, "wrong type"],
          [`${path.basename(file)}:3`, "not an object"],
          [`${path.basename(file)}:4`, "lone surrogate"]
        ]
      )
    })
  )
})
