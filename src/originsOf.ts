import { fileLines } from "./fileLines.ts"
import type { AskedLine, MadeLine } from "./Provenance.ts"

/** A line of the provenance about rows that were made, and which one it is, from 0. */
export interface MadeAt extends MadeLine {
  readonly at: number
}

/** Where rows come from: the rows they were made from, and the calls that were asked for them or for those. */
export interface Origins {
  /** The rows asked about and all rows they were made from. */
  readonly rows: ReadonlySet<string>
  /** In the order of the file; one entry for each row that was made into one of `rows`. */
  readonly made: ReadonlyArray<MadeAt>
  readonly asked: ReadonlyArray<AskedLine>
  /** What others were made of, where that is one of the rows asked about. */
  readonly used: ReadonlyArray<MadeAt>
}

/** What is known of rows before they are looked up. */
export interface OriginsOptions {
  /** Rows of which only the calls count, and not what they were made of. Default none. */
  readonly asides?: ReadonlyArray<string>
  /** By id, the line before which makers and calls of a row stand, such as the one where the row was used. Default all lines. */
  readonly lines?: ReadonlyMap<string, number>
}

/**
 * Reads from the provenance of a run where rows come from, back to the first.
 *
 * What was made of a row is written down after what made it and what was asked for it, so that an id that comes again later, as that of a
 * pair does behind its strength, or that of a prompt in the next round, leads to nobody else's origins.
 * Reads the file once, and once more for each change of grain on the way. Memory is one line and what is found. An id that the file
 * does not know has no origins, and is no error. Throws as `node:fs` does.
 */
export const originsOf = (
  file: string,
  ids: ReadonlyArray<string>,
  { asides = [], lines = new Map() }: OriginsOptions = {}
): Origins => {
  const before = new Map(ids.map((id) => [id, lines.get(id) ?? Number.POSITIVE_INFINITY]))
  const apart = new Set(asides)
  for (;;) {
    const found = scan(file, before, apart, ids)
    let isNew = false
    for (const line of found.made) {
      // A pair was there before it was compared: what it was compared with is not what it was made of.
      if (line.made.every((id) => !before.has(id) || isSideOf(line.from, id))) {
        isNew ||= !apart.has(line.of)
        apart.add(line.of)
      } else if ((before.get(line.of) ?? -1) < line.at) {
        isNew = true
        before.set(line.of, line.at)
      }
    }
    if (!isNew) return { rows: new Set([...before.keys(), ...apart]), ...found }
  }
}

/** Whether a row that others were made of is a pair of pairs with this pair as a side. */
export const isSideOf = (from: unknown, id: string): boolean => {
  const { strong, weak } = from as Readonly<Record<"strong" | "weak", { readonly id?: unknown } | null | undefined>>
  return strong?.id === id || weak?.id === id
}

const scan = (
  file: string,
  before: ReadonlyMap<string, number>,
  apart: ReadonlySet<string>,
  ids: ReadonlyArray<string>
): Omit<Origins, "rows"> => {
  const quoted = [...before.keys(), ...apart].map((id) => JSON.stringify(id))
  const made: Array<MadeAt> = []
  const asked: Array<AskedLine> = []
  const used: Array<MadeAt> = []
  let at = -1
  for (const line of fileLines(file)) {
    at++
    if (!quoted.some((id) => line.includes(id))) continue
    const parsed = JSON.parse(line) as AskedLine | MadeLine
    if ("made" in parsed) {
      if (parsed.made.some((id) => at < (before.get(id) ?? -1))) made.push({ ...parsed, at })
      if (ids.includes(parsed.of)) used.push({ ...parsed, at })
    } else if (at < (before.get(parsed.row) ?? -1) || apart.has(parsed.row)) asked.push(parsed)
  }
  return { made, asked, used }
}
