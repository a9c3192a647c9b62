import { assert, describe, it } from "@effect/vitest"
import { Breaker } from "../../src/services/Breaker.ts"

const failing = (n: number, at = 0) => {
  const breaker = new Breaker()
  for (let i = 0; i < n; i++) breaker.failed("status 503", at, breaker.begin())
  return breaker
}

describe("Breaker", () => {
  it("Breaker opens after 16 failures in a row and no sooner", () => {
    assert.isFalse(failing(15).isOpen)
    const breaker = failing(16)
    assert.isTrue(breaker.isOpen)
    assert.strictEqual(breaker.problem, "status 503")
    assert.strictEqual(breaker.freeAt(0), 1000)
  })

  it("Breaker opens after 5 failures when nothing was answered for five seconds", () => {
    const breaker = failing(4)
    breaker.failed("status 500", 4_999, false)
    assert.isFalse(breaker.isOpen)
    breaker.failed("status 500", 5_000, false)
    assert.isTrue(breaker.isOpen)
  })

  it("Breaker does not count failures with an answer in between", () => {
    const breaker = new Breaker()
    for (let i = 0; i < 100; i++) {
      breaker.failed("dropped", i, false)
      if (i % 15 === 14) breaker.answered()
    }
    assert.isFalse(breaker.isOpen)
  })

  it("Breaker lets one call try, doubles the pause up to a minute, and closes at the first answer", () => {
    const breaker = failing(16)
    const pauses: Array<number> = []
    let now = 1000
    for (let i = 0; i < 8; i++) {
      const isTrial = breaker.begin()
      assert.isTrue(isTrial)
      assert.strictEqual(breaker.freeAt(now), Number.POSITIVE_INFINITY)
      breaker.failed("late news", now, false)
      assert.strictEqual(breaker.freeAt(now), Number.POSITIVE_INFINITY)
      breaker.failed("still down", now, isTrial)
      pauses.push(breaker.freeAt(now) - now)
      now = breaker.freeAt(now)
    }
    assert.deepStrictEqual(pauses, [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000])
    assert.strictEqual(breaker.failingSince, 0)
    breaker.begin()
    breaker.answered()
    assert.isFalse(breaker.isOpen)
    assert.strictEqual(breaker.freeAt(now), now)
  })

  it("Breaker lets another call try when the one on trial is taken back", () => {
    const breaker = failing(16)
    assert.isTrue(breaker.begin())
    breaker.takenBack(true)
    assert.isTrue(breaker.isOpen)
    assert.isTrue(breaker.begin())
    // What started before it opened says nothing about the one on trial.
    breaker.takenBack(false)
    assert.strictEqual(breaker.freeAt(1000), Number.POSITIVE_INFINITY)
  })

  it("Breaker goes on counting failures when a call is taken back", () => {
    const breaker = failing(15)
    breaker.takenBack(breaker.begin())
    assert.isFalse(breaker.isOpen)
    breaker.failed("status 503", 1, false)
    assert.isTrue(breaker.isOpen)
  })
})
