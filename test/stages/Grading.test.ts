import { assert, describe, it } from "@effect/vitest"
import * as Grading from "../../src/stages/Grading.ts"

const make = (options: Grading.GradingOptions) => Grading.make("s", options)

describe("Grading", () => {
  it("Grading.make asks for a score from 1 to 10 unless told otherwise", () => {
    const grading = make({})
    assert.deepStrictEqual(grading.scale, [1, 10])
    assert.strictEqual(
      grading.instruction(false),
      'Give a score from 1 (worst) to 10 (best) as JSON: {"score": number}.'
    )
    assert.deepStrictEqual(grading.task, {})
    assert.deepStrictEqual(grading.read({ score: 4 }, false), { score: 4, critique: null })
  })

  it("Grading.make mirrors what a negated question gets on the scale", () => {
    const grading = make({ scale: [1, 5] })
    assert.deepStrictEqual(
      [1, 2, 5].map((score) => grading.read({ score }, true).score),
      [5, 4, 1]
    )
    assert.include(grading.instruction(true), "from 1 (least) to 5 (most)")
  })

  it("Grading.make takes verdicts with scores in place of a scale", () => {
    const levels = { wrong: 0, partly: 0.4, right: 1 }
    const grading = make({ levels })
    assert.deepStrictEqual(grading.scale, [0, 1])
    assert.deepStrictEqual(grading.task, { levels })
    assert.strictEqual(grading.read({ level: "partly" }, false).score, 0.4)
    assert.strictEqual(grading.read({ level: "partly" }, true).score, 0.6)
    assert.include(grading.instruction(false), '{"level": "wrong" | "partly" | "right"}')
  })

  it("Grading.make asks for words first, and keeps those that say something", () => {
    for (const [critique, type] of [
      [true, "string"],
      ["faults", "string | null"],
      ["suggestion", "string"]
    ] as const) {
      const grading = make({ critique })
      assert.include(grading.instruction(false), `{"critique": ${type}, "score": number}`)
      assert.deepStrictEqual(grading.task, { critique: true })
      assert.strictEqual(grading.read({ score: 2, critique: "Too long." }, false).critique, "Too long.")
    }
    const words = [true, "faults", "suggestion"] as const
    assert.strictEqual(new Set(words.map((critique) => make({ critique }).instruction(false))).size, 3)
    assert.deepStrictEqual(
      [null, undefined, " ", "x"].map((critique) => Grading.wordsOrNull(critique)),
      [null, null, null, "x"]
    )
  })

  it("Grading.make refuses what tells nothing apart", () => {
    assert.throws(() => make({ scale: [1, 1] }), /"s": found scale 1 to 1/)
    assert.throws(() => make({ scale: [0, Number.NaN] }), /found scale 0 to NaN/)
    assert.throws(() => make({ levels: { right: 1 } }), /found levels/)
    assert.throws(() => make({ levels: {} }), /found levels/)
    assert.throws(() => make({ levels: { a: 0, b: 1 }, scale: [0, 1] }), /levels beside a scale/)
  })
})
