import * as Effect from "effect/Effect"
import { reject } from "../Rejects.ts"
import { type Stage, whole } from "../Stage.ts"
import { type ClassColumn, classColumn } from "./classColumn.ts"
import { onColumns } from "./onColumns.ts"
import { RowDraws } from "./RowDraws.ts"

/** Rows for each class: one number for all of them, or one by name. */
export type Quota = number | Readonly<Record<string, number>>

/** The classes, and how many rows of each go on. */
export type QuotaOptions<By extends string> = {
  /** The column that names the class of a row. */
  readonly by: By
} & ({ readonly most: Quota } | { readonly exactly: Quota })

/**
 * Lets so many rows of each class go on, chosen by the run's seed and the row's id.
 *
 * `quota({ by: "domain", most: 500 })`, `quota({ by: "label", exactly: { true: 1000, false: 1000 } })`. A class that is not named in
 * a record has no quota, and all its rows go on; 0 leaves a class out. With "exactly" a warning names every class that has fewer rows
 * than asked for. What is over a quota becomes a reject. Rows stay in order, and which rows are chosen does not depend on it. Classes
 * are named as JavaScript writes the values of the column: "math", "true", "null".
 *
 * Needs all rows before the first can leave; about 16 bytes a row between the passes. Throws a RangeError on a quota that is no integer from 0.
 */
export const quota = <const By extends string>(options: QuotaOptions<By>): Stage<ClassColumn<By>, {}, true> => {
  const { by } = options
  const isExact = "exactly" in options
  const asked = isExact ? options.exactly : options.most
  for (const n of typeof asked === "number" ? [asked] : Object.values(asked)) {
    if (!(Number.isInteger(n) && n >= 0)) {
      throw new RangeError(`Cannot keep a quota: found ${n} rows, expected an integer from 0`)
    }
  }
  const quotaOf = (name: string): number => {
    if (typeof asked === "number") return asked
    return Object.hasOwn(asked, name) ? asked[name]! : Number.POSITIVE_INFINITY
  }
  const config = isExact ? { by, exactly: asked } : { by, most: asked }
  return onColumns({ name: "quota", needs: {}, gives: {}, config }, (columns) => {
    const { classOf, needs } = classColumn("quota", columns, by)
    return whole({
      name: "quota",
      needs,
      gives: {},
      keeps: true,
      config,
      begin: (context) => {
        const draws = new RowDraws(context)
        const rowsOf = new Map<string, Array<number>>()
        return {
          see: (row: object, index) => {
            draws.add(row)
            const name = classOf(row)
            const rows = rowsOf.get(name)
            if (rows === undefined) rowsOf.set(name, [index])
            else rows.push(index)
          },
          settle: Effect.sync(() => {
            const nRows = draws.length
            const isCut = new Uint8Array(nRows)
            let nCut = 0
            for (const [name, rows] of rowsOf) {
              for (const index of rows.toSorted(draws.compare).slice(quotaOf(name))) {
                isCut[index] = 1
                nCut++
              }
            }
            if (isExact) {
              const names = typeof asked === "number" ? [...rowsOf.keys()] : Object.keys(asked)
              const short = names
                .toSorted()
                .map((name) => ({ name, n: rowsOf.get(name)?.length ?? 0 }))
                .filter(({ n, name }) => n < quotaOf(name))
              const missing = short.reduce((sum, { n, name }) => sum + quotaOf(name) - n, 0)
              context.publish({
                kind: "taken",
                asked: nRows - nCut + missing,
                given: nRows - nCut,
                warnings: short.map(({ n, name }) => ({
                  code: "tooFewRows",
                  message: `Class "${name}" of column "${by}" has ${n} of the ${quotaOf(name)} rows asked for; give it more rows, or ask for fewer of every class`
                }))
              })
            }
            return (row: object, index: number) => {
              if (isCut[index] === 0) return [{}]
              const name = classOf(row)
              return [
                reject(
                  "over quota",
                  `"${by}" is "${name}": ${rowsOf.get(name)!.length} rows for a quota of ${quotaOf(name)}`
                )
              ]
            }
          })
        }
      }
    })
  })
}
