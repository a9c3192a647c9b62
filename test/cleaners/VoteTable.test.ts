import { assert, describe, it } from "@effect/vitest"
import { type VoteFacts, VoteTable } from "../../src/cleaners/VoteTable.ts"

const vote = (more: Partial<VoteFacts> = {}): VoteFacts => ({
  pairId: "p",
  promptId: "q",
  firstId: "a",
  secondId: "b",
  annotator: "ada",
  verdict: "first",
  scoreFirst: null,
  scoreSecond: null,
  lengthFirst: 3,
  lengthSecond: 5,
  sidesRecorded: true,
  ...more
})

const columnsOf = (votes: ReadonlyArray<Partial<VoteFacts>>) => {
  const table = new VoteTable()
  for (const one of votes) table.add(vote(one))
  return table.columns()
}

describe("VoteTable", () => {
  it("VoteTable gives a pair the same sides whichever way it was shown", () => {
    const { first, item, second, side, verdict } = columnsOf([
      {},
      { firstId: "b", secondId: "a", verdict: "second" },
      { firstId: "b", secondId: "a", verdict: "first" },
      { verdict: "tie" },
      { verdict: null },
      { firstId: "a", secondId: "a" }
    ])
    assert.deepStrictEqual([...item], [0, 0, 0, 0, 0, 0])
    assert.deepStrictEqual([...side], [1, 1, -1, 0, 0, 0])
    assert.deepStrictEqual([...verdict], [1, -1, 1, 0, 2, 1])
    assert.deepStrictEqual([...first], [0, 1, 1, 0, 0, 0])
    assert.deepStrictEqual([...second], [1, 0, 0, 1, 1, 0])
  })

  it("VoteTable takes the mean score gap of a pair, from side A to side B", () => {
    const { gap } = columnsOf([
      { scoreFirst: 5, scoreSecond: 2 },
      { firstId: "b", secondId: "a", scoreFirst: 1, scoreSecond: 2 },
      { scoreFirst: 9, scoreSecond: null },
      { pairId: "other" }
    ])
    assert.deepStrictEqual([...gap], [2, Number.NaN])
  })

  it("VoteTable keeps the lengths of winner and loser, and no length where nobody won", () => {
    const { chosenLength, rejectedLength } = columnsOf([
      {},
      { verdict: "second" },
      { verdict: "tie" },
      { lengthFirst: null }
    ])
    assert.deepStrictEqual([...chosenLength], [3, 5, Number.NaN, Number.NaN])
    assert.deepStrictEqual([...rejectedLength], [5, 3, Number.NaN, 5])
  })

  it("VoteTable numbers prompts, annotators and pairs as they come, in any number", () => {
    const n = 5000
    const { annotators, item, nAnswers, nPrompts, prompt, sidesRecorded } = columnsOf(
      Array.from({ length: n }, (_, i) => ({
        pairId: `p${i}`,
        promptId: i % 2 === 0 ? `q${i % 100}` : null,
        firstId: `a${i}`,
        annotator: i === 0 ? null : `w${i % 7}`,
        sidesRecorded: i !== 9
      }))
    )
    assert.strictEqual(item.length, n)
    assert.strictEqual(item[n - 1], n - 1)
    assert.deepStrictEqual([annotators[0], annotators.length], [null, 8])
    // Fifty prompts are named, and each other pair stands for a prompt of its own.
    assert.strictEqual(nPrompts, 50 + n / 2)
    assert.strictEqual(prompt[0], prompt[100])
    assert.strictEqual(nAnswers, n + 1)
    assert.isFalse(sidesRecorded)
  })

  it("VoteTable knows no truth of a pair whose truths contradict each other, whatever most say", () => {
    const { nContradicted, truth } = columnsOf([
      { pairId: "torn", truth: "first" },
      { pairId: "torn", truth: "second" },
      { pairId: "torn", truth: "first" },
      { pairId: "told", truth: "second" },
      { pairId: "told", truth: "first", firstId: "b", secondId: "a" },
      { pairId: "told", truth: null },
      { pairId: "open", truth: "tie" }
    ])
    assert.deepStrictEqual([[...truth], nContradicted], [[0, -1, 0], 1])
  })
})
