import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batch from "../Batch.ts"
import { Inlet } from "../Inlet.ts"
import { keyedRandom } from "../math/keyedRandom.ts"
import { TypedList } from "../math/TypedList.ts"
import * as Pipeline from "../Pipeline.ts"
import { readPlaces } from "../readPlaces.ts"
import { Run } from "../Run.ts"
import { runView } from "../runView.ts"
import { Spool } from "../Spool.ts"
import type { RowOf } from "../Stage.ts"

type Fields = Schema.Struct.Fields
type Simplify<T> = { readonly [K in keyof T]: T[K] }

/** The row a body gets: the row in front of the loop, its state, and which try this is, from 1. */
export type TriedRow<Row, State extends Fields> = Simplify<
  Omit<Row, keyof State | "tries"> & RowOf<State> & { readonly tries: number }
>

/** What is repeated, until when, how often, and what becomes of rows that are never accepted. */
export interface LoopOptions<Row, State extends Fields, Out, E, R> {
  /** One try: stages behind the rows it is given. It has to keep their columns, and may change all of them. */
  readonly body: (rows: Pipeline.Pipeline<TriedRow<Row, State>>) => Pipeline.Pipeline<Out, E, R>
  /** Whether a row is done after a try. */
  readonly until: (row: Out) => boolean
  /** Most tries of a row, a positive integer. */
  readonly most: number
  /** What becomes of a row that no try made acceptable: a reject (default), its last try, or its best by `score`. */
  readonly otherwise?: "drop" | "last" | "best"
  /** How good a try is; higher is better, of equal ones the first. Needed for "best". */
  readonly score?: (row: Out) => number
  /** Columns that go from one try of a row to its next, such as an instruction that is improved. */
  readonly state?: State
  /** What a row's state is before its first try. */
  readonly start?: (row: Row) => RowOf<State>
  /** Default "loop". */
  readonly name?: string
}

/** Hidden in the rows of a body: the place of the row in front of the loop. */
const place = "\u0000place"

/**
 * Repeats stages for each row until it is acceptable, at most so many times.
 *
 * Try 1 takes all rows, try 2 those that try 1 did not make acceptable, and so on, so that calls of different rows go out together. What
 * a row carries from one try to the next are its own columns and nothing else. Each try has a seed of its own, derived from the run's, so a
 * question asked again is sampled anew; the first try asks what the stages would ask without a loop. Rows come out in the order they
 * came in, with `tries` (which try this is of) and `accepted`.
 *
 * A row that a stage of the body rejects has failed that try: it leaves, unless an earlier try can be kept. Needs all rows of a try
 * before the next; memory is 24 bytes a row and try, rows go to disk. Killed and run again, answers come from the journal and
 * nothing is paid twice. The stages of the body count all tries together in the manifest; findings from the second try on carry its number.
 */
