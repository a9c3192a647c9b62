import { assert, describe, it } from "@effect/vitest"
import { Standing } from "../../src/services/Standing.ts"
import { failureOf } from "./failureOf.ts"

const standingOf = () => {
  const filed: Array<string> = []
  const onDisk: Array<() => void> = []
  const standing = new Standing(({ key }, done) => {
    filed.push(key)
    onDisk.push(done)
  })
  return { standing, filed, onDisk }
}

describe("Standing", () => {
  it("Standing counts refusals that no later call was answered after, for each kind apart", () => {
    const standing = standingOf().standing
    assert.isNull(standing.lastAnswerAt("m text"))
    for (const at of [1, 2]) standing.refused("m text", at)
    standing.answered("m json", 4, 5)
    assert.deepStrictEqual([standing.nRefused("m text"), standing.nRefused("m json")], [2, 0])
    // An answer to what was sent before the refusals tells nothing of the server after them.
    standing.answered("m text", 1, 7)
    assert.strictEqual(standing.nRefused("m text"), 1)
    standing.refused("m text", 8)
    standing.answered("m text", 9, 10)
    assert.strictEqual(standing.nRefused("m text"), 0)
    assert.deepStrictEqual([standing.lastAnswerAt("m text"), standing.lastAnswerAt("m json")], [10, 5])
  })

  it("Standing takes a replayed answer for one of long ago, which makes up for no refusal", () => {
    const standing = standingOf().standing
    standing.refused("k", 1)
    standing.replayed("k")
    assert.strictEqual(standing.lastAnswerAt("k"), Number.NEGATIVE_INFINITY)
    assert.strictEqual(standing.nRefused("k"), 1)
    standing.answered("k", 2, 3)
    standing.replayed("k")
    assert.strictEqual(standing.lastAnswerAt("k"), 3)
  })

  it("Standing clears what comes home after the answer to a later call", () => {
    const { filed, standing } = standingOf()
    standing.answered("k", 10, 12)
    standing.answered("k", 5, 13)
    standing.refused("k", 10)
    standing.refused("k", 11)
    assert.strictEqual(standing.nRefused("k"), 1)
    standing.hold("k", failureOf("before"), 9)
    standing.hold("k", failureOf("after"), 11)
    assert.deepStrictEqual(filed, ["before"])
  })

  it("Standing knows whether the server was well when a call was sent, and before", () => {
    const { standing } = standingOf()
    standing.replayed("k")
    assert.deepStrictEqual([standing.wasWell("k", 5), standing.wasWellBefore("k", 5)], [false, false])
    standing.answered("k", 6, 7)
    standing.answered("k", 9, 10)
    assert.deepStrictEqual(
      [5, 6, 8, 9, 10].map((at) => [standing.wasWellBefore("k", at), standing.wasWell("k", at)]),
      [
        [false, true],
        [false, true],
        [true, true],
        [true, true],
        [true, false]
      ]
    )
    assert.isFalse(standing.wasWell("other", 5))
  })

  it("Standing files nothing of which it is open whose fault it was, and names what was never answered", () => {
    const { filed, standing } = standingOf()
    standing.replayed("k")
    standing.hold("k", failureOf("open"), 5, true)
    assert.deepStrictEqual([standing.nOpen, standing.doubtedKeys(), standing.unanswered], [1, [], null])
    standing.answered("k", 6, 7)
    standing.hold("k", failureOf("clear"), 8)
    standing.answered("k", 9, 10)
    standing.fileAll()
    assert.deepStrictEqual(filed, ["clear"])
    assert.deepStrictEqual(standing.doubtedKeys(), ["open"])
    assert.strictEqual(standing.held("open")?.key, "open")
    standing.hold("other", failureOf("never"), 11)
    assert.strictEqual(standing.unanswered?.key, "never")
  })

  it("Standing measures how long a limit has let nothing through", () => {
    const standing = standingOf().standing
    assert.deepStrictEqual(
      [standing.limited("k", 10), standing.limited("k", 25), standing.limited("l", 30)],
      [0, 15, 0]
    )
    standing.answered("k", 39, 40)
    assert.strictEqual(standing.limited("k", 50), 0)
    standing.unlimited("l")
    assert.deepStrictEqual([standing.limited("k", 70), standing.limited("l", 70)], [20, 0])
    standing.unlimited(null)
    assert.deepStrictEqual([standing.limited("k", 90), standing.limited("l", 90)], [0, 0])
  })

  it("Standing files failures that it holds with the next answer of their kind, or when it is told to", () => {
    const { filed, onDisk, standing } = standingOf()
    standing.hold("text", failureOf("a"), 10)
    standing.hold("json", failureOf("b"), 10)
    standing.hold("text", failureOf("c"), 12)
    assert.deepStrictEqual(
      [standing.held("a")?.key, standing.held("b")?.key, standing.held("d")?.key],
      ["a", "b", undefined]
    )
    standing.replayed("text")
    assert.deepStrictEqual(filed, [])
    // What was sent before a failure shows nothing of it.
    standing.answered("text", 9, 20)
    assert.deepStrictEqual(filed, [])
    standing.answered("text", 11, 21)
    assert.deepStrictEqual(filed, ["a"])
    standing.answered("text", 13, 22)
    assert.deepStrictEqual(filed, ["a", "c"])
    // It is held until it can be found elsewhere.
    assert.strictEqual(standing.held("a")?.key, "a")
    for (const done of onDisk) done()
    assert.isUndefined(standing.held("a"))
    standing.answered("text", 23, 24)
    standing.hold("never", failureOf("d"), 25)
    standing.replayed("json")
    standing.fileAll()
    standing.fileAll()
    assert.deepStrictEqual(filed, ["a", "c", "b"])
  })
})
