import { assert, describe, it } from "@effect/vitest"
import * as CliOutput from "effect/cli/CliOutput"
import { renderProgress, renderProgressLine } from "../../src/cli/renderProgress.ts"
import type { RunOutline } from "../../src/cli/RunOutline.ts"
import { Control } from "../../src/Control.ts"
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
      "calls: 64 in flight, 4,000 answered, 1,234,567 tokens, $1.50 (about $3.00 at the end), about 1 min 0 s left"
    ])
  })

  it("marks tokens and cost as estimates where a server counts none", () => {
    const progress = halfWay()
    progress.model("small").estimatedTokens = 40
    assert.include(
      renderProgressLine(progress, 60_000, outline),
      "4,000 answered, ~1,234,567 tokens, ~$1.50 (about $3.00 at the end)"
    )
  })

  it("says how many calls may be in flight, how fast tokens come, and what went wrong", () => {
    const progress = halfWay()
    Object.assign(progress.model("small"), { failed: 6, retried: 5, lost: 2 })
    Object.assign(progress.route("http://a"), { inFlight: 40, limit: 48 })
    Object.assign(progress.route("http://b"), { inFlight: 24, limit: 32 })
    const control = new Control()
    const callsAt = (width: number) => renderProgress(progress, 60_000, width, { ...outline, control }, 850).slice(3)
    assert.deepStrictEqual(callsAt(300), [
      "calls: 64 in flight (limit 80), 2 lost (maybe billed), 4,000 answered, 6 tries failed, 5 retried, 1,234,567 tokens (850/s), $1.50 (about $3.00 at the end), about 1 min 0 s left"
    ])
    assert.deepStrictEqual(callsAt(80), [
      "calls: 64 in flight (limit 80), 2 lost (maybe billed), 4,000 answered,",
      "       6 tries failed, 5 retried, 1,234,567 tokens (850/s),",
      "       $1.50 (about $3.00 at the end), about 1 min 0 s left"
    ])
    control.setLimit(8)
    assert.include(callsAt(300)[0], "64 in flight (limit 8)")
  })

  it("says that the run is paused or stopping, and then tells no time", () => {
    const progress = halfWay()
    const control = new Control()
    const stateLines = () => renderProgress(progress, 60_000, 200, { ...outline, control }).slice(3)
    assert.lengthOf(stateLines(), 1)
    control.pause()
    assert.strictEqual(stateLines()[0], "paused: no new call starts")
    assert.notInclude(stateLines()[1], "left")
    control.stop("enough")
    assert.strictEqual(stateLines()[0], "stopping: finishing 64 calls")
    progress.model("small").inFlight = 1
    assert.strictEqual(stateLines()[0], "stopping: finishing 1 call")
    progress.model("small").inFlight = 0
    assert.strictEqual(stateLines()[0], "stopping")
  })

  it("names endpoints that are down, whatever they said, and counts them out of the limit", () => {
    const progress = halfWay()
    Object.assign(progress.route("http://a\u001b[2J"), { limit: 48, problem: `status 503\n${"x".repeat(500)}` })
    Object.assign(progress.route("http://b"), { limit: 32 })
    const [calls, down] = renderProgress(progress, 60_000, 300, outline).slice(3)
    assert.include(calls, "(limit 32)")
    assert.match(down!, /^endpoint http:\/\/a\\x1b\[2J is down: status 503\\nx+…; asked again in a while$/)
    for (let i = 0; i < 4; i++) progress.route(`http://down${i}`).problem = "status 500"
    assert.deepStrictEqual(renderProgress(progress, 60_000, 300, outline).slice(5), [
      "endpoint http://down0 is down: status 500; asked again in a while",
      "endpoint http://down1 is down: status 500; asked again in a while",
      "endpoints: 2 more are down"
    ])
  })

  it("says how long the rate limit of an endpoint is waited for, once that takes a second", () => {
    const progress = halfWay()
    progress.route("http://a\u001b[2J").limitedMs = () => 12_400
    progress.route("http://b").limitedMs = () => 900
    const waiting = "waiting 12 s for the rate limit of http://a\\x1b[2J"
    assert.deepStrictEqual(renderProgress(progress, 60_000, 300, outline).slice(4), [waiting])
    assert.isTrue(renderProgressLine(progress, 60_000, outline).endsWith(`; ${waiting}`))
  })

  it("never passes the width, whatever the names hold", () => {
    const progress = halfWay()
    progress.stage("世界世界世界世界世界👩‍🔬世界")
    progress.stage(`evil\u001b[2J\n${"x".repeat(500)}`)
    Object.assign(progress.route(`http://世界\u001b[2J\n${"x".repeat(500)}`), { problem: "世界\n".repeat(50) })
    for (let width = 0; width < 120; width += 3) {
      for (const line of renderProgress(progress, 60_000, width, outline, 12_345)) {
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
      "1 min 5 s: jsonl 1,500, generate 990 (10 rejected), pair 1,980 – calls: 64 in flight, 4,000 answered, 1,234,567 tokens, $1.50 (about $3.00 at the end), about 1 min 5 s left"
    )
  })

  it("says that a run is paused and which endpoint is down", () => {
    const progress = halfWay()
    progress.route("http://a").problem = "status 503"
    const control = new Control()
    control.pause()
    const line = renderProgressLine(progress, 65_000, { ...outline, control }, 20)
    assert.include(line, " – paused: no new call starts; calls: 64 in flight, 4,000 answered, 1,234,567 tokens (20/s)")
    assert.isTrue(line.endsWith("; endpoint http://a is down: status 503; asked again in a while"))
  })
})
