import { assert, describe, it } from "@effect/vitest"
import { promptFolds } from "../../src/cleaners/promptFolds.ts"

describe("promptFolds", () => {
  const ids = Array.from({ length: 40 }, (_, i) => `prompt ${i % 23}`)

  it("promptFolds keeps prompts together, in parts that differ by one prompt at most", () => {
    const fold = promptFolds(ids, 5)
    const sizes = new Map<number, Set<string>>()
    for (const [i, k] of fold.entries()) sizes.set(k, (sizes.get(k) ?? new Set()).add(ids[i]!))
    assert.deepStrictEqual(
      [...sizes.values()].map(({ size }) => size).toSorted((a, b) => a - b),
      [4, 4, 5, 5, 5]
    )
    assert.strictEqual(
      [...sizes.values()].reduce((sum, { size }) => sum + size, 0),
      23
    )
  })

  it("promptFolds looks at nothing but which prompts there are", () => {
    assert.deepStrictEqual(promptFolds(ids.toReversed(), 5).toReversed(), promptFolds(ids, 5))
    assert.deepStrictEqual([...promptFolds(["a", "a"], 3)], [0, 0])
    assert.strictEqual(promptFolds([], 2).length, 0)
    assert.throws(() => promptFolds(ids, 1.5), /found nFolds 1.5/)
  })
})
