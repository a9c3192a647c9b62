import { assert, describe, it } from "@effect/vitest"
import { Standing } from "../../src/services/Standing.ts"

describe("Standing", () => {
  it("Standing counts refusals since the last answer, for each kind apart", () => {
    const standing = new Standing()
    assert.isNull(standing.lastAnswerAt("m text"))
    assert.deepStrictEqual([standing.refused("m text"), standing.refused("m text")], [1, 2])
    standing.answered("m json", 5)
    assert.strictEqual(standing.refused("m text"), 3)
    standing.answered("m text", 7)
    assert.strictEqual(standing.refused("m text"), 1)
    assert.deepStrictEqual([standing.lastAnswerAt("m text"), standing.lastAnswerAt("m json")], [7, 5])
  })

  it("Standing takes a replayed answer for one of long ago, which makes up for no refusal", () => {
    const standing = new Standing()
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
    const standing = new Standing()
    assert.deepStrictEqual(
      [standing.limited("k", 10), standing.limited("k", 25), standing.limited("l", 30)],
      [0, 15, 0]
    )
    standing.answered("k", 40)
    assert.strictEqual(standing.limited("k", 50), 0)
  })
})
