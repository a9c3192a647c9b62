import { assert, describe, it } from "@effect/vitest"
import { Noted, noting, reject } from "../../src/Rejects.ts"
import { agreedVerdicts, verdictOf } from "../../src/stages/agreedVerdicts.ts"
import { verdictOf as judgmentOf } from "./candidates.ts"

const soft = (firstId: string, secondId: string, score: number | null, annotator = "a") => ({
  ...judgmentOf(annotator, firstId, secondId, "tie"),
  verdict: null,
  score
})
const made = (...judgments: ReadonlyArray<ReturnType<typeof soft>>) => judgments.map((one) => noting(one, []))
const verdicts = (all: ReturnType<typeof agreedVerdicts>) =>
  all.map((one) => (one instanceof Noted ? one.given.verdict : "rejected"))
const notes = (all: ReturnType<typeof agreedVerdicts>) =>
  all.flatMap((one) => (one instanceof Noted ? one.notes.map(({ detail, reason }) => `${reason}: ${detail}`) : []))

describe("agreedVerdicts", () => {
  it("agreedVerdicts gives both orders their verdict where the signs name one candidate", () => {
    const all = agreedVerdicts([], made(soft("x", "y", 2), soft("y", "x", -0.1), soft("x", "z", -3), soft("z", "x", 1)))
    assert.deepStrictEqual(verdicts(all), ["first", "second", "second", "first"])
    assert.deepStrictEqual(notes(all), [])
  })

  it("agreedVerdicts leaves the verdict open where the orders disagree, keeps the scores and notes the pair once", () => {
    const all = agreedVerdicts([], made(soft("x", "y", 2), soft("y", "x", 0.5)))
    assert.deepStrictEqual(verdicts(all), [null, null])
    assert.deepStrictEqual(
      all.map((one) => (one as Noted<ReturnType<typeof soft>>).given.score),
      [2, 0.5]
    )
    assert.deepStrictEqual(notes(all), ["orders disagree: a on x and y: 2 in one order and 0.5 in the other"])
    assert.deepStrictEqual(verdicts(agreedVerdicts([], made(soft("x", "y", 0), soft("y", "x", 1)))), [null, null])
    assert.deepStrictEqual(verdicts(agreedVerdicts([], made(soft("x", "y", 0), soft("y", "x", 0)))), ["tie", "tie"])
  })

  it("agreedVerdicts hears the other order of before, of the same annotator and axis alone", () => {
    const before = [soft("y", "x", -1), { ...soft("z", "x", -1), axis: "other" }, soft("w", "x", -1, "b")]
    const all = agreedVerdicts(before, made(soft("x", "y", 1), soft("x", "z", 1), soft("x", "w", 1)))
    assert.deepStrictEqual(verdicts(all), ["first", null, null])
  })

  it("agreedVerdicts leaves alone what has no score", () => {
    const failed = { ...soft("y", "x", null), verdict: "invalid" as const }
    const all = agreedVerdicts([], [...made(soft("x", "y", 1)), noting(failed, []), reject("contextTooLong")])
    assert.deepStrictEqual(verdicts(all), [null, "invalid", "rejected"])
  })

  it("agreedVerdicts reads a sign with verdictOf", () => {
    assert.deepStrictEqual([2, -0.1, 0].map(verdictOf), ["first", "second", "tie"])
  })
})
