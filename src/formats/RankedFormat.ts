import {
  FormatFlaw,
  type Holding,
  type Look,
  type PartColumn,
  type Preference,
  type Reader,
  type Row
} from "./Format.ts"
import type { Messages } from "./Messages.ts"
import { type SideNames, sideReader } from "./SideColumns.ts"
import type { ReadStructs } from "./unreadKeys.ts"

/** A reply in a list, with what the list says of it. */
export interface Ranked {
  /** Absent where lists name no replies. */
  readonly id?: string | null
  readonly messages: Messages
  readonly rank: number | null
  readonly score: number | null
  readonly model: string | null
}

/** Makes the reader of a format whose rows hold a list of replies, or two replies with a verdict. */
export const rankedReader = (
  look: Look,
  options: {
    readonly kind?: "pair"
    readonly style: Holding["style"]
    readonly parts: ReadonlyArray<PartColumn>
    readonly hasToolCalls?: boolean
    readonly names: SideNames
    readonly unkept?: ReadonlyArray<string>
    readonly structs?: ReadStructs
    /** Columns of `parts` that are kept as they are beside what is read of them. */
    readonly keptToo?: ReadonlyArray<string>
    readonly context: (row: Row) => Messages | FormatFlaw
    readonly candidates: (row: Row) => ReadonlyArray<Ranked> | FormatFlaw
    readonly margin?: (row: Row) => number | null
    readonly votes?: (row: Row) => Preference["votes"]
  }
): Reader => {
  const used = options.parts.map(({ column }) => column).filter((column) => options.keptToo?.includes(column) !== true)
  const sides = sideReader(look, options.names, used, 0, options.structs)
  const kind = options.kind ?? "ranked"
  const holding = sides.holding(kind, options)
  return {
    holding: { ...holding, unkept: [...(options.unkept ?? []), ...holding.unkept] },
    read: (row) => {
      const context = options.context(row)
      if (context instanceof FormatFlaw) return context
      const candidates = options.candidates(row)
      if (candidates instanceof FormatFlaw) return candidates
      const values = sides.read(row)
      if (values instanceof FormatFlaw) return values
      return {
        id: values.id,
        kind,
        style: options.style,
        context,
        tools: values.tools,
        candidates: candidates.map((one) => ({ ...one, id: one.id ?? null, label: null, refLogProb: null })),
        margin: options.margin === undefined ? values.margin : options.margin(row),
        votes: options.votes === undefined ? values.votes : options.votes(row),
        extra: sides.readExtra(row)
      }
    }
  }
}

/** Ranks of two sides from a strength whose sign says which is better: 0 and 1, or a tie. */
export const ranksOf = (firstIsBetter: number): readonly [number, number] =>
  firstIsBetter > 0 ? [0, 1] : firstIsBetter < 0 ? [1, 0] : [0, 0]
