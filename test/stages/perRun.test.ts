import { assert, describe, it } from "@effect/vitest"
import type { StageContext } from "../../src/Stage.ts"
import { perRun } from "../../src/stages/perRun.ts"

const context = (key: string): StageContext => ({
  key,
  seed: 0,
  rowId: String,
  publish: () => {},
  random: () => () => 0
})

describe("perRun", () => {
  it("perRun gives one run the same thing again, and another run of the same stage its own", () => {
    const countsOf = perRun(() => ({ n: 0 }))
    const [first, second] = [context("treat"), context("treat")]
    countsOf(first).n++
    countsOf(first).n++
    countsOf(second).n++
    assert.deepStrictEqual([countsOf(first).n, countsOf(second).n], [2, 1])
  })
})
