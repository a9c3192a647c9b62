import * as Figure from "../Figure.ts"
import { showLine } from "./showLine.ts"

/** How far an audit is; whoever reads edits it in place. */
export interface Reading {
  /** What is being done, as "Reading". */
  what: string
  nRows: number
  /** Rows there are; null when that is not known. */
  totalRows: number | null
}

/** Shows on standard error what is being read, until the scope closes; before the first row only where the line is redrawn in place. */
export const showReading = (reading: Reading) =>
  showLine(() => readingLine(reading), { isWorthALine: () => reading.nRows > 0 })

const readingLine = ({ nRows, totalRows, what }: Reading): string =>
  `${what}: ${totalRows === null ? Figure.counted(nRows, "row") : `${Figure.count(nRows)} of ${Figure.counted(totalRows, "row")}`}`
