import * as Schema from "effect/Schema"
import { quantileStages } from "../math/quantileStages.ts"
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

/** What the stages of a curriculum are made by. */
export interface CurriculumOptions<N extends Schema.Struct.Fields> extends OrderOptions<N> {
  /** How many stages of equal size, a positive integer. */
  readonly stages: number
}

const places = { difficulty: Schema.Finite, rank: Schema.Int }
const staged = { ...places, curriculumStage: Schema.Int }

/** Makes a stage that orders rows one by one, or in stages of a curriculum. */
export interface Order {
  <N extends Schema.Struct.Fields>(options: CurriculumOptions<N>): Stage<RowOf<N>, RowOf<typeof staged>, true>
  <N extends Schema.Struct.Fields>(options: OrderOptions<N>): Stage<RowOf<N>, RowOf<typeof places>, true>
}

/**
 * Lets rows leave from easy to hard, or the other way round: one by one, or in stages of a curriculum.
 *
 * `order({ by: Difficulty.closeMargin })` adds `difficulty` and `rank`, which counts from 0 in the new order. Rows that are equally hard come in
 * an order drawn by the run's seed and their ids, so the order in which rows arrive decides nothing. A row whose difficulty cannot
 * be told becomes a reject: give it one in the function where it should stay. A trainer keeps the order only where it does not
 * shuffle.
 *
 * `order({ by: Difficulty.textLength, stages: 3 })` cuts the data into stages of equal size instead and adds `curriculumStage`, from 0, the one
 * that leaves first. Rows that are equally hard share a stage, so many ties make stages uneven (`quantileStages`); within a stage the order is
 * drawn. For a trainer that shuffles, train on one stage after the other by `curriculumStage`.
 *
 * Needs all rows before the first can leave; 20 bytes a row between the passes, 24 with stages. Throws a RangeError on a number of
 * stages that is none.
 */
export const order: Order = <N extends Schema.Struct.Fields>(
  options: OrderOptions<N> & { readonly stages?: number }
) => {
  const { by, direction = "rising", stages: nStages } = options
  // Refuses a number of stages that is none now, not when all rows have come.
  if (nStages !== undefined) quantileStages(new Float64Array(), nStages)
  const sign = direction === "rising" ? 1 : -1
  return reorder({
    name: "order",
    needs: () => by.needs,
    gives: nStages === undefined ? places : staged,
    config: { by: by.name, formula: String(by.of), direction, ...(nStages === undefined ? {} : { stages: nStages }) },
    begin: (context) => {
      const seen = new Difficulties(by, context)
      return {
        see: (row) => seen.add(row),
        settle: () => {
          const { values } = seen
          const stages =
            nStages === undefined
              ? undefined
              : quantileStages(
                  values.map((value) => sign * value),
                  nStages
                )
          const isBefore = stages ?? values.map((value) => sign * value)
          return {
            order: seen.known().sort((a, b) => isBefore[a]! - isBefore[b]! || seen.compare(a, b)),
            given: (index, rank) => ({
              difficulty: values[index]!,
              rank,
              ...(stages === undefined ? {} : { curriculumStage: stages[index]! })
            }),
            rejection: seen.rejection
          }
        }
      }
    }
  })
}
