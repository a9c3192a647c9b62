import type { Column, ColumnType } from "../Columns.ts"
import { fitsColumn } from "../formats/fitsColumn.ts"
import type { Look, Row } from "../formats/Format.ts"

/** Decides what becomes of values in columns beside the texts that the columns cannot hold, and counts them: they cost no row. */
export class Misfits {
  readonly #names: ReadonlySet<string>
  readonly #counts = new Map<string, number>()

  /** `names` are those of the columns. */
  constructor(names: ReadonlyArray<string>) {
    this.#names = new Set(names)
  }

  /** How many values were changed or left out, by what and where; grows. */
  get remarks(): ReadonlyMap<string, number> {
    return this.#counts
  }

  /** Numbers in a column of text become text, with all their digits; anything else is left out. */
  readonly take: NonNullable<Look["misfit"]> = (name, value, type) => {
    const text = type === null ? null : asText(type, value)
    const isText = type !== null && fitsColumn({ name, type }, text)
    this.#count(
      isText
        ? `values of "${name}" with numbers that became text, because the column has texts or whole numbers beyond 2^53`
        : this.#names.has(name)
          ? leftOut(name)
          : "values were left out, because there are too many columns"
    )
    return isText ? text : null
  }

  /** A row without the values beside its texts that its columns do not hold. */
  without(row: Row, columns: ReadonlyArray<Column>): Row {
    const odd = columns.filter((column) => this.#names.has(column.name) && !fitsColumn(column, row[column.name]))
    for (const { name } of odd) this.#count(leftOut(name))
    return odd.length === 0 ? row : { ...row, ...Object.fromEntries(odd.map(({ name }) => [name, null])) }
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
  }
}

const leftOut = (name: string) => `values of "${name}" were left out, because they do not fit the column`

/** The value with text in place of numbers where the type is text. */
const asText = (type: ColumnType, value: unknown): unknown => {
  if (type.kind === "string") return typeof value === "number" || typeof value === "bigint" ? String(value) : value
  if (type.kind === "list" && Array.isArray(value)) return value.map((one) => asText(type.element, one))
  if (type.kind !== "struct" || typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value as Row).map(([key, one]) => {
      const field = type.fields.find(({ name }) => name === key)
      return [key, field === undefined ? one : asText(field.type, one)]
    })
  )
}
