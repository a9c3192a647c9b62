import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batch from "./Batch.ts"
import { canonicalJson } from "./canonicalJson.ts"
import * as Columns from "./Columns.ts"
import { ensureFolder } from "./ensureFolder.ts"
import type { Finding } from "./Findings.ts"
import { keyedRandom } from "./math/keyedRandom.ts"
import * as Pipeline from "./Pipeline.ts"
import type { StageCounts } from "./Progress.ts"
import { Provenance } from "./Provenance.ts"
import type { Reject } from "./Rejects.ts"
import { Run } from "./Run.ts"
import { runView } from "./runView.ts"
import { contentId } from "./Seed.ts"

/** What is known at the beginning of a round. */
export interface Round {
  /** From 1. */
  readonly round: number
  /** The model to ask: the first one, then what training returned. */
  readonly model: string
  /** All models so far, this one last. */
  readonly history: ReadonlyArray<string>
  /** Files with the rows of the earlier rounds, one JSON object a line; the last is the previous round's. Empty in round 1. */
  readonly earlier: ReadonlyArray<string>
}

/** What is done in each round, how often, and how the model of the next one comes about. */
export interface RoundsOptions<Row, E, R> {
  /** How many rounds, a positive integer. */
  readonly n: number
  /** The model of round 1. */
  readonly model: string
  /**
   * The program, with its arguments, that trains between two rounds and writes the id of the new model to its standard output, as the
   * last line. It finds the rows to train on in the file `PREFLOOM_ROWS`, and `PREFLOOM_ROUND`, `PREFLOOM_MODEL` (the one to train) and
   * `PREFLOOM_FOLDER` (of the round) in its environment.
   */
  readonly train: readonly [program: string, ...arguments: ReadonlyArray<string>]
  /** The pipeline of a round. Has to be pure: it is also called before anything runs, with names for what is not known yet. */
  readonly round: (round: Round) => Pipeline.Pipeline<Row, E, R>
}

/** A round could not be made: its training failed, or what is in the folder is from something else. Running again goes on there. */
export class RoundFailed extends Schema.TaggedError<RoundFailed>()("RoundFailed", { problem: Schema.String }) {
  override get message(): string {
    return this.problem
  }
}

/** The row of all rounds: that of each, and which round it is of. */
export type RowOfRounds<Row> = {
  readonly [K in keyof Row | "round"]: K extends "round" ? number : K extends keyof Row ? Row[K] : never
}

/**
 * Makes data in rounds with a model that is trained on each before the next: `rounds({ n: 3, model, train, round }).pipe(into(dataset()))`.
 *
 * Round r asks the model that training on round r - 1 gave, and may read the rows of all earlier rounds; the last round is not trained
 * on. All rows come out, round after round, with the number in `round`. Each round leaves `rounds/<r>/rows.jsonl` in the run folder, one JSON
 * object a line, and that folder is whole or absent; `rounds/state.json` holds the models. Rounds have seeds of their own, the first
 * that of the run.
 *
 * Run again after a kill, finished rounds are read from their folders and trained models from the state; the round that was
 * under way gets its answers from the journal, so nothing is paid twice. A training that was under way starts again. Rounds and models of
 * another pipeline, seed or training command are refused. Asking everything
 * afresh does not make them again: remove the folder `rounds` for that. Fails with `RoundFailed`. Rows are JSON: a number that is not finite becomes null.
 */
