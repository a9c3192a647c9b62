import { type Column, type ColumnType, ownValue } from "../Columns.ts"
import { type Leaf, leafElement } from "./ParquetSchema.ts"

/**
 * A place in the schema that takes values apart into leaves.
 *
 * `repetition` says which list around the value goes on (0: a new row), `definition` how many of the places above the value
 * that could be missing are there.
 */
export interface Shredder {
  readonly take: (value: unknown, repetition: number, definition: number) => void
  /** Says to all leaves below that something above them is missing. */
  readonly skip: (repetition: number, definition: number) => void
}

/** What takes the values of one leaf, in the order of the rows. */
export interface LeafTarget {
  readonly add: (value: unknown, repetition: number) => void
  readonly addMissing: (repetition: number, definition: number) => void
}

/**
 * Makes the shredder of a column; `targetOf` is called for each of its leaves, in schema order.
 *
 * Source: Melnik et al. 2010, "Dremel", https://doi.org/10.14778/1920841.1920886
 */
export const shredder = (column: Column, targetOf: (leaf: Leaf) => LeafTarget): Shredder => {
  const make = (type: ColumnType, path: ReadonlyArray<string>, definition: number, repetition: number): Shredder => {
    const own = definition + (type.nullable ? 1 : 0)
    switch (type.kind) {
      case "list":
        return new ListShredder(
          type.nullable,
          repetition + 1,
          make(type.element, [...path, "list", "element"], own + 1, repetition + 1)
        )
      case "struct":
        return new StructShredder(
          type.nullable,
          type.fields.map((field) => [field.name, make(field.type, [...path, field.name], own, repetition)])
        )
      default: {
        const element = {
          ...leafElement(type.kind),
          name: path.at(-1)!,
          repetition_type: type.nullable ? ("OPTIONAL" as const) : ("REQUIRED" as const)
        }
        return new LeafShredder(
          targetOf({ path, element, kind: type.kind, maxDefinition: own, maxRepetition: repetition })
        )
      }
    }
  }
  return make(column.type, [column.name], 0, 0)
}

const isMissing = (value: unknown): value is null | undefined => value === null || value === undefined

class LeafShredder implements Shredder {
  readonly #target: LeafTarget

  constructor(target: LeafTarget) {
    this.#target = target
  }

  take(value: unknown, repetition: number, definition: number): void {
    if (isMissing(value)) this.#target.addMissing(repetition, definition)
    else this.#target.add(value, repetition)
  }

  skip(repetition: number, definition: number): void {
    this.#target.addMissing(repetition, definition)
  }
}

class ListShredder implements Shredder {
  readonly #nullable: boolean
  readonly #repetition: number
  readonly #element: Shredder

  constructor(nullable: boolean, repetition: number, element: Shredder) {
    this.#nullable = nullable
    this.#repetition = repetition
    this.#element = element
  }

  take(value: unknown, repetition: number, definition: number): void {
    if (isMissing(value)) return this.#element.skip(repetition, definition)
    const own = this.#nullable ? definition + 1 : definition
    const values = value as ReadonlyArray<unknown>
    if (values.length === 0) return this.#element.skip(repetition, own)
    this.#element.take(values[0], repetition, own + 1)
    for (let i = 1; i < values.length; i++) this.#element.take(values[i], this.#repetition, own + 1)
  }

  skip(repetition: number, definition: number): void {
    this.#element.skip(repetition, definition)
  }
}

class StructShredder implements Shredder {
  readonly #nullable: boolean
  readonly #fields: ReadonlyArray<readonly [string, Shredder]>

  constructor(nullable: boolean, fields: ReadonlyArray<readonly [string, Shredder]>) {
    this.#nullable = nullable
    this.#fields = fields
  }

  take(value: unknown, repetition: number, definition: number): void {
    if (isMissing(value)) return this.skip(repetition, definition)
    const own = this.#nullable ? definition + 1 : definition
    for (const [name, field] of this.#fields) field.take(ownValue(value, name), repetition, own)
  }

  skip(repetition: number, definition: number): void {
    for (const [, field] of this.#fields) field.skip(repetition, definition)
  }
}
