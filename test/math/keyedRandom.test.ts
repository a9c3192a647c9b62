import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { hash128, keyedRandom } from "../../src/math/keyedRandom.ts"

interface Golden {
  readonly hash128: ReadonlyArray<{ readonly text: string; readonly words: ReadonlyArray<number> }>
  readonly keyedRandom: ReadonlyArray<{
    readonly parts: ReadonlyArray<string | number>
    readonly draws: ReadonlyArray<number>
  }>
}
const golden = JSON.parse(fs.readFileSync(new URL("../golden/keyedRandom.json", import.meta.url), "utf8")) as Golden

/** Chi-square of counts against equal expectation. */
const chiSquare = (counts: ArrayLike<number>): number => {
  const values = Array.from(counts)
  const expected = values.reduce((sum, count) => sum + count, 0) / values.length
  return values.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

const correlation = (pairs: ReadonlyArray<readonly [number, number]>): number => {
  const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length
  const mx = mean(pairs.map(([x]) => x))
  const my = mean(pairs.map(([, y]) => y))
  const sum = (of: (dx: number, dy: number) => number) => pairs.reduce((total, [x, y]) => total + of(x - mx, y - my), 0)
  return sum((dx, dy) => dx * dy) / Math.sqrt(sum((dx) => dx * dx) * sum((_, dy) => dy * dy))
}

/** 64 bins have 63 degrees of freedom: a chi-square outside has a probability below 1e-5 on either side. */
const assertUniform = (counts: ArrayLike<number>, what: string) => {
  assert.strictEqual(counts.length, 64)
  assert.isAbove(chiSquare(counts), 25, what)
  assert.isBelow(chiSquare(counts), 125, what)
}

describe("hash128", () => {
  it.each(golden.hash128)("hash128 of $text equals the independent implementation", ({ text, words }) => {
    assert.deepStrictEqual(
      hash128(text).map((word) => word >>> 0),
      [...words]
    )
  })

  it("hash128 changes half of all bits when one bit of the text changes", () => {
    let changed = 0
    let nCases = 0
    for (let i = 0; i < 500; i++) {
      const text = `text ${i} of some length`
      const at = i % text.length
      const other = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << (i % 16))) + text.slice(at + 1)
      const otherWords = hash128(other)
      for (const [k, word] of hash128(text).entries()) {
        nCases++
        for (let bits = (word ^ otherWords[k]!) >>> 0; bits !== 0; bits &= bits - 1) changed++
      }
    }
    assert.closeTo(changed / (32 * nCases), 0.5, 0.01)
  })

  it("hash128 is another one for texts that differ in trailing zeros alone", () => {
    const texts = ["", "\0", "\0\0", "a", "a\0", "a".padEnd(8, "\0"), "a".padEnd(16, "\0")]
    assert.strictEqual(new Set(texts.map((text) => hash128(text).join())).size, texts.length)
  })
})

describe("keyedRandom", () => {
  it.each(golden.keyedRandom)("keyedRandom of $parts equals the independent implementation", ({ parts, draws }) => {
    const random = keyedRandom(...parts)
    assert.deepStrictEqual(
      draws.map(() => random() * 2 ** 32),
      [...draws]
    )
  })

  it("keyedRandom gives the same sequence for the same parts and another one for any others", () => {
    const sequence = (...parts: ReadonlyArray<string | number>) =>
      Array.from({ length: 4 }, keyedRandom(...parts)).join()
    assert.strictEqual(sequence("a", 1), sequence("a", 1))
    const keys = [["a", 1], ["a1"], ["a", 1, ""], ["", "a", 1], ["a", 11], ["a", 1.5], ["a", -1], ["A", 1]]
    assert.strictEqual(new Set(keys.map((key) => sequence(...key))).size, keys.length)
  })

  it("keyedRandom fills [0, 1) evenly, along a sequence and across neighbouring keys", () => {
    const n = 100_000
    const along = new Float64Array(64)
    const across = new Float64Array(64)
    const pairs = new Float64Array(64)
    const random = keyedRandom("along")
    for (let i = 0; i < n; i++) {
      const value = random()
      assert.isTrue(value >= 0 && value < 1)
      along[Math.floor(64 * value)]!++
      const other = keyedRandom("across", i)
      const first = other()
      across[Math.floor(64 * first)]!++
      pairs[8 * Math.floor(8 * first) + Math.floor(8 * other())]!++
    }
    assertUniform(along, "along")
    assertUniform(across, "across")
    assertUniform(pairs, "pairs")
  })

  it("keyedRandom has the moments of a uniform distribution", () => {
    const n = 200_000
    const random = keyedRandom("moments")
    const moments = [0, 0, 0, 0]
    for (let i = 0; i < n; i++) {
      const value = random()
      for (let k = 0; k < 4; k++) moments[k]! += value ** (k + 1) / n
    }
    for (const [k, moment] of moments.entries()) assert.closeTo(moment, 1 / (k + 2), 0.004, `moment ${k + 1}`)
  })

  it("keyedRandom draws of related keys are not correlated", () => {
    const n = 20_000
    const related: ReadonlyArray<readonly [string, (i: number) => readonly [number, number]]> = [
      ["successive draws", (i) => draws2(keyedRandom(1, "stage", `row-${i}`))],
      [
        "successive draw indices",
        (i) => [keyedRandom(1, "stage", `row-${i}`, 0)(), keyedRandom(1, "stage", `row-${i}`, 1)()]
      ],
      ["successive rows", (i) => [keyedRandom(1, "stage", i)(), keyedRandom(1, "stage", i + 1)()]],
      ["successive seeds", (i) => [keyedRandom(1, "stage", i)(), keyedRandom(2, "stage", i)()]],
      ["two stages", (i) => [keyedRandom(1, "stage", i)(), keyedRandom(1, "stage#2", i)()]]
    ]
    const draws2 = (random: () => number) => [random(), random()] as const
    for (const [name, draw] of related) {
      const pairs = Array.from({ length: n }, (_, i) => draw(i))
      assert.isBelow(Math.abs(correlation(pairs)), 4 / Math.sqrt(n), name)
    }
  })
})
