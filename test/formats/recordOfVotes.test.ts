import { assert, describe, it } from "@effect/vitest"
import { recordOfVotes } from "../../src/formats/recordOfVotes.ts"
import type { Verdict, VoteRow } from "../../src/formats/VoteRow.ts"

const vote = (verdict: Verdict | null, annotator: string): VoteRow => ({
  rowIndex: 0,
  pairId: "p",
  promptId: null,
  firstId: "1",
  secondId: "2",
  prompt: "q",
  first: "a",
  second: "b",
  annotator,
  verdict,
  scoreFirst: null,
  scoreSecond: null,
  split: null,
  sidesRecorded: true
})

const ranks = (...verdicts: ReadonlyArray<Verdict | null>) =>
  recordOfVotes(
    verdicts.map((verdict, i) => vote(verdict, `w${i}`)),
    true
  ).candidates.map(({ rank }) => rank)

describe("recordOfVotes", () => {
  it("recordOfVotes ranks the sides by the majority, and as many for each is a tie", () => {
    assert.deepStrictEqual(ranks("first", "first", "second"), [0, 1])
    assert.deepStrictEqual(ranks("second", "tie"), [1, 0])
    assert.deepStrictEqual(ranks("first", "second"), [0, 0])
    assert.deepStrictEqual(ranks("tie"), [0, 0])
    assert.deepStrictEqual(ranks(null), [null, null])
  })

  it("recordOfVotes keeps every readable vote with its annotator", () => {
    const { votes } = recordOfVotes([vote("second", "x"), vote(null, "y"), vote("tie", "z")], true)
    assert.deepStrictEqual(votes, [
      { annotator: "x", winner: 1 },
      { annotator: "z", winner: null }
    ])
  })

  it("recordOfVotes takes names for models where there are no texts", () => {
    const [first] = recordOfVotes([vote("first", "x")], false).candidates
    assert.strictEqual(first!.model, "a")
    assert.deepStrictEqual(first!.messages, [])
  })
})
