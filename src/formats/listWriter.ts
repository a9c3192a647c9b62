import type { PairRule } from "../pairings/PairRule.ts"
import { FormatFlaw, type Holding, isRefusal, type Refusal, type Row, type Writer } from "./Format.ts"
import { listPairs } from "./listPairs.ts"

/**
 * Makes a writer of ranked lists of one of pairs: each list is cut by a rule, and each of its pairs written.
 *
 * `make` gets the holding of the pairs. Of a column with a value for each reply a pair gets the values of its two. A list is refused where the
 * rule makes no pair of it, and where no pair can be written; pairs that cannot be written beside others are counted, and so are replies that
 * are in no pair and pairs that were drawn.
 */
export const listWriter = (
  holding: Holding,
  rule: PairRule,
  make: (holding: Holding) => Writer | Refusal
): Writer | Refusal => {
  const made = make({ ...holding, kind: "pair", isCut: true, parts: holding.parts.flatMap(sidesOf) })
  if (isRefusal(made)) return made
  const remarks = new Map<string, number>()
  const count = (what: string, n: number) => {
    if (n > 0) remarks.set(what, (remarks.get(what) ?? 0) + n)
  }
  return {
    ...made,
    notes: [noteOf(rule), ...made.notes],
    remarks,
    write: (list, into) => {
      const pairs = listPairs(list, rule, holding.perReply)
      if (pairs instanceof FormatFlaw) return pairs
      const flaws: Array<FormatFlaw> = []
      const replies = new Set<unknown>()
      let nDrawn = 0
      for (const { record, sharedPlace } of pairs) {
        const rows: Array<Row> = []
        const flaw = made.write({ ...record, cut: { rule: rule.rule, sharedPlace } }, rows)
        if (flaw !== undefined) {
          flaws.push(flaw)
          continue
        }
        into.push(...rows)
        for (const { messages } of record.candidates) replies.add(messages)
        if (sharedPlace) nDrawn++
      }
      if (flaws.length === pairs.length) return flaws[0]
      count(leftOut[rule.rule] ?? "replies of lists that are in no pair", list.candidates.length - replies.size)
      count(drawn, nDrawn)
      for (const { reason } of flaws) count(`pairs of lists left out: ${reason}`, 1)
      for (const [what, n] of made.remarks ?? []) remarks.set(what, n)
      return undefined
    }
  }
}

const leftOut: Readonly<Record<string, string>> = {
  bestWorst: "replies left out that were neither the best nor the worst of their list"
}
const drawn = "pairs drawn from several with the same claim"

const sidesOf = (one: Holding["parts"][number]): Holding["parts"] =>
  one.part === "candidates" ? (["chosen", "rejected"] as const).map((part) => ({ ...one, part })) : [one]

const words: Readonly<Record<string, string>> = {
  bestWorst: "of a list the best and the worst make the pair; where several are, one of them is drawn",
  adjacentRanks: "of a list every reply makes a pair with each that is one rank below",
  allPairs: "of a list every two replies that are not equally good make a pair"
}

const noteOf = ({ rule }: PairRule): string => words[rule] ?? `of a list the rule ${rule} makes the pairs`