export const rounds = <Row extends object, E, R>(
  options: RoundsOptions<Row, E, R>
): Pipeline.Pipeline<RowOfRounds<Row>, E | RoundFailed, R | Run> => {
  const { model, n, train } = options
  if (!Number.isInteger(n) || n < 1) throw new Error(`Cannot make rounds: found n ${n}, expected a positive integer`)
  if (train.length === 0) throw new Error("Cannot make rounds: found no program that trains, expected one")
  const planned = Array.from({ length: n }, (_, i) => {
    const history = [model, ...Array.from({ length: i }, (_unknown, r) => `(trained in round ${r + 1})`)]
    return options.round(roundOf("", i + 1, history))
  })
  const { columns } = planned[0]!
  for (const [i, { columns: others }] of planned.entries()) {
    if (canonicalJson(Columns.toJsonSchema(others)) !== canonicalJson(Columns.toJsonSchema(columns))) {
      throw new Pipeline.WiringError(
        `Cannot make rounds: found the columns ${Object.keys(others).join(", ")} in round ${i + 1}, expected those of round 1 and their types: ${Object.keys(columns).join(", ")}`
      )
    }
  }
  const steps = planned.flatMap((part, i) =>
    part.steps.map((step) => ({
      ...step,
      key: keyIn(i + 1, step.key),
      ...(step.callsPerRow === undefined ? {} : { callsPerRow: `${step.callsPerRow} in round ${i + 1}` })
    }))
  )
  const own: Pipeline.Step = {
    key: "rounds",
    kind: "source",
    needs: {},
    gives: { ...columns, round: Schema.Int },
    config: { n, model, train }
  }

  const batches = Stream.unwrap(
    Effect.map(Run, (run) => {
      const folder = path.join(run.folder, "rounds")
      const history = [model]
      const counts = run.progress.stage(own.key)
      let index = 0
      return Stream.range(1, n).pipe(
        Stream.flatMap((round) =>
          Stream.unwrap(
            Effect.gen(function* () {
              yield* Effect.sync(() => ensureFolder(folder))
              const made = yield* build(options.round, roundOf(folder, round, history))
              const definition = contentId(
                canonicalJson([run.seed, run.limit, history, planned[round - 1]!.steps.map(defined)])
              )
              const home = path.join(folder, String(round))
              if (fs.existsSync(home)) yield* restore(run, home, round, definition)
              else yield* make(run, made, home, round, definition)
              yield* Effect.sync(() => {
                const noted = path.join(home, "provenance.jsonl")
                // Folders of earlier versions have none.
                if (fs.existsSync(noted)) run.provenance?.include(noted, (key) => keyIn(round, key))
              })
              if (round < n) {
                const accept = (given: string) => build(options.round, roundOf(folder, round + 1, [...history, given]))
                const next = yield* trained(folder, { train, round, model: history.at(-1)!, definition, accept })
                history.push(next)
              }
              return Stream.map(linesOf(path.join(home, "rows.jsonl")), (rows) => {
                counts.rowsOut += rows.length
                return { index: index++, rows: rows.map((row) => ({ ...row, round })) }
              })
            })
          )
        )
      )
    })
  )
  return Pipeline.make([own, ...steps], own.gives, batches as never)
}

/** The pipeline of a round; with names for what was not known it could be built, so that it is for a name if it cannot. */
const build = <Row, E, R>(make: RoundsOptions<Row, E, R>["round"], round: Round) =>
  Effect.try({
    try: () => make(round),
    catch: (cause) => {
      const { message } = cause as Error
      return new RoundFailed({
        problem: `Cannot make round ${round.round}: found the models ${round.history.join(", ")}, the last one as training on round ${round.round - 1} printed it, expected names with which its pipeline can be built (${message}); have the training print another one, then run again`
      })
    }
  })

const keyIn = (round: number, key: string): string => `round ${round}/${key}`

const roundOf = (folder: string, round: number, history: ReadonlyArray<string>): Round => ({
  round,
  model: history.at(-1)!,
  history: [...history],
  earlier: Array.from({ length: round - 1 }, (_, i) => path.join(folder, String(i + 1), "rows.jsonl"))
})

/** What decides the outcome of a step, without the names of what training gives. */
const defined = ({ config, gives, key, kind }: Pipeline.Step) => ({
  key,
  kind,
  config,
  gives: Columns.toJsonSchema(gives)
})

/** What a finished round leaves beside its rows, so that a run that goes on counts as one that was never ended. */
interface Traces {
  readonly definition: string
  readonly counts: Readonly<Record<string, StageCounts>>
  readonly rejects: ReadonlyArray<Reject>
  readonly findings: ReadonlyArray<readonly [key: string, finding: Finding]>
}

/** Runs the pipeline of a round into a folder that appears when it is whole. */
const make = Effect.fnUntraced(function* <E, R>(
  run: Run["Service"],
  part: Pipeline.Pipeline<object, E, R>,
  home: string,
  round: number,
  definition: string
) {
  const draft = path.join(path.dirname(home), `.${round}.part`)
  const rejects: Array<Reject> = []
  const findings = new Map<string, Finding>()
  fs.rmSync(draft, { recursive: true, force: true })
  const provenance = run.provenance === null ? null : new Provenance(path.join(draft, "provenance.jsonl"))
  const view = runView(run, {
    provenance,
    keyOf: (key) => keyIn(round, key),
    seed: round === 1 ? run.seed : Math.floor(keyedRandom(run.seed, "round", round)() * 2 ** 31),
    onReject: (entry) => rejects.push(entry),
    onFinding: (key, finding) => findings.set(key, finding)
  })
  yield* Effect.acquireUseRelease(
    Effect.sync(() => {
      ensureFolder(draft)
      return fs.openSync(path.join(draft, "rows.jsonl"), "w")
    }),
    (file) =>
      Effect.andThen(
        Stream.runForEach(part.batches, ({ rows }) =>
          Effect.sync(() => fs.writeSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join("")))
        ).pipe(Effect.provideService(Run, view)),
        Effect.sync(() => fs.fsyncSync(file))
      ),
    (file) => Effect.sync(() => fs.closeSync(file))
  )
  yield* Effect.sync(() => {
    provenance?.flush()
    const counts = Object.fromEntries(part.steps.map(({ key }) => [key, { ...run.progress.stage(keyIn(round, key)) }]))
    const traces: Traces = { definition, counts, rejects, findings: [...findings] }
    writeWhole(path.join(draft, "traces.json"), JSON.stringify(traces))
    fs.renameSync(draft, home)
  })
})

