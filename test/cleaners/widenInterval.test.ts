import { assert, describe, it } from "@effect/vitest"
import { widenInterval } from "../../src/cleaners/widenInterval.ts"

describe("widenInterval", () => {
  const interval = { estimate: 0.8, lower: 0.77, upper: 0.82 }

  it("widenInterval adds the squares of the two errors on each side", () => {
    // Sides of 3 and 2 hundredths, and an error whose 95 % half width is 4 hundredths.
    const wide = widenInterval(interval, 0.04 / 1.959963984540054)
    assert.closeTo(wide.lower, 0.75, 1e-12)
    assert.closeTo(wide.upper, 0.8 + Math.sqrt(0.02 ** 2 + 0.04 ** 2), 1e-12)
    assert.strictEqual(wide.estimate, 0.8)
  })

  it("widenInterval changes nothing without an error, and never leaves 0 to 1", () => {
    const same = widenInterval(interval, 0)
    assert.closeTo(same.lower, 0.77, 1e-15)
    assert.closeTo(same.upper, 0.82, 1e-15)
    assert.deepStrictEqual(widenInterval(interval, 1), { estimate: 0.8, lower: 0, upper: 1 })
  })
})
