import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import type { Votes } from "../../src/cleaners/Votes.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

/** What the suite reads of a fit. */
export interface CrowdFit {
  /** Items by classes. */
  readonly classProb: Float64Array
  /** Per annotator, larger is better; NaN without votes. */
  readonly quality?: Float64Array
  /** Never falls. */
  readonly logLikelihood?: Float64Array
}

/** What differs between models. */
export interface CrowdModelOptions {
  /** How far permuted data may move a probability; default 1e-9, for what stops at a tolerance more. */
  readonly tolerance?: number
  /** Least accuracy on planted votes of annotators between 0.55 and 0.9; default that of a good model, 0.89. */
  readonly accuracy?: number
}

/** Draws votes of annotators with the given reliabilities; the true class is uniform. */
export const plantVotes = (plan: {
  readonly nItems: number
  readonly nClasses?: number
  readonly reliability: ReadonlyArray<number>
  /** Chance that an annotator votes on an item; default 1. */
  readonly coverage?: number
  readonly seed: string | number
}): { readonly votes: Votes; readonly truth: Int8Array } => {
  const { coverage = 1, nClasses = 2, nItems, reliability, seed } = plan
  const random = keyedRandom("plantVotes", seed)
  const truth = Int8Array.from({ length: nItems }, () => Math.floor(random() * nClasses))
  const rows: Array<readonly [item: number, annotator: number, label: number]> = []
  for (let i = 0; i < nItems; i++) {
    for (const [k, r] of reliability.entries()) {
      if (random() >= coverage) continue
      const isRight = random() < r
      const wrong = (truth[i]! + 1 + Math.floor(random() * (nClasses - 1))) % nClasses
      rows.push([i, k, isRight ? truth[i]! : wrong])
    }
  }
  return { votes: votesOf(rows, { nItems, nAnnotators: reliability.length, nClasses }), truth }
}

/** Votes from rows of item, annotator and label. */
export const votesOf = (
  rows: ReadonlyArray<readonly [item: number, annotator: number, label: number]>,
  sizes: Pick<Votes, "nItems" | "nAnnotators" | "nClasses">
): Votes => ({
  item: Int32Array.from(rows, ([i]) => i),
  annotator: Int32Array.from(rows, ([, k]) => k),
  label: Int8Array.from(rows, ([, , l]) => l),
  ...sizes
})

/** Share of items whose likeliest class is the true one; ties count in part. */
export const accuracy = (classProb: Float64Array, truth: Int8Array, nClasses: number): number => {
  let sum = 0
  for (let i = 0; i < truth.length; i++) {
    const row = [...classProb.subarray(i * nClasses, (i + 1) * nClasses)]
    const floor = Math.max(...row) - 1e-9
    if (row[truth[i]!]! >= floor) sum += 1 / row.filter((p) => p >= floor).length
  }
  return sum / truth.length
}

const seedOf = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))

const shuffled = (length: number, random: () => number) =>
  Array.from({ length }, (_, i) => ({ i, key: random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ i }) => i)

const assertClose = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string) => {
  assert.strictEqual(actual.length, expected.length, what)
  for (let i = 0; i < actual.length; i++) {
    if (Number.isNaN(expected[i]!)) assert.isNaN(actual[i]!, `${what} ${i}`)
    else assert.closeTo(actual[i]!, expected[i]!, tolerance, `${what} ${i}`)
  }
}

