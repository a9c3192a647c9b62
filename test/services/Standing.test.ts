import { assert, describe, it } from "@effect/vitest"
import type { JournalEntry } from "../../src/Journal.ts"
import { Standing } from "../../src/services/Standing.ts"

const entry = (key: string): JournalEntry => ({
  key,
  provider: "p",
  endpoint: "e",
  model: "m",
  request: "{}",
  answer: "null",
  failure: "{}",
  promptTokens: null,
  completionTokens: null,
  costUsd: null,
  latencyMs: 0,
  answeredAt: 0,
  estimate: null,
  calls: 0
})

const standingOf = () => {
  const filed: Array<string> = []
  return { standing: new Standing(({ key }) => filed.push(key)), filed }
}

describe("Standing", () => {
  it("Standing counts refusals since the last answer, for each kind apart", () => {
    const standing = standingOf().standing
    assert.isNull(standing.lastAnswerAt("m text"))
    assert.deepStrictEqual([standing.refused("m text"), standing.refused("m text")], [1, 2])
    standing.answered("m json", 5)
    assert.strictEqual(standing.refused("m text"), 3)
    standing.answered("m text", 7)
    assert.strictEqual(standing.refused("m text"), 1)
    assert.deepStrictEqual([standing.lastAnswerAt("m text"), standing.lastAnswerAt("m json")], [7, 5])
  })

  it("Standing takes a replayed answer for one of long ago, which makes up for no refusal", () => {
    const standing = standingOf().standing
    standing.replayed("k")
    assert.strictEqual(standing.lastAnswerAt("k"), Number.NEGATIVE_INFINITY)
    assert.strictEqual(standing.refused("k"), 1)
    standing.replayed("k")
    assert.strictEqual(standing.refused("k"), 2)
    standing.answered("k", 3)
    standing.replayed("k")
    assert.strictEqual(standing.lastAnswerAt("k"), 3)
  })

  it("Standing measures how long a limit has let nothing through", () => {
    const standing = standingOf().standing
    assert.deepStrictEqual(
      [standing.limited("k", 10), standing.limited("k", 25), standing.limited("l", 30)],
      [0, 15, 0]
    )
    standing.answered("k", 40)
    assert.strictEqual(standing.limited("k", 50), 0)
    standing.unlimited("l")
    assert.deepStrictEqual([standing.limited("k", 70), standing.limited("l", 70)], [20, 0])
    standing.unlimited(null)
    assert.deepStrictEqual([standing.limited("k", 90), standing.limited("l", 90)], [0, 0])
  })

  it("Standing files failures that it holds with the next answer of their kind, or when it is told to", () => {
    const { filed, standing } = standingOf()
    standing.hold("text", entry("a"))
    standing.hold("json", entry("b"))
    standing.hold("text", entry("c"))
    assert.deepStrictEqual(
      [standing.held("a")?.key, standing.held("b")?.key, standing.held("d")?.key],
      ["a", "b", undefined]
    )
    standing.replayed("text")
    assert.deepStrictEqual(filed, [])
    standing.answered("text", 1)
    assert.deepStrictEqual(filed, ["a", "c"])
    assert.isUndefined(standing.held("a"))
    standing.answered("text", 2)
    standing.hold("never", entry("d"))
    standing.replayed("json")
    standing.fileAll()
    standing.fileAll()
    assert.deepStrictEqual(filed, ["a", "c", "b"])
  })
})
