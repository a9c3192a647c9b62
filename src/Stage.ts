import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batch from "./Batch.ts"
import { inOrder } from "./inOrder.ts"
import * as Pipeline from "./Pipeline.ts"
import type { Finding } from "./Findings.ts"
import { Noted, Rejection } from "./Rejects.ts"
import { RowCalls } from "./RowCalls.ts"
import { Run } from "./Run.ts"
import * as Seed from "./Seed.ts"
import { Spool } from "./Spool.ts"

type Fields = Schema.Struct.Fields

/** The row a set of fields describes. */
export type RowOf<F extends Fields> = Schema.Struct.Type<F>

/** What a stage finds in a row: all it needs, and what it uses where an earlier stage gave it. */
export type InputOf<N extends Fields, U extends Fields> = RowOf<N> & { readonly [K in keyof RowOf<U>]?: RowOf<U>[K] }

/** The row behind a stage: the row in front of it with the given columns added or replaced, or the given columns alone. */
export type After<Row, Gives, Keeps> = Keeps extends true
  ? {
      readonly [K in keyof Row | keyof Gives]: K extends keyof Gives ? Gives[K] : K extends keyof Row ? Row[K] : never
    }
  : Gives

/**
 * One step of a pipeline; apply it with `pipeline.pipe(stage)`.
 *
 * It reads the columns it needs, adds or replaces those it gives, and leaves all others alone (`keeps`) or ends them. Made by
 * `enrich`, `each`, `reshape` and `whole` alone.
 */
export interface Stage<Needs, Gives, Keeps extends boolean, E = never, R = never> {
  <Row extends Needs, E0, R0>(
    input: Pipeline.Pipeline<Row, E0, R0>
  ): Pipeline.Pipeline<After<Row, Gives, Keeps>, E | E0, R | R0 | Run>
  readonly name: string
  readonly needs: Fields
  readonly gives: Fields
  readonly keeps: Keeps
  /** The options that decide the outcome, as JSON. */
  readonly config: unknown
}

/** What the body of a stage may ask about the run it is part of. */
export interface StageContext {
  /** The stage's key in this pipeline. */
  readonly key: string
  readonly seed: number
  /** The stable id of a row: its `id` column, or a hash of its content. */
  readonly rowId: (row: unknown) => string
  /** Publishes what the stage learned about the data. */
  readonly publish: (finding: Finding) => void
  /** A generator for this row in this stage; see `Seed.random`. */
  readonly random: (rowId: string, ...draw: ReadonlyArray<string | number>) => () => number
}

interface Declaration<N extends Fields, U extends Fields, G extends Fields> {
  /** A verb; becomes the step's key. */
  readonly name: string
  /** Columns that have to be there. */
  readonly needs: N
  /** Columns that are read when they are there. */
  readonly uses?: U
  /** Columns that are added, or replaced where they exist. */
  readonly gives: G
  /** What decides the outcome besides the rows, as JSON, for the manifest. */
  readonly config?: unknown
}

/** Watches rows as they leave a stage, in order, and says at the end what they have in common. */
export interface Tally<Row> {
  readonly add: (row: Row, notes: ReadonlyArray<Rejection>) => void
  readonly finding: () => Finding
}

type Calls = Pick<Pipeline.Step, "callsPerRow" | "capabilities" | "prefers" | "most">

/**
 * Makes a stage that computes columns for each row without leaving the process.
 *
 * `rows` gets a batch and returns one object of new columns per row, in order; anything but the declared columns is left out, a
 * wrong number of rows is a defect. It may not look beyond the batch: where batches are cut is arbitrary.
 */
