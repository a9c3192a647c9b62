import type { ExportFinding } from "../Findings.ts"
import { columnMeaning } from "./columnMeaning.ts"

/** Says what a trainer's format could not hold: columns with what they held, and what else is worth knowing of the export. */
export const cardLosses = ({ format, lost, notes }: ExportFinding): ReadonlyArray<string> => [
  ...lost.map((name) => {
    const meaning = columnMeaning(name)
    return `Column ${name}${meaning === "" ? "" : `: ${meaning}`}`
  }),
  ...notes.map((note) => `Of the format ${format}: ${note}`)
]
