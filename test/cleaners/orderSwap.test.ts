import { assert, describe, it } from "@effect/vitest"
import type { Judgment } from "../../schemas/Judgment.ts"
import { countHabits, type Habits } from "../../src/aggregations/AnnotatorHabits.ts"
import { orderSwap } from "../../src/cleaners/orderSwap.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { wilson } from "../../src/math/wilson.ts"

type Row = readonly [annotator: number, first: number, second: number, verdict: number]
const swap = (nAnnotators: number, rows: ReadonlyArray<Row>) =>
  orderSwap({
    nAnnotators,
    annotator: Int32Array.from(rows, (row) => row[0]),
    first: Int32Array.from(rows, (row) => row[1]),
    second: Int32Array.from(rows, (row) => row[2]),
    verdict: Int8Array.from(rows, (row) => row[3])
  })

/** Both orders of `nPairs` pairs whose better item is random; a judge errs with `error`, and says "first" with `side`. */
const plantSwaps = (nPairs: number, error: number, side: number): Array<Row> => {
  const random = keyedRandom("plantSwaps", error, side)
  return Array.from({ length: nPairs }, (_, pair) => {
    const better = 2 * pair + Number(random() < 0.5)
    const verdict = (first: number) => {
      const isFirst = random() < side || (first === better) === random() >= error
      return isFirst ? 1 : -1
    }
    return [
      [0, 2 * pair, 2 * pair + 1, verdict(2 * pair)],
      [0, 2 * pair + 1, 2 * pair, verdict(2 * pair + 1)]
    ] as const
  }).flat()
}

describe("orderSwap", () => {
  it("orderSwap finds 2 e (1 - e) inconsistent pairs of a judge without a side, and e again", () => {
    const [effect] = swap(1, plantSwaps(10_000, 0.1, 0))
    assert.closeTo(effect!.inconsistency.share, 0.18, 4 * Math.sqrt(0.1476 / 10_000))
    assert.closeTo(effect!.errorRate, 0.1, 0.012)
    assert.isTrue(effect!.firstInBoth.lower < 0.5 && effect!.firstInBoth.upper > 0.5)
    assert.closeTo(effect!.firstShare.share, 0.5, 0.02)
  })

  it("orderSwap tells a preferred side from mere error", () => {
    const [effect] = swap(1, plantSwaps(4000, 0, 0.3))
    assert.strictEqual(effect!.firstInBoth.share, 1)
    assert.closeTo(effect!.inconsistency.share, 0.3, 0.03)
    assert.closeTo(effect!.firstShare.share, 0.65, 0.03)
  })

  it("orderSwap matches a pair with its other order once, per annotator, and no tie", () => {
    const [zero, one, none] = swap(3, [
      [0, 1, 2, 1],
      [1, 2, 1, 1],
      [0, 2, 1, 1],
      [0, 2, 1, -1],
      [0, 1, 2, 1],
      [1, 1, 2, 0]
    ])
    // Pairs of annotator 0: first in both; then one that agrees with itself.
    assert.strictEqual(zero!.inconsistency.nCases, 2)
    assert.strictEqual(zero!.inconsistency.share, 0.5)
    assert.deepStrictEqual(zero!.firstInBoth, { share: 1, ...wilson(1, 1), nCases: 1 })
    assert.strictEqual(zero!.errorRate, 0.5)
    assert.deepStrictEqual([one!.inconsistency.nCases, one!.firstShare.nCases], [0, 1])
    assert.isNaN(one!.errorRate)
    assert.deepStrictEqual(none!.firstShare, { share: Number.NaN, lower: 0, upper: 1, nCases: 0 })
  })

  it("orderSwap counts as countHabits does where no order is repeated", () => {
    const rows = plantSwaps(50, 0.2, 0.1)
    const judgments = rows.map(([, first, second, verdict]): Judgment => ({
      annotator: "ann",
      annotatorKind: "person",
      axis: "overall",
      firstId: String(first),
      secondId: String(second),
      score: null,
      verdict: verdict === 1 ? "first" : "second",
      critique: null,
      plantedCorrect: null
    }))
    const counts = new Map<string, Habits>()
    countHabits(counts, judgments)
    const habits = counts.get("ann")!
    const [effect] = swap(1, rows)
    assert.strictEqual(effect!.inconsistency.nCases, habits.bothOrders)
    assert.closeTo(effect!.inconsistency.share, 1 - habits.agreeing / habits.bothOrders, 1e-12)
    assert.closeTo(effect!.firstShare.share, habits.first / (habits.first + habits.second), 1e-12)
  })

  it("orderSwap refuses annotators that are not there", () => {
    assert.throws(() => swap(1, [[1, 0, 1, 1]]), /found annotator 1 at verdict 0, expected 0 to 0/)
    assert.throws(() => swap(1, [[0, 0, -1, 1]]), /found item -1 at verdict 0/)
  })
})