export const enrich = <N extends Fields, G extends Fields, U extends Fields = {}>(
  options: Declaration<N, U, G> & {
    readonly rows: (rows: ReadonlyArray<InputOf<N, U>>, context: StageContext) => ReadonlyArray<RowOf<G>>
  }
): Stage<RowOf<N>, RowOf<G>, true> => {
  const merge = mergeOf(options.gives)
  return build("enrich", options, true, (input, context, run) => {
    const counts = run.progress.stage(context.key)
    return Stream.map(input, (batch) => {
      const given = options.rows(batch.rows as ReadonlyArray<InputOf<N, U>>, context)
      if (given.length !== batch.rows.length) {
        throw new Error(
          `Cannot run stage "${context.key}": it gave ${given.length} rows for a batch of ${batch.rows.length}, expected as many`
        )
      }
      counts.rowsIn += given.length
      counts.rowsOut += given.length
      return { index: batch.index, rows: batch.rows.map((row, i) => merge(row, given[i])) }
    })
  })
}

/**
 * Makes a stage that asks the world once or more for each row.
 *
 * Rows run concurrently across batch borders and come out in input order; at most `ahead` rows are under way or finished and
 * not yet taken. A row ends as its new columns, as a rejection, or fails the run.
 */
export const each = <N extends Fields, G extends Fields, E, R, U extends Fields = {}>(
  options: Declaration<N, U, G> &
    Calls & {
      readonly row: (
        row: InputOf<N, U>,
        context: StageContext
      ) => Effect.Effect<RowOf<G> | Noted<RowOf<G>> | Rejection, E, R>
      readonly tally?: (context: StageContext) => Tally<InputOf<N, U> & RowOf<G>>
      /** Rows under way at once. Default 256; the model service has its own limit on calls. */
      readonly concurrency?: number
      /** Rows admitted and not yet taken. Default: what the run says, or else 32 times `concurrency`, at most 8,192. */
      readonly ahead?: number
    }
): Stage<RowOf<N>, RowOf<G>, true, E, R> => {
  const merge = mergeOf(options.gives)
  for (const [limit, value = 1] of Object.entries({ concurrency: options.concurrency, ahead: options.ahead })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`Cannot make stage "${options.name}": found ${limit} ${value}, expected a positive integer`)
    }
  }
  return build("each", options, true, (input, context, run) => {
    const counts = run.progress.stage(context.key)
    const tally = options.tally?.(context)
    const concurrency = options.concurrency ?? Math.max(256, run.rowsUnderWay ?? 0)
    const ahead = options.ahead ?? run.rowsAhead ?? Math.max(concurrency, Math.min(32 * concurrency, 8192))
    const answered = inOrder(
      input,
      (row: object) => {
        counts.rowsIn++
        const answer = options.row(row as InputOf<N, U>, context)
        if (run.provenance === null) return Effect.map(answer, (given): Answered => ({ row, given, calls: null }))
        const calls = new Set<string>()
        const noted = Effect.provideService(answer, RowCalls, calls)
        return Effect.map(noted, (given): Answered => ({ row, given, calls }))
      },
      { concurrency, ahead }
    )
    let index = 0
    return Stream.map(answered, (results) => {
      const rows: Array<object> = []
      for (const { calls, row, given } of results) {
        if (calls !== null && calls.size > 0) run.provenance!.asked(context.key, context.rowId(row), calls)
        if (given instanceof Rejection) {
          counts.rejected++
          record(run, context, row, given)
          continue
        }
        const notes = given instanceof Noted ? given.notes : []
        for (const note of notes) record(run, context, row, note)
        const merged = merge(row, given instanceof Noted ? given.given : given)
        tally?.add(merged as InputOf<N, U> & RowOf<G>, notes)
        rows.push(merged)
      }
      counts.rowsOut += rows.length
      return { index: index++, rows }
    }).pipe(Stream.onEnd(findingOf(run, context, tally)))
  })
}

interface Answered {
  readonly row: object
  readonly given: unknown
  /** The journal keys of what was asked; null where they are not noted. */
  readonly calls: ReadonlySet<string> | null
}

const findingOf = (
  run: Run["Service"],
  context: StageContext,
  tally: { readonly finding: () => Finding } | undefined
) =>
  Effect.sync(() => {
    if (tally !== undefined) run.findings.set(context.key, tally.finding())
  })

/**
 * Makes a stage that changes the grain or drops rows: any number of rows out for each row in, and rejections with reasons.
 *
 * With `keeps: true` every row that comes out carries the columns of the row it came from; with `keeps: false` it has the given
 * columns alone. A row for which nothing at all is returned leaves without a trace, so return a rejection instead.
 */
