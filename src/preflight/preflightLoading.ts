import type { Row } from "../formats/Format.ts"
import { findingOf, type PreflightCheck, Sightings } from "./PreflightCheck.ts"

/** What decides how the rows will be loaded. */
export interface LoadingOptions {
  /** Whether the rows come from JSON, which says nothing of types. */
  readonly isJson: boolean
  /** The columns that hold texts or messages. */
  readonly textColumns: ReadonlyArray<string>
}

/** Different sets of keys that are told apart; rows with others count as different from all. */
const mostShapes = 10_000

/**
 * Looks for what Hugging Face's `datasets` makes of rows: texts that are all dates (trap JL-1), and calls of tools whose arguments have not the
 * same keys in all rows (TRL-5).
 *
 * In JSON a column whose texts are all dates becomes one of points in time: a date of the calendar, with or without hours, minutes and seconds, `Z`
 * or an offset; fractions of a second or a single other text keep it text. A card that declares the columns prevents it, and is not looked
 * for. Both were seen with `datasets` 5.2; versions before 4.7 fill the keys of arguments with nulls.
 */
export const preflightLoading = ({ isJson, textColumns }: LoadingOptions): PreflightCheck => {
  const dates = new Map(textColumns.map((name) => [name, { isAllDates: isJson, seen: new Sightings() }]))
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
      for (const [name, column] of dates) {
        if (!column.isAllDates) continue
        const texts = [...textsIn(raw[name])]
        column.isAllDates = texts.every(isDate)
        if (texts.length > 0) column.seen.see(example)
      }
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
          ...[...dates].flatMap(([name, { isAllDates, seen }]) =>
            isAllDates
              ? findingOf(nRows, seen, {
                  check: "textsAreDates",
                  severity: "stops training",
                  what: `all texts of "${name}" are dates, which datasets reads from JSON as points in time (trap JL-1)`,
                  remedy: "declare the column as text in the card, or write Parquet"
                })
              : []
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

const textKeys = ["content", "value", "completion"]

/** The texts of a value: itself, those of a list, and what messages say. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value === "string") yield value
  else if (Array.isArray(value)) for (const one of value as ReadonlyArray<unknown>) yield* textsIn(one)
  else if (typeof value === "object" && value !== null) {
    for (const key of textKeys) yield* textsIn((value as Row)[key])
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

const date = /^(\d{4}-\d\d-\d\d)(?:[T ]\d\d(?::?\d\d(?::?\d\d)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?$/

const isDate = (text: string): boolean => {
  const day = date.exec(text)?.[1]
  if (day === undefined) return false
  const parsed = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day)
}
