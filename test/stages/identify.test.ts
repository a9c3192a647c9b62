import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { identify } from "../../src/stages/identify.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"

const columns = { prompt: Schema.String, turn: Schema.Struct({ role: Schema.String, n: Schema.NullOr(Schema.Int) }) }
const fields = { ...columns, other: Schema.String }
const rows = [
  { prompt: "a", turn: { role: "user", n: 1 }, other: "x" },
  { prompt: "a", turn: { n: 1, role: "user" }, other: "y" },
  { prompt: "a", turn: { role: "user", n: null }, other: "x" },
  { prompt: 'a"', turn: { role: "user", n: 1 }, other: "x" },
  { prompt: "b", turn: { role: "user", n: 1 }, other: "x" }
]

stageContract("identify", { fields, rows, stage: identify(columns) })

describe("identify", () => {
  it.effect("identify gives equal content an equal id and any other content another", () =>
    Effect.gen(function* () {
      const { rows: made } = yield* collect(pipelineOf(rows, fields).pipe(identify(columns)))
      const ids = made.map(({ id }) => id)
      assert.strictEqual(ids[0], ids[1])
      assert.strictEqual(new Set(ids).size, 4)
      for (const id of ids) assert.match(id, /^[0-9a-f]{24}$/)
      const alone = yield* collect(pipelineOf(rows.slice(3, 4), fields).pipe(identify(columns)), { seed: 9 })
      assert.strictEqual(alone.rows[0]!.id, ids[3])
    })
  )

  it.effect("identify replaces an id that was there", () =>
    Effect.gen(function* () {
      const withId = rows.map((row) => ({ ...row, id: "old" }))
      const fresh = yield* collect(pipelineOf(rows, fields).pipe(identify(columns)))
      const replaced = yield* collect(pipelineOf(withId, { ...fields, id: Schema.String }).pipe(identify(columns)))
      assert.deepStrictEqual(
        replaced.rows.map(({ id }) => id),
        fresh.rows.map(({ id }) => id)
      )
    })
  )
})
