import type { Column } from "../Columns.ts"
import {
  FormatFlaw,
  type Holding,
  type Look,
  type PartColumn,
  type Preference,
  type Reader,
  type Refusal,
  type Row,
  type Writer
} from "./Format.ts"
import { jsonText } from "./jsonText.ts"
import { listRules } from "./listRules.ts"
import { listWriter } from "./listWriter.ts"
import { type Messages, textMessage } from "./Messages.ts"
import { hasReplies, noReplies, notOfKind } from "./PairFormat.ts"
import { blankPrompt, orderedPair, replyFlaw } from "./PairRules.ts"
import { candidateOf, type SideNames, sideReader, sideWriter, singleNames } from "./SideColumns.ts"

/** One reply and whether it is wanted. */
export interface SingleTexts {
  readonly context: Messages
  readonly reply: Messages
  readonly label: boolean
}

/** Makes the reader of a format whose rows hold one reply with a label. */
export const unpairedReader = (
  look: Look,
  options: {
    readonly style: Holding["style"]
    readonly parts: ReadonlyArray<PartColumn>
    readonly hasToolCalls?: boolean
    readonly texts: (row: Row) => SingleTexts | FormatFlaw
  }
): Reader => {
  const used = options.parts.map(({ column }) => column)
  const sides = sideReader(look, singleNames, used, 1)
  return {
    holding: sides.holding("unpaired", options),
    read: (row) => {
      const texts = options.texts(row)
      if (texts instanceof FormatFlaw) return texts
      const values = sides.read(row)
      if (values instanceof FormatFlaw) return values
      return {
        id: values.id,
        kind: "unpaired",
        style: options.style,
        context: texts.context,
        tools: values.tools,
        candidates: [candidateOf(values.candidates[0]!, texts.reply, null, texts.label)],
        margin: null,
        votes: [],
        extra: sides.readExtra(row)
      }
    }
  }
}

/** Reads a label: true or false, and nothing that looks like it (a number or text turns the row into something else later on). */
export const readLabel = (value: unknown, column: string): boolean | FormatFlaw =>
  typeof value === "boolean"
    ? value
    : new FormatFlaw(
        "label that is no boolean",
        column,
        value === undefined ? "nothing" : jsonText(value).slice(0, 40),
        "true or false"
      )

/**
 * Makes the writer of a format with one reply a row. A pair gives two rows, chosen first; steps give one, right if all are.
 *
 * Of a ranked list the best and the worst are written, see `listRules`; of the lists in `perReply` each row has the value of its reply.
 */
export const unpairedWriter = (
  holding: Holding,
  options: {
    readonly columns: ReadonlyArray<Column>
    readonly parts: ReadonlyArray<PartColumn>
    readonly names?: SideNames | null
    /** Names that mean something to the trainer; an unknown column of such a name gets another. */
    readonly reserved?: ReadonlyArray<string>
    readonly notes?: ReadonlyArray<string>
    readonly texts: (single: SingleTexts) => Record<string, unknown> | FormatFlaw
  }
): Writer | Refusal => {
  if (holding.kind === "ranked") {
    return listWriter(holding, listRules["best-worst"], (pairs) => unpairedWriter(pairs, options))
  }
  if (holding.kind === "prompt") return notOfKind(holding, "replies with labels, or pairs")
  if (!hasReplies(holding)) return noReplies
  const names = [...options.columns.map(({ name }) => name), ...(options.reserved ?? [])]
  const isOrdered = holding.kind === "pair"
  const perReply = isOrdered ? (holding.perReply ?? []) : []
  const extra = holding.extra.map(({ name, type }) => ({
    name,
    type: type.kind === "list" && perReply.includes(name) ? { ...type.element, nullable: true } : type
  }))
  const sides = sideWriter({ ...holding, extra }, options.names === undefined ? singleNames : options.names, names)
  const add = (record: Preference, candidate: number, label: boolean, reply: Messages, into: Array<Row>) => {
    const row = options.texts({ context: record.context, reply, label })
    if (row instanceof FormatFlaw) return row
    sides.write(perReply.length === 0 ? record : ofReply(record, candidate, perReply), [candidate], row)
    into.push(row)
    return undefined
  }
  return {
    columns: [...options.columns, ...sides.columns],
    parts: [...options.parts, ...sides.parts],
    extra: sides.extra,
    notes: [
      ...(isOrdered ? ["each pair gives two rows, chosen and rejected"] : []),
      ...(holding.kind === "stepwise"
        ? ["steps are joined without separator; the label is true when all steps are right"]
        : []),
      ...(options.notes ?? [])
    ],
    write: (record, into) => {
      const { candidates } = record
      if (isOrdered) {
        const order = orderedPair(record)
        if (order instanceof FormatFlaw) return order
        const rows: Array<Row> = []
        const flaw =
          add(record, order.chosen, true, candidates[order.chosen]!.messages, rows) ??
          add(record, order.rejected, false, candidates[order.rejected]!.messages, rows)
        if (flaw === undefined) into.push(...rows)
        return flaw
      }
      if (holding.kind === "stepwise") {
        const text = candidates.map(({ messages }) => messages[0]!.content ?? "").join("")
        return add(
          record,
          0,
          candidates.every(({ label }) => label === true),
          [textMessage("assistant", text)],
          into
        )
      }
      const [single] = candidates
      return (
        blankPrompt(record.context, "prompt") ??
        replyFlaw(single!, "completion") ??
        add(record, 0, single!.label === true, single!.messages, into)
      )
    }
  }
}

/** A record with the values of one reply in place of lists of those of all. */
const ofReply = (record: Preference, candidate: number, perReply: ReadonlyArray<string>): Preference => {
  const own = perReply.map((name) => [name, (record.extra[name] as ReadonlyArray<unknown> | null)?.[candidate] ?? null])
  return { ...record, extra: { ...record.extra, ...Object.fromEntries(own) } }
}
