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

/**
 * A run of stages that ask a model, drawn call by call: first come first served, 200 ms a call, 256 rows under way in a stage, rows
 * leave in order. The forecast is looked at every so often.
 */
const simulatedRun = (
  stages: ReadonlyArray<{ readonly calls: number; readonly usd?: number }>,
  { everyMs = 500, nLanes, nRows }: { readonly nRows: number; readonly nLanes: number; readonly everyMs?: number }
) => {
  const progress = new Progress()
  progress.totalRows = nRows
  const model = progress.model("m")
  const steps = stages.map((_, i) => ({ key: `stage ${i}`, kind: "each", callsPerRow: "some" }) as const)
  const counts = steps.map(({ key }) => progress.stage(key))
  const waiting: Array<{ readonly stage: number; readonly row: number }> = []
  const callsLeft = stages.map(({ calls }) => new Int32Array(nRows).fill(calls))
  const admit = (stage: number): void => {
    const rows = counts[stage]!
    const nThere = stage === 0 ? nRows : counts[stage - 1]!.rowsOut
    while (rows.rowsIn < nThere && rows.rowsIn - rows.rowsOut < 256) {
      for (let i = 0; i < stages[stage]!.calls; i++) waiting.push({ stage, row: rows.rowsIn })
      rows.rowsIn++
    }
  }
  admit(0)
  const looks: Array<{ atMs: number; nDone: number; leftMs: number | null; costUsd: number | null }> = []
  let usd = 0
  let atMs = 0
  let first = 0
  // Lanes are a little apart, as calls of servers are.
  const lanes = Array.from({ length: nLanes }, (_, i) => ({ freeAtMs: (200 * i) / nLanes, call: -1 }))
  for (let lane = 0; ; lane = (lane + 1) % nLanes) {
    const one = lanes[lane]!
    while (atMs + everyMs < one.freeAtMs) {
      atMs += everyMs
      looks.push({ atMs, nDone: counts.at(-1)!.rowsOut, ...forecast(progress, atMs, { ...outline, steps }) })
    }
    if (one.call >= 0) {
      const { row, stage } = waiting[one.call]!
      callsLeft[stage]![row]!--
      usd += stages[stage]!.usd ?? 0.01
      model.answered++
      model.inFlight--
      model.costUsd = usd
      const rows = counts[stage]!
      while (rows.rowsOut < rows.rowsIn && callsLeft[stage]![rows.rowsOut] === 0) rows.rowsOut++
      admit(stage)
      if (stage + 1 < stages.length) admit(stage + 1)
      if (counts.at(-1)!.rowsOut === nRows) return { endMs: one.freeAtMs, endUsd: usd, looks }
    }
    one.call = first < waiting.length ? first++ : -1
    if (one.call >= 0) model.inFlight++
    one.freeAtMs += 200
  }
}

