import { FormatFlaw, type Row } from "../formats/Format.ts"
import type { Messages } from "../formats/Messages.ts"
import { joinTurns } from "../formats/Turns.ts"
import { recordReader } from "../sinks/recordReader.ts"
import type { Inspection } from "../sources/Inspection.ts"

/**
 * The texts of a row: what was asked, and the replies by what they are in the row.
 *
 * Several turns are one text with who speaks, a single one its text alone; calls of tools are in it as `name(arguments)`.
 */
export interface RowTexts {
  /** Null where nothing was asked. */
  readonly prompt: string | null
  readonly replies: Readonly<Record<string, string>>
}

/**
 * Reads the texts of a row of preference data, whatever columns and messages its format puts them in.
 *
 * `format` is the one that is known to be written; without it the columns tell. Null where the row cannot be read so.
 */
export const rowTexts = (
  row: Row,
  { columns }: Pick<Inspection, "columns">,
  format: string | null
): RowTexts | null => {
  const found = recordReader({ columns, sample: [row] }, format ?? undefined)
  if (typeof found === "string") return null
  const record = found.reader.read(row)
  if (record instanceof FormatFlaw) return null
  const { candidates, context, kind } = record
  const best = Math.min(...candidates.map(({ rank }) => rank ?? 0))
  const nameOf = (rank: number | null): string => {
    if (kind !== "pair" || rank === null) return kind === "stepwise" ? "step" : "reply"
    return rank === best ? "chosen" : "rejected"
  }
  return {
    prompt: context.length === 0 ? null : joinMessages(context),
    replies: named(candidates.map(({ messages, rank }) => [nameOf(rank), joinMessages(messages)]))
  }
}

/** One text of messages; those that say nothing, such as an empty turn of the system, are left out. */
const joinMessages = (messages: Messages): string =>
  joinTurns(
    messages.flatMap(({ content, role, toolCalls }) => {
      const calls = toolCalls.map((call) => `${call.name}(${call.arguments})`)
      const text = [content ?? "", ...calls].filter((one) => one !== "").join("\n")
      return text === "" ? [] : [{ role, text }]
    })
  )

/** Gives texts that share a name a number each. */
const named = (texts: ReadonlyArray<readonly [string, string]>): Record<string, string> => {
  const counts = new Map<string, number>()
  for (const [name] of texts) counts.set(name, (counts.get(name) ?? 0) + 1)
  const next = new Map<string, number>()
  return Object.fromEntries(
    texts.map(([name, text]) => {
      if (counts.get(name) === 1) return [name, text]
      const n = (next.get(name) ?? 0) + 1
      next.set(name, n)
      return [`${name} ${n}`, text]
    })
  )
}