export const reshape = <N extends Fields, G extends Fields, const K extends boolean, U extends Fields = {}>(
  options: Declaration<N, U, G> & {
    readonly keeps: K
    readonly row: (row: InputOf<N, U>, context: StageContext) => ReadonlyArray<RowOf<G> | Rejection>
    readonly tally?: (context: StageContext) => Tally<RowOf<G>>
    readonly most?: number
  }
): Stage<RowOf<N>, RowOf<G>, K> => {
  const merge = options.keeps ? mergeOf(options.gives) : pickOf(options.gives)
  const changesIds = !options.keeps || "id" in options.gives
  return build("reshape", options, options.keeps, (input, context, run) => {
    const counts = run.progress.stage(context.key)
    const tally = options.tally?.(context)
    const { most = Number.POSITIVE_INFINITY } = options
    let nOut = 0
    return Stream.map(input, (batch) => {
      const rows: Array<object> = []
      for (const row of batch.rows) {
        if (nOut >= most) break
        counts.rowsIn++
        const nBefore = rows.length
        for (const result of options.row(row as InputOf<N, U>, context)) {
          if (result instanceof Rejection) {
            counts.rejected++
            record(run, context, row, result)
          } else if (nOut < most) {
            const merged = merge(row, result)
            tally?.add(merged as RowOf<G>, [])
            rows.push(merged)
            nOut++
          }
        }
        if (changesIds) recordMade(run, context, row, rows, nBefore)
      }
      counts.rowsOut += rows.length
      return { index: batch.index, rows, isLast: nOut >= most }
    }).pipe(
      Stream.takeUntil(({ isLast }) => isLast),
      Stream.onEnd(findingOf(run, context, tally))
    )
  })
}

/** What a `whole` stage learned in its first pass: how each row comes out in the second. */
export type Emit<Row, Given> = (
  row: Row,
  index: number,
  /** Reads any row of the data set by its index. */
  read: (index: number) => Row
) => ReadonlyArray<Given | Rejection>

/**
 * Makes a stage that has to see the whole data set before the first row can leave.
 *
 * `begin` starts fresh state for one run. Pass one shows every row to `see`, which keeps the numbers it needs (typed arrays,
 * never text), while the rows go to disk; `settle` then returns how rows come out, and pass two reads them back in order. It may ask
 * the world first, about rows that `read` gives by their index once all are seen. Memory is what `see` keeps plus 8 bytes a row.
 */
export const whole = <N extends Fields, G extends Fields, const K extends boolean, E, R, U extends Fields = {}>(
  options: Declaration<N, U, G> &
    Calls & {
      readonly keeps: K
      readonly begin: (
        context: StageContext,
        read: (index: number) => InputOf<NoInfer<N>, NoInfer<U>>
      ) => {
        readonly see: (row: InputOf<NoInfer<N>, NoInfer<U>>, index: number) => void
        readonly settle: Effect.Effect<Emit<InputOf<NoInfer<N>, NoInfer<U>>, RowOf<NoInfer<G>>>, E, R>
      }
    }
): Stage<RowOf<N>, RowOf<G>, K, E, R> => {
  const merge = options.keeps ? mergeOf(options.gives) : pickOf(options.gives)
  const changesIds = !options.keeps || "id" in options.gives
  return build("whole", options, options.keeps, (input, context, run) => {
    const counts = run.progress.stage(context.key)
    return Stream.unwrap(
      Effect.gen(function* () {
        const spool = yield* Spool.scoped<object>(run.spool, context.key)
        const read = (index: number) => spool.read(index) as InputOf<N, U>
        const state = options.begin(context, read)
        yield* Stream.runForEach(input, (batch) =>
          Effect.sync(() => {
            for (const row of batch.rows) {
              state.see(row as InputOf<N, U>, spool.nRows)
              spool.write(row)
            }
            counts.rowsIn += batch.rows.length
          })
        )
        spool.seal()
        const emit = yield* state.settle
        let next = 0
        let index = 0
        const takeBatch = Effect.sync((): readonly [Batch.Batch<object>, number] | undefined => {
          if (next >= spool.nRows) return undefined
          const rows: Array<object> = []
          for (const row of spool.readSome(next, Batch.defaultSize)) {
            const nBefore = rows.length
            for (const result of emit(row as InputOf<N, U>, next, read)) {
              if (result instanceof Rejection) {
                counts.rejected++
                record(run, context, row, result)
              } else rows.push(merge(row, result))
            }
            if (changesIds) recordMade(run, context, row, rows, nBefore)
            next++
          }
          counts.rowsOut += rows.length
          return [{ index: index++, rows }, index]
        })
        return Stream.unfold(0, () => takeBatch)
      })
    )
  })
}

