import { assert, describe, it } from "@effect/vitest"
import { Control } from "../src/Control.ts"

describe("Control", () => {
  it("Control holds calls back while it is paused", () => {
    const control = new Control()
    assert.isTrue(control.mayStart())
    control.pause()
    assert.isFalse(control.mayStart())
    control.resume()
    assert.isTrue(control.mayStart())
  })

  it("Control limits the calls in flight", () => {
    const control = new Control()
    control.setLimit(2)
    control.count(1)
    assert.isTrue(control.mayStart())
    control.count(1)
    assert.isFalse(control.mayStart())
    control.setLimit(null)
    assert.isTrue(control.mayStart())
    for (const limit of [0, -1, 1.5, Number.NaN])
      assert.throws(() => control.setLimit(limit), /expected a whole number/)
  })

  it("Control tells of every change, and of the last call that comes home after a stop", () => {
    const control = new Control()
    let nTold = 0
    const end = control.onChange(() => nTold++)
    control.pause()
    control.resume()
    control.setLimit(1)
    control.count(1)
    assert.strictEqual(nTold, 3)
    control.stop("enough")
    control.stop("too late")
    assert.strictEqual(control.stopReason, "enough")
    assert.isFalse(control.mayStart())
    assert.strictEqual(nTold, 5)
    control.count(-1)
    assert.strictEqual(nTold, 6)
    end()
    control.pause()
    assert.strictEqual(nTold, 6)
  })
})
