import type { Row } from "../formats/Format.ts"
import { DateTexts } from "./DateTexts.ts"
import { findingOf, type PreflightCheck, Sightings } from "./PreflightCheck.ts"

/** What decides how the rows will be loaded. */
export interface LoadingOptions {
  /** Whether the rows come from JSON, which says nothing of types. */
  readonly isJson: boolean
  /** Whether a card beside the rows declares their columns. */
  readonly hasCard: boolean
  /** The columns that hold texts or messages. */
  readonly textColumns: ReadonlyArray<string>
}

/** Different sets of keys that are told apart; rows with others count as different from all. */
const mostShapes = 10_000

/**
 * Looks for what Hugging Face's `datasets` makes of rows: texts that are all dates (trap JL-1), and calls of tools whose arguments have not the
 * same keys in all rows (TRL-5).
 *
 * From JSON it takes types, ten megabytes at a time, before it looks at the card: where all texts of a place in a column are dates they become
 * points in time (see `DateTexts`), and are written anew where a card declares them as text. Objects whose keys differ stay as they are
 * where no card declares them. All this was seen with `datasets` 5.2; versions before 4.7 fill the keys of arguments with nulls.
 */
export const preflightLoading = ({ hasCard, isJson, textColumns }: LoadingOptions): PreflightCheck => {
  const dates = isJson ? new DateTexts() : null
  /** The rows by the keys that the arguments have in them, and for each column all keys. */
  const shapes = new Map<
    string,
    { readonly keys: ReadonlyMap<string, ReadonlySet<string>>; readonly seen: Sightings }
  >()
  const allKeys = new Map<string, Set<string>>()
  const others = new Sightings()
  let nText = 0
  return {
    see: ({ example, raw }) => {
      if (raw === undefined) return
      dates?.see(raw, example)
      const calls = new Map<string, Set<string>>()
      for (const [name, value] of Object.entries(raw)) {
        for (const given of argumentsIn(value)) {
          if (typeof given === "string") nText++
          else if (typeof given === "object" && given !== null) addKeys(given as Row, "", keysOf(calls, name))
        }
      }
      if (calls.size === 0) return
      for (const [name, keys] of calls) for (const key of keys) keysOf(allKeys, name).add(key)
      const shape = JSON.stringify([...calls].map(([name, keys]) => [name, [...keys].toSorted()]))
      const held = shapes.get(shape)
      if (held !== undefined) held.seen.see(example)
      else if (shapes.size >= mostShapes) others.see(example)
      else {
        const seen = new Sightings()
        seen.see(example)
        shapes.set(shape, { keys: calls, seen })
      }
    },
    seeUnread: (example, raw) => dates?.see(raw, example),
    result: (nRows) => {
      const differing = new Sightings()
      const lacking = [...shapes.values()]
        .filter(({ keys }) => [...keys].some(([name, found]) => found.size < allKeys.get(name)!.size))
        .map(({ seen }) => seen)
      for (const seen of [...lacking, others]) {
        for (const example of seen.examples) differing.see(example)
        differing.rows += seen.rows - seen.examples.length
      }
      return {
        findings: [
          ...(dates?.places(hasCard) ?? []).flatMap(({ column, place, seen }) =>
            findingOf(nRows, seen, {
              check: "textsAreDates",
              severity: !textColumns.includes(column) ? "worth knowing" : hasCard ? "silently wrong" : "stops training",
              what: `all texts of "${place}" are dates, which datasets reads from JSON as points in time${hasCard ? becomes : ""} (trap JL-1)`,
              remedy: "write Parquet, which says that they are texts; a card does not prevent it"
            })
          ),
          ...findingOf(nRows, differing, {
            check: "argumentKeysDiffer",
            severity: "silently wrong",
            what: "calls of tools have arguments as objects without keys that others have, which older versions of datasets fill with null (trap TRL-5)",
            remedy:
              "write the arguments as JSON text, as prefloom convert does, or declare them as Json with datasets from 4.7 on"
          })
        ],
        unchecked: [],
        notes:
          nText > 0 && shapes.size === 0
            ? ["arguments of tool calls are JSON text, which all versions of datasets keep (trap TRL-5)"]
            : []
      }
    }
  }
}

const becomes = ' and, as the card says text, as others such as "2024-01-01 00:00:00"'

const keysOf = (of: Map<string, Set<string>>, name: string): Set<string> => {
  let keys = of.get(name)
  if (keys === undefined) of.set(name, (keys = new Set()))
  return keys
}

const addKeys = (given: Row, before: string, into: Set<string>): void => {
  for (const [name, value] of Object.entries(given)) {
    const path = `${before}/${name}`
    into.add(path)
    if (typeof value === "object" && value !== null && !Array.isArray(value)) addKeys(value as Row, path, into)
  }
}

/** What the calls of tools in messages are given. */
function* argumentsIn(value: unknown): Generator {
  if (Array.isArray(value)) for (const one of value as ReadonlyArray<unknown>) yield* argumentsIn(one)
  else if (typeof value === "object" && value !== null) {
    const { completion, tool_calls: calls } = value as Row
    if (Array.isArray(completion)) yield* argumentsIn(completion)
    if (!Array.isArray(calls)) return
    for (const call of calls as ReadonlyArray<Row | null>) {
      yield ((call?.["function"] ?? call) as Row | null)?.["arguments"]
    }
  }
}
