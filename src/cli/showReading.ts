import * as Figure from "../report/Figure.ts"
import { showLine } from "./showLine.ts"

/** How far an audit is; whoever reads edits it in place. */
export interface Reading {
  /** What is being done, as "Reading". */
  what: string
  nRows: number
  /** Rows there are; null when that is not known. */
  totalRows: number | null
}

/** Shows on standard error what is being read, until the scope closes. */
export const showReading = (reading: Reading) => showLine(() => readingLine(reading))

const readingLine = ({ nRows, totalRows, what }: Reading): string =>
  `${what}: ${totalRows === null ? Figure.counted(nRows, "row") : `${Figure.count(nRows)} of ${Figure.counted(totalRows, "row")}`}`
