import { assert, describe, it } from "@effect/vitest"
import { SampleLimits } from "../../src/services/SampleLimits.ts"

const refusedThrice = (n: number) => {
  const limits = new SampleLimits()
  for (let i = 0; i < 3; i++) {
    assert.isFalse(limits.isTooMany("m", n))
    limits.refused("m", n)
  }
  return limits
}

describe("SampleLimits", () => {
  it("SampleLimits takes as many or more for too many after three refusals, for this model", () => {
    const limits = refusedThrice(4)
    assert.deepStrictEqual(
      [limits.isTooMany("m", 4), limits.isTooMany("m", 5), limits.isTooMany("m", 3), limits.isTooMany("other", 4)],
      [true, true, false, false]
    )
    // One refusal of fewer may be an accident.
    limits.refused("m", 2)
    assert.isFalse(limits.isTooMany("m", 3))
  })

  it("SampleLimits does not count calls whose request is refused alone as well", () => {
    const limits = refusedThrice(4)
    limits.refusedAlone("m", 4)
    assert.isFalse(limits.isTooMany("m", 9))
    limits.refused("m", 4)
    assert.isTrue(limits.isTooMany("m", 9))
  })

  it("SampleLimits never takes for too many what was once given", () => {
    const limits = refusedThrice(4)
    limits.given("m", 5)
    limits.given("m", 2)
    for (let i = 0; i < 5; i++) limits.refused("m", 5)
    assert.deepStrictEqual([limits.isTooMany("m", 5), limits.isTooMany("m", 6)], [false, true])
  })
})
