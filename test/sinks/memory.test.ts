import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { memory } from "../../src/sinks/memory.ts"

describe("memory", () => {
  it.effect("gives back the rows themselves, in order", () =>
    Effect.gen(function* () {
      const rows = [{ x: 1 }, { x: NaN }, { x: 3 }]
      const batches = Stream.make({ index: 0, rows: rows.slice(0, 2) }, { index: 1, rows: rows.slice(2) })
      const result = yield* memory<{ readonly x: number }>().write({ x: Schema.Number }, batches)
      assert.deepStrictEqual(result, { rows })
      assert.strictEqual(result.rows[0], rows[0])
    })
  )
})
