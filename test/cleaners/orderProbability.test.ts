import { assert, describe, it } from "@effect/vitest"
import { orderProbability } from "../../src/cleaners/orderProbability.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

const random = keyedRandom("orderProbability")
const nRows = 200
const column = (scale: number) => Float64Array.from({ length: nRows }, () => -scale * random() - 0.01)
const columns = {
  logpChosen: column(6),
  logpRejected: column(6),
  refLogpChosen: column(6),
  refLogpRejected: column(6),
  nTokChosen: Int32Array.from({ length: nRows }, () => 1 + Math.floor(20 * random())),
  nTokRejected: Int32Array.from({ length: nRows }, () => 1 + Math.floor(20 * random()))
}
const exchanged = {
  logpChosen: columns.logpRejected,
  logpRejected: columns.logpChosen,
  refLogpChosen: columns.refLogpRejected,
  refLogpRejected: columns.refLogpChosen,
  nTokChosen: columns.nTokRejected,
  nTokRejected: columns.nTokChosen
}

interface Side {
  readonly logp: number
  readonly ref: number
  readonly n: number
}
const sideOf = (i: number, which: "Chosen" | "Rejected"): Side => ({
  logp: columns[`logp${which}`][i]!,
  ref: columns[`refLogp${which}`][i]!,
  n: columns[`nTok${which}`][i]!
})

const beta = 0.7
const gamma = 0.4
const minusLogSigmoid = (x: number) => -Math.log(1 / (1 + Math.exp(-x)))

/** The losses as their papers write them, of a preferred and another response. */
const losses: Record<"dpo" | "ipo" | "simpo" | "cpo", (win: Side, lose: Side) => number> = {
  dpo: (win, lose) => minusLogSigmoid(beta * (win.logp - win.ref) - beta * (lose.logp - lose.ref)),
  ipo: (win, lose) => (win.logp - win.ref - (lose.logp - lose.ref) - 1 / (2 * beta)) ** 2,
  simpo: (win, lose) => minusLogSigmoid((beta / win.n) * win.logp - (beta / lose.n) * lose.logp - gamma),
  cpo: (win, lose) => minusLogSigmoid(beta * win.logp - beta * lose.logp) - win.logp
}

const evidence = {
  dpo: { loss: "dpo", beta, ...columns },
  ipo: { loss: "ipo", beta, ...columns },
  simpo: { loss: "simpo", beta, gamma, ...columns },
  cpo: { loss: "cpo", beta, ...columns }
} as const

describe("orderProbability", () => {
  for (const loss of ["dpo", "ipo", "simpo", "cpo"] as const) {
    it(`orderProbability weighs the two orders by exp(-loss) for ${loss}`, () => {
      const actual = orderProbability(evidence[loss])
      for (let i = 0; i < nRows; i++) {
        const kept = Math.exp(-losses[loss](sideOf(i, "Chosen"), sideOf(i, "Rejected")))
        const turned = Math.exp(-losses[loss](sideOf(i, "Rejected"), sideOf(i, "Chosen")))
        assert.closeTo(actual[i]!, kept / (kept + turned), 1e-12, `row ${i}`)
      }
    })

    it(`orderProbability gives 1 - p when the responses are exchanged for ${loss}`, () => {
      const actual = orderProbability({ ...evidence[loss], ...exchanged })
      for (const [i, p] of orderProbability(evidence[loss]).entries()) assert.closeTo(actual[i]!, 1 - p, 1e-12)
    })
  }

  it("orderProbability is Bradley-Terry on the calibrated gap of a scorer", () => {
    const gap = Float64Array.of(-3, 0, 1.5, Number.NaN)
    const actual = orderProbability({ loss: "gap", gap, temperature: 2.5 })
    // Score each order by exp(score of its winner / temperature).
    for (const [i, value] of [-3, 0, 1.5].entries()) {
      const kept = Math.exp((10 + value) / 2.5)
      assert.closeTo(actual[i]!, kept / (kept + Math.exp(10 / 2.5)), 1e-12)
    }
    assert.isNaN(actual[3]!)
  })

  it("orderProbability of SimPO is not that of a plain gap unless gamma is 0", () => {
    const one = { loss: "simpo", beta: 2, logpChosen: Float64Array.of(-3), logpRejected: Float64Array.of(-8) } as const
    const lengths = { nTokChosen: [4], nTokRejected: [4] }
    const plain = 1 / (1 + Math.exp(-2.5))
    assert.closeTo(orderProbability({ ...one, ...lengths, gamma: 0 })[0]!, plain, 1e-12)
    assert.isAbove(orderProbability({ ...one, ...lengths, gamma: 1.6 })[0]! - plain, 0.01)
  })

  it("orderProbability neither overflows nor loses its order where a loss saturates", () => {
    const logpChosen = Float64Array.of(-1, -900, -5000)
    const logpRejected = Float64Array.of(-5000, -901, -1)
    const p = orderProbability({ loss: "cpo", beta: 0.1, logpChosen, logpRejected })
    assert.deepStrictEqual([p[0], p[2]], [1, 0])
    assert.closeTo(p[1]!, 1 / (1 + Math.exp(-1.1)), 1e-12)
    const lengths = { nTokChosen: [1, 1, 1], nTokRejected: [1, 1, 1] }
    const simpo = orderProbability({ loss: "simpo", beta: 10, gamma: 5, logpChosen, logpRejected, ...lengths })
    assert.deepStrictEqual([simpo[0], simpo[2]], [1, 0])
  })

  it("orderProbability leaves a row with a missing column missing", () => {
    const refLogpChosen = columns.refLogpChosen.slice()
    refLogpChosen[3] = Number.NaN
    const actual = orderProbability({ ...evidence.dpo, refLogpChosen })
    assert.isNaN(actual[3]!)
    assert.strictEqual(actual.filter(Number.isNaN).length, 1)
  })

  it("orderProbability says what is wrong with its input", () => {
    const bad = columns.logpRejected.slice()
    bad[7] = 0.5
    assert.throws(
      () => orderProbability({ ...evidence.cpo, logpRejected: bad }),
      /found logpRejected 0.5 at row 7, expected a finite number of at most 0, or NaN where missing/
    )
    assert.throws(() => orderProbability({ ...evidence.dpo, beta: 0 }), /found beta 0/)
    assert.throws(() => orderProbability({ ...evidence.simpo, gamma: -1 }), /found gamma -1/)
    assert.throws(
      () => orderProbability({ ...evidence.simpo, nTokChosen: new Int32Array(nRows) }),
      /nTokChosen 0 at row 0/
    )
    assert.throws(
      () => orderProbability({ ...evidence.ipo, refLogpChosen: column(1).subarray(1) }),
      /199 entries of ref/
    )
    assert.throws(
      () => orderProbability({ loss: "gap", gap: Float64Array.of(Infinity), temperature: 1 }),
      /gap Infinity/
    )
    assert.throws(() => orderProbability({ loss: "gap", gap: new Float64Array(1), temperature: -1 }), /temperature -1/)
  })
})
