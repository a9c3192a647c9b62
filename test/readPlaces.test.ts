import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Inlet } from "../src/Inlet.ts"
import { readPlaces } from "../src/readPlaces.ts"
import { Spool } from "../src/Spool.ts"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { temporaryFolder } from "./stages/collect.ts"

describe("readPlaces", () => {
  it.effect("readPlaces reads any places in their order, runs longer than a buffer included", () =>
    Effect.gen(function* () {
      const spool = yield* Spool.scoped<{ readonly i: number; readonly text: string }>(yield* temporaryFolder, "s")
      // Three rows fill the megabyte that is read at once.
      for (let i = 0; i < 9; i++) spool.write({ i, text: "x".repeat(400_000) })
      spool.seal()
      for (const places of [[0, 1, 2, 3, 4, 5, 6, 7, 8], [8, 3, 4, 4, 5, 0], [2], []]) {
        assert.deepStrictEqual(
          readPlaces(spool, Int32Array.from(places)).map(({ i }) => i),
          places
        )
      }
    })
  )
})

describe("Inlet", () => {
  it.effect("Inlet gives a part the rows of whoever runs it, each time its own", () =>
    Effect.gen(function* () {
      const step = { key: "s", kind: "reshape", needs: {}, gives: {}, config: {} } as const
      const { batches } = Inlet.pipeline<{ readonly n: number }>([step], { n: Schema.Int })
      const rowsOf = (offset: number, length: number) =>
        batches.pipe(
          Inlet.into(length, (from, to) => Array.from({ length: to - from }, (_, i) => ({ n: offset + from + i }))),
          Stream.runCollect,
          Effect.map((all) => all.flatMap(({ rows }) => rows.map(({ n }) => n)))
        )
      const [a, b] = yield* Effect.all([rowsOf(0, 1300), rowsOf(5000, 2)], { concurrency: 2 })
      assert.deepStrictEqual(
        a,
        Array.from({ length: 1300 }, (_, i) => i)
      )
      assert.deepStrictEqual(b, [5000, 5001])
      assert.deepStrictEqual(yield* rowsOf(0, 0), [])
    })
  )
})
