import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { splitWords } from "../../src/math/splitWords.ts"
import { wordDiff } from "../../src/math/wordDiff.ts"

const joined = (segments: ReturnType<typeof wordDiff>, ...kinds: Array<string>) =>
  segments
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ text }) => text)
    .join("")

const assertSound = (before: string, after: string) => {
  const segments = wordDiff(before, after)
  assert.strictEqual(joined(segments, "same", "removed"), before)
  assert.strictEqual(joined(segments, "same", "added"), after)
  for (const [i, { kind, text }] of segments.entries()) {
    assert.notStrictEqual(text, "")
    assert.notStrictEqual(kind, segments[i - 1]?.kind)
    if (kind === "removed") assert.notStrictEqual(segments[i - 1]?.kind, "added")
  }
  return segments
}

/** Insertions and deletions of a shortest script, by dynamic programming. */
const fewestChanges = (a: ReadonlyArray<string>, b: ReadonlyArray<string>) => {
  let line = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (const [i, piece] of a.entries()) {
    const next = [i + 1]
    for (const [j, other] of b.entries()) {
      next.push(piece === other ? line[j]! : 1 + Math.min(line[j + 1]!, next[j]!))
    }
    line = next
  }
  return line.at(-1)!
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `w${from + i}`).join(" ")

describe("wordDiff", () => {
  it("wordDiff marks a replaced word", () => {
    assert.deepStrictEqual(wordDiff("The sky is blue today.", "The sky is green today."), [
      { kind: "same", text: "The sky is " },
      { kind: "removed", text: "blue" },
      { kind: "added", text: "green" },
      { kind: "same", text: " today." }
    ])
  })

  it("wordDiff handles empty and equal texts", () => {
    assert.deepStrictEqual(wordDiff("", ""), [])
    assert.deepStrictEqual(wordDiff("a b", "a b"), [{ kind: "same", text: "a b" }])
    assert.deepStrictEqual(wordDiff("", "a b"), [{ kind: "added", text: "a b" }])
    assert.deepStrictEqual(wordDiff("a b", ""), [{ kind: "removed", text: "a b" }])
  })

  it.prop("wordDiff reproduces both texts", { before: Schema.String, after: Schema.String }, ({ after, before }) => {
    assertSound(before, after)
  })

  it.prop("wordDiff changes as little as possible", { seed: Schema.Int }, ({ seed }) => {
    const random = keyedRandom("wordDiff", seed)
    const words = ["a", "b", "c", " ", " ", "\n", ".", "漢", "\ud800", "é"]
    const text = () =>
      Array.from({ length: Math.floor(random() * 25) }, () => words[Math.floor(random() * words.length)]!).join("")
    const before = text()
    const after = text()
    const segments = assertSound(before, after)
    const a = splitWords(before)
    const b = splitWords(after)
    // Pieces are counted in the texts, as a segment cut out of its surroundings may split differently.
    let nChanged = 0
    let i = 0
    let j = 0
    for (const { kind, text: part } of segments) {
      let length = 0
      while (length < part.length) {
        length += (kind === "added" ? b[j] : a[i])!.length
        if (kind !== "removed") j++
        if (kind !== "added") i++
        if (kind !== "same") nChanged++
      }
      assert.strictEqual(length, part.length)
    }
    assert.strictEqual(nChanged, fewestChanges(a, b))
  })

  it("wordDiff replaces the middle as a whole when more than 2,000 pieces change", () => {
    const before = `start ${numbers(0, 3000)} end`
    const after = `start ${numbers(10_000, 13_000)} end`
    const segments = assertSound(before, after)
    assert.deepStrictEqual(
      segments.map(({ kind }) => kind),
      ["same", "removed", "added", "same"]
    )
  })

  it("wordDiff stays quick on long texts", () => {
    const random = keyedRandom("long")
    const words = Array.from({ length: 20_000 }, () => `w${Math.floor(random() * 500)}`)
    const edited = words.map((word) => (random() < 0.01 ? "changed" : word))
    const start = performance.now()
    const segments = assertSound(words.join(" "), edited.join(" "))
    assert.isBelow(performance.now() - start, 3000)
    assert.isAbove(segments.length, 300)
  })
})
