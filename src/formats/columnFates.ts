import type { Holding, Part, Writer } from "./Format.ts"
import { hasNameField } from "./PlainTexts.ts"

/** What becomes of the columns of a file when it is written in another format. */
export interface ColumnFates {
  readonly kept: ReadonlyArray<string>
  readonly renamed: ReadonlyArray<{ readonly from: string; readonly to: ReadonlyArray<string> }>
  /** Columns, or with a word in brackets what of a column is lost while the rest of it is written. */
  readonly lost: ReadonlyArray<string>
}

/** Where a part goes that the other format does not keep apart. */
const elsewhere: Partial<Readonly<Record<Part, ReadonlyArray<Part>>>> = {
  chosen: ["candidates"],
  rejected: ["candidates", "chosen"],
  candidates: ["chosen", "rejected"],
  label: ["chosen", "candidates"]
}

/** Parts of which a pair has one for each side, the first side's first. */
const perSide: ReadonlySet<Part> = new Set(["candidateIds", "models", "scores", "refLogProbs"])

/** Parts that are messages. */
const texts: ReadonlySet<Part> = new Set(["prompt", "chosen", "rejected", "candidates"])

/** What the parts of a column that is not lost as a whole are called. */
const words: Readonly<Record<Part, string>> = {
  id: "ids",
  tools: "tools",
  models: "models",
  candidateIds: "ids of replies",
  scores: "scores",
  margin: "strength",
  votes: "votes",
  annotators: "annotators",
  refLogProbs: "log-probabilities",
  prompt: "prompt",
  chosen: "chosen reply",
  rejected: "rejected reply",
  candidates: "replies",
  label: "label"
}

/**
 * Works out what an export keeps, renames and loses, from the columns alone and before a row is read; keys of messages that only later rows have are
 * among what is lost once these were read.
 *
 * Of a column that is taken for several parts, those that are not written are lost, and the others are not. Of messages that may hold calls of tools,
 * what the format has no place for is lost, whichever columns hold calls, and so are names of who speaks.
 */
export const columnFates = (holding: Holding, writer: Writer): ColumnFates => {
  const targets = (part: Part): ReadonlyArray<string> => {
    const own = writer.parts.filter((one) => one.part === part)
    const found = own.length > 0 ? own : writer.parts.filter((one) => elsewhere[part]?.includes(one.part) === true)
    return found.map(({ column }) => column)
  }
  const written = new Set(writer.parts.filter(({ part }) => texts.has(part)).map(({ column }) => column))
  const hasNames = writer.columns.some(({ name, type }) => written.has(name) && hasNameField(type))
  const noPlace = [
    ...(writer.without ?? []),
    ...(holding.hasNames === true && !hasNames ? ["names of who speaks"] : [])
  ]
  const places = new Map<string, { readonly to: Set<string>; readonly without: Array<string> }>()
  const counts = new Map<Part, number>()
  for (const { column, part } of holding.parts) {
    const all = targets(part)
    const nth = counts.get(part) ?? 0
    counts.set(part, nth + 1)
    const nSame = holding.parts.filter((one) => one.part === part).length
    const isSide = holding.kind === "pair" && perSide.has(part) && nSame === 2 && all.length === 2
    const to = isSide ? [all[nth]!] : all
    const place = places.get(column) ?? { to: new Set(), without: [] }
    for (const name of to) place.to.add(name)
    if (to.length === 0) place.without.push(words[part])
    if (texts.has(part)) place.without.push(...noPlace)
    places.set(column, place)
  }
  for (const { from, to } of writer.extra) places.set(from, { to: new Set([to]), without: [] })
  for (const { name } of holding.extra) if (!places.has(name)) places.set(name, { to: new Set(), without: [] })
  const all = [...places].map(([name, { to, without }]) => ({ name, to, without }))
  const found = all.filter(({ to }) => to.size > 0)
  return {
    kept: found.filter(({ name, to }) => to.has(name)).map(({ name }) => name),
    renamed: found.filter(({ name, to }) => !to.has(name)).map(({ name, to }) => ({ from: name, to: [...to] })),
    lost: [
      ...all.flatMap(({ name, to, without }) =>
        to.size === 0 ? [name] : without.length === 0 ? [] : [`${name} (${[...new Set(without)].join(", ")})`]
      ),
      ...holding.unkept,
      ...(holding.lateKeys ?? [])
    ]
  }
}
