import * as Schema from "effect/Schema"
import { hash128 } from "../math/keyedRandom.ts"
import { enrich } from "../Stage.ts"

/**
 * Puts every row in a split by a hash of its prompt id, so that all pairs of a prompt stay together.
 *
 * `shares` are the shares of the splits besides `train`, which gets the rest: `split({ test: 0.1 })`. The assignment depends on the
 * prompt id alone, not on the seed or on the other rows, so a data set that grows keeps its splits. Names are word characters.
 */
export const split = (shares: Readonly<Record<string, number>>) => {
  const total = Object.values(shares).reduce((sum, share) => sum + share, 0)
  if (Object.values(shares).some((share) => !(share >= 0)) || total > 1 + 1e-9) {
    throw new Error(`Cannot split: found shares that sum to ${total}, expected shares from 0 that sum to at most 1`)
  }
  return enrich({
    name: "split",
    needs: { promptId: Schema.String },
    gives: { split: Schema.String },
    config: shares,
    rows: (rows) =>
      rows.map((row) => {
        let left = (hash128(`split\u001f${row.promptId}`)[0] >>> 0) / 4294967296
        for (const [name, share] of Object.entries(shares)) {
          if (left < share) return { split: name }
          left -= share
        }
        return { split: "train" }
      })
  })
}
