import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { scripted } from "../../src/providers/scripted.ts"
import { filter } from "../../src/stages/filter.ts"
import { generate } from "../../src/stages/generate.ts"
import { take } from "../../src/stages/take.ts"
import { collect, pipelineOf } from "./collect.ts"

const fields = { id: Schema.String, prompt: Schema.String }
const rowsOf = (n: number) => Array.from({ length: n }, (_, i) => ({ id: `row ${i}`, prompt: `prompt ${i}` }))
const isEven = filter({ needs: fields, keep: ({ id }) => Number(id.slice(4)) % 2 === 0, reason: "odd" })

describe("take", () => {
  for (const batchSize of [1, 3, 512]) {
    it.effect(`take gives exactly the first rows that were accepted, in batches of ${batchSize}`, () =>
      Effect.gen(function* () {
        const { findings, progress, rejects, rows } = yield* collect(
          pipelineOf(rowsOf(100), fields, batchSize).pipe(isEven, take(10))
        )
        assert.deepStrictEqual(
          rows.map(({ id }) => id),
          Array.from({ length: 10 }, (_, i) => `row ${2 * i}`)
        )
        assert.deepStrictEqual(findings.get("take"), { kind: "taken", asked: 10, given: 10, warnings: [] })
        assert.deepStrictEqual(progress.stage("take"), { rowsIn: 10, rowsOut: 10, rejected: 0 })
        assert.isTrue(rejects.every(({ stage }) => stage === "filter"))
      })
    )
  }

  it.effect("take warns when the source ends first", () =>
    Effect.gen(function* () {
      const { findings, rows } = yield* collect(pipelineOf(rowsOf(9), fields).pipe(take(7), isEven, take(5)))
      assert.strictEqual(rows.length, 4)
      assert.deepStrictEqual(findings.get("take"), { kind: "taken", asked: 7, given: 7, warnings: [] })
      const finding = findings.get("take#2")
      assert.match(
        (finding?.kind === "taken" && finding.warnings[0]?.message) || "",
        /4 of the 5 rows asked for came through/
      )
    })
  )

  it.live("take asks for no more than is under way when enough have come through", () =>
    Effect.gen(function* () {
      let nAsked = 0
      const provider = scripted(
        () => {
          nAsked++
          return Effect.delay(Effect.succeed("yes"), 2)
        },
        { concurrency: 4 }
      )
      const { rows } = yield* collect(pipelineOf(rowsOf(2000), fields, 10).pipe(generate({ n: 1 }), take(50)), {
        provider
      })
      assert.strictEqual(rows.length, 50)
      assert.isAtMost(nAsked, 50 + 64 + 4)
    })
  )

  it.live.each([1, 4, 64])(
    "take ends well under a cap that is enough for its rows, with %i calls in flight",
    (concurrency) =>
      Effect.gen(function* () {
        const provider = scripted(() => Effect.delay(Effect.succeed("yes"), 2), { concurrency })
        const pipeline = pipelineOf(rowsOf(300), fields, 300).pipe(generate({ n: 1 }), take(100))
        const { rows } = yield* collect(pipeline, { provider, caps: { calls: 100 } })
        assert.strictEqual(rows.length, 100)
        const { message } = yield* Effect.flip(collect(pipeline, { provider, caps: { calls: 99 } }))
        assert.match(message, /spent 99 calls of 99 calls, and the next call would be 1 call more/)
      })
  )

  it("take refuses a number of rows that is none", () => {
    for (const n of [0, -1, 2.5, Number.NaN]) assert.throws(() => take(n), /expected a positive integer/)
  })
})
