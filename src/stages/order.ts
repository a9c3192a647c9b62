import * as Schema from "effect/Schema"
import type { RowOf, Stage } from "../Stage.ts"
import type { Difficulty } from "./Difficulty.ts"
import { Difficulties } from "./Difficulties.ts"
import { reorder } from "./reorder.ts"

/** What rows are ordered by. */
export interface OrderOptions<N extends Schema.Struct.Fields> {
  readonly by: Difficulty<N>
  /** Easy rows first ("rising", the default) or hard ones. */
  readonly direction?: "rising" | "falling"
}

const gives = { difficulty: Schema.Finite, rank: Schema.Int }

/**
 * Lets rows leave from easy to hard, or the other way round.
 *
 * `order({ by: Difficulty.closeMargin })`. Adds `difficulty` and `rank`, which counts from 0 in the new order. Rows that are equally hard come in
 * an order drawn by the run's seed and their ids, so the order in which rows arrive decides nothing. A row whose difficulty cannot
 * be told becomes a reject: give it one in the function where it should stay. A trainer keeps the order only where it does not
 * shuffle. Needs all rows before the first can leave; 20 bytes a row between the passes.
 */
export const order = <N extends Schema.Struct.Fields>(
  options: OrderOptions<N>
): Stage<RowOf<N>, RowOf<typeof gives>, true> => {
  const { by, direction = "rising" } = options
  return reorder({
    name: "order",
    needs: () => by.needs,
    gives,
    config: { by: by.name, formula: String(by.of), direction },
    begin: (context) => {
      const seen = new Difficulties(by, context)
      return {
        see: (row) => seen.add(row),
        settle: () => {
          const { values } = seen
          const sign = direction === "rising" ? 1 : -1
          return {
            order: seen.known().sort((a, b) => sign * (values[a]! - values[b]!) || seen.compare(a, b)),
            given: (index, rank) => ({ difficulty: values[index]!, rank }),
            rejection: seen.rejection
          }
        }
      }
    }
  })
}
