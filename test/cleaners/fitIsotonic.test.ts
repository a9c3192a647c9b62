import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { applyIsotonic } from "../../src/cleaners/applyIsotonic.ts"
import { fitIsotonic } from "../../src/cleaners/fitIsotonic.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

const seedOf = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))

const randomRows = (seed: number) => {
  const random = keyedRandom("isotonic", seed)
  const n = Math.floor(random() * 30)
  const score = Float64Array.from({ length: n }, () => Math.floor(random() * 12) - 6)
  const outcome = Float64Array.from(score, () => (random() < 0.5 ? random() : random() < 0.5 ? 0 : 1))
  const weight = Float64Array.from(score, () => (random() < 0.1 ? 0 : 0.1 + random()))
  return { outcome, score, weight }
}

/** The min-max formula of Barlow et al.: the value at a score is the largest over starts of the smallest mean over ends. */
const minMax = ({ outcome, score, weight }: ReturnType<typeof randomRows>, at: number): number => {
  const scores = [...new Set(score.filter((_, i) => weight[i]! > 0))].toSorted((a, b) => a - b)
  let best = Number.NEGATIVE_INFINITY
  for (const from of scores.filter((value) => value <= at)) {
    let least = Number.POSITIVE_INFINITY
    for (const to of scores.filter((value) => value >= at)) {
      let sum = 0
      let mass = 0
      for (let i = 0; i < score.length; i++) {
        if (score[i]! < from || score[i]! > to) continue
        sum += weight[i]! * outcome[i]!
        mass += weight[i]!
      }
      least = Math.min(least, sum / mass)
    }
    best = Math.max(best, least)
  }
  return best
}

describe("fitIsotonic", () => {
  it.prop(
    "fitIsotonic equals the min-max formula at every score, with weights and ties",
    { seed: seedOf },
    ({ seed }) => {
      const rows = randomRows(seed)
      const fit = fitIsotonic(rows)
      for (const [i, score] of rows.score.entries()) {
        if (rows.weight[i] === 0) continue
        assert.closeTo(applyIsotonic(fit, score), minMax(rows, score), 1e-12)
      }
      for (let block = 1; block < fit.value.length; block++) {
        assert.isAbove(fit.value[block]!, fit.value[block - 1]!)
        assert.isAbove(fit.lower[block]!, fit.upper[block - 1]!)
      }
    }
  )

  it("fitIsotonic pools adjacent violators", () => {
    const fit = fitIsotonic({ score: Float64Array.of(1, 2, 3, 4), outcome: [0, 1, 0, 1] })
    assert.deepStrictEqual([...fit.value], [0, 0.5, 1])
    assert.deepStrictEqual([...fit.lower], [1, 2, 4])
    assert.deepStrictEqual([...fit.upper], [1, 3, 4])
  })

  it("fitIsotonic counts a row of weight 3 as three rows", () => {
    const weighted = fitIsotonic({
      score: Float64Array.of(5, 1, 3),
      outcome: [0, 1, 1],
      weight: Float64Array.of(3, 1, 2)
    })
    const repeated = fitIsotonic({ score: Float64Array.of(1, 3, 3, 5, 5, 5), outcome: [1, 1, 1, 0, 0, 0] })
    assert.deepStrictEqual(weighted, repeated)
  })

  it("fitIsotonic has no blocks without rows", () => {
    const fit = fitIsotonic({ score: new Float64Array(0), outcome: [] })
    assert.strictEqual(fit.value.length, 0)
    assert.isNaN(applyIsotonic(fit, 1))
  })

  it("fitIsotonic says what is wrong with its input", () => {
    const score = Float64Array.of(1)
    assert.throws(() => fitIsotonic({ score, outcome: [1, 0] }), /1 scores, 2 outcomes and no weights/)
    assert.throws(() => fitIsotonic({ score, outcome: [2] }), /found outcome 2 at row 0/)
    assert.throws(() => fitIsotonic({ score: Float64Array.of(Number.NaN), outcome: [1] }), /found score NaN at row 0/)
    assert.throws(() => fitIsotonic({ score, outcome: [1], weight: Float64Array.of(-1) }), /found weight -1 at row 0/)
  })
})
