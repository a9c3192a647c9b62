import { assert, describe, it } from "@effect/vitest"
import { pooledCovariance } from "../../src/cleaners/pooledCovariance.ts"
import { pooledRePo } from "../../src/cleaners/pooledRePo.ts"
import type { PooledVotes } from "../../src/cleaners/unidentifiedAnnotators.ts"
import { plantVotes } from "./plantVotes.ts"

/** Log-likelihood by summing over both truths of every item, from the model's definition. */
const logLikelihoodOf = ({ annotator, item, pModel, side }: PooledVotes, reliability: ArrayLike<number>): number => {
  const first = Float64Array.from(pModel)
  const second = pModel.map((p) => 1 - p)
  for (let v = 0; v < item.length; v++) {
    const r = reliability[annotator[v]!]!
    if (side[v] === 0) continue
    first[item[v]!]! *= side[v] === 1 ? r : 1 - r
    second[item[v]!]! *= side[v] === 1 ? 1 - r : r
  }
  return first.reduce((sum, value, i) => sum + Math.log(value + second[i]!), 0)
}

const flatPrior = { a: 1, b: 1 }

describe("pooledCovariance", () => {
  it("pooledCovariance has the standard errors that a second difference of the likelihood confirms", () => {
    const data = plantVotes({ nItems: 300, marginSd: 1, reliability: [0.9, 0.8, 0.7], seed: 5 })
    const { reliability, standardError } = pooledRePo(data)
    const h = 1e-4
    const at = (j: number, dj: number, k: number, dk: number) => {
      const moved = reliability.slice()
      moved[j]! += dj * h
      moved[k]! += dk * h
      return logLikelihoodOf(data, moved)
    }
    const information = [0, 1, 2].map((j) =>
      [0, 1, 2].map((k) => -(at(j, 1, k, 1) - at(j, 1, k, -1) - at(j, -1, k, 1) + at(j, -1, k, -1)) / (4 * h * h))
    )
    // Standard errors of the inverse of a 3 by 3 matrix, by cofactors.
    const m = (j: number, k: number) => information[j]![k]!
    const determinant =
      m(0, 0) * (m(1, 1) * m(2, 2) - m(1, 2) ** 2) -
      m(0, 1) * (m(0, 1) * m(2, 2) - m(1, 2) * m(0, 2)) +
      m(0, 2) * (m(0, 1) * m(1, 2) - m(1, 1) * m(0, 2))
    for (const [k, a, b] of [
      [0, 1, 2],
      [1, 0, 2],
      [2, 0, 1]
    ] as const) {
      assert.closeTo(standardError[k]!, Math.sqrt((m(a, a) * m(b, b) - m(a, b) ** 2) / determinant), 1e-5)
    }
  })

  it("pooledCovariance is binomial where the truth is known, and holds who is not counted", () => {
    const data = plantVotes({ nItems: 200, marginSd: 0, reliability: [0.8, 0.7, 0.9], seed: 2 })
    const votes = { ...data, pModel: Float64Array.from(data.truth, (t) => (t === 1 ? 1 : 0)) }
    const { posterior, reliability } = pooledRePo(votes)
    const covariance = pooledCovariance(votes, reliability, posterior, Uint8Array.of(1, 0, 1), flatPrior)!
    for (const [k, j] of [
      [0, 2],
      [1, 1],
      [0, 1]
    ] as const) {
      assert.closeTo(covariance[3 * k + j]!, 0, 1e-15)
    }
    assert.closeTo(covariance[8]!, (reliability[2]! * (1 - reliability[2]!)) / 200, 1e-9)
  })

  it("pooledCovariance is null where the votes do not determine the reliabilities", () => {
    const { annotator, item, nAnnotators, pModel, side } = plantVotes({
      nItems: 50,
      marginSd: 0,
      reliability: [0.8],
      seed: 2
    })
    const votes = { annotator, item, nAnnotators, pModel, side }
    // One vote an item and no evidence: the posterior repeats the reliability, the likelihood is flat.
    const posterior = Float64Array.from(side, (s) => (s === 1 ? 0.8 : 0.2))
    assert.isNull(pooledCovariance(votes, Float64Array.of(0.8), posterior, Uint8Array.of(1), flatPrior))
  })
})
