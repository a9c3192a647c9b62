import { assert, describe, it } from "@effect/vitest"
import { type SampledVote, TextSample, type TextSampleOptions } from "../../src/cleaners/TextSample.ts"
import { hash128, keyedRandom } from "../../src/math/keyedRandom.ts"

const vote = (i: number, more: Partial<SampledVote> = {}): SampledVote => ({
  pairId: `pair ${i}`,
  promptId: `prompt ${i % 50}`,
  firstId: "a",
  secondId: "b",
  prompt: "why",
  first: "yes",
  second: "nope",
  verdict: "first",
  ...more
})

const sampled = (votes: ReadonlyArray<SampledVote>, options?: TextSampleOptions) => {
  const sample = new TextSample(options)
  for (const one of votes) sample.add(one)
  return sample.pairs()
}

const shuffled = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> => {
  const random = keyedRandom("TextSample")
  return values
    .map((value) => ({ value, key: random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ value }) => value)
}

describe("TextSample", () => {
  const votes = Array.from({ length: 3000 }, (_, i) => vote(i % 1000, i % 3 === 0 ? { verdict: "second" } : {}))

  it("TextSample keeps the pairs whose ids have the smallest hashes, in any order of the votes", () => {
    const expected = Array.from({ length: 1000 }, (_, i) => `pair ${i}`)
      .toSorted((a, b) => (hash128(a)[0] >>> 0) - (hash128(b)[0] >>> 0))
      .slice(0, 40)
    for (const order of [votes, shuffled(votes)]) {
      const pairs = sampled(order, { nPairs: 40 })
      assert.deepStrictEqual(
        pairs.map(({ pairId }) => pairId),
        expected
      )
      assert.isTrue(pairs.every(({ nA, nB }) => nA + nB === 3))
    }
  })

  it("TextSample stays within its characters, and leaves out what takes too many alone", () => {
    const many = [...votes, vote(5000, { first: "x".repeat(200) })]
    for (const order of [many, shuffled(many)]) {
      const pairs = sampled(order, { nCharacters: 1005 })
      assert.strictEqual(pairs.length, 100)
      assert.notInclude(
        pairs.map(({ pairId }) => pairId),
        "pair 5000"
      )
    }
  })

  it("TextSample gives a pair the same sides whichever way it was shown", () => {
    const [pair] = sampled([
      vote(1),
      vote(1, { firstId: "b", secondId: "a", first: "nope", second: "yes", verdict: "first" }),
      vote(1, { verdict: "second" })
    ])
    assert.deepStrictEqual([pair!.a, pair!.b, pair!.nA, pair!.nB], ["yes", "nope", 1, 2])
  })

  it("TextSample lets pairs without a prompt stand for themselves", () => {
    const ids = sampled([vote(1), vote(2, { prompt: "" }), vote(3, { prompt: null, promptId: null })])
      .map(({ promptId }) => promptId)
      .toSorted()
    assert.deepStrictEqual(ids, ["pair 2", "pair 3", "prompt 1"])
    assert.deepStrictEqual(sampled([]), [])
  })
})
