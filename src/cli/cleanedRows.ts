import * as Schema from "effect/Schema"
import * as Columns from "../Columns.ts"
import { pathText, type ValuePath, valueAt, type VoteColumns } from "../formats/VoteColumns.ts"
import { columnTypeOf } from "../sources/FileType.ts"
import type { FoundRow } from "../sources/FoundRows.ts"
import { merge } from "../sources/inferType.ts"
import { setOwn } from "../sources/setOwn.ts"
import { turnSides } from "../stages/turnSides.ts"
import { asText, type OwnColumns } from "./cleanColumns.ts"

/** A row of the cleaned table, as far as the treatment reads it. */
export interface CleanedRow {
  readonly chosen: unknown
  readonly rejected: unknown
  readonly labelProb: number | null
  readonly flagged: boolean
}

/** What is known of the pair that a row stands for. */
export interface PairFacts {
  /** Whether the first of the two is recorded as the better one. */
  readonly firstIsBetter: boolean
  readonly labelProb: number | null
  readonly flagged: boolean
  readonly votesFor: number
  readonly votesAgainst: number
}

const facts = {
  labelProb: Schema.NullOr(Schema.Finite),
  flagged: Schema.Boolean,
  votesFor: Schema.Int,
  votesAgainst: Schema.Int
}

/** Columns that rows gain here or by `treat`; own ones of these names are renamed. */
const gained = [...Object.keys(facts), "flipped", "weight", "target"]

/** A value of an own column that the column cannot hold. */
export class WrongValue {
  readonly column: Columns.Column
  readonly value: unknown
  readonly mismatch: Columns.Mismatch
  constructor(column: Columns.Column, value: unknown, mismatch: Columns.Mismatch) {
    this.column = column
    this.value = value
    this.mismatch = mismatch
  }
}

/** The own columns of a row by their new names. */
export type OwnRow = Readonly<Record<string, unknown>>

/** How rows of files become rows of pairs. */
export interface CleanedRows {
  readonly fields: Schema.Struct.Fields
  /** Own columns that have another name now. */
  readonly renamed: ReadonlyArray<{ readonly from: string; readonly to: string }>
  /** The own columns of a row, under their new names; or what is wrong with one. */
  readonly ownOf: (row: FoundRow) => OwnRow | WrongValue
  /** The row of a pair: its own columns, `chosen` and `rejected` in the recorded order, and the facts. */
  readonly rowOf: (row: FoundRow, own: OwnRow, split: string | null, pair: PairFacts) => CleanedRow
}

/**
 * Works out the rows of a cleaned table: all own columns, `chosen` and `rejected`, `split` where parts of a data set have to stay apart, and
 * what is known of the pair.
 *
 * Where the sides already are columns called chosen and rejected they stay, exchanged with all that depends on them (`turnSides`) where the
 * label says that the second is better. Otherwise both are added. An own column whose name is needed gets "_given" behind it.
 */
export const cleanedRows = (own: OwnColumns, votes: VoteColumns, hasSplits: boolean): CleanedRows => {
  const { first, second } = votes.sides!
  const isOwn = pathText(first) === "chosen" && pathText(second) === "rejected"
  const needed = new Set([
    ...gained,
    ...(isOwn ? [] : ["chosen", "rejected"]),
    ...(votes.split === null ? ["split"] : [])
  ])
  const taken = new Set(own.columns.map(({ name }) => name))
  const nameOf = new Map<string, string>()
  for (const { name } of own.columns) {
    let free = name
    while (needed.has(free) || (free !== name && taken.has(free))) free = `${free}_given`
    taken.add(free)
    nameOf.set(name, free)
  }
  const columns = own.columns.map((column) => ({ ...column, name: nameOf.get(column.name)! }))
  const ownFields = Columns.toFields(columns)
  const side = sideType(own, first, second)
  const withSplit = hasSplits && votes.split === null
  const fields = {
    ...ownFields,
    ...(isOwn
      ? {}
      : Columns.toFields([
          { name: "chosen", type: side },
          { name: "rejected", type: side }
        ])),
    ...(withSplit ? { split: Schema.NullOr(Schema.String) } : {}),
    ...facts
  }
  const turn = isOwn ? turnSides("clean", ownFields) : null
  const asJson = new Set(own.asJson)
  const valueOf = (row: FoundRow, path: ValuePath) => {
    const value = valueAt(row, path)
    return side.kind === "string" ? asText(value) : (value ?? null)
  }
  return {
    fields,
    renamed: [...nameOf].flatMap(([from, to]) => (from === to ? [] : [{ from, to }])),
    ownOf: (row) => {
      const made: Record<string, unknown> = {}
      for (const [i, { name }] of own.columns.entries()) {
        const given = Columns.ownValue(row, name)
        const value = asJson.has(name) ? asText(given) : (given ?? null)
        const mismatch = Columns.mismatch(columns[i]!, value)
        if (mismatch !== undefined) return new WrongValue(columns[i]!, value, mismatch)
        setOwn(made, columns[i]!.name, value)
      }
      return made
    },
    rowOf: (row, made, split, { firstIsBetter, ...known }) => {
      const sides =
        turn === null
          ? {
              chosen: valueOf(row, firstIsBetter ? first : second),
              rejected: valueOf(row, firstIsBetter ? second : first)
            }
          : (turn.of(made, !firstIsBetter) as { readonly chosen: unknown; readonly rejected: unknown })
      const named = votes.split === null ? null : valueAt(row, votes.split)
      const splitColumn =
        withSplit || votes.split !== null ? { split: typeof named === "string" && named !== "" ? named : split } : {}
      return { ...made, ...sides, ...splitColumn, ...known }
    }
  }
}

/** The type that holds both sides; text where there is none. */
const sideType = (own: OwnColumns, first: ValuePath, second: ValuePath): Columns.ColumnType => {
  const [one, two] = [typeAt(own, first), typeAt(own, second)]
  const both = one === null || two === null ? null : columnTypeOf(merge(one, two))
  return { ...(both ?? { kind: "string" }), nullable: true }
}

const typeAt = ({ asJson, columns }: OwnColumns, [name, ...rest]: ValuePath): Columns.ColumnType | null => {
  if (asJson.includes(name!)) return null
  let type = columns.find((column) => column.name === name)?.type
  for (const field of rest) {
    if (type?.kind !== "struct") return null
    type = type.fields.find((one) => one.name === field)?.type
  }
  return type ?? null
}
