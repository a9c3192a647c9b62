import * as Schema from "effect/Schema"
import type { Stage } from "../Stage.ts"
import * as Splitting from "./Splitting.ts"

/** The column that says when, and when each split begins. */
export interface SplitByTimeOptions<By extends string, T extends string | number> {
  readonly by: By
  /** The first moment of each split besides `train`, which gets what is before all of them; in the unit of the column. */
  readonly starts: Readonly<Record<string, T>>
  /** Prompts are alike from this estimated Jaccard similarity of their word sequences, in (0, 1]. Default 0.8; false: only equal ones are. */
  readonly nearDuplicates?: number | false
}

/** The columns `splitByTime` reads. */
export type SplitByTimeNeeds<By extends string, T extends string | number> = {
  readonly [K in By]: (T extends string ? string : number) | null
} & { readonly prompt: string }

const gives = { split: Schema.String }

/**
 * Puts rows in splits by when they were made, and keeps alike prompts on one side.
 *
 * `splitByTime({ by: "createdAt", starts: { test: "2026-01-01" } })`: what is before goes to `train`, the rest to `test`. Times are
 * ISO 8601 texts (a date, or a date and a time; without a zone they are UTC) or numbers, such as seconds since 1970. A prompt that was
 * asked before and after, or one alike to it, stays where most of its rows are (the earlier split, where that is even), and its
 * other rows become rejects; so do rows without a time. See `split` for what is alike, and when short prompts are.
 *
 * No randomness. Needs all rows before the first can leave. Throws a RangeError on starts that are no times, or equal, and on a
 * similarity out of range.
 */
export const splitByTime = <const By extends string, T extends string | number>(
  options: SplitByTimeOptions<By, T>
): Stage<SplitByTimeNeeds<By, T>, { readonly split: string }, true> => {
  const { by, nearDuplicates: near = 0.8 } = options
  const starts = Object.entries<string | number>(options.starts).map(([name, start]) => ({ name, at: timeOf(start) }))
  starts.sort((a, b) => a.at - b.at)
  const isBad = ({ at }: { readonly at: number }, i: number) => Number.isNaN(at) || at === starts[i - 1]?.at
  const kinds = new Set(Object.values<string | number>(options.starts).map((start) => typeof start))
  if (starts.length === 0 || kinds.size > 1 || starts.some(isBad) || "train" in options.starts) {
    throw new RangeError(
      `Cannot split by time: found starts ${JSON.stringify(options.starts)}, expected different times of splits other than "train", all ISO 8601 or all numbers`
    )
  }
  if (near !== false && !(near > 0 && near <= 1)) {
    throw new RangeError(`Cannot split by time: found nearDuplicates ${near}, expected above 0 and at most 1, or false`)
  }
  const needs = {
    prompt: Schema.String,
    [by]: kinds.has("string") ? Schema.NullOr(Schema.String) : Schema.NullOr(Schema.Number)
  } as Schema.Struct.Fields
  const stage = Splitting.make(
    {
      name: "splitByTime",
      by,
      needs,
      config: { by, starts: options.starts, nearDuplicates: near },
      splits: [{ name: "train", asked: null }, ...starts.map(({ name }) => ({ name, asked: null }))],
      nearDuplicates: near === false ? null : near,
      of: (row) => {
        const { [by as string]: value, prompt } = row as Readonly<Record<string, string | number | null>>
        const at = timeOf(value ?? null)
        const own = Number.isNaN(at)
          ? `column "${by}" is ${JSON.stringify(value)}, expected a time`
          : starts.filter((start) => start.at <= at).length
        return { text: String(prompt), unit: null, own }
      }
    },
    gives
  )
  return stage
}

const isoTime = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/

/** A number as it is, an ISO 8601 text in milliseconds since 1970; NaN for what is no time. */
const timeOf = (value: string | number | null): number => {
  if (value === null) return Number.NaN
  if (typeof value === "number") return value
  const [, date, time = "00:00", zone = "Z"] = isoTime.exec(value) ?? []
  return date === undefined ? Number.NaN : Date.parse(`${date}T${time}${zone.replace(/^([+-]\d{2})(\d{2})$/, "$1:$2")}`)
}
