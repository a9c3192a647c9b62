import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { fleissKappa } from "../../src/cleaners/fleissKappa.ts"
import { krippendorffAlpha } from "../../src/cleaners/krippendorffAlpha.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { votesOf } from "../contracts/crowdModel.ts"

const seedOf = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))
const levels = ["nominal", "ordinal", "interval"] as const

/** Four observers on twelve units, 0 where missing: Krippendorff 2011, section C. */
const published = [
  [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
  [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
  [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
  [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0]
]
const publishedVotes = votesOf(
  published.flatMap((row, k) => row.flatMap((value, i) => (value === 0 ? [] : [[i, k, value - 1] as const]))),
  { nItems: 12, nAnnotators: 4, nClasses: 5 }
)

/** One minus the mean distance of votes of one item over that of votes of any two items, pair by pair. */
const byPairs = (rows: ReadonlyArray<readonly [number, number, number]>, level: (typeof levels)[number]) => {
  const usable = rows.filter(([i], v) => rows.some(([j], w) => w !== v && j === i))
  const distance = (a: number, b: number) => {
    if (level === "nominal") return a === b ? 0 : 1
    if (level === "interval") return (a - b) ** 2
    const [low, high] = [Math.min(a, b), Math.max(a, b)]
    const within = usable.filter(([, , l]) => low <= l && l <= high).length
    const ends = usable.filter(([, , l]) => l === a).length + usable.filter(([, , l]) => l === b).length
    return (a === b ? 0 : within - ends / 2) ** 2
  }
  let observed = 0
  let expected = 0
  for (const [v, [i, , a]] of usable.entries()) {
    const nOthers = usable.filter(([j]) => j === i).length - 1
    for (const [w, [j, , b]] of usable.entries()) {
      if (v === w) continue
      expected += distance(a, b) / (usable.length - 1)
      if (i === j) observed += distance(a, b) / nOthers
    }
  }
  return 1 - observed / expected
}

describe("krippendorffAlpha", () => {
  it("krippendorffAlpha gives the published figures of Krippendorff 2011", () => {
    const alphas = levels.map((level) => krippendorffAlpha(publishedVotes, { level }))
    assert.closeTo(alphas[0]!.alpha, 0.743, 0.0005)
    assert.closeTo(alphas[1]!.alpha, 0.815, 0.0005)
    assert.closeTo(alphas[2]!.alpha, 0.849, 0.0005)
    assert.strictEqual(alphas[0]!.nPairable, 40)
  })

  it.prop("krippendorffAlpha agrees with all pairs of votes", { seed: seedOf }, ({ seed }) => {
    const random = keyedRandom("alpha", seed)
    const draw = (n: number) => Math.floor(random() * n)
    const rows = Array.from({ length: 3 + draw(25) }, (_, k) => [draw(6), k % 5, draw(4)] as const)
    for (const level of levels) {
      const { alpha } = krippendorffAlpha(votesOf(rows, { nItems: 6, nAnnotators: 5, nClasses: 4 }), { level })
      const expected = byPairs(rows, level)
      if (Number.isFinite(expected)) assert.closeTo(alpha, expected, 1e-9, level)
      else assert.isNaN(alpha)
    }
  })

  it("krippendorffAlpha reads values, and any line through them gives the same alpha", () => {
    const { alpha } = krippendorffAlpha(publishedVotes, { level: "interval" })
    const lined = krippendorffAlpha(publishedVotes, { level: "interval", values: Float64Array.of(7, 9, 11, 13, 15) })
    assert.closeTo(lined.alpha, alpha, 1e-12)
    const bent = krippendorffAlpha(publishedVotes, { level: "interval", values: Float64Array.of(0, 0, 0, 0, 1) })
    assert.strictEqual(bent.alpha, 1)
    assert.throws(() => krippendorffAlpha(publishedVotes, { values: Float64Array.of(1) }), /1 values for 5 classes/)
  })

  it("krippendorffAlpha is 0 for chance, 1 for agreement and NaN for one class", () => {
    const random = keyedRandom("chance")
    const rows = Array.from({ length: 20_000 }, (_, v) => [v >> 1, v & 1, random() < 0.3 ? 0 : 1] as const)
    const sizes = { nItems: 10_000, nAnnotators: 2, nClasses: 2 }
    assert.closeTo(krippendorffAlpha(votesOf(rows, sizes)).alpha, 0, 0.04)
    assert.closeTo(fleissKappa(votesOf(rows, sizes)).kappa, 0, 0.04)
    const agreed = rows.map(([i, k]) => [i, k, i % 2] as const)
    assert.strictEqual(krippendorffAlpha(votesOf(agreed, sizes)).alpha, 1)
    assert.strictEqual(fleissKappa(votesOf(agreed, sizes)).kappa, 1)
    const one = rows.map(([i, k]) => [i, k, 1] as const)
    assert.isNaN(krippendorffAlpha(votesOf(one, sizes)).alpha)
    assert.isNaN(fleissKappa(votesOf(one, sizes)).kappa)
    assert.isNaN(krippendorffAlpha(votesOf([], sizes)).alpha)
  })
})
