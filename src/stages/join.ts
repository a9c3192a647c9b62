import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { canonicalJson } from "../canonicalJson.ts"
import { HashIndex } from "../math/HashIndex.ts"
import { TypedList } from "../math/TypedList.ts"
import * as Pipeline from "../Pipeline.ts"
import { Run } from "../Run.ts"
import { Spool } from "../Spool.ts"
import { besidePipeline } from "./besidePipeline.ts"

/** How rows find each other, and what is taken over. */
export interface JoinOptions<On extends string, Take extends Readonly<Record<string, string>>, Unmatched> {
  /** The column that both have and that has to be equal. */
  readonly on: On
  /** Columns of the other pipeline under the names they get here: `{ onlineChosen: "chosen" }`. */
  readonly take: Take
  /** What becomes of a row here that finds none there: a reject (default), or kept, with null in what is taken. */
  readonly unmatched?: Unmatched
}

type Taken<Other, Take, Unmatched> = {
  readonly [K in keyof Take]: Take[K] extends keyof Other
    ? "keep" extends Unmatched
      ? Other[Take[K]] | null
      : Other[Take[K]]
    : never
}

/** The row behind a join. */
export type JoinedRow<Row, Given> = {
  readonly [K in keyof Row | keyof Given]: K extends keyof Given ? Given[K] : K extends keyof Row ? Row[K] : never
}

/**
 * Gives every row the columns of the row of another pipeline that has the same key: `offline.pipe(join(online, { on: "promptId", take }))`.
 *
 * A key that comes again on this side finds the same row again; on the other side the first row counts, and those that come again, or
 * that nobody here asks for, are noted in the rejects. Keys are compared as JSON. The other pipeline runs first, to its end, and its rows go to disk;
 * memory is some 40 bytes for each of its rows, whatever is in them. Throws a WiringError on a column that is missing.
 */
export const join =
  <
    Other extends object,
    E,
    R,
    const On extends keyof Other & string,
    const Take extends Readonly<Record<string, keyof Other & string>>,
    const Unmatched extends "drop" | "keep" = "drop"
  >(
    other: Pipeline.Pipeline<Other, E, R>,
    options: JoinOptions<On, Take, Unmatched>
  ) =>
  <Row extends { readonly [K in On]: unknown }, E0, R0>(
    input: Pipeline.Pipeline<Row, E0, R0>
  ): Pipeline.Pipeline<JoinedRow<Row, Taken<Other, Take, Unmatched>>, E | E0, R | R0 | Run> => {
    const { on, take, unmatched = "drop" } = options
    const key = Pipeline.nextKey(input.steps, "join")
    const names = Object.entries(take)
    const column = (columns: Schema.Struct.Fields, name: string, where: string) => {
      const found = columns[name]
      if (found !== undefined) return found
      throw new Pipeline.WiringError(
        `Cannot put stage "${key}" after ${input.steps.map((step) => step.key).join(" → ")}: column "${name}" is missing ${where}, expected it; the columns there are ${Object.keys(columns).join(", ")}`
      )
    }
    column(input.columns, on, "in front of it")
    column(other.columns, on, "in the other pipeline")
    const taken = Object.fromEntries(
      names.map(([name, from]) => {
        const field = column(other.columns, from, "in the other pipeline") as Schema.Top
        return [name, unmatched === "keep" ? Schema.NullOr(field) : field]
      })
    )
    const config = { on, take, unmatched }
    const step: Pipeline.Step = { key, kind: "reshape", needs: {}, gives: taken, config }
    const beside = besidePipeline([...input.steps, step], other)
    const nothing = Object.fromEntries(names.map(([name]) => [name, null]))

    const batches = Stream.unwrap(
      Effect.gen(function* () {
        const run = yield* Run
        const counts = run.progress.stage(key)
        const spool = yield* Spool.scoped<object>(run.spool, key)
        const keys = new HashIndex()
        const wasAsked = new TypedList(Uint8Array)
        const note = (row: object, reason: string) => {
          const value = (row as Readonly<Record<string, unknown>>)[on]
          const id = String((row as { readonly id?: unknown }).id ?? value)
          run.rejects.add({ id, stage: key, reason, detail: `${on} is ${JSON.stringify(value)}` })
        }
        yield* Stream.runForEach(beside.batches, (batch) =>
          Effect.sync(() => {
            for (const row of batch.rows) {
              if (keys.add(keyOf(row, on)) < spool.nRows) {
                note(row, "key comes again in the other pipeline")
                continue
              }
              spool.write(row)
              wasAsked.push(0)
            }
          })
        )
        spool.seal()
        const given = Stream.map(input.batches, (batch) => {
          const rows: Array<object> = []
          for (const row of batch.rows) {
            counts.rowsIn++
            const at = keys.add(keyOf(row, on))
            if (at < spool.nRows) {
              wasAsked.values[at] = 1
              const found = spool.read(at) as Readonly<Record<string, unknown>>
              rows.push({ ...row, ...Object.fromEntries(names.map(([name, from]) => [name, found[from]])) })
            } else if (unmatched === "keep") rows.push({ ...row, ...nothing })
            else {
              counts.rejected++
              note(row, "no row with this key")
            }
          }
          counts.rowsOut += rows.length
          return { index: batch.index, rows }
        })
        return Stream.onEnd(
          given,
          Effect.sync(() => {
            for (let at = 0; at < spool.nRows; at++) {
              if (wasAsked.values[at] === 0) note(spool.read(at), "nobody asks for this key")
            }
          })
        )
      })
    )
    return Pipeline.make([...input.steps, ...beside.steps, step], { ...input.columns, ...taken }, batches as never)
  }

const keyOf = (row: object, on: string): string => canonicalJson((row as Readonly<Record<string, unknown>>)[on])