/** The cases that every model of crowd votes must pass. */
export const crowdModel = (name: string, fit: (votes: Votes) => CrowdFit, options: CrowdModelOptions = {}): void => {
  const { accuracy: least = 0.89, tolerance = 1e-9 } = options
  /** Votes with gaps: unvoted items, an annotator without votes, repeated votes, two to four classes. */
  const untidy = (seed: number) => {
    const random = keyedRandom("untidy", seed)
    const nClasses = 2 + Math.floor(random() * 3)
    const { votes } = plantVotes({
      nItems: 12,
      nClasses,
      reliability: [0.9, 0.85, 0.6, 0.8, 0.7],
      coverage: 0.7,
      seed
    })
    const nItems = votes.nItems + 1
    const repeat = Math.min(1, votes.item.length)
    return {
      item: Int32Array.from([...votes.item, ...votes.item.subarray(0, repeat)]),
      annotator: Int32Array.from([...votes.annotator, ...votes.annotator.subarray(0, repeat)]),
      label: Int8Array.from([...votes.label, ...votes.label.subarray(0, repeat)]),
      nItems,
      nAnnotators: votes.nAnnotators + 1,
      nClasses
    }
  }

  describe(`${name} as a crowd model`, () => {
    it(`${name} finds the true classes of planted votes`, () => {
      const { truth, votes } = plantVotes({ nItems: 4000, reliability: [0.9, 0.8, 0.7, 0.6, 0.55], seed: name })
      assert.isAtLeast(accuracy(fit(votes).classProb, truth, 2), least)
    })

    it(`${name} ranks annotators as planted`, () => {
      const { votes } = plantVotes({ nItems: 4000, nClasses: 3, reliability: [0.55, 0.9, 0.7, 0.8], seed: name })
      const { quality } = fit(votes)
      if (quality === undefined) return
      assert.deepStrictEqual(
        [...quality.keys()].toSorted((a, b) => quality[a]! - quality[b]!),
        [0, 2, 3, 1]
      )
    })

    it.prop(`${name} gives every voted item probabilities that sum to 1`, { seed: seedOf }, ({ seed }) => {
      const votes = untidy(seed)
      const { classProb } = fit(votes)
      assert.strictEqual(classProb.length, votes.nItems * votes.nClasses)
      for (const i of new Set(votes.item)) {
        const row = classProb.subarray(i * votes.nClasses, (i + 1) * votes.nClasses)
        assert.isTrue(row.every((p) => p >= 0 && p <= 1 + 1e-12))
        assert.closeTo(
          row.reduce((sum, p) => sum + p, 0),
          1,
          1e-9
        )
      }
    })

    it.prop(`${name} never lets the likelihood fall`, { seed: seedOf }, ({ seed }) => {
      const trace = fit(untidy(seed)).logLikelihood
      for (let t = 1; t < (trace?.length ?? 0); t++) assert.isAtLeast(trace![t]!, trace![t - 1]! - 1e-10, `step ${t}`)
    })

    it.prop(`${name} permutes its answer with votes, items and annotators`, { seed: seedOf }, ({ seed }) => {
      const votes = untidy(seed)
      const { nAnnotators, nClasses, nItems } = votes
      const random = keyedRandom("permutation", seed)
      const rows = shuffled(votes.item.length, random)
      const items = shuffled(nItems, random)
      const annotators = shuffled(nAnnotators, random)
      const plain = fit(votes)
      const other = fit({
        item: Int32Array.from(rows, (v) => items[votes.item[v]!]!),
        annotator: Int32Array.from(rows, (v) => annotators[votes.annotator[v]!]!),
        label: Int8Array.from(rows, (v) => votes.label[v]!),
        nItems,
        nAnnotators,
        nClasses
      })
      const back = items.flatMap((i) => [...other.classProb.subarray(i * nClasses, (i + 1) * nClasses)])
      assertClose(back, plain.classProb, tolerance, "classProb")
      if (plain.quality === undefined) return
      assertClose(
        annotators.map((k) => other.quality![k]!),
        plain.quality,
        tolerance,
        "quality"
      )
    })

    it.prop(`${name} mirrors when classes are exchanged`, { seed: seedOf }, ({ seed }) => {
      const votes = untidy(seed)
      const { nClasses } = votes
      const plain = fit(votes)
      const other = fit({ ...votes, label: votes.label.map((l) => nClasses - 1 - l) })
      assertClose(
        other.classProb.map((_, j) => plain.classProb[j - (j % nClasses) + nClasses - 1 - (j % nClasses)]!),
        other.classProb,
        tolerance,
        "classProb"
      )
      if (plain.quality !== undefined) assertClose(other.quality!, plain.quality, tolerance, "quality")
    })

    it(`${name} gives the same bytes twice and leaves its input alone`, () => {
      const votes = untidy(5)
      const before = structuredClone(votes)
      assert.deepStrictEqual(fit(votes), fit(votes))
      assert.deepStrictEqual(votes, before)
    })

    it(`${name} says what is wrong with its votes`, () => {
      const { votes } = plantVotes({ nItems: 3, reliability: [0.9, 0.8], seed: 1 })
      assert.throws(() => fit({ ...votes, item: votes.item.map(() => 3) }), /found item 3 at vote 0, expected 0 to 2/)
      assert.throws(() => fit({ ...votes, annotator: votes.annotator.map(() => -1) }), /found annotator -1 at vote 0/)
      assert.throws(
        () => fit({ ...votes, label: votes.label.map(() => 2) }),
        /found label 2 at vote 0, expected 0 to 1/
      )
      assert.throws(() => fit({ ...votes, nClasses: 1 }), /found 1 classes/)
      assert.throws(() => fit({ ...votes, label: votes.label.subarray(1) }), RangeError)
    })
  })
}
