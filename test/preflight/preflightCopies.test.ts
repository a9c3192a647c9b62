import { assert, describe, it } from "@effect/vitest"
import { findingIn, lookAtFiles, lookAtRows } from "./lookAtRows.ts"

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

  it.each([
    ["unpaired replies", (i: number) => ({ completion: "an answer", label: i % 2 === 0 })],
    ["prompts", () => ({})],
    ["votes", (i: number) => ({ response_a: `a ${i}`, response_b: `b ${i}`, winner: i % 3 === 0 ? "b" : "a" })]
  ])("preflightCopies finds short prompts of %s that stand in several splits", async (_name, more) => {
    const rows = Array.from({ length: 12 }, (_row, i) => ({
      prompt: `p ${i < 10 ? i : i - 2}`,
      ...more(i),
      split: i < 10 ? "train" : "test"
    }))
    const found = await lookAtRows(rows)
    assert.deepStrictEqual(findingIn(found, "promptInSplits").lines, [9, 10, 11, 12])
    assert.isFalse(found.unchecked.some(({ check }) => check === "prompts in several splits"))
    const files = [rows.slice(0, 10), rows.slice(10)].map((some) => some.map(({ split: _split, ...row }) => row))
    const inFiles = await lookAtFiles({ "train.jsonl": files[0]!, "test.jsonl": files[1]! })
    assert.strictEqual(findingIn(inFiles, "promptInSplits").rows, 4)
  })

  it("preflightCopies goes by the splits of files where these show them, also of votes with a column", async () => {
    const vote = (i: number) => ({
      prompt: `p ${i}`,
      response_a: "x",
      response_b: "y",
      winner: i % 2 === 0 ? "a" : "b"
    })
    const alike = await lookAtFiles({
      "train.jsonl": [0, 1, 2].map((i) => ({ ...vote(i), split: "train" })),
      "test.jsonl": [2, 3].map((i) => ({ ...vote(i), split: "train" }))
    })
    assert.strictEqual(findingIn(alike, "promptInSplits").rows, 2)
  })

  it("preflightCopies leaves nothing unchecked where all prompts are long, and says so little of a single split", async () => {
    const long = await lookAtRows(rowsOf("long", 29))
    assert.isFalse(long.unchecked.some(({ check }) => check === "nearly equal prompts"))
    const one = await lookAtRows(rowsOf("short", 5).map((row) => ({ ...row, split: "train" })))
    assert.isFalse(one.unchecked.some(({ check }) => check === "nearly equal prompts"))
    assert.isTrue(one.unchecked.some(({ check }) => check === "prompts in several splits"))
  })
})
