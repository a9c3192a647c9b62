import { assert, describe, it } from "@effect/vitest"
import { applyTreatment } from "../../src/cleaners/applyTreatment.ts"
import { treat } from "../../src/cleaners/treat.ts"

const rows = Array.from({ length: 6 }, (_, i) => ({ id: i, chosen: `c${i}`, rejected: `r${i}` }))
const flagged = Uint8Array.of(0, 1, 0, 0, 1, 1)
const labelProb = Float64Array.of(0.9, 0.1, 0.8, 0.6, 0.3, 0.2)

describe("treat", () => {
  it("treat by remove gives output and flagged rows that are the input together", () => {
    const { output, removed } = applyTreatment(rows, treat("remove", { flagged }))
    assert.deepStrictEqual(
      removed.map(({ id }) => id),
      [1, 4, 5]
    )
    assert.deepStrictEqual(
      [...output, ...removed].sort((a, b) => a.id - b.id),
      rows
    )
  })

  it("treat by flip keeps all rows in place and is its own inverse", () => {
    const decision = treat("flip", { flagged })
    const once = applyTreatment(rows, decision).output
    assert.strictEqual(once.length, rows.length)
    assert.deepStrictEqual(once[1], { id: 1, chosen: "r1", rejected: "c1" })
    assert.deepStrictEqual(once[2], rows[2])
    assert.deepStrictEqual(applyTreatment(once, decision).output, rows)
  })

  it("treat by weight and softLabel puts the posterior in one place each", () => {
    const weighted = treat("weight", { flagged, labelProb })
    assert.deepStrictEqual(weighted.weight, labelProb)
    assert.isTrue(weighted.target.every((t) => t === 1))
    const soft = treat("softLabel", { flagged, labelProb })
    assert.deepStrictEqual(soft.target, labelProb)
    assert.isTrue(soft.weight.every((w) => w === 1))
    for (const treatment of ["keep", "weight", "softLabel"] as const) {
      const decision = treat(treatment, { flagged, labelProb })
      assert.deepStrictEqual(applyTreatment(rows, decision), { output: rows, removed: [] })
    }
  })

  it("treat refuses to weight without posteriors", () => {
    for (const treatment of ["weight", "softLabel"] as const) {
      assert.throws(() => treat(treatment, { flagged }), new RegExp(`by "${treatment}": found no labelProb`))
    }
    assert.throws(() => treat("keep", { flagged, labelProb: Float64Array.of(1) }), /found 1 entries in "labelProb"/)
    assert.throws(() => applyTreatment([], treat("keep", { flagged })), /found 6 entries in "flipped" for 0 rows/)
  })
})
