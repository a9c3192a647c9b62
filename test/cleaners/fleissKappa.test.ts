import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { fleissKappa } from "../../src/cleaners/fleissKappa.ts"
import { krippendorffAlpha } from "../../src/cleaners/krippendorffAlpha.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { votesOf } from "../contracts/crowdModel.ts"

const seedOf = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))

/** Ten subjects by five categories, 14 raters: the worked example of https://en.wikipedia.org/wiki/Fleiss%27_kappa */
const published = [
  [0, 0, 0, 0, 14],
  [0, 2, 6, 4, 2],
  [0, 0, 3, 5, 6],
  [0, 3, 9, 2, 0],
  [2, 2, 8, 1, 1],
  [7, 7, 0, 0, 0],
  [3, 2, 6, 3, 0],
  [2, 5, 3, 2, 2],
  [6, 5, 2, 1, 0],
  [0, 2, 2, 3, 7]
]

describe("fleissKappa", () => {
  it("fleissKappa gives the published figures of the worked example", () => {
    const rows = published.flatMap((counts, i) =>
      counts.flatMap((n, l) => Array.from({ length: n }, () => l)).map((l, k) => [i, k, l] as const)
    )
    const { expected, kappa, nItems, observed } = fleissKappa(
      votesOf(rows, { nItems: 10, nAnnotators: 14, nClasses: 5 })
    )
    assert.closeTo(observed, 0.378, 0.0005)
    assert.closeTo(expected, 0.213, 0.0005)
    assert.closeTo(kappa, 0.21, 0.0005)
    assert.strictEqual(nItems, 10)
  })

  it.prop(
    "fleissKappa falls short of Krippendorff's alpha by (1 - alpha) / (number of votes)",
    { seed: seedOf },
    ({ seed }) => {
      // Known relation for equal numbers of votes per item, nominal level.
      const random = keyedRandom("fleiss", seed)
      const rows = Array.from({ length: 24 }, (_, v) => [v % 8, Math.floor(v / 8), Math.floor(random() * 3)] as const)
      const votes = votesOf(rows, { nItems: 8, nAnnotators: 3, nClasses: 3 })
      const { alpha } = krippendorffAlpha(votes)
      const { kappa } = fleissKappa(votes)
      assert.closeTo(alpha, 1 - (1 - kappa) * (1 - 1 / 24), 1e-12)
    }
  )

  it("fleissKappa leaves items with one vote out", () => {
    const rows = [
      [0, 0, 0],
      [0, 1, 0],
      [1, 0, 1],
      [1, 1, 0],
      [2, 0, 1]
    ] as const
    const { nItems, observed } = fleissKappa(votesOf(rows, { nItems: 3, nAnnotators: 2, nClasses: 2 }))
    assert.deepStrictEqual([nItems, observed], [2, 0.5])
  })
})
