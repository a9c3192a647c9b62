import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Batch } from "../Batch.ts"
import { Inlet } from "../Inlet.ts"
import { TypedList } from "../math/TypedList.ts"
import * as Pipeline from "../Pipeline.ts"
import { readPlaces } from "../readPlaces.ts"
import { Run } from "../Run.ts"
import { Spool } from "../Spool.ts"
import { sameColumns } from "./sameColumns.ts"

/** Which rows take which route. */
export interface BranchOptions<Row, Names extends string, Out, E, R> {
  /** The name of a row's route. A pure function of the row. */
  readonly by: (row: Row) => Names
  /** The stages of each route; all have to end in the same columns. `(rows) => rows` changes nothing. */
  readonly routes: { readonly [Name in Names]: (rows: Pipeline.Pipeline<Row>) => Pipeline.Pipeline<Out, E, R> }
  /** Default "branch". */
  readonly name?: string
}

/** The row behind a branch. */
export type RoutedRow<Out> = {
  readonly [K in keyof Out | "route"]: K extends "route" ? string : K extends keyof Out ? Out[K] : never
}

/**
 * Sends every row through exactly one of several named routes, each a pipeline of its own.
 *
 * Rows come out route after route, in the order of `routes` and within a route as it gives them, with the name in `route`; behind it
 * `interleave({ by: "route", ratio })` mixes them. A row whose `by` names no route becomes a reject. Needs all rows before the first can
 * leave; memory is 4 bytes a row, rows go to disk. Throws a WiringError where routes end in different columns.
 */
export const branch =
  <Row extends object, const Names extends string, Out extends object, E, R>(
    options: BranchOptions<Row, Names, Out, E, R>
  ) =>
  <E0, R0>(input: Pipeline.Pipeline<Row, E0, R0>): Pipeline.Pipeline<RoutedRow<Out>, E | E0, R | R0 | Run> => {
    const { by, name = "branch" } = options
    const names = Object.keys(options.routes) as ReadonlyArray<string> as ReadonlyArray<Names>
    if (names.length === 0) throw new Error(`Cannot set up "${name}": found no route, expected one or more`)
    const key = Pipeline.nextKey(input.steps, name)
    const outline = { key, kind: "reshape", needs: {}, gives: { route: Schema.String } } as const
    let steps: ReadonlyArray<Pipeline.Step> = [...input.steps, { ...outline, config: {} }]
    const routes = names.map((route) => {
      const part = options.routes[route](Inlet.pipeline<Row>(steps, input.columns))
      const own = part.steps.slice(steps.length).map((step) => step.key)
      steps = part.steps
      return { name: `route "${route}"`, route, columns: part.columns, batches: part.batches, own }
    })
    for (const other of routes.slice(1)) sameColumns(name, routes[0]!, other)
    const config = { by: String(by), routes: Object.fromEntries(routes.map(({ route, own }) => [route, own])) }
    const allSteps = steps.map((step) => (step.key === key ? { ...outline, config } : step))

    const batches = Stream.unwrap(
      Effect.gen(function* () {
        const run = yield* Run
        const counts = run.progress.stage(key)
        const spool = yield* Spool.scoped<Row>(run.spool, key)
        const places = new Map(names.map((route) => [route, new TypedList(Int32Array)]))
        yield* Stream.runForEach(input.batches, (batch) =>
          Effect.sync(() => {
            for (const row of batch.rows) {
              const route = by(row)
              const list = places.get(route)
              counts.rowsIn++
              if (list === undefined) {
                counts.rejected++
                const detail = `found route "${route}", expected ${names.join(", ")}`
                const { id } = row as { readonly id?: unknown }
                run.rejects.add({
                  id: typeof id === "string" ? id : `row ${counts.rowsIn}`,
                  stage: key,
                  reason: "no such route",
                  detail
                })
                continue
              }
              list.push(spool.nRows)
              spool.write(row)
              counts.rowsOut++
            }
          })
        )
        spool.seal()
        let index = 0
        return Stream.fromIterable(routes).pipe(
          Stream.flatMap(({ batches: part, route }) => {
            const list = places.get(route)!
            return part.pipe(
              Inlet.into(list.length, (from, to) => readPlaces(spool, list.values.subarray(from, to))),
              Stream.map((batch) => ({ index: index++, rows: batch.rows.map((row) => ({ ...row, route })) }))
            )
          })
        )
      })
    )
    return Pipeline.make(
      allSteps,
      { ...routes[0]!.columns, route: Schema.String },
      batches as unknown as Stream.Stream<Batch<RoutedRow<Out>>, E | E0, R | R0 | Run>
    )
  }