/** Puts into the run what a round that was made before left. */
const restore = Effect.fnUntraced(function* (run: Run["Service"], home: string, round: number, definition: string) {
  const traces = JSON.parse(fs.readFileSync(path.join(home, "traces.json"), "utf8")) as Traces
  if (traces.definition !== definition) {
    return yield* new RoundFailed({
      problem: `Cannot go on with round ${round}: found "${home}" made by another pipeline, seed or model, expected this one; use another folder, or remove this one and those of later rounds`
    })
  }
  for (const [key, counts] of Object.entries(traces.counts))
    Object.assign(run.progress.stage(keyIn(round, key)), counts)
  for (const entry of traces.rejects) run.rejects.add(entry)
  for (const [key, finding] of traces.findings) run.findings.set(key, finding)
})

interface Training {
  readonly train: RoundsOptions<object, never, never>["train"]
  readonly round: number
  readonly model: string
  readonly definition: string
  /** Fails for a new model with which the next round cannot be made; it is not written down. */
  readonly accept: (model: string) => Effect.Effect<unknown, RoundFailed>
}

/** What `state.json` holds: by round, what was trained how and what came out. */
type State = Readonly<Record<string, { readonly definition: string; readonly model: string }>>

/** The model that training on a round gave, or gives now. */
const trained = Effect.fnUntraced(function* (folder: string, training: Training) {
  const { round } = training
  const file = path.join(folder, "state.json")
  const state: State = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as State) : {}
  const definition = contentId(training.definition, canonicalJson(training.train))
  const known = state[round]
  if (known !== undefined && known.definition !== definition) {
    return yield* new RoundFailed({
      problem: `Cannot go on after round ${round}: found in "${file}" that it was trained by another command, on other rows or from another model, expected this one; use another folder, or remove "${folder}"`
    })
  }
  if (known !== undefined) return known.model
  const model = yield* runTraining(folder, training)
  yield* training.accept(model)
  yield* Effect.sync(() =>
    writeWhole(file, `${JSON.stringify({ ...state, [round]: { definition, model } }, null, 2)}\n`)
  )
  return model
})

/** Runs the command; it is ended when the run is. */
const runTraining = (folder: string, { model, round, train }: Training): Effect.Effect<string, RoundFailed> =>
  Effect.callback((resume) => {
    const [program, ...programArguments] = train
    const home = path.join(folder, String(round))
    const failed = (found: string, remedy: string) =>
      Effect.fail(
        new RoundFailed({
          problem: `Cannot train on round ${round}: found ${found} from "${train.join(" ")}", expected the id of the new model as the last line of its standard output; ${remedy}, then run again`
        })
      )
    const child = childProcess.spawn(program, programArguments, {
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        ...process.env,
        PREFLOOM_ROUND: String(round),
        PREFLOOM_MODEL: model,
        PREFLOOM_FOLDER: home,
        PREFLOOM_ROWS: path.join(home, "rows.jsonl")
      }
    })
    /** The end of what was written; the last line is all that counts. */
    let tail = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      tail = (tail + text).slice(-65_536)
    })
    child.on("error", (error) => resume(failed(error.message, "check that the program can be started")))
    child.on("close", (code, signal) => {
      const id = tail.trim().split("\n").at(-1)!.trim()
      if (code !== 0) resume(failed(`exit by ${signal ?? `code ${code}`}`, "see what it wrote to standard error"))
      else resume(id === "" ? failed("no output", "have it print the id") : Effect.succeed(id))
    })
    return Effect.sync(() => child.kill("SIGTERM"))
  })

/** Under another name first, so that a reader finds the whole file or the one before. */
const writeWhole = (file: string, text: string): void => {
  const descriptor = fs.openSync(`${file}.part`, "w")
  try {
    fs.writeSync(descriptor, text)
    fs.fsyncSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
  fs.renameSync(`${file}.part`, file)
}

/** The rows of a file of JSON lines, some at a time. */
const linesOf = (file: string): Stream.Stream<ReadonlyArray<object>> =>
  Stream.unwrap(
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => fs.createReadStream(file, { encoding: "utf8" })),
        (stream) => Effect.sync(() => stream.destroy())
      ),
      (stream) => Stream.fromAsyncIterable(rowsOf(stream), (cause) => cause).pipe(Stream.orDie)
    )
  )

async function* rowsOf(stream: AsyncIterable<string>): AsyncGenerator<ReadonlyArray<object>> {
  let rest = ""
  let rows: Array<object> = []
  for await (const text of stream) {
    const lines = (rest + text).split("\n")
    rest = lines.pop()!
    for (const line of lines) {
      rows.push(JSON.parse(line) as object)
      if (rows.length === Batch.defaultSize) {
        yield rows
        rows = []
      }
    }
  }
  if (rows.length > 0) yield rows
}
