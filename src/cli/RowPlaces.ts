import type { FoundRows } from "../sources/FoundRows.ts"

/** Where the rows of several files stand, by how many were read before; memory is one entry for each gap in what is counted, such as an empty line. */
export class RowPlaces {
  #nRows = 0
  readonly #runs: Array<{
    readonly from: number
    readonly file: string
    readonly unit: string
    readonly number: number
  }> = []

  /** Takes rows as they are read, one after the other. */
  add({ file, numbers, unit }: Pick<FoundRows, "file" | "numbers" | "unit">): void {
    let last = this.#runs.at(-1)
    for (const number of numbers) {
      if (last?.file !== file || number - last.number !== this.#nRows - last.from) {
        last = { from: this.#nRows, file, unit, number }
        this.#runs.push(last)
      }
      this.#nRows++
    }
  }

  /** The file of a row that was read and its place there, as "line 7". Fast for the rows read last. */
  at(rowIndex: number): { readonly file: string; readonly place: string } {
    const { file, from, number, unit } = this.#runs.findLast((run) => run.from <= rowIndex)!
    return { file, place: `${unit} ${number + rowIndex - from}` }
  }
}
