import type { Column, ColumnType } from "../Columns.ts"

/** Keys of one object that are told apart; more come from data that have names for keys. */
const maxKeys = 1000

type Family = "text" | "number" | "boolean" | "list" | "struct"

/**
 * Finds the type of a column from all of its values, one after the other.
 *
 * Whole numbers and others make a float column; whole numbers beyond 2^53, which come as bigints, a text column, and so do numbers beside texts,
 * since a number can be a text and not the other way round. Of values of other kinds together the most frequent kind decides, the first of
 * equals. Everything may be null; without any value the type is text. Memory is bounded by 1,000
 * keys for each object; objects with more have no type.
 */
export class TypeTally {
  readonly #counts = new Map<Family, number>()
  #isWhole = true
  #hasLarge = false
  #element: TypeTally | undefined
  readonly #fields = new Map<string, TypeTally>()
  #hasMoreKeys = false

  add(value: unknown): void {
    if (value === null || value === undefined) return
    const family = familyOf(value)
    if (family === undefined) return
    this.#counts.set(family, (this.#counts.get(family) ?? 0) + 1)
    if (typeof value === "bigint") this.#hasLarge = true
    else if (family === "number") this.#isWhole &&= Number.isSafeInteger(value)
    else if (family === "list") {
      const element = (this.#element ??= new TypeTally())
      for (const one of value as ReadonlyArray<unknown>) element.add(one)
    } else if (family === "struct") {
      for (const [key, one] of Object.entries(value)) this.#field(key)?.add(one)
    }
  }

  /** The type that the values added so far make; null where there are too many keys. */
  get type(): ColumnType | null {
    const counts = new Map(this.#counts)
    const [nTexts, nNumbers] = [counts.get("text"), counts.get("number")]
    if (nTexts !== undefined && nNumbers !== undefined) {
      counts.set("text", nTexts + nNumbers)
      counts.delete("number")
    }
    const [most] = [...counts].toSorted(([, a], [, b]) => b - a)
    switch (most?.[0]) {
      case "number":
        if (this.#hasLarge) break
        return this.#isWhole ? { kind: "int", nullable: true } : { kind: "float", nullable: true, finite: false }
      case "boolean":
        return { kind: "boolean", nullable: true }
      case "list": {
        const element = this.#element!.type
        return element === null ? null : { kind: "list", nullable: true, element }
      }
      case "struct": {
        const fields = Array.from(this.#fields, ([name, tally]) => ({ name, type: tally.type }))
        return !this.#hasMoreKeys && fields.every((field): field is Column => field.type !== null)
          ? { kind: "struct", nullable: true, fields }
          : null
      }
    }
    return { kind: "string", nullable: true }
  }

  #field(key: string): TypeTally | undefined {
    let field = this.#fields.get(key)
    if (field === undefined && this.#fields.size < maxKeys) this.#fields.set(key, (field = new TypeTally()))
    this.#hasMoreKeys ||= field === undefined
    return field
  }
}

const familyOf = (value: unknown): Family | undefined => {
  switch (typeof value) {
    case "string":
      return "text"
    case "number":
    case "bigint":
      return "number"
    case "boolean":
      return "boolean"
    case "object":
      return Array.isArray(value) ? "list" : "struct"
  }
  return undefined
}
