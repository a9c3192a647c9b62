import { fileLines } from "./fileLines.ts"
import type { AskedLine, MadeLine } from "./Provenance.ts"

/** Where rows come from: the rows they were made from, and the calls that were asked for them or for those. */
export interface Origins {
  /** The rows asked about and all rows they were made from. */
  readonly rows: ReadonlySet<string>
  /** In the order of the file; one entry for each row that was made into one of `rows`. */
  readonly made: ReadonlyArray<MadeLine>
  readonly asked: ReadonlyArray<AskedLine>
}

/**
 * Reads from the provenance of a run where rows come from, back to the first.
 *
 * Reads the file once, and once more for each change of grain on the way. Memory is one line and what is found. An id that the file
 * does not know has no origins, and is no error. Throws as `node:fs` does.
 */
export const originsOf = (file: string, ids: ReadonlyArray<string>): Origins => {
  const rows = new Set(ids)
  for (;;) {
    const nBefore = rows.size
    const found = scan(file, rows)
    for (const { of } of found.made) rows.add(of)
    if (rows.size === nBefore) return { rows, ...found }
  }
}

const scan = (file: string, rows: ReadonlySet<string>) => {
  const quoted = [...rows].map((id) => JSON.stringify(id))
  const made: Array<MadeLine> = []
  const asked: Array<AskedLine> = []
  for (const line of fileLines(file)) {
    if (!quoted.some((id) => line.includes(id))) continue
    const parsed = JSON.parse(line) as AskedLine | MadeLine
    if ("made" in parsed) {
      if (parsed.made.some((id) => rows.has(id))) made.push(parsed)
    } else if (rows.has(parsed.row)) asked.push(parsed)
  }
  return { made, asked }
}
