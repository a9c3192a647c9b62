import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { findRunRows } from "../../src/cli/findRunRows.ts"
import { lines } from "./conversion.ts"
import { temporaryFolder } from "./runPrefloom.ts"

const ids = ["abcx", "abcx", "abcy", "qqqq", "abcx", "abzz"]
const rows = lines(ids.map((id) => ({ id, reply: "r" })))
const { folder, remove } = temporaryFolder({ "data/train.jsonl": rows, "again/train.jsonl": rows })
afterAll(remove)

const files = ["data/train.jsonl", "again/train.jsonl"].map((path) => ({
  path,
  rows: ids.length,
  bytes: rows.length,
  sha256: ""
}))

describe("findRunRows", () => {
  it.effect("findRunRows names each of the ids that are most like one that is not there once", () =>
    Effect.gen(function* () {
      const { near, places } = yield* findRunRows(folder, { files, findings: [] }, ["abcd"])
      assert.strictEqual(places.size, 0)
      // Three characters in common, three, two.
      assert.deepStrictEqual(near, ["abcx", "abcy", "abzz"])
    })
  )

  it.effect("findRunRows finds all rows with an id, in the order of the files", () =>
    Effect.gen(function* () {
      const found = yield* findRunRows(folder, { files, findings: [] }, ["abcx"])
      const numbers = [1, 2, 5]
      const wanted = files.flatMap(({ path: file }) => numbers.map((number) => ({ file, number })))
      assert.deepStrictEqual(found.places.get("abcx"), wanted)
      assert.deepStrictEqual(
        found.rows.get("abcx")?.map(({ file, number }) => ({ file, number })),
        wanted
      )
    })
  )
})
