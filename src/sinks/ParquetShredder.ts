import type { Column, ColumnType } from "../Columns.ts"
import type { PageCompressor } from "./PageCompressor.ts"
import type { ParquetLeaf, RawSize } from "./ParquetLeaf.ts"
import { BooleanLeaf, FloatLeaf, IntLeaf } from "./ParquetNumbers.ts"
import { leafElement } from "./ParquetSchema.ts"
import { TextLeaf } from "./ParquetText.ts"

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

/**
 * Makes the shredder of a column and adds its leaves, in schema order, to `leaves`.
 *
 * Source: Melnik et al. 2010, "Dremel", https://doi.org/10.14778/1920841.1920886
 */
export const shredder = (
  column: Column,
  leaves: Array<ParquetLeaf>,
  size: RawSize,
  compressor: PageCompressor
): Shredder => {
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
        const Leaf = leafClass[type.kind]
        const leaf = new Leaf(
          { path, element, kind: type.kind, maxDefinition: own, maxRepetition: repetition },
          size,
          compressor
        )
        leaves.push(leaf)
        return new LeafShredder(leaf)
      }
    }
  }
  return make(column.type, [column.name], 0, 0)
}

const leafClass = { string: TextLeaf, boolean: BooleanLeaf, int: IntLeaf, float: FloatLeaf }

const isMissing = (value: unknown): value is null | undefined => value === null || value === undefined

class LeafShredder implements Shredder {
  readonly #leaf: ParquetLeaf

  constructor(leaf: ParquetLeaf) {
    this.#leaf = leaf
  }

  take(value: unknown, repetition: number, definition: number): void {
    if (isMissing(value)) this.#leaf.addMissing(repetition, definition)
    else this.#leaf.add(value, repetition)
  }

  skip(repetition: number, definition: number): void {
    this.#leaf.addMissing(repetition, definition)
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
    for (const [name, field] of this.#fields) field.take((value as Record<string, unknown>)[name], repetition, own)
  }

  skip(repetition: number, definition: number): void {
    for (const [, field] of this.#fields) field.skip(repetition, definition)
  }
}