describe("forecast", () => {
  it("forecast comes near the cost of the whole run while rows are under way", () => {
    assert.closeTo(costAt(500, 500, 500)!, 30, 1e-9)
    assert.closeTo(costAt(300, 270, 230)!, 30, 2)
    assert.closeTo(costAt(900, 880, 850)!, 30, 1)
  })

  it("forecast tells no cost before enough rows are done", () => {
    assert.isNull(costAt(19, 19, 19))
    assert.isNotNull(costAt(20, 20, 20))
    assert.isNull(costAt(900, 900, 20))
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

  it("forecast counts in calls what came from the journal, where one call brings several samples", () => {
    const progress = new Progress()
    progress.totalRows = 1000
    const generated = progress.stage("generate")
    const [small, judge] = [progress.model("small"), progress.model("judge")]
    const at = (nDone: number) => {
      Object.assign(generated, { rowsIn: nDone, rowsOut: nDone })
      Object.assign(progress.stage("rate"), { rowsIn: nDone, rowsOut: nDone })
      return forecast(progress, 10_000, outline)
    }
    // 8 samples a row, and a verdict on each: half is there already.
    for (const nDone of [50, 100, 300, 500]) {
      Object.assign(small, { replayed: 8 * nDone })
      Object.assign(judge, { replayed: 8 * nDone })
      assert.deepStrictEqual(at(nDone), { leftMs: null, costUsd: null })
    }
    // Now a row takes one call of a dollar and eight of a cent.
    for (const n of [1, 50, 100]) {
      Object.assign(small, { answered: n, samples: 8 * n, costUsd: n })
      Object.assign(judge, { answered: 8 * n, samples: 8 * n, costUsd: 0.08 * n })
      const { costUsd, leftMs } = at(500 + n)
      assert.closeTo(costUsd!, 500 * 1.08, 30)
      assert.closeTo(leftMs! / (((500 - n) / n) * 10_000), 1, 0.05)
    }
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

  it("forecast tells no time while every endpoint is down", () => {
    const progress = runAt(900, 900, 900)
    const [one, two] = [progress.route("http://1"), progress.route("http://2")]
    one.problem = "refused"
    assert.isNotNull(forecast(progress, 90_000, outline).leftMs)
    two.problem = "refused"
    assert.isNull(forecast(progress, 90_000, outline).leftMs)
    assert.isNotNull(forecast(progress, 90_000, outline).costUsd)
  })

  it("forecast counts rejected rows as done", () => {
    const progress = runAt(500, 400, 400)
    progress.stage("generate").rejected = 100
    assert.closeTo(forecast(progress, 60_000, outline).leftMs!, 60_000, 1e-6)
  })

  it("forecast tells the cost of a run from what was paid for each row, though all rows are taken in at once", () => {
    const run = simulatedRun([{ calls: 1, usd: 0.02 }], { nRows: 500, nLanes: 4 })
    for (const { atMs, costUsd, nDone } of run.looks) {
      if (nDone >= 20 && atMs >= 2000) assert.closeTo(costUsd!, 10, 0.4, `${nDone} done`)
      else assert.isNull(costUsd)
    }
    assert.isAbove(run.looks.filter(({ costUsd }) => costUsd !== null).length, 10)
  })

  for (const [name, stages, more] of [
    ["two stages of two calls", [{ calls: 2 }, { calls: 2 }], { nRows: 150, nLanes: 4 }],
    ["two stages, looked at seldom", [{ calls: 2 }, { calls: 2 }], { nRows: 150, nLanes: 4, everyMs: 6000 }],
    ["many calls behind few", [{ calls: 1 }, { calls: 10 }], { nRows: 150, nLanes: 4 }],
    ["few calls behind many", [{ calls: 8 }, { calls: 1 }], { nRows: 1000, nLanes: 32 }],
    ["many rows and lanes", [{ calls: 4 }, { calls: 4 }, { calls: 1 }, { calls: 12 }], { nRows: 9000, nLanes: 128 }]
  ] as const) {
    it(`forecast is right within a third as soon as it is told: ${name}`, () => {
      const { endMs, endUsd, looks } = simulatedRun(stages, more)
      const told = looks.filter(({ leftMs }) => leftMs !== null)
      assert.isAbove(told.length, looks.length / 5)
      for (const { atMs, costUsd, leftMs, nDone } of looks) {
        const left = endMs - atMs
        // Half a second more or less is no matter at the end.
        if (leftMs !== null) assert.closeTo(leftMs, left, left / 3 + 500, `${atMs} ms, ${nDone} done`)
        if (costUsd !== null) assert.closeTo(costUsd, endUsd, endUsd / 4, `${atMs} ms, ${nDone} done`)
      }
    })
  }

  it("forecast of a run that asks no model keeps to the pace of its slowest stage", () => {
    const progress = new Progress()
    progress.totalRows = 1000
    Object.assign(progress.stage("pair"), { rowsIn: 250, rowsOut: 250 })
    const steps = [{ key: "pair", kind: "each" }] as const
    assert.deepStrictEqual(forecast(progress, 10_000, { ...outline, steps }), { leftMs: 30_000, costUsd: null })
  })
})
