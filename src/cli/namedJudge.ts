import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { FormatFlaw } from "../formats/Format.ts"
import { orderOf } from "../formats/PairRules.ts"
import { chosenSides, findModels } from "../formats/VoteSides.ts"
import type { ConvertInput, Taken } from "./ConvertInput.ts"

/**
 * Gives each pair one vote for its better reply, by the annotator in a column beside it.
 *
 * Models that the format has no names for are taken from the usual columns. Null where the rows are no pairs, have votes of their own, or no such
 * column.
 */
export const namedJudge = (input: ConvertInput, column: string): ConvertInput | null => {
  const { extra, kind, parts } = input.holding
  const has = (wanted: string) => parts.some(({ part }) => part === wanted)
  if (kind !== "pair" || has("votes") || !extra.some(({ name }) => name === column)) return null
  const names = extra.map(({ name }) => name)
  const models = has("models") ? null : findModels(names, chosenSides)
  const judged = (taken: Taken): Taken => {
    const { record } = taken
    if (record instanceof FormatFlaw) return taken
    const order = orderOf(record.candidates)
    const who = textOrNull(record.extra[column])
    if (order instanceof FormatFlaw || who === null) return taken
    const [first, second] = order
    const winner = first === second ? null : first! < second! ? 0 : 1
    const candidates = record.candidates.map((one, i) => {
      const better = i === (winner ?? 0)
      return models === null ? one : { ...one, model: textOrNull(record.extra[models[better ? 0 : 1][0]!]) }
    })
    return { ...taken, record: { ...record, candidates, votes: [{ annotator: who, winner }] } }
  }
  const widened = () => {
    const wide = input.widened?.() ?? null
    return wide === null ? null : Effect.map(wide, (all) => ({ ...all, ...namedJudge(all, column) }))
  }
  return {
    ...input,
    said: `${input.said}; "${column}" names who chose`,
    records: Stream.map(input.records, (taken) => taken.map(judged)),
    widened
  }
}

const textOrNull = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : null
