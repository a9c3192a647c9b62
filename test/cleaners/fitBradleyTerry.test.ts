import { assert, describe, it } from "@effect/vitest"
import { type BradleyTerryInput, fitBradleyTerry } from "../../src/cleaners/fitBradleyTerry.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { normal } from "../../src/math/normal.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"
import { type SparseRows, SparseRowsBuilder } from "../../src/math/SparseRows.ts"

const sparse = (rows: ReadonlyArray<ReadonlyArray<number>>, nColumns: number): SparseRows => {
  const builder = new SparseRowsBuilder(nColumns)
  for (const row of rows) {
    for (const [column, value] of row.entries()) if (value !== 0) builder.push(column, value)
    builder.endRow()
  }
  return builder.rows()
}
const truth = [1.5, -1, 0.5, 0, 2]
const plant = (n: number, seed: number) => {
  const random = keyedRandom("fitBradleyTerry.test", seed)
  const rows = Array.from({ length: n }, () => truth.map(() => (random() < 0.4 ? 0 : Math.fround(normal(random)))))
  const gapOf = (row: ReadonlyArray<number>) => row.reduce((sum, x, k) => sum + x * truth[k]!, 0)
  return { rows, target: Float64Array.from(rows, (row) => Number(random() < sigmoid(gapOf(row)))) }
}
/** The loss as documented, written out once more. */
const loss = (
  rows: ReadonlyArray<ReadonlyArray<number>>,
  { target, weight }: Omit<BradleyTerryInput, "differences">,
  l2: number,
  c: Float64Array
) =>
  rows.reduce((sum, row, i) => {
    const p = sigmoid(row.reduce((gap, x, k) => gap + x * c[k]!, 0))
    const own = row.reduce((pull, x, k) => pull + (x === 0 ? 0 : c[k]! ** 2), 0)
    const t = target?.[i] ?? 1
    return sum - (weight?.[i] ?? 1) * (t * Math.log(p) + (1 - t) * Math.log(1 - p)) + (l2 / 2) * own
  }, 0)

describe("fitBradleyTerry", () => {
  it("fitBradleyTerry ends where finite differences of the loss vanish", () => {
    const { rows } = plant(400, 1)
    const random = keyedRandom("soft", 1)
    const target = Float64Array.from(rows, () => random())
    const weight = Float64Array.from(rows, () => 2 * random())
    const l2 = 0.02
    const fit = fitBradleyTerry({ differences: sparse(rows, 5), target, weight }, { l2, nPasses: 400 })
    const slopes = (c: Float64Array) =>
      truth.map((_, k) => {
        const at = (h: number) => loss(rows, { target, weight }, l2, c.with(k, c[k]! + h))
        return (at(1e-4) - at(-1e-4)) / 2e-4
      })
    const least = Math.hypot(...slopes(fit))
    assert.isBelow(least, 0.02 * Math.hypot(...slopes(Float64Array.from(truth))))
    assert.isBelow(least, 1)
  })

  it("fitBradleyTerry recovers planted coefficients", () => {
    const { rows, target } = plant(8000, 2)
    const fit = fitBradleyTerry({ differences: sparse(rows, 5), target }, { l2: 0, nPasses: 60 })
    for (const [k, expected] of truth.entries()) assert.closeTo(fit[k]!, expected, 0.15, `coefficient ${k}`)
  })

  it("fitBradleyTerry favours no side: negated rows with targets 1 - t give the same bits", () => {
    const { rows, target } = plant(300, 3)
    const negated = sparse(
      rows.map((row) => row.map((x) => -x)),
      5
    )
    const there = fitBradleyTerry({ differences: sparse(rows, 5), target })
    const back = fitBradleyTerry({ differences: negated, target: target.map((t) => 1 - t) })
    for (const k of truth.keys()) assert.closeTo(there[k]!, back[k]!, 1e-12)
  })

  it("fitBradleyTerry learns from the rows named alone, and nothing from targets of 1/2", () => {
    const { rows, target } = plant(200, 4)
    const differences = sparse(rows, 5)
    const named = Int32Array.from({ length: 100 }, (_, i) => i)
    const part = fitBradleyTerry({ differences, target, rows: named })
    assert.deepStrictEqual(
      part,
      fitBradleyTerry({ differences: sparse(rows.slice(0, 100), 5), target: target.slice(0, 100) })
    )
    assert.deepStrictEqual(
      [...named],
      [...named].sort((a, b) => a - b),
      "the argument is not edited"
    )
    const none = fitBradleyTerry({ differences, target: new Float64Array(200).fill(0.5) })
    assert.deepStrictEqual([...none], [0, 0, 0, 0, 0])
    assert.deepStrictEqual([...fitBradleyTerry({ differences: sparse([], 3) })], [0, 0, 0])
  })

  it("fitBradleyTerry refuses what is no probability, weight or row", () => {
    const differences = sparse([[1], [2]], 1)
    const fit = (input: Omit<BradleyTerryInput, "differences">) => () => fitBradleyTerry({ differences, ...input })
    assert.throws(fit({ target: Float64Array.of(1) }), /found 1 targets for 2 pairs/)
    assert.throws(fit({ target: Float64Array.of(1, 1.5) }), /found target 1.5 at pair 1, expected 0 to 1/)
    assert.throws(fit({ weight: Float64Array.of(-1, 1) }), /found weight -1 at pair 0/)
    assert.throws(fit({ rows: Int32Array.of(2) }), /found row 2, expected 0 to 1/)
    assert.throws(() => fitBradleyTerry({ differences }, { l2: -1 }), /found l2 -1/)
    assert.throws(() => fitBradleyTerry({ differences }, { nPasses: 0 }), /found nPasses 0/)
  })
})
