import { assert, describe, it } from "@effect/vitest"
import { TextChecks, type TextVote } from "../../src/cleaners/TextChecks.ts"

const vote = (more: Partial<TextVote> = {}): TextVote => ({
  prompt: "Which sea?",
  first: "the North Sea",
  second: "the Baltic",
  annotator: "ada",
  verdict: "first",
  split: null,
  sidesRecorded: true,
  ...more
})

const swapped = (more: Partial<TextVote> = {}) =>
  vote({ first: "the Baltic", second: "the North Sea", verdict: "second", ...more })

const checked = (votes: ReadonlyArray<TextVote>) => {
  const checks = new TextChecks()
  for (const one of votes) checks.add(one)
  return { flags: votes.map((_, v) => checks.flagsOf(v).join(" ")), counts: checks.counts() }
}

describe("TextChecks", () => {
  it("TextChecks finds texts compared with themselves, to the letter and but for white space", () => {
    const { counts, flags } = checked([
      vote({ second: "the North Sea" }),
      vote({ prompt: "Another", second: " the  North\nSea" }),
      vote({ prompt: "A third", second: "the north sea" })
    ])
    assert.deepStrictEqual(flags, ["sameTexts", "sameTexts", ""])
    assert.deepStrictEqual([counts.nSameTexts, counts.nAlmostSameTexts], [1, 1])
  })

  it("TextChecks takes the same verdict of the same annotator for a repetition, and of others not", () => {
    const { counts, flags } = checked([
      vote(),
      vote({ annotator: "bram" }),
      vote({ prompt: "Which  sea? " }),
      vote({ annotator: null }),
      vote({ annotator: null }),
      vote({ verdict: "tie" }),
      vote({ verdict: null }),
      vote({ verdict: null })
    ])
    assert.deepStrictEqual(flags, ["", "", "duplicate", "", "duplicate", "", "", ""])
    assert.strictEqual(counts.nDuplicates, 2)
    assert.strictEqual(counts.nContradicting, 0)
  })

  it("TextChecks takes the other order for a repetition only where the order means nothing", () => {
    assert.deepStrictEqual(checked([vote(), swapped()]).flags, ["", ""])
    const plain = { sidesRecorded: false }
    assert.deepStrictEqual(checked([vote(plain), swapped(plain)]).flags, ["", "duplicate"])
  })

  it("TextChecks flags both sides of a contradiction of one annotator, in any order", () => {
    const votes = [vote(), vote({ annotator: "bram", verdict: "second" }), swapped({ verdict: "first" })]
    for (const order of [votes, votes.toReversed()]) {
      const { counts, flags } = checked(order)
      assert.deepStrictEqual(
        flags,
        order.map(({ annotator }) => (annotator === "ada" ? "contradicts" : ""))
      )
      assert.strictEqual(counts.nContradicting, 2)
    }
    const plain = { sidesRecorded: false, annotator: null }
    assert.strictEqual(checked([vote(plain), swapped({ ...plain, verdict: "first" })]).counts.nContradicting, 2)
    assert.strictEqual(checked([vote(), vote({ verdict: "tie" })]).counts.nContradicting, 0)
  })

  it("TextChecks does not let a name pass for part of a text", () => {
    assert.strictEqual(checked([vote({ annotator: null }), vote({ annotator: "" })]).counts.nDuplicates, 0)
  })

  it("TextChecks finds prompts that are in several splits, white space aside", () => {
    const { counts, flags } = checked([
      vote({ split: "train" }),
      vote({ split: "train", prompt: "Only here" }),
      vote({ split: "test", prompt: "Which\nsea?", first: "none" }),
      vote({ split: null, prompt: "Only here", first: "one" }),
      vote({ split: "test", prompt: "" }),
      vote({ split: "train", prompt: null, first: "x" })
    ])
    assert.deepStrictEqual(flags, ["leaked", "", "leaked", "", "", ""])
    assert.deepStrictEqual([counts.nLeakedPrompts, counts.nLeaked], [1, 2])
    assert.deepStrictEqual(counts.splits, ["train", "test"])
  })
})
