import { assert, describe, it } from "@effect/vitest"
import { TokenRate } from "../../src/cli/TokenRate.ts"
import { Progress } from "../../src/Progress.ts"

describe("TokenRate", () => {
  it("TokenRate forgets what is more than ten seconds old", () => {
    const progress = new Progress()
    const rate = new TokenRate()
    const counts = progress.model("small")
    let last: number | null = null
    // Half a minute at 300 tokens a second, then 12 seconds at 50, then silence.
    for (let ms = 0; ms <= 30_000; ms += 125) {
      last = rate.look(progress, ms)
      counts.promptTokens += 25
      counts.completionTokens += 12.5
    }
    assert.closeTo(last!, 300, 1e-6)
    for (let ms = 30_125; ms <= 42_000; ms += 125) {
      last = rate.look(progress, ms)
      progress.model("other").completionTokens += 6.25
    }
    assert.closeTo(last!, 50, 1e-6)
    last = rate.look(progress, 60_000)
    for (let ms = 61_000; ms <= 70_000; ms += 1000) last = rate.look(progress, ms)
    assert.strictEqual(last, 0)
  })

  it("TokenRate says nothing before two seconds, nor where no tokens are counted", () => {
    const progress = new Progress()
    const rate = new TokenRate()
    assert.isNull(rate.look(progress, 0))
    assert.isNull(rate.look(progress, 5000))
    progress.model("small").promptTokens = 100
    assert.isNotNull(rate.look(progress, 6000))
    const late = new TokenRate()
    assert.isNull(late.look(progress, 8000))
    assert.isNull(late.look(progress, 9999))
    assert.isNotNull(late.look(progress, 10_000))
  })
})
