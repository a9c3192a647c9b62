import { assert, describe, it } from "@effect/vitest"
import { keyedRandom } from "../src/math/keyedRandom.ts"
import { type OpenCall, OpenCalls } from "../src/OpenCalls.ts"

const callOf = (model: string, tokens: number): OpenCall => ({ model, tokens, costUsd: tokens / 1000 })

describe("OpenCalls", () => {
  it("OpenCalls sums what is open by model, and tells of changes only", () => {
    const calls = new OpenCalls()
    const [one, two, other] = [callOf("m", 10), callOf("m", 10), callOf("other", 5)]
    for (const call of [one, two, other]) calls.open(call)
    assert.deepStrictEqual(calls.changed(), [
      { model: "m", calls: 2, tokens: 20, costUsd: 0.02 },
      { model: "other", calls: 1, tokens: 5, costUsd: 0.005 }
    ])
    calls.settle()
    assert.deepStrictEqual(calls.changed(), [])
    calls.close(one)
    // Closing twice, or what was never open, changes nothing.
    calls.close(one)
    calls.close(callOf("other", 5))
    assert.deepStrictEqual(calls.changed(), [{ model: "m", calls: 1, tokens: 10, costUsd: 0.01 }])
  })

  it("OpenCalls forgets what a commit that failed would have written, and nothing else", () => {
    for (let run = 0; run < 20; run++) {
      const random = keyedRandom("OpenCalls", run)
      const calls = new OpenCalls()
      let written: ReadonlyArray<OpenCall> = []
      let now: ReadonlyArray<OpenCall> = []
      for (let step = 0; step < 200; step++) {
        const draw = random()
        if (draw < 0.45 || now.length === 0) {
          const call = callOf("m", 1 + Math.floor(100 * random()))
          calls.open(call)
          now = now.concat(call)
        } else if (draw < 0.8) {
          const gone = now[Math.floor(random() * now.length)]!
          calls.close(gone)
          now = now.filter((call) => call !== gone)
        } else if (draw < 0.9) {
          calls.settle()
          written = now
        } else {
          calls.undo()
          now = written
        }
        const [sum] = calls.changed()
        if (sum !== undefined) {
          assert.strictEqual(sum.calls, now.length)
          assert.strictEqual(
            sum.tokens,
            now.reduce((total, { tokens }) => total + tokens, 0)
          )
        }
      }
    }
  })
})
