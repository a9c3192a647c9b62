import * as Schema from "effect/Schema"
import { quantileStages } from "../math/quantileStages.ts"
import type { RowOf, Stage } from "../Stage.ts"
import { Difficulties } from "./Difficulties.ts"
import type { Difficulty } from "./Difficulty.ts"
import { reorder } from "./reorder.ts"

/** What the stages of a curriculum are made by. */
export interface CurriculumOptions<N extends Schema.Struct.Fields> {
  readonly by: Difficulty<N>
  /** How many, a positive integer. */
  readonly stages: number
}

const gives = { difficulty: Schema.Finite, curriculumStage: Schema.Int, rank: Schema.Int }

/**
 * Cuts the data into stages of equal size from easy to hard, and lets them leave one after the other.
 *
 * `curriculum({ by: Difficulty.textLength, stages: 3 })`. Adds `difficulty`, `curriculumStage` from 0, the easiest, and `rank`, which counts
 * from 0 in the new order. Rows that are equally hard share a stage, so many ties make stages uneven (`quantileStages`). Within a stage
 * the order is drawn by the run's seed and the row's id; for one that rises throughout use `order`. A row whose difficulty cannot be
 * told becomes a reject. For a trainer that shuffles, train on one stage after the other by `curriculumStage`. Needs all rows
 * before the first can leave; 24 bytes a row between the passes. Throws a RangeError on a number of stages that is none.
 */
export const curriculum = <N extends Schema.Struct.Fields>(
  options: CurriculumOptions<N>
): Stage<RowOf<N>, RowOf<typeof gives>, true> => {
  const { by, stages: nStages } = options
  // Refuses a number of stages that is none now, not when all rows have come.
  quantileStages(new Float64Array(), nStages)
  return reorder({
    name: "curriculum",
    needs: () => by.needs,
    gives,
    config: { by: by.name, formula: String(by.of), stages: nStages },
    begin: (context) => {
      const seen = new Difficulties(by, context)
      return {
        see: (row) => seen.add(row),
        settle: () => {
          const { values } = seen
          const stages = quantileStages(values, nStages)
          return {
            order: seen.known().sort((a, b) => stages[a]! - stages[b]! || seen.compare(a, b)),
            given: (index, rank) => ({ difficulty: values[index]!, curriculumStage: stages[index]!, rank }),
            rejection: seen.rejection
          }
        }
      }
    }
  })
}
