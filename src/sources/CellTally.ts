import { cellValue } from "./CsvCells.ts"

const kinds = ["int", "float", "boolean"] as const

/** Finds the narrowest type that every cell of a CSV column can be read as, one cell after the other. Empty cells say nothing. */
export class CellTally {
  #left: ReadonlyArray<(typeof kinds)[number]> = kinds
  #nFilled = 0
  /** Whether a cell was empty. */
  hasEmpty = false

  add(cell: string): void {
    if (cell === "") {
      this.hasEmpty = true
      return
    }
    this.#nFilled++
    if (this.#left.length > 0) this.#left = this.#left.filter((kind) => fits(kind, cell))
  }

  /** What the cells added so far are; text where all were empty. */
  get kind(): (typeof kinds)[number] | "string" {
    return this.#nFilled === 0 ? "string" : (this.#left[0] ?? "string")
  }
}

const fits = (kind: (typeof kinds)[number], cell: string): boolean => {
  const type = kind === "float" ? { kind, nullable: false, finite: false } : { kind, nullable: false }
  return typeof cellValue(type, cell) !== "string"
}