export const loop = <Row extends object, Out extends TriedRow<Row, State>, E, R, State extends Fields = {}>(
  options: LoopOptions<Row, State, Out, E, R>
) => {
  const { most, name = "loop", otherwise = "drop", score, start, state = {}, until } = options
  const wrong = (found: string, expected: string): never => {
    throw new Error(`Cannot set up "${name}": found ${found}, expected ${expected}`)
  }
  if (!Number.isInteger(most) || most < 1) wrong(`most ${most}`, "a positive integer")
  if (otherwise === "best" && score === undefined)
    wrong('otherwise "best" without a score', "a function that scores a row")
  if (Object.keys(state).length > 0 && start === undefined)
    wrong("a state without a start", "what it is before the first try")

  return <E0, R0>(input: Pipeline.Pipeline<Row, E0, R0>): Pipeline.Pipeline<LoopedRow<Out>, E | E0, R | R0 | Run> => {
    const columns = { ...input.columns, ...state, tries: Schema.Int }
    const body = options.body(Inlet.pipeline<TriedRow<Row, State>>(input.steps, columns))
    Pipeline.checkWiring(name, body.steps, body.columns, columns, {})
    const key = Pipeline.nextKey(body.steps, name)
    const made = { ...body.columns, accepted: Schema.Boolean }
    const columnNames = Object.keys(made)

    const batches = Stream.unwrap(
      Effect.gen(function* () {
        const run = yield* Run
        const counts = run.progress.stage(key)
        const open = Spool.scoped<Readonly<Record<string, unknown>>>(run.spool, key)
        /** What came out of each try; at 0 what went in. */
        const tried = [yield* open]
        /** By place in the input: the try that is kept so far (0 for none), its row there, and its score. */
        const bestTry = new TypedList(Int32Array)
        const bestAt = new TypedList(Int32Array)
        const bestScore = new TypedList(Float64Array)
        /** Rows to give out: place, try, row there, and whether it was accepted. */
        const out = { place: new TypedList(Int32Array), try: new TypedList(Int32Array), at: new TypedList(Int32Array) }
        const isAccepted = new TypedList(Uint8Array)
        const give = (at: number, nTry: number, row: number, accepted: boolean) => {
          out.place.push(at)
          out.try.push(nTry)
          out.at.push(row)
          isAccepted.push(Number(accepted))
        }

        yield* Stream.runForEach(input.batches, (batch) =>
          Effect.sync(() => {
            for (const row of batch.rows) {
              tried[0]!.write({ ...row, ...start?.(row), [place]: bestTry.length })
              bestTry.push(0)
              bestAt.push(0)
              bestScore.push(Number.NEGATIVE_INFINITY)
            }
            counts.rowsIn += batch.rows.length
          })
        )
        tried[0]!.seal()
        let waiting: Int32Array = Int32Array.from({ length: bestTry.length }, (_, i) => i)
        const done = new Uint8Array(bestTry.length)

        for (let nTry = 1; nTry <= most && waiting.length > 0; nTry++) {
          const from = tried[nTry - 1]!
          const to = yield* open
          tried.push(to)
          const places = waiting
          const failed = new TypedList(Int32Array)
          const view = runView(run, {
            seed: nTry === 1 ? run.seed : Math.floor(keyedRandom(run.seed, "try", key, nTry)() * 2 ** 31),
            findingKeyOf: (stage) => (nTry === 1 ? stage : `${stage} (try ${nTry})`)
          })
          const rows = body.batches.pipe(
            Inlet.into(places.length, (first, end) =>
              readPlaces(from, places.subarray(first, end)).map((row) => ({ ...row, tries: nTry }))
            ),
            Stream.provideService(Run, view)
          )
          yield* Stream.runForEach(rows, (batch) =>
            Effect.sync(() => {
              for (const row of batch.rows) {
                const index = to.nRows
                to.write(row)
                const origin = (row as Readonly<Record<string, unknown>>)[place] as number
                if (until(row)) {
                  done[origin] = 1
                  give(origin, nTry, index, true)
                  continue
                }
                failed.push(index)
                const value = score?.(row) ?? 0
                if (otherwise === "last" || (otherwise === "best" && value > bestScore.values[origin]!)) {
                  bestTry.values[origin] = nTry
                  bestAt.values[origin] = index
                  bestScore.values[origin] = value
                }
              }
            })
          )
          to.seal()
          waiting = failed.values
        }

        if (otherwise === "drop") {
          const last = tried.at(-1)!
          for (let i = 0; i < waiting.length; i++) {
            const row = last.read(waiting[i]!)
            counts.rejected++
            const detail = score === undefined ? "" : `; the last scored ${score(row as Out)}`
            run.rejects.add({
              id: String(row["id"] ?? row[place]),
              stage: key,
              reason: "not accepted",
              detail: `${tried.length - 1} of ${most} tries were made${detail}`
            })
          }
        } else {
          for (let at = 0; at < done.length; at++) {
            if (done[at] === 0 && bestTry.values[at]! > 0) give(at, bestTry.values[at]!, bestAt.values[at]!, false)
          }
        }

        const order = Int32Array.from(out.place.values, (_, i) => i).toSorted(
          (a, b) => out.place.values[a]! - out.place.values[b]! || a - b
        )
        return Stream.unfold(0, (from) =>
          Effect.sync(() => {
            if (from >= order.length) return undefined
            const some = order.subarray(from, from + Batch.defaultSize)
            const rows = readTries(
              tried,
              Int32Array.from(some, (i) => out.try.values[i]!),
              Int32Array.from(some, (i) => out.at.values[i]!)
            ).map((row, i) => {
              const all = { ...row, accepted: isAccepted.values[some[i]!] === 1 }
              return Object.fromEntries(columnNames.map((column) => [column, all[column as keyof typeof all]]))
            })
            counts.rowsOut += rows.length
            return [{ index: from / Batch.defaultSize, rows }, from + some.length] as const
          })
        )
      })
    )
    const config = {
      most,
      otherwise,
      until: String(until),
      ...(score === undefined ? {} : { score: String(score) }),
      ...(start === undefined ? {} : { start: String(start) }),
      body: body.steps.slice(input.steps.length).map((step) => step.key)
    }
    const inner = body.steps
      .slice(input.steps.length)
      .map((step) =>
        step.callsPerRow === undefined ? step : { ...step, callsPerRow: `${step.callsPerRow}, up to ${most} times` }
      )
    const step = {
      key,
      kind: "whole",
      needs: {},
      gives: { ...state, tries: Schema.Int, accepted: Schema.Boolean },
      config
    } as const
    return Pipeline.make(
      [...input.steps, ...inner, step],
      made,
      batches as unknown as Stream.Stream<Batch.Batch<LoopedRow<Out>>, E | E0, R | R0 | Run>
    )
  }
}

/** The row behind a loop. */
export type LoopedRow<Out> = Simplify<Omit<Out, "accepted"> & { readonly accepted: boolean }>

/** Reads rows of several tries in order; neighbours of one try together. */
const readTries = <Row>(tried: ReadonlyArray<Spool<Row>>, tries: Int32Array, at: Int32Array): Array<Row> => {
  const rows: Array<Row> = []
  for (let from = 0; from < tries.length;) {
    let to = from + 1
    while (to < tries.length && tries[to] === tries[from]) to++
    rows.push(...readPlaces(tried[tries[from]!]!, at.subarray(from, to)))
    from = to
  }
  return rows
}
