import type { Row } from "./Format.ts"
import { majorityRanks } from "./majorityRanks.ts"

/**
 * An opinion about replies: for each the less the better, equal numbers for a tie, null for a reply that was left out.
 *
 * Ranks, places in a list and ratings turned round all are such levels.
 */
export type Levels = ReadonlyArray<number | null>

/** The replies of a record, by what answers may call them. */
export interface CalledReplies {
  readonly columns: ReadonlyArray<string>
  /** The number or letter at the end of each column, "" where there is none. */
  readonly marks: ReadonlyArray<string>
}

const ties = new Set(["tie", "tied", "draw", "equal", "equallygood", "same", "aboutthesame"])

/** A name without case, spaces and punctuation: "Response 1", "response-1" and "response_1" are one. */
const bare = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "")

/** The index of the reply that a label names, by its column or the mark at its end; "tie" for a word that says so, null for any other. */
export const replyNamed = ({ columns, marks }: CalledReplies, label: unknown): number | "tie" | null => {
  if (typeof label !== "string" && typeof label !== "number") return null
  const name = bare(String(label))
  const byColumn = columns.findIndex((column) => bare(column) === name)
  if (byColumn >= 0) return byColumn
  const byMark = name === "" ? -1 : marks.indexOf(name)
  return byMark >= 0 ? byMark : ties.has(name) ? "tie" : null
}

/** The levels of a label that names the best reply; null where it names none. */
export const levelsOfLabel = (replies: CalledReplies, label: unknown): Levels | null => {
  const named = replyNamed(replies, label)
  return named === null ? null : replies.columns.map((_, i) => (named === "tie" || named === i ? 0 : 1))
}

/**
 * The levels of a ranking: a list of `{rank, value}`, the same as a struct of lists, or a list of labels in their order.
 *
 * Argilla 2 exports the labels alone, so ties are seen only in exports of Argilla 1. Null where a label names no reply, or one twice.
 */
export const levelsOfRanking = (replies: CalledReplies, ranking: unknown): Levels | null => {
  const items = rankedItems(ranking)
  if (items === null || items.length === 0) return null
  const levels: Array<number | null> = replies.columns.map(() => null)
  for (const [place, { label, rank }] of items.entries()) {
    const named = replyNamed(replies, label)
    if (typeof named !== "number" || levels[named] !== null) return null
    levels[named] = rank ?? place
  }
  return items.every(({ rank }) => rank === null) || items.every(({ rank }) => rank !== null) ? levels : null
}

const rankedItems = (
  ranking: unknown
): ReadonlyArray<{ readonly label: unknown; readonly rank: number | null }> | null => {
  if (Array.isArray(ranking)) {
    return ranking.map((one: unknown) =>
      typeof one === "object" && one !== null
        ? { label: (one as Row)["value"], rank: rankOf((one as Row)["rank"]) }
        : { label: one, rank: null }
    )
  }
  if (typeof ranking !== "object" || ranking === null) return null
  const { rank, value } = ranking as Row
  if (!Array.isArray(value) || !Array.isArray(rank) || rank.length !== value.length) return null
  return value.map((label: unknown, i) => ({ label, rank: rankOf(rank[i]) }))
}

const rankOf = (rank: unknown): number | null => (typeof rank === "number" && Number.isFinite(rank) ? rank : null)

/** Says whether an opinion is about all of these replies. */
export const isComplete = (levels: Levels, replies: ReadonlyArray<number>): boolean =>
  replies.every((i) => levels[i] !== null)

/**
 * What an opinion says about the best: the index of the only one, null where all are equally good, and undefined where several of many
 * share the first place, for which a vote has no word.
 */
export const bestOf = (levels: Levels, replies: ReadonlyArray<number>): number | null | undefined => {
  const least = Math.min(...replies.map((i) => levels[i]!))
  const best = replies.filter((i) => levels[i] === least)
  return best.length === 1 ? best[0]! : best.length === replies.length ? null : undefined
}

/**
 * Ranks of replies, 0 the best, from opinions about all of them: of two by the majority, see `majorityRanks`, of more by the sum of places.
 *
 * Replies that are equally good share their places, and equal sums are a tie.
 */
export const ranksOfOpinions = (
  opinions: ReadonlyArray<Levels>,
  replies: ReadonlyArray<number>
): ReadonlyArray<number> => {
  if (replies.length === 2) {
    const [first, second] = replies
    const gaps = opinions.map((levels) => levels[second!]! - levels[first!]!)
    const nOf = (sign: number) => gaps.filter((gap) => Math.sign(gap) === sign).length
    return majorityRanks(nOf(1), nOf(-1), nOf(0))
  }
  const count = (i: number, matches: (other: number, own: number) => boolean) =>
    opinions.reduce((sum, levels) => sum + replies.filter((j) => matches(levels[j]!, levels[i]!)).length, 0)
  // Twice the place in the middle of its equals, so that sums are whole.
  const places = replies.map((i) => 2 * count(i, (other, own) => other < own) + count(i, (other, own) => other === own))
  return places.map((place) => places.filter((other) => other < place).length)
}
