import * as Schema from "effect/Schema"
import { reject } from "../Rejects.ts"
import { type RowOf, reshape } from "../Stage.ts"

/** What rows are drawn by. */
export interface SampleOptions<N extends Schema.Struct.Fields> {
  /** The columns that decide. */
  readonly needs: N
  /** The probability, in [0, 1], that a row goes on: a pure function of the row. */
  readonly probability: (row: RowOf<N>) => number
}

const gives = { sampleProbability: Schema.Finite }

/**
 * Lets each row go on with a probability of its own, and writes down which.
 *
 * `sample({ needs: { margin: Schema.Finite }, probability: (row) => Math.min(1, row.margin) })`. `sampleProbability` is the probability with which the row is here, so
 * that `1 / sampleProbability` as a weight gives what all rows would have given on average; behind another `sample` it is the product
 * of both. A row that is not drawn becomes a reject with its probability. Draws depend on the run's seed and the row's id alone.
 * A probability outside [0, 1] ends the run with a RangeError that names the row.
 *
 * Source: Horvitz and Thompson 1952, https://doi.org/10.1080/01621459.1952.10483446
 */
export const sample = <N extends Schema.Struct.Fields>(options: SampleOptions<N>) =>
  reshape({
    name: "sample",
    needs: options.needs,
    uses: gives,
    gives,
    keeps: true,
    config: { probability: String(options.probability) },
    row: (row, context) => {
      const id = context.rowId(row)
      const probability = options.probability(row)
      if (!(probability >= 0 && probability <= 1)) {
        throw new RangeError(`Cannot draw row "${id}": found probability ${probability}, expected a number from 0 to 1`)
      }
      const before = (row as { readonly sampleProbability?: number }).sampleProbability ?? 1
      return context.random(id)() < probability
        ? [{ sampleProbability: before * probability }]
        : [reject("not drawn", `probability ${probability}`)]
    }
  })
