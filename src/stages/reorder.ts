import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Rejection } from "../Rejects.ts"
import { type RowOf, type Stage, type StageContext, whole } from "../Stage.ts"
import { onColumns } from "./onColumns.ts"

/** In which order rows leave. */
export interface NewOrder<Given> {
  /** The indices of the rows that leave, in their new order, each once. */
  readonly order: Int32Array
  /** What the row of an index gets, at its new place. */
  readonly given: (index: number, place: number) => Given
  /** Why the row of an index does not leave; asked for each row. */
  readonly rejection: (index: number) => Rejection | undefined
}

/**
 * Makes a stage that lets rows leave in another order, with all their columns.
 *
 * `begin` starts the state of a run: `see` gets each row, `settle` says the order. As `whole`, with 4 bytes a row for the order;
 * rows are read back from disk one by one.
 */
export const reorder = <Needs, G extends Schema.Struct.Fields>(options: {
  readonly name: string
  readonly needs: (columns: Schema.Struct.Fields) => Schema.Struct.Fields
  readonly gives: G
  readonly config: unknown
  readonly begin: (
    context: StageContext,
    columns: Schema.Struct.Fields
  ) => {
    readonly see: (row: object) => void
    readonly settle: () => NewOrder<RowOf<G>>
  }
}): Stage<Needs, RowOf<G>, true> => {
  const { config, gives, name } = options
  return onColumns({ name, needs: {}, gives, config }, (columns) =>
    whole({
      name,
      needs: options.needs(columns),
      // The row at a place is another one than was read there, so that every column is given anew.
      gives: { ...columns, ...gives },
      keeps: true,
      config,
      begin: (context) => {
        const { see, settle } = options.begin(context, columns)
        return {
          see,
          settle: Effect.sync(() => {
            const { given, order, rejection } = settle()
            return (_row, place, read) => {
              const refused = rejection(place)
              const index = order[place]
              return [
                ...(refused === undefined ? [] : [refused]),
                ...(index === undefined ? [] : [{ ...read(index), ...given(index, place) }])
              ]
            }
          })
        }
      }
    })
  )
}
