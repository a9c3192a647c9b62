import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { reject } from "../Rejects.ts"
import { type RowOf, type Stage, whole } from "../Stage.ts"
import { type ClassColumn, classColumn } from "./classColumn.ts"
import { Difficulties } from "./Difficulties.ts"
import * as Difficulty from "./Difficulty.ts"
import { onColumns } from "./onColumns.ts"

/** Rows for each class: one number for all of them, or one by name. */
export type Quota = number | Readonly<Record<string, number>>

/** At most so many rows: a number, a share of the class, or so many for each row of another class. */
export type Most = number | { readonly share: number } | { readonly times: number; readonly of: string }

interface Choice<N extends Schema.Struct.Fields> {
  /** Which rows of a class go on: those with the most or the least of a number. Default: drawn ones. */
  readonly prefer?: { readonly highest: Difficulty.Difficulty<N> } | { readonly lowest: Difficulty.Difficulty<N> }
}

/** How many rows of each class go on, and which. */
export type QuotaOptions<By extends string = never, N extends Schema.Struct.Fields = {}> = Choice<N> & {
  /** The column that names the class of a row. Default: all rows are of one class. */
  readonly by?: By
} & ({ readonly most: Most | Readonly<Record<string, Most>> } | { readonly exactly: Quota })

/** As `QuotaOptions`, where the other rows go on as well. */
export type MarkOptions<By extends string = never, N extends Schema.Struct.Fields = {}> = QuotaOptions<By, N> & {
  /** Lets all rows go on and says in `selected` which ones the quota has room for. */
  readonly mark: true
}

const marked = { selected: Schema.Boolean }

/** Makes a stage that chooses rows, and drops or only marks the others. */
export interface QuotaStage {
  <const By extends string = never, N extends Schema.Struct.Fields = {}>(
    options: MarkOptions<By, N>
  ): Stage<ClassColumn<By> & RowOf<N>, RowOf<typeof marked>, true>
  <const By extends string = never, N extends Schema.Struct.Fields = {}>(
    options: QuotaOptions<By, N>
  ): Stage<ClassColumn<By> & RowOf<N>, {}, true>
}

type Asked = Most | Readonly<Record<string, Most>>

const isOne = (asked: Asked): asked is Most =>
  typeof asked === "number" ||
  typeof (asked as { share?: unknown }).share === "number" ||
  typeof (asked as { of?: unknown }).of === "string"

const checkMost = (most: Most) => {
  if (typeof most === "number") {
    if (Number.isInteger(most) && most >= 0) return
    throw new RangeError(`Cannot keep a quota: found ${most} rows, expected an integer from 0`)
  }
  if ("share" in most) {
    if (most.share >= 0 && most.share <= 1) return
    throw new RangeError(`Cannot keep a quota: found share ${most.share}, expected a number from 0 to 1`)
  }
  if (most.times >= 0 && Number.isFinite(most.times)) return
  throw new RangeError(`Cannot keep a quota: found ${most.times} times "${most.of}", expected a number from 0`)
}

/**
 * Lets so many rows of each class go on, drawn by the run's seed and the row's id, or the best ones by a number.
 *
 * `quota({ by: "domain", most: 500 })`, `quota({ by: "label", exactly: { true: 1000, false: 1000 } })`. "most" is a number, a share of the class
 * (`{ share: 0.1 }`) or so many for each row of another class (`{ times: 0.25, of: "false" }`, of those that came in), rounded down. A class
 * that is not named in a record has no quota, and all its rows go on; 0 leaves a class out. With "exactly" a warning names every class
 * that has fewer rows than asked for. Classes are named as JavaScript writes the values of the column: "math", "true", "null"; without
 * `by` all rows are of the class "all".
 *
 * With `prefer` the rows with the most or the least of a number go on, `quota({ most: { share: 0.1 }, prefer: { highest: Difficulty.make(
 * "margin", { margin: Schema.Finite }, (row) => row.margin) } })`: the top tenth, what lies above the quantile of 0.9. Of equal rows the
 * seed draws; rows without the number come last. `Difficulty.closeMargin`, `unsureLabel` and `disagreement` so choose what a person or a
 * judge should be asked about next; with `mark` the others go on beside them, told apart by `selected`, for instance into a `branch`.
 *
 * Without `mark` what is over a quota becomes a reject. Rows stay in order, and which rows are chosen does not depend on it. Needs all rows before
 * the first can leave; about 24 bytes a row between the passes. Throws a RangeError on a quota that is no integer from 0, a share outside
 * [0, 1] and a negative multiple.
 */
