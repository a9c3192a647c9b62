import { assert, describe, it } from "@effect/vitest"
import { RowShares } from "../../src/cli/RowShares.ts"

/** What stages of 2 and 5 calls a row are seen to have taken after so many rows. */
const seenAt = (...looks: ReadonlyArray<readonly [first: number, second: number]>) => {
  const shares = new RowShares()
  for (const [first, second] of looks) shares.see([first, second], 2 * first + 5 * second, 0)
  return shares
}

describe("RowShares", () => {
  it("RowShares tells stages apart once one has got ahead of the other", () => {
    const shares = seenAt([40, 0], [100, 0], [100, 30])
    assert.closeTo(shares.of([0, 1]).amount, 5, 1e-6)
    assert.closeTo(shares.of([1, 0]).amount, 2, 1e-6)
    assert.closeTo(shares.of([100, 100]).error, 0, 1e-3)
  })

  it("RowShares foretells stages that move together, and doubts each alone", () => {
    const shares = seenAt([50, 50], [100, 100])
    const both = shares.of([10, 10])
    assert.closeTo(both.amount, 70, 1e-6)
    assert.closeTo(both.error, 0, 1e-3)
    assert.isAbove(shares.of([0, 10]).error, shares.of([0, 10]).amount)
  })

  it("RowShares knows nothing before there is a total, and begins anew with other stages", () => {
    const shares = seenAt([0, 0], [10, 0])
    assert.closeTo(shares.of([1, 0]).amount, 2, 1e-6)
    shares.see([4], 12, 0)
    assert.closeTo(shares.of([1]).amount, 3, 1e-6)
    assert.deepStrictEqual(new RowShares().of([5]), { amount: 0, error: Number.POSITIVE_INFINITY })
  })
})
