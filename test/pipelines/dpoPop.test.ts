import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { dpoPop } from "../../pipelines/dpoPop.ts"
import { pairStrengths } from "../../src/stages/pairStrengths.ts"
import { runRecipe } from "./runRecipe.ts"

/** Rating gaps of data/dpoPop.jsonl, pair by pair. */
const gaps = [4, 3.5, 3, 2.5, 2, 1.5, 1, 1, 0.5, 0.5, 3, 0]
const gapOf = (id: string) => gaps[Number(id.slice("pair-".length)) - 1]!

describe("dpoPop", () => {
  it.effect("dpoPop labels the pair with the wider gap, and never compares equal gaps", () =>
    Effect.gen(function* () {
      const { rows } = yield* runRecipe(dpoPop)
      assert.strictEqual(new Set(rows.map(({ id }) => id)).size, rows.length)
      for (const { flipped, strong, tie, weak } of rows) {
        assert.isAbove(gapOf(strong.id), gapOf(weak.id))
        assert.deepStrictEqual(
          [strong.margin, weak.margin, tie, flipped],
          [gapOf(strong.id), gapOf(weak.id), false, false]
        )
      }
    })
  )

  it.effect(
    "dpoPop draws iteratively each pair that has a weaker one twice as the strong side, and at random by width",
    () =>
      Effect.gen(function* () {
        const { rows } = yield* runRecipe(dpoPop)
        const timesStrong = (sampler: string) => {
          const own = rows.filter((row) => row.sampler === `${sampler}(2)`)
          return gaps.map(
            (_, i) => own.filter(({ strong }) => strong.id === `pair-${String(i + 1).padStart(2, "0")}`).length
          )
        }
        assert.deepStrictEqual(
          timesStrong("iterative"),
          gaps.map((gap) => (gap > 0 ? 2 : 0))
        )
        let wide = 0
        let narrow = 0
        for (let seed = 0; seed < 10; seed++) {
          const drawn = (yield* runRecipe(dpoPop, undefined, { seed })).rows.filter(
            ({ sampler }) => sampler === "random(2)"
          )
          assert.strictEqual(drawn.length, 2 * gaps.length)
          assert.isTrue(drawn.every(({ strong, weak }) => gapOf(strong.id) > gapOf(weak.id)))
          wide += drawn.filter(({ strong }) => gapOf(strong.id) >= 2.5).length
          narrow += drawn.filter(({ strong }) => gapOf(strong.id) <= 1).length
        }
        // Five pairs are at least 2.5 wide, five at most 1; drawn iteratively they would be strong 10 and 8 times a run.
        assert.isAbove(wide, 2 * narrow)
      })
  )

  it.effect("dpoPop leaves comparisons from which margins follow that rise with the gaps", () =>
    Effect.gen(function* () {
      const { rows } = yield* runRecipe(dpoPop.pipe(pairStrengths()))
      assert.strictEqual(rows.length, gaps.length)
      let ordered = 0
      let unlike = 0
      for (const [i, a] of rows.entries()) {
        for (const b of rows.slice(i + 1)) {
          if (gapOf(a.id) === gapOf(b.id)) continue
          unlike++
          if (a.margin > b.margin === gapOf(a.id) > gapOf(b.id)) ordered++
        }
      }
      assert.isAbove(ordered / unlike, 0.8)
      assert.strictEqual(Math.min(...rows.map(({ margin }) => margin)), 0)
    })
  )
})
