import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { pairwiseAgreement } from "../../src/cleaners/pairwiseAgreement.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { wilson } from "../../src/math/wilson.ts"
import { votesOf } from "../contracts/crowdModel.ts"

const seedOf = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))

describe("pairwiseAgreement", () => {
  it.prop("pairwiseAgreement counts what two loops over all votes count", { seed: seedOf }, ({ seed }) => {
    const random = keyedRandom("agreement", seed)
    const draw = (n: number) => Math.floor(random() * n)
    const rows = Array.from({ length: draw(40) }, () => [draw(6), draw(4), draw(3)] as const)
    const { agreement, lower, nAgreeing, nBoth, upper } = pairwiseAgreement(
      votesOf(rows, { nItems: 6, nAnnotators: 4, nClasses: 3 })
    )
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < 4; b++) {
        const pairs = rows.flatMap((one, v) =>
          rows
            .filter((other, w) => (a === b ? w < v : w !== v) && one[1] === a && other[1] === b && one[0] === other[0])
            .map((other) => one[2] === other[2])
        )
        const both = pairs.length
        const agreeing = pairs.filter(Boolean).length
        const cell = a * 4 + b
        assert.deepStrictEqual([nBoth[cell], nAgreeing[cell]], [both, agreeing])
        const interval = wilson(agreeing, both)
        assert.deepStrictEqual([lower[cell], upper[cell]], [interval.lower, interval.upper])
        assert.deepStrictEqual(agreement[cell], agreeing / both)
      }
    }
  })
})
