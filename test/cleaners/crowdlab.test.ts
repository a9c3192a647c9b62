import { assert, describe, it } from "@effect/vitest"
import { crowdlab } from "../../src/cleaners/crowdlab.ts"
import { majorityVote } from "../../src/cleaners/majorityVote.ts"
import type { Votes } from "../../src/cleaners/Votes.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { normal } from "../../src/math/normal.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"
import { accuracy, plantVotes, votesOf } from "../contracts/crowdModel.ts"

/** A model's probabilities of the first of two classes that lean to the truth. */
const opinions = (truth: Int8Array, strength: number, seed: string) => {
  const random = keyedRandom("opinions", seed)
  return Float64Array.from(
    [...truth].flatMap((c) => {
      const p = sigmoid((c === 0 ? strength : -strength) + normal(random))
      return [p, 1 - p]
    })
  )
}

const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

/** One pass of the published formulas over a table of items by annotators, null where missing. */
const published = (
  table: ReadonlyArray<ReadonlyArray<number | null>>,
  p: ReadonlyArray<ReadonlyArray<number>>,
  consensus: ReadonlyArray<number>
) => {
  const nClasses = p[0]!.length
  const given = table.map((row) => row.filter((label) => label !== null))
  const shared = table.map((_, i) => i).filter((i) => given[i]!.length > 1)
  const agreement = mean(
    shared.map((i) => given[i]!.filter((label) => label === consensus[i]).length / given[i]!.length)
  )
  const commonest = Math.max(...p[0]!.map((_, c) => shared.filter((i) => consensus[i] === c).length))
  const base = Math.max(1e-6, 1 - commonest / shared.length)
  const annotatorWeight = table[0]!.map((_, k) => {
    let agreeing = 0
    let others = 0
    for (const row of table) {
      if (row[k] === null) continue
      for (const [j, label] of row.entries()) {
        if (j === k || label === null) continue
        others++
        if (label === row[k]) agreeing++
      }
    }
    return Math.max(1e-6, 1 - (1 - agreeing / others) / base)
  })
  const error = mean(shared.map((i) => Number(p[i]!.indexOf(Math.max(...p[i]!)) !== consensus[i])))
  const modelWeight = Math.max(1e-6, 1 - error / base) * Math.sqrt(mean(given.map((labels) => labels.length)))
  const posterior = table.map((row, i) => {
    const weighted = p[i]!.map((own, c) => {
      const votes = row.map((label, k) =>
        label === null ? 0 : annotatorWeight[k]! * (label === c ? agreement : (1 - agreement) / (nClasses - 1))
      )
      return own * modelWeight + votes.reduce((sum, value) => sum + value, 0)
    })
    const total = weighted.reduce((sum, value) => sum + value, 0)
    return weighted.map((value) => value / total)
  })
  return { annotatorWeight, modelWeight, posterior }
}

const tableOf = ({ annotator, item, label, nAnnotators, nItems }: Votes) => {
  const table = Array.from({ length: nItems }, () => Array.from({ length: nAnnotators }, (): number | null => null))
  for (const [v, i] of item.entries()) table[i]![annotator[v]!] = label[v]!
  return table
}

