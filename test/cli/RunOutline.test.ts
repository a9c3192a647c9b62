import { assert, describe, it } from "@effect/vitest"
import { forecast, type RunOutline } from "../../src/cli/RunOutline.ts"
import { Progress } from "../../src/Progress.ts"

const outline: RunOutline = {
  steps: [
    { key: "jsonl", kind: "source" },
    { key: "generate", kind: "each", callsPerRow: 2 },
    { key: "rate", kind: "each", callsPerRow: 1 },
    { key: "pair", kind: "reshape" }
  ],
  limit: null,
  sourceRows: null
}

/** A run of 1,000 rows at two calls of one cent each in every asking stage but the last, where it is one. */
const runAt = (nBegun: number, nGenerated: number, nDone: number) => {
  const progress = new Progress()
  progress.totalRows = 1000
  Object.assign(progress.stage("generate"), { rowsIn: nBegun, rowsOut: nGenerated })
  Object.assign(progress.stage("rate"), { rowsIn: nGenerated, rowsOut: nDone })
  const answered = 2 * nGenerated + nDone
  Object.assign(progress.model("small"), { answered, costUsd: answered / 100 })
  return progress
}

const costAt = (...rows: readonly [number, number, number]) => forecast(runAt(...rows), 60_000, outline).costUsd

describe("forecast", () => {
  it("forecast comes near the cost of the whole run while rows are under way", () => {
    assert.closeTo(costAt(500, 500, 500)!, 30, 1e-9)
    assert.closeTo(costAt(300, 270, 230)!, 30, 2)
    assert.closeTo(costAt(900, 880, 850)!, 30, 1)
  })

  it("forecast tells no cost before enough rows are done", () => {
    assert.isNull(costAt(19, 19, 19))
    assert.isNotNull(costAt(20, 20, 20))
    assert.isNull(costAt(200, 150, 90))
    assert.isNotNull(costAt(200, 150, 110))
  })

  it("forecast tells no cost where a price is missing or the end is not known", () => {
    const progress = runAt(500, 500, 500)
    assert.isNotNull(forecast(progress, 60_000, outline).costUsd)
    assert.isNull(forecast(progress, 1000, outline).costUsd)
    Object.assign(progress.model("other"), { answered: 1 })
    assert.isNull(forecast(progress, 60_000, outline).costUsd)
    assert.isNotNull(forecast(progress, 60_000, outline).leftMs)
    const unbounded = runAt(500, 500, 500)
    unbounded.totalRows = null
    assert.deepStrictEqual(forecast(unbounded, 60_000, outline), { leftMs: null, costUsd: null })
  })

  it("forecast tells no cost where a stage asks a model once all rows are in", () => {
    const clean = { key: "clean", kind: "whole" } as const
    const compare = { key: "compare", kind: "each" } as const
    const costOf = (steps: RunOutline["steps"]) =>
      forecast(runAt(500, 500, 500), 60_000, { ...outline, steps: [...outline.steps, ...steps] }).costUsd
    assert.isNotNull(costOf([clean, compare]))
    assert.isNull(costOf([clean, { ...compare, callsPerRow: 1 }]))
  })

  it("forecast adds what is left to pay to what was paid, when the first answers came from the journal", () => {
    const progress = runAt(500, 500, 500)
    // A third was paid now: 500 calls of 1,500. The other 500 rows will need 1,500 calls at one cent.
    Object.assign(progress.model("small"), { answered: 500, replayed: 1000, costUsd: 5 })
    assert.closeTo(forecast(progress, 60_000, outline).costUsd!, 5 + 15, 1e-9)
  })

  it("forecast adds the wait for a limit that holds off all endpoints, and none for one that others stand in for", () => {
    const leftWith = (...routes: ReadonlyArray<{ readonly ms: number; readonly problem: string | null }>) => {
      const progress = runAt(900, 900, 900)
      for (const [i, { ms, problem }] of routes.entries()) {
        Object.assign(progress.route(`http://${i}`), { limitedMs: () => ms, problem })
      }
      return forecast(progress, 90_000, outline).leftMs!
    }
    const waits = { ms: 50_000, problem: null }
    assert.closeTo(leftWith(), 10_000, 1e-6)
    assert.closeTo(leftWith(waits), 60_000, 1e-6)
    assert.closeTo(leftWith(waits, { ...waits, ms: 30_000 }), 40_000, 1e-6)
    assert.closeTo(leftWith(waits, { ...waits, ms: 0 }), 10_000, 1e-6)
    assert.closeTo(leftWith(waits, { ms: 0, problem: "refused" }), 60_000, 1e-6)
  })

  it("forecast counts rejected rows as done", () => {
    const progress = runAt(500, 400, 400)
    progress.stage("generate").rejected = 100
    assert.closeTo(forecast(progress, 60_000, outline).leftMs!, 60_000, 1e-6)
  })
})
