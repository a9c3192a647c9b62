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
import { listRules } from "./listRules.ts"
import { listWriter } from "./listWriter.ts"
import { foundColumns } from "./LookedAt.ts"
import type { Messages } from "./Messages.ts"
import { orderedPair } from "./PairRules.ts"
import { candidateOf, pairNames, type SideNames, sideReader, sideWriter } from "./SideColumns.ts"
import type { ReadStructs } from "./unreadKeys.ts"

/** The texts of a pair. */
export interface PairTexts {
  readonly context: Messages
  readonly chosen: Messages
  readonly rejected: Messages
  /** JSON text, where it stands with the texts. */
  readonly tools?: string | null
}

/** Makes the reader of a format whose rows hold a chosen and a rejected reply. */
export const pairReader = (
  look: Look,
  options: {
    readonly style: Holding["style"]
    readonly parts: ReadonlyArray<PartColumn>
    readonly hasToolCalls?: boolean
    readonly names?: SideNames
    readonly structs?: ReadStructs
    readonly texts: (row: Row) => PairTexts | FormatFlaw
  }
): Reader => {
  const used = options.parts.map(({ column }) => column)
  const sides = sideReader(look, options.names ?? pairNames, used, 2, options.structs)
  return {
    holding: sides.holding("pair", options),
    read: (row) => {
      const texts = options.texts(row)
      if (texts instanceof FormatFlaw) return texts
      const values = sides.read(row)
      if (values instanceof FormatFlaw) return values
      return {
        id: values.id,
        kind: "pair",
        style: options.style,
        context: texts.context,
        tools: texts.tools ?? values.tools,
        candidates: [
          candidateOf(values.candidates[0]!, texts.chosen, 0),
          candidateOf(values.candidates[1]!, texts.rejected, 1)
        ],
        margin: values.margin,
        votes: values.votes,
        extra: sides.readExtra(row)
      }
    }
  }
}

/** A record as its writer gets it: the texts in their order, and which candidates they are. */
export interface WrittenPair {
  readonly record: Preference
  readonly context: Messages
  readonly chosen: Messages
  readonly rejected: Messages
}

/**
 * Makes the writer of a format whose rows hold a chosen and a rejected reply; `names` is null where they hold nothing else.
 *
 * Of a ranked list the best and the worst make the pair, see `listRules`.
 */
export const pairWriter = (
  holding: Holding,
  options: {
    readonly columns: ReadonlyArray<Column>
    readonly parts: ReadonlyArray<PartColumn>
    readonly names: SideNames | null
    /** Names that mean something to the trainer; an unknown column of such a name gets another. */
    readonly reserved?: ReadonlyArray<string>
    readonly notes?: ReadonlyArray<string>
    /** Where the format counts rows itself. */
    readonly remarks?: Map<string, number>
    readonly texts: (pair: WrittenPair) => Record<string, unknown> | FormatFlaw
  }
): Writer | Refusal => {
  if (holding.kind === "ranked") {
    return listWriter(holding, listRules["best-worst"], (pairs) => pairWriter(pairs, options))
  }
  if (holding.kind !== "pair") return notPairs(holding)
  if (!hasReplies(holding)) return noReplies
  const used = options.columns.map(({ name }) => name)
  const sides = sideWriter(holding, options.names, [...used, ...(options.reserved ?? [])])
  return {
    columns: [...options.columns, ...sides.columns],
    parts: [...options.parts, ...sides.parts],
    extra: sides.extra,
    notes: options.notes ?? [],
    write: (record, into) => {
      const order = orderedPair(record)
      if (order instanceof FormatFlaw) return order
      const { candidates, context } = record
      const row = options.texts({
        record,
        context,
        chosen: candidates[order.chosen]!.messages,
        rejected: candidates[order.rejected]!.messages
      })
      if (row instanceof FormatFlaw) return row
      sides.write(record, [order.chosen, order.rejected], row)
      into.push(row)
      return undefined
    },
    ...(options.remarks === undefined ? {} : { remarks: options.remarks })
  }
}

const kindNames: Readonly<Record<Holding["kind"], string>> = {
  pair: "pairs",
  ranked: "ranked lists",
  unpaired: "single replies with a label",
  prompt: "prompts alone",
  stepwise: "steps with labels"
}

/** Says whether there are texts of replies; votes may name what was compared and no more. */
export const hasReplies = ({ parts }: Holding): boolean =>
  parts.some(({ part }) => part === "chosen" || part === "candidates")

/** The refusal to write replies that are known by name alone. */
export const noReplies: Refusal = { found: "names of what was compared without texts", wanted: "texts of the replies" }

/** Says whether replies have scores; of a column of them some may be missing. */
export const hasScores = ({ parts }: Holding): boolean => parts.some(({ part }) => part === "scores")

/** The refusal to write a list without what it holds of each reply. */
export const noScores: Refusal = { found: "replies without scores", wanted: "a score of each reply" }

/** The refusal to make pairs of what holds none. */
export const notPairs = ({ kind }: Holding): Refusal => ({
  found: kindNames[kind],
  wanted: "two or more replies to each prompt, with an order"
})

/** The refusal to make something of records of another kind. */
export const notOfKind = ({ kind }: Holding, wanted: string): Refusal => ({ found: kindNames[kind], wanted })

/** The refusal of a reader whose columns are not there. */
export const otherColumns = (look: Look, wanted: string): Refusal => ({ found: foundColumns(look), wanted })
