import { assert, describe, it } from "@effect/vitest"
import { findingIn, lookAtRows } from "./lookAtRows.ts"

/** Words that no other prompt has, with one of them exchanged. */
const prompt = (name: string, nWords: number, other: boolean) =>
  Array.from({ length: nWords }, (_, i) => (other && i === nWords >> 1 ? `${name}other` : `${name}${i}`)).join(" ")

const rowsOf = (name: string, nWords: number) =>
  [false, true].map((other) => ({
    prompt: prompt(name, nWords, other),
    chosen: `the good answer to ${name}`,
    rejected: `a bad one to ${name}`,
    split: other ? "test" : "train"
  }))

describe("preflightCopies", () => {
  it("preflightCopies finds nearly equal prompts across splits, and says which are too short for that", async () => {
    const found = await lookAtRows([...rowsOf("long", 60), ...rowsOf("short", 15), ...rowsOf("tiny", 3)])
    const near = findingIn(found, "nearPromptInSplits")
    assert.deepStrictEqual([near.rows, near.lines], [2, [1]])
    assert.match(near.what, /^1 group of nearly equal prompts, which share 0.8 of their runs of three words, stands in/)
    const unchecked = found.unchecked.filter(({ check }) => check === "nearly equal prompts")
    assert.deepStrictEqual(unchecked, [
      {
        check: "nearly equal prompts",
        why: "of 4 rows with prompts of fewer than 29 words: with one other word they share less than 0.8 of their runs of three words"
      }
    ])
  })

  it("preflightCopies leaves nothing unchecked where all prompts are long, and says so little of a single split", async () => {
    const long = await lookAtRows(rowsOf("long", 29))
    assert.isFalse(long.unchecked.some(({ check }) => check === "nearly equal prompts"))
    const one = await lookAtRows(rowsOf("short", 5).map((row) => ({ ...row, split: "train" })))
    assert.isFalse(one.unchecked.some(({ check }) => check === "nearly equal prompts"))
    assert.isTrue(one.unchecked.some(({ check }) => check === "prompts in several splits"))
  })
})
