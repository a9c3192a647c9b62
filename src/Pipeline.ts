import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Pipeable from "effect/Pipeable"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Batch } from "./Batch.ts"
import * as Columns from "./Columns.ts"
import { Run } from "./Run.ts"

/** A stage or source as the dry run, the manifest and error messages see it. */
export interface Step {
  /** Unique within the pipeline: the stage's name, with `#2`, `#3` … when a name comes again. */
  readonly key: string
  readonly kind: "source" | "table" | "enrich" | "each" | "reshape" | "whole"
  readonly needs: Schema.Struct.Fields
  readonly gives: Schema.Struct.Fields
  /** The options that decide what the stage does, for the manifest; JSON values only. */
  readonly config: unknown
  /** Calls to a model for one incoming row, when the stage makes any; a text says what it depends on. */
  readonly callsPerRow?: number | string
  /** What the model has to be able to do. */
  readonly capabilities?: ReadonlyArray<string>
  /** What is asked of the model where it can do it; the stage has another way where it cannot. */
  readonly prefers?: ReadonlyArray<string>
  /** The most rows that it lets through, where it ends the pipeline behind them. */
  readonly most?: number
}

/**
 * A stream of batches whose columns are known before the first row.
 *
 * A source is a pipeline without a stage; `pipeline.pipe(stage, …)` adds stages. Nothing runs until a sink pulls.
 */
export interface Pipeline<out Row, out E = never, out R = never> extends Pipeable.Pipeable {
  readonly steps: ReadonlyArray<Step>
  readonly columns: Schema.Struct.Fields
  readonly batches: Stream.Stream<Batch<Row>, E, R>
}

/** Thrown while a pipeline is built, before anything runs, when a stage does not fit the columns in front of it. */
export class WiringError extends Error {
  override readonly name = "WiringError"
}

/** Builds a pipeline from its parts. Sources and stages use it; recipes do not need it. */
export const make = <Row, E, R>(
  steps: ReadonlyArray<Step>,
  columns: Schema.Struct.Fields,
  batches: Stream.Stream<Batch<Row>, E, R>
): Pipeline<Row, E, R> => {
  Columns.fromFields(columns)
  const isSource = steps.length === 1 && steps[0]!.kind === "source"
  return Object.assign(Object.create(Pipeable.Prototype) as Pipeable.Pipeable, {
    steps,
    columns,
    batches: isSource ? limited(steps[0]!.key, batches) : batches
  })
}

/** Ends a source after as many rows as the run allows; rows that it read beyond do not count. */
const limited = <Row, E, R>(key: string, batches: Stream.Stream<Batch<Row>, E, R>): Stream.Stream<Batch<Row>, E, R> =>
  Stream.unwrap(
    Effect.map(Effect.serviceOption(Run), (run) => {
      const limit = Option.isSome(run) ? run.value.limit : null
      if (limit === null) return batches
      let left = limit
      return batches.pipe(
        Stream.map((batch) => {
          const rows = batch.rows.slice(0, left)
          left -= rows.length
          const counts = Option.getOrThrow(run).progress.stage(key)
          if (left <= 0) counts.rowsOut = Math.min(counts.rowsOut, limit)
          return { batch: { index: batch.index, rows }, isLast: left <= 0 }
        }),
        Stream.takeUntil(({ isLast }) => isLast),
        Stream.map(({ batch }) => batch)
      )
    })
  )

/** The key a stage of this name gets behind these steps. */
export const nextKey = (steps: ReadonlyArray<Step>, name: string): string => {
  const taken = new Set(steps.map((step) => step.key))
  let key = name
  for (let n = 2; taken.has(key); n++) key = `${name}#${n}`
  return key
}

/**
 * Checks that columns satisfy what a stage needs; throws a `WiringError` that names the stage, the column, what was found
 * and what was wanted.
 *
 * A column may be wider than needed (extra struct fields) and stricter (not null where null is allowed), never looser.
 */
export const checkWiring = (
  stage: string,
  steps: ReadonlyArray<Step>,
  columns: Schema.Struct.Fields,
  needs: Schema.Struct.Fields,
  uses: Schema.Struct.Fields
): void => {
  const found = new Map(Columns.fromFields(columns).map((column) => [column.name, column.type]))
  const path = steps.map((step) => step.key).join(" → ")
  const problem = (name: string, was: string, wanted: string): never => {
    throw new WiringError(
      `Cannot put stage "${stage}" after ${path}: column "${name}" is ${was}, expected ${wanted}; the columns here are ${[...found.keys()].join(", ")}`
    )
  }
  for (const { name, type } of Columns.fromFields(needs)) {
    const has = found.get(name)
    if (has === undefined) problem(name, "missing", Columns.wanted(type))
    else if (!fits(has, type)) problem(name, Columns.wanted(has), Columns.wanted(type))
  }
  for (const { name, type } of Columns.fromFields(uses)) {
    const has = found.get(name)
    if (has !== undefined && !fits(has, type)) problem(name, Columns.wanted(has), Columns.wanted(type))
  }
}

const fits = (has: Columns.ColumnType, wanted: Columns.ColumnType): boolean => {
  if (has.nullable && !wanted.nullable) return false
  if (has.kind === "int" && wanted.kind === "float") return true
  if (has.kind === "float" && wanted.kind === "float") return has.finite || !wanted.finite
  if (has.kind === "list" && wanted.kind === "list") return fits(has.element, wanted.element)
  if (has.kind === "struct" && wanted.kind === "struct") {
    return wanted.fields.every((field) => {
      const inner = has.fields.find((candidate) => candidate.name === field.name)
      return inner !== undefined && fits(inner.type, field.type)
    })
  }
  if (has.kind === "string" && wanted.kind === "string") {
    return wanted.values === undefined || (has.values?.every((value) => wanted.values!.includes(value)) ?? false)
  }
  return has.kind === wanted.kind
}