describe("crowdlab", () => {
  it("crowdlab gives what two passes of the published formulas over a dense table give", () => {
    const { truth, votes } = plantVotes({
      nItems: 150,
      reliability: [0.9, 0.8, 0.6, 0.7],
      coverage: 0.6,
      seed: "dense"
    })
    const voted = new Set(votes.item)
    const items = [...truth.keys()].filter((i) => voted.has(i))
    const number = new Map(items.map((i, place) => [i, place]))
    const own = { ...votes, item: votes.item.map((i) => number.get(i)!), nItems: items.length }
    const pModel = opinions(
      truth.filter((_, i) => voted.has(i)),
      0.8,
      "dense"
    )
    const table = tableOf(own)
    const p = items.map((_, i) => [...pModel.subarray(2 * i, 2 * i + 2)])
    const { consensus: counted } = majorityVote(own)
    const best = (row: ReadonlyArray<number>) => row.indexOf(Math.max(...row))
    const majority = [...counted].map((c, i) => (c === -1 ? best(p[i]!) : c))
    const consensus = published(table, p, majority).posterior.map(best)
    const expected = published(table, p, consensus)
    const fit = crowdlab(own, pModel)
    assert.deepStrictEqual([...fit.consensus], consensus)
    assert.closeTo(fit.modelWeight, expected.modelWeight, 1e-12)
    for (const [k, weight] of expected.annotatorWeight.entries()) assert.closeTo(fit.annotatorWeight[k]!, weight, 1e-12)
    for (const [j, value] of expected.posterior.flat().entries()) assert.closeTo(fit.classProb[j]!, value, 1e-12)
    for (const [i, c] of consensus.entries()) assert.strictEqual(fit.consensusQuality[i], fit.classProb[2 * i + c])
    const quality = [0, 1, 2, 3].map((k) => {
      const rows = table.flatMap((row, i) => (row[k] === null ? [] : [{ i, label: row[k]! }]))
      const shared = rows.filter(({ i }) => table[i]!.filter((label) => label !== null).length > 1)
      const agreement = mean(shared.map(({ i, label }) => Number(label === consensus[i])))
      const self = mean(rows.map(({ i, label }) => expected.posterior[i]![label]!))
      const perItem = own.item.length / own.nItems / 4
      const share =
        expected.modelWeight / (expected.modelWeight + perItem * expected.annotatorWeight.reduce((a, b) => a + b, 0))
      return share * self + (1 - share) * agreement
    })
    for (const [k, value] of quality.entries()) assert.closeTo(fit.annotatorQuality[k]!, value, 1e-12)
  })

  it("crowdlab beats majority and model, and ranks annotators as planted", () => {
    const { truth, votes } = plantVotes({
      nItems: 5000,
      reliability: [0.55, 0.9, 0.7, 0.6, 0.8],
      coverage: 0.6,
      seed: "gain"
    })
    const pModel = opinions(truth, 1, "gain")
    const fit = crowdlab(votes, pModel)
    const own = accuracy(fit.classProb, truth, 2)
    assert.isAbove(own, accuracy(pModel, truth, 2) + 0.02)
    assert.isAbove(
      own,
      accuracy(
        majorityVote(votes).classProb.map((p) => (Number.isNaN(p) ? 0.5 : p)),
        truth,
        2
      ) + 0.02
    )
    assert.deepStrictEqual(
      [...fit.annotatorQuality.keys()].toSorted((a, b) => fit.annotatorQuality[a]! - fit.annotatorQuality[b]!),
      [0, 3, 2, 4, 1]
    )
  })

  it("crowdlab permutes with items and annotators and mirrors with the classes", () => {
    const { truth, votes } = plantVotes({ nItems: 60, reliability: [0.9, 0.6, 0.7], coverage: 0.8, seed: "permute" })
    const pModel = opinions(truth, 0.5, "permute")
    const fit = crowdlab(votes, pModel)
    const turned = crowdlab(
      {
        ...votes,
        item: votes.item.map((i) => 59 - i),
        annotator: votes.annotator.map((k) => (k + 1) % 3),
        label: votes.label.map((l) => 1 - l)
      },
      pModel.toReversed()
    )
    for (const [j, p] of fit.classProb.toReversed().entries()) assert.closeTo(turned.classProb[j]!, p, 1e-12)
    for (const k of [0, 1, 2]) {
      assert.closeTo(turned.annotatorQuality[(k + 1) % 3]!, fit.annotatorQuality[k]!, 1e-12)
      assert.closeTo(turned.annotatorWeight[(k + 1) % 3]!, fit.annotatorWeight[k]!, 1e-12)
    }
  })

  it("crowdlab gives unvoted items the model's opinion and names the probability of each label", () => {
    const votes = votesOf(
      [
        [0, 0, 0],
        [0, 1, 0],
        [1, 0, 1],
        [1, 1, 0],
        [2, 2, 1]
      ],
      { nItems: 4, nAnnotators: 4, nClasses: 2 }
    )
    const fit = crowdlab(votes, Float64Array.of(0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.3, 0.7))
    assert.closeTo(fit.classProb[6]!, 0.3, 1e-12)
    assert.deepStrictEqual(
      [...fit.labelQuality],
      [0, 0, 3, 2, 5].map((j) => fit.classProb[j]!)
    )
    assert.isNaN(fit.annotatorQuality[3]!)
    assert.isFalse(Number.isNaN(fit.annotatorQuality[2]!))
  })

  it("crowdlab says what is wrong with its input", () => {
    const votes = votesOf(
      [
        [0, 0, 0],
        [0, 1, 0]
      ],
      { nItems: 1, nAnnotators: 2, nClasses: 2 }
    )
    assert.throws(() => crowdlab(votes, Float64Array.of(1)), /found 1 probabilities, expected 2 for each of 1 items/)
    assert.throws(() => crowdlab(votes, Float64Array.of(1, 1.5)), /found p 1.5 at item 0, class 1/)
    const single = votesOf([[0, 0, 0]], { nItems: 1, nAnnotators: 2, nClasses: 2 })
    assert.throws(() => crowdlab(single, Float64Array.of(0.5, 0.5)), /no item with two votes/)
  })
})
