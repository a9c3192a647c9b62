import type * as Schema from "effect/Schema"
import { reject } from "../Rejects.ts"
import { type InputOf, reshape } from "../Stage.ts"

/**
 * Lets rows pass that satisfy a condition; the others become rejects with the given reason.
 *
 * `needs` are the columns the condition reads: `filter({ needs: { margin: Schema.Finite }, reason: "small margin", keep: (row) =>
 * row.margin >= 0.2 })`. The condition has to be a pure function of the row.
 */
export const filter = <N extends Schema.Struct.Fields>(options: {
  readonly needs: N
  readonly reason: string
  readonly keep: (row: InputOf<N, {}>) => boolean
  /** What to write down about a row that leaves. Default: the needed columns as JSON. */
  readonly detail?: (row: InputOf<N, {}>) => string
}) => {
  const names = Object.keys(options.needs)
  const detail =
    options.detail ??
    ((row: object) => JSON.stringify(Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name)))))
  return reshape({
    name: "filter",
    needs: options.needs,
    gives: {},
    keeps: true,
    config: { reason: options.reason, keep: String(options.keep) },
    row: (row) => (options.keep(row) ? [{}] : [reject(options.reason, detail(row))])
  })
}