export const quota: QuotaStage = <const By extends string, N extends Schema.Struct.Fields>(
  options: QuotaOptions<By, N> & { readonly mark?: true }
) => {
  const { by, mark = false, prefer } = options
  const isExact = "exactly" in options
  const asked: Asked = isExact ? options.exactly : options.most
  const all = isOne(asked) ? [asked] : Object.values(asked)
  all.forEach(checkMost)
  const number = preferred(prefer)
  const config = {
    ...(by === undefined ? {} : { by }),
    ...(isExact ? { exactly: asked } : { most: asked }),
    ...(prefer === undefined ? {} : { prefer: { [Object.keys(prefer)[0]!]: number.name, formula: String(number.of) } }),
    ...(mark ? { mark } : {})
  }
  const gives = mark ? marked : {}
  return onColumns({ name: "quota", needs: number.needs, gives, config }, (columns) => {
    const { classOf, needs } =
      by === undefined ? { classOf: () => "all", needs: {} } : classColumn("quota", columns, by)
    return whole({
      name: "quota",
      needs: { ...number.needs, ...needs },
      gives,
      keeps: true,
      config,
      begin: (context) => {
        const seen = new Difficulties(number, context)
        const rowsOf = new Map<string, Array<number>>()
        const nOf = (name: string) => rowsOf.get(name)?.length ?? 0
        const quotaOf = (name: string): number => {
          const most = isOne(asked) ? asked : Object.hasOwn(asked, name) ? asked[name]! : Number.POSITIVE_INFINITY
          if (typeof most === "number") return most
          // A product that rounding leaves just below a whole number is that number: 0.29 of 100 rows are 29.
          return Math.floor(1e-9 + ("share" in most ? most.share * nOf(name) : most.times * nOf(most.of)))
        }
        return {
          see: (row: object, index) => {
            seen.add(row)
            const name = classOf(row)
            const rows = rowsOf.get(name)
            if (rows === undefined) rowsOf.set(name, [index])
            else rows.push(index)
          },
          settle: Effect.sync(() => {
            const { values } = seen
            const last = (index: number) => (Number.isNaN(values[index]!) ? Number.NEGATIVE_INFINITY : values[index]!)
            const isFirst = (a: number, b: number) => (last(a) === last(b) ? seen.compare(a, b) : last(b) - last(a))
            const nRows = values.length
            const isCut = new Uint8Array(nRows)
            let nCut = 0
            for (const [name, rows] of rowsOf) {
              for (const index of rows.toSorted(isFirst).slice(quotaOf(name))) {
                isCut[index] = 1
                nCut++
              }
            }
            if (isExact) {
              const names = isOne(asked) ? [...rowsOf.keys()] : Object.keys(asked)
              const short = names
                .toSorted()
                .map((name) => ({ name, n: nOf(name) }))
                .filter(({ n, name }) => n < quotaOf(name))
              const missing = short.reduce((sum, { n, name }) => sum + quotaOf(name) - n, 0)
              context.publish({
                kind: "taken",
                asked: nRows - nCut + missing,
                given: nRows - nCut,
                warnings: short.map(({ n, name }) => ({
                  code: "tooFewRows",
                  message: `Class "${name}"${by === undefined ? "" : ` of column "${by}"`} has ${n} of the ${quotaOf(name)} rows asked for; give it more rows, or ask for fewer of every class`
                }))
              })
            }
            return (row: object, index: number) => {
              if (mark) return [{ selected: isCut[index] === 0 }]
              if (isCut[index] === 0) return [{}]
              const name = classOf(row)
              const of = by === undefined ? "" : `"${by}" is "${name}": `
              return [reject("over quota", `${of}${nOf(name)} rows for a quota of ${quotaOf(name)}`)]
            }
          })
        }
      }
    })
  })
}

/** The number of which the most goes on; the same for all rows where none is preferred, so that the draw decides. */
const preferred = <N extends Schema.Struct.Fields>(
  prefer: Choice<N>["prefer"]
): Difficulty.Difficulty<Schema.Struct.Fields> => {
  if (prefer === undefined) return Difficulty.make("drawn", {}, () => 0)
  const given = "highest" in prefer ? prefer.highest : prefer.lowest
  const sign = "highest" in prefer ? 1 : -1
  const of = (row: object) => {
    const value = given.of(row as RowOf<N>)
    return value === null ? null : sign * value
  }
  return { name: given.name, needs: given.needs, of }
}
