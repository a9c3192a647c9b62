import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Pipeable from "effect/Pipeable"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { type BudgetCaps, capsProblem } from "./Budget.ts"
import type { Batch } from "./Batch.ts"
import * as Pipeline from "./Pipeline.ts"
import { Run } from "./Run.ts"
import type { LanguageModel } from "./services/LanguageModel.ts"
import type { ProviderSource } from "./services/Provider.ts"
import { withVerdict } from "./services/withVerdict.ts"
import type { Sink } from "./Sink.ts"

/**
 * A pipeline with its end and the provider that answers its calls: what a pipeline file exports by default.
 *
 * `R` is what a run still has to provide; `using` takes `LanguageModel` off. `write` drains the pipeline into the sink.
 */
export interface Plan<out R = never> extends Pipeable.Pipeable {
  readonly steps: ReadonlyArray<Pipeline.Step>
  readonly columns: Schema.Struct.Fields
  /** The steps by which the sink makes further tables, which may ask models as those of the pipeline do. */
  readonly derived: ReadonlyArray<Pipeline.Step>
  readonly sink: { readonly name: string; readonly config: unknown }
  /** What the sink says before the first row, such as columns that its files cannot hold; a sentence each. */
  readonly notices: ReadonlyArray<string>
  readonly provider: ProviderSource | null
  /** The most a run may spend; the command line may say otherwise. */
  readonly caps: BudgetCaps
  readonly write: Effect.Effect<unknown, unknown, R>
}

/** Ends a pipeline in a sink. A row that lacks what the sink needs does not compile. */
export const into =
  <SinkRow, Result, SinkError, SinkR>(sink: Sink<SinkRow, Result, SinkError, SinkR>) =>
  <Row extends SinkRow, E, R>(pipeline: Pipeline.Pipeline<Row, E, R>): Plan<R | SinkR> => {
    if (typeof (sink as Partial<typeof sink> | null)?.write !== "function") {
      throw new TypeError(`Cannot end the pipeline: found ${kindOf(sink)}, expected a sink, such as dataset()`)
    }
    sink.check?.(pipeline.columns)
    return make({
      steps: pipeline.steps,
      columns: pipeline.columns,
      derived: sink.steps?.(pipeline.columns) ?? [],
      sink: { name: sink.name, config: sink.config },
      notices: sink.notices?.(pipeline.columns) ?? [],
      provider: null,
      caps: {},
      write: sink.write(pipeline.columns, withVerdict(counted(pipeline.batches as Stream.Stream<Batch<SinkRow>, E, R>)))
    })
  }

/** Tells the run, where there is one, how many rows come out. */
const counted = <Row, E, R>(batches: Stream.Stream<Batch<Row>, E, R>): Stream.Stream<Batch<Row>, E, R> =>
  Stream.unwrap(
    Effect.map(Effect.serviceOption(Run), (run) =>
      Option.isNone(run)
        ? batches
        : Stream.map(batches, (batch) => {
            run.value.progress.rowsOut += batch.rows.length
            return batch
          })
    )
  )

/** Says which provider answers the calls of a plan. Throws a TypeError where it is given something else. */
export const using = (provider: ProviderSource) => {
  if (!Effect.isEffect(provider) || typeof provider === "string") {
    throw new TypeError(
      `Cannot use a provider: found ${kindOf(provider)}, expected what a provider returns, such as using(openai({ model: "gpt-5.4-mini" }))`
    )
  }
  return <R>(plan: Plan<R>): Plan<Exclude<R, LanguageModel>> =>
    make({ ...plan, provider, write: plan.write as Effect.Effect<unknown, unknown, Exclude<R, LanguageModel>> })
}

/** What a value is, for a message. */
const kindOf = (value: unknown): string => {
  if (typeof value === "function") return value.name === "" ? "a function" : `the function ${value.name}`
  if (typeof value === "object" && value !== null) return `an object with ${Object.keys(value).join(", ") || "nothing"}`
  return typeof value === "string" ? `the text "${value}"` : String(value)
}

/**
 * Sets the most that all runs into one folder with one journal may spend, in money, calls or tokens, in all or for single models.
 *
 * A call that could pass a cap is not sent: the run stops and can be resumed with a higher one. A cap on money needs the price
 * of every model that is asked. Throws a `WiringError` for caps that cannot be held, such as NaN.
 */
export const within = (caps: BudgetCaps) => {
  const problem = capsProblem(caps)
  if (problem !== null) throw new Pipeline.WiringError(problem)
  return <R>(plan: Plan<R>): Plan<R> => make({ ...plan, caps: { ...plan.caps, ...caps } })
}

const make = <R>(parts: Omit<Plan<R>, "pipe">): Plan<R> =>
  Object.assign(Object.create(Pipeable.Prototype) as Pipeable.Pipeable, parts)
