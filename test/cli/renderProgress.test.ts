import { assert, describe, it } from "@effect/vitest"
import * as CliOutput from "effect/cli/CliOutput"
import { renderProgress, renderProgressLine, type RunOutline } from "../../src/cli/renderProgress.ts"
import { Progress } from "../../src/Progress.ts"

const outline: RunOutline = {
  steps: [
    { key: "jsonl", kind: "source" },
    { key: "generate", kind: "each" },
    { key: "pair", kind: "reshape" }
  ],
  limit: null,
  sourceRows: null
}

const halfWay = () => {
  const progress = new Progress()
  progress.totalRows = 2000
  Object.assign(progress.stage("jsonl"), { rowsOut: 1500 })
  Object.assign(progress.stage("generate"), { rowsIn: 1400, rowsOut: 990, rejected: 10 })
  Object.assign(progress.stage("pair"), { rowsIn: 990, rowsOut: 1980 })
  Object.assign(progress.model("small"), {
    inFlight: 64,
    answered: 4000,
    replayed: 0,
    promptTokens: 1_000_000,
    completionTokens: 234_567,
    costUsd: 1.5
  })
  return progress
}

describe("renderProgress", () => {
  it("gives a line per stage and one about calls", () => {
    assert.deepStrictEqual(renderProgress(halfWay(), 60_000, 200, outline), [
      "jsonl               1,500 of 2,000 out                 25/s",
      "generate  1,400 in             990 out  10 rejected  16.7/s",
      "pair        990 in           1,980 out                 33/s",
      "calls: 64 in flight, 4,000 answered, 1,234,567 tokens, $1.50, about 1 min 0 s left"
    ])
  })

  it("never passes the width, whatever the names hold", () => {
    const progress = halfWay()
    progress.stage("世界世界世界世界世界👩‍🔬世界")
    progress.stage(`evil\u001b[2J\n${"x".repeat(500)}`)
    for (let width = 0; width < 120; width += 3) {
      for (const line of renderProgress(progress, 60_000, width, outline)) {
        assert.isAtMost(CliOutput.displayWidth(line), width)
        // oxlint-disable-next-line no-control-regex
        assert.notMatch(line, /[\u0000-\u001f]/)
      }
    }
  })

  it("leaves out a cost that one model does not tell", () => {
    const progress = halfWay()
    progress.model("other").answered = 1
    assert.notInclude(renderProgress(progress, 60_000, 200, outline).join("\n"), "$")
  })

  it("says nothing about calls when there are none", () => {
    const progress = new Progress()
    progress.stage("jsonl").rowsOut = 3
    assert.deepStrictEqual(renderProgress(progress, 1000, 80), ["jsonl  3 out  3/s"])
  })

  it("expects new answers to take their time when the first ones came from the journal", () => {
    const progress = halfWay()
    Object.assign(progress.model("small"), { answered: 400, replayed: 3600 })
    assert.include(renderProgress(progress, 60_000, 200, outline).at(-1)!, "about 10 min 0 s left")
    progress.model("small").answered = 0
    assert.notInclude(renderProgress(progress, 60_000, 200, outline).at(-1)!, "left")
  })

  it("knows a limit, and a total that the source does not tell", () => {
    const progress = halfWay()
    assert.include(renderProgress(progress, 60_000, 200, { ...outline, limit: 1600 })[0]!, "1,500 of 1,600 out")
    progress.totalRows = null
    assert.include(renderProgress(progress, 60_000, 200, outline)[0]!, "1,500 out")
    assert.include(renderProgress(progress, 60_000, 200, { ...outline, sourceRows: 1900 })[0]!, "1,500 of 1,900 out")
  })

  it("survives an empty run", () => {
    assert.deepStrictEqual(renderProgress(new Progress(), 0, 80), [])
  })
})

describe("renderProgressLine", () => {
  it("says all on one line", () => {
    assert.strictEqual(
      renderProgressLine(halfWay(), 65_000, outline),
      "1 min 5 s: jsonl 1,500, generate 990 (10 rejected), pair 1,980 – calls: 64 in flight, 4,000 answered, 1,234,567 tokens, $1.50, about 1 min 5 s left"
    )
  })
})
