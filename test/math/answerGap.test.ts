import { assert, describe, it } from "@effect/vitest"
import type { Completion } from "../../src/services/Provider.ts"
import { answerGap } from "../../src/math/answerGap.ts"

type Tokens = ReadonlyArray<readonly [token: string, p: number]>

/** A completion whose tokens were each sampled first of their alternatives, with these probabilities. */
const sampled = (...steps: ReadonlyArray<Tokens>): Pick<Completion, "logProbs"> => ({
  logProbs: steps.map((tokens) => {
    const alternatives = tokens.map(([token, p]) => ({ token, logProb: Math.log(p) }))
    return { ...alternatives[0]!, alternatives }
  })
})

const gap = (...steps: ReadonlyArray<Tokens>) => answerGap(sampled(...steps), ["1", "2"])
const closeTo = (found: number | string, expected: number) => assert.closeTo(Number(found), expected, 1e-12)

describe("answerGap", () => {
  it("answerGap is the log-odds of the first answer, whichever was sampled", () => {
    const both = [
      ["1", 0.6],
      ["2", 0.2]
    ] as const
    closeTo(gap(both), Math.log(3))
    closeTo(gap([both[1], both[0]]), Math.log(3))
    closeTo(answerGap(sampled(both), ["2", "1"]), -Math.log(3))
  })

  it("answerGap adds up what differs in white space alone, and counts the sampled token once", () => {
    closeTo(
      gap([
        ["1", 0.3],
        [" 1", 0.3],
        ["2", 0.1],
        ["\n2", 0.1],
        ["12", 0.2]
      ]),
      Math.log(0.6 / 0.2)
    )
  })

  it("answerGap reads the first token with text", () => {
    closeTo(
      gap(
        [[" ", 1]],
        [
          ["2", 0.8],
          ["1", 0.1]
        ],
        [["1", 1]]
      ),
      Math.log(1 / 8)
    )
  })

  it("answerGap bounds an answer that is not among the alternatives by the least likely one", () => {
    closeTo(
      gap([
        ["1", 0.9],
        ["The", 0.06],
        ["A", 0.03]
      ]),
      Math.log(30)
    )
    closeTo(
      gap([
        ["2", 0.9],
        ["The", 0.03]
      ]),
      -Math.log(30)
    )
  })

  it("answerGap says what is missing", () => {
    assert.match(
      String(
        gap([
          ["The", 0.9],
          ["A", 0.1]
        ])
      ),
      /found "The", expected "1" or "2"/
    )
    assert.match(String(gap([["\n", 1]])), /white space alone/)
    assert.match(String(gap()), /found no log-probabilities/)
    assert.match(String(answerGap({}, ["1", "2"])), /found no log-probabilities/)
  })
})