/** Writes down that a row, or a part of one, left. */
const record = (run: Run["Service"], context: StageContext, row: object, rejection: Rejection): void => {
  run.rejects.add({
    id: context.rowId(row),
    stage: context.key,
    reason: rejection.reason,
    detail: rejection.detail
  })
}

/** Writes down which of the rows, from `from` on, were made of a row. */
const recordMade = (
  { provenance }: Run["Service"],
  context: StageContext,
  row: object,
  rows: ReadonlyArray<object>,
  from: number
): void => {
  if (provenance === null || rows.length === from) return
  provenance.made(context.key, context.rowId(row), rows.slice(from).map(context.rowId), row)
}

const mergeOf = (gives: Fields) => {
  const names = Object.keys(gives)
  return (row: object, given: unknown): object => {
    const merged: Record<string, unknown> = { ...row }
    for (const name of names) merged[name] = (given as Record<string, unknown>)[name]
    return merged
  }
}

const pickOf = (gives: Fields) => {
  const names = Object.keys(gives)
  return (_row: object, given: unknown): object => {
    const picked: Record<string, unknown> = {}
    for (const name of names) picked[name] = (given as Record<string, unknown>)[name]
    return picked
  }
}

const build = <N, G, const K extends boolean, E, R>(
  kind: Pipeline.Step["kind"],
  options: Declaration<Fields, Fields, Fields> & Calls,
  keeps: K,
  run: (
    input: Stream.Stream<Batch.Batch<object>>,
    context: StageContext,
    run: Run["Service"]
  ) => Stream.Stream<Batch.Batch<object>, E, R>
): Stage<N, G, K, E, R> => {
  const apply = (input: Pipeline.Pipeline<object>): Pipeline.Pipeline<object, E, R | Run> => {
    const { callsPerRow, capabilities, gives, most, name, needs, prefers, uses = {} } = options
    Pipeline.checkWiring(name, input.steps, input.columns, needs, uses)
    const key = Pipeline.nextKey(input.steps, name)
    const step: Pipeline.Step = {
      key,
      kind,
      needs,
      gives,
      config: options.config ?? {},
      ...(callsPerRow === undefined ? {} : { callsPerRow }),
      ...(capabilities === undefined ? {} : { capabilities }),
      ...(prefers === undefined ? {} : { prefers }),
      ...(most === undefined ? {} : { most })
    }
    const batches = Stream.unwrap(
      Effect.map(Run, (service) => {
        service.progress.stage(key)
        return run(input.batches, contextOf(key, service), service)
      })
    )
    return Pipeline.make([...input.steps, step], keeps ? { ...input.columns, ...gives } : gives, batches)
  }
  const { name, needs, gives, config = {} } = options
  Object.defineProperty(apply, "name", { value: name })
  return Object.assign(apply, { needs, gives, keeps, config }) as unknown as Stage<N, G, K, E, R>
}

const contextOf = (key: string, { seed, findings }: Run["Service"]): StageContext => ({
  key,
  seed,
  publish: (finding) => findings.set(key, finding),
  rowId: (row) => {
    const id = (row as { readonly id?: unknown }).id
    return typeof id === "string" ? id : Seed.contentId(JSON.stringify(row))
  },
  random: (rowId, ...draw) => Seed.random(seed, key, rowId, ...draw)
})
