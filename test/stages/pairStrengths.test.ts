import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Pair } from "../../schemas/Pair.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { pairOfPairs } from "../../src/stages/pairOfPairs.ts"
import { pairStrengths, type PairStrengthsOptions } from "../../src/stages/pairStrengths.ts"
import { stageContract } from "../contracts/stage.ts"
import { rankCorrelation } from "../pairings/rankCorrelation.ts"
import { collect, pipelineOf } from "./collect.ts"
import { type Comparison, comparisonFields, comparisonOf } from "./pairsOfPairs.ts"
import { somePairs } from "./pairs.ts"

const rows = [
  comparisonOf("a", "b"),
  comparisonOf("b", "c"),
  comparisonOf("a", "c", { tie: true }),
  comparisonOf("p", "q", { split: "test" }),
  comparisonOf("x", "y"),
  comparisonOf("a", "z", { labelSource: "none", tie: true })
]

stageContract("pairStrengths", { fields: comparisonFields, rows, stage: pairStrengths() })

const run = Effect.fnUntraced(function* (given: ReadonlyArray<Comparison>, options: PairStrengthsOptions = {}) {
  const result = yield* collect(pipelineOf(given, comparisonFields).pipe(pairStrengths(options)))
  const finding = result.findings.get("pairStrengths")
  return { ...result, finding: finding?.kind === "strengths" ? finding : assert.fail("no finding about strengths") }
})

describe("pairStrengths", () => {
  it.effect("pairStrengths gives each connected pair once, split by split, and rejects the rest", () =>
    Effect.gen(function* () {
      const { finding, rejects, rows: made } = yield* run(rows)
      assert.deepStrictEqual(
        made.map(({ id, nCompared, split }) => [id, nCompared, split]),
        [
          ["a", 2, "train"],
          ["b", 2, "train"],
          ["c", 2, "train"],
          ["p", 1, "test"],
          ["q", 1, "test"]
        ]
      )
      const [a, b, c, p, q] = made.map(({ strength }) => strength) as [number, number, number, number, number]
      assert.isTrue(a > b && b > c && p > q)
      assert.closeTo(a + b + c, 0, 1e-6)
      assert.strictEqual(made[0]!.chosen, "good a")
      assert.deepStrictEqual(
        rejects.map(({ id, reason }) => [id, reason]),
        [
          ["x>y", "not connected"],
          ["x>y", "not connected"],
          ["a>z", "no label"]
        ]
      )
      const { meanError, ...counts } = finding
      assert.deepStrictEqual(counts, {
        kind: "strengths",
        nPairs: 7,
        nComparisons: 5,
        outside: 2,
        determined: false,
        converged: true
      })
      assert.closeTo(meanError!, made.reduce((sum, { strengthError }) => sum + strengthError, 0) / 5, 1e-9)
    })
  )

  it.effect("pairStrengths makes margins from the weakest pair of the split, scaled and cut", () =>
    Effect.gen(function* () {
      const wins = [...rows.slice(0, 2), comparisonOf("a", "c")]
      const plain = (yield* run(wins)).rows
      const least = Math.min(...plain.map(({ strength }) => strength))
      for (const { margin, strength } of plain) assert.closeTo(margin, strength - least, 1e-12)
      const cut = (yield* run(wins, { scale: 2, most: 1.5 })).rows
      for (const [i, { margin }] of cut.entries()) {
        assert.closeTo(margin, Math.min(1.5, 2 * plain[i]!.margin), 1e-12)
      }
      assert.isTrue(cut.some(({ margin }) => margin === 1.5))
      const tight = (yield* run(wins, { priorSd: 0.1 })).rows
      assert.isBelow(Math.max(...tight.map(({ margin }) => margin)), Math.max(...plain.map(({ margin }) => margin)) / 5)
    })
  )

  it.effect("pairStrengths finds the order of the margins that labelled the comparisons", () =>
    Effect.gen(function* () {
      const random = keyedRandom("margins")
      const pairs = somePairs(200).map((pair, i) => ({ ...pair, id: `pair ${i}`, margin: random() }))
      const pipeline = pipelineOf(pairs, Pair).pipe(pairOfPairs({ sampler: "active", k: 5 }), pairStrengths())
      const { rows: made } = yield* collect(pipeline)
      assert.strictEqual(made.length, 200)
      const marginOf = new Map(pairs.map(({ id, margin }) => [id, margin]))
      const given = made.map(({ id }) => marginOf.get(id)!)
      assert.isAbove(
        rankCorrelation(
          made.map(({ strength }) => strength),
          given
        ),
        0.95
      )
    })
  )

  it("pairStrengths refuses options out of range when it is set up", () => {
    assert.throws(() => pairStrengths({ priorSd: 0 }), /priorSd 0/)
    assert.throws(() => pairStrengths({ scale: -1 }), /scale -1/)
    assert.throws(() => pairStrengths({ most: 0 }), /most 0/)
  })
})
