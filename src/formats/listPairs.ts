import { originalAnswer } from "../../schemas/Candidate.ts"
import type { PreferenceCandidate } from "../../schemas/Preference.ts"
import { keyedRandom } from "../math/keyedRandom.ts"
import { type Contender, contenders } from "../pairings/Contender.ts"
import { cutPairs, type Draw } from "../pairings/cutPairs.ts"
import type { NoPair, PairRule } from "../pairings/PairRule.ts"
import { contentId } from "../Seed.ts"
import { FormatFlaw, type Preference, type Row } from "./Format.ts"
import { jsonText } from "./jsonText.ts"
import { listRules } from "./listRules.ts"
import { orderOf } from "./PairRules.ts"

/** A pair that a rule cuts from a list of replies. */
export interface ListPair {
  /** Of the kind "pair": the two replies in the order of the list, with ranks 0 and 1. */
  readonly record: Preference
  /** Whether others had the same claim to the place of this pair, so that it was kept beside them or drawn. */
  readonly sharedPlace: boolean
}

/**
 * Cuts pairs from a list of replies by a rule of `src/pairings`, or says why there is none.
 *
 * All replies count as originals. Their scores decide where each has one and no rank contradicts them; else the ranks do. What is drawn depends on
 * the prompt and the replies alone, not on the order of the list. A vote for a reply that is not in a pair says nothing of it. An only pair has the id of its list;
 * of several each has an id derived from it. Of the lists in the columns `perReply` a pair has the values of its two replies. Two replies, one of
 * which is better, are a pair by every rule of `listRules`, however alike they are. Time as `cutPairs`.
 */
export const listPairs = (
  record: Preference,
  rule: PairRule,
  perReply: ReadonlyArray<string> = []
): ReadonlyArray<ListPair> | FormatFlaw => {
  const { candidates } = record
  const order = orderOf(candidates)
  if (order instanceof FormatFlaw) return order
  if (order.every((place) => place === order[0])) return tie
  if (candidates.length === 2 && asTheyStand.has(rule)) {
    const best = order[0]! < order[1]! ? 0 : 1
    const ranked = candidates.map((one, i) => ({ ...one, rank: i === best ? 0 : 1 }))
    return [{ record: { ...record, kind: "pair", candidates: ranked }, sharedPlace: false }]
  }
  const all = contendersOf(candidates, order)
  const { pairs, problems } = cutPairs(all, rule, drawFor(record))
  if (pairs.length === 0) return flawOf(problems[0]!, rule)
  return pairs.map(({ chosen, rejected, sharedPlace }) => {
    const [first, second] = chosen < rejected ? [chosen, rejected] : [rejected, chosen]
    const ranked = (i: number) => ({ ...candidates[i]!, rank: i === chosen ? 0 : 1 })
    const id =
      pairs.length === 1 || record.id === null ? record.id : contentId(record.id, all[chosen]!.id, all[rejected]!.id)
    return {
      sharedPlace,
      record: {
        ...record,
        id,
        kind: "pair",
        candidates: [ranked(first), ranked(second)],
        votes: record.votes.flatMap(({ annotator, winner }) =>
          winner === null || winner === first || winner === second
            ? [{ annotator, winner: winner === null ? null : winner === first ? 0 : 1 }]
            : []
        ),
        extra: ofReplies(record.extra, perReply, [first, second])
      }
    }
  })
}

/** The columns beside a list with the values of some of its replies in those that have one for each. */
const ofReplies = (extra: Row, perReply: ReadonlyArray<string>, replies: ReadonlyArray<number>): Row =>
  perReply.length === 0
    ? extra
    : {
        ...extra,
        ...Object.fromEntries(
          perReply.map((name) => {
            const values = extra[name] as ReadonlyArray<unknown> | null
            return [name, values === null ? null : replies.map((i) => values[i])]
          })
        )
      }

const asTheyStand: ReadonlySet<PairRule> = new Set(Object.values(listRules))

/** Draws that differ from prompt to prompt. */
const drawFor =
  ({ context }: Preference): Draw =>
  (...key) =>
    keyedRandom("pairs of a list", contentId(...context.map(({ content }) => content ?? "")), ...key)()

const scoresOf = (candidates: Preference["candidates"], order: ReadonlyArray<number>): ReadonlyArray<number> => {
  const scores = candidates.flatMap(({ score }) => (score === null ? [] : [score]))
  const agree = (i: number, j: number) => Math.sign(order[i]! - order[j]!) === Math.sign(scores[j]! - scores[i]!)
  const areScores =
    scores.length === order.length && order.every((_, i) => order.every((__, j) => j >= i || agree(i, j)))
  return areScores ? scores : order.map((place) => -place)
}

/**
 * Contenders whose ids do not follow from their places: the order where no two are equally good, else the texts, which take longer. A text that is
 * there again has another id, by all that is known of the reply: what has no difference at all may change places.
 */
const contendersOf = (candidates: Preference["candidates"], order: ReadonlyArray<number>): ReadonlyArray<Contender> => {
  const isStrict = new Set(order).size === order.length
  const texts = candidates.map(textOf)
  const ids = isStrict ? order.map(String) : idsOf(texts, candidates)
  return contenders(
    candidates.map(({ model }, i) => ({ ...originalAnswer, id: ids[i]!, text: texts[i]!, model: model ?? "" })),
    scoresOf(candidates, order)
  )
}

const idsOf = (texts: ReadonlyArray<string>, candidates: Preference["candidates"]): ReadonlyArray<string> => {
  const isAgain = (text: string) => texts.indexOf(text) !== texts.lastIndexOf(text)
  const named = candidates.map((one, i) => ({ i, name: isAgain(texts[i]!) ? jsonText(one) : "" }))
  const seen = new Map<string, number>()
  const ids: Array<string> = []
  for (const { i } of named.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))) {
    const text = texts[i]!
    const nth = seen.get(text) ?? 0
    seen.set(text, nth + 1)
    ids[i] = contentId(text, nth)
  }
  return ids
}

const textOf = ({ messages }: PreferenceCandidate): string => {
  const [only] = messages
  return messages.length === 1 && only!.toolCalls.length === 0 ? (only!.content ?? "") : jsonText(messages)
}

const tie = new FormatFlaw("tie", null, "candidates that are equally good", "one that is better")

/** A problem of a rule as a flaw of a row; the rule calls replies by ids that nobody knows. */
const flawOf = ({ reason }: NoPair, rule: PairRule): FormatFlaw => {
  switch (reason) {
    case "tie":
      return tie
    case "identical":
      return new FormatFlaw("identical replies", null, "the same text but for white space and case", "another text")
    case "near identical":
      return new FormatFlaw("nearly identical replies", null, "texts that hardly differ", "texts that differ more")
    case "contradictory":
      return new FormatFlaw("contradictory order", null, "two texts that are each above the other", "one order")
    default:
      return new FormatFlaw("no pair", null, "no two candidates that the rule takes", rule.wants)
  }
}
