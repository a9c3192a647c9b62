import * as Wording from "../math/Wording.ts"
import { type Contender, wordingOf } from "./Contender.ts"
import { type NoPair, type PairRule, usualSimilarity } from "./PairRule.ts"
import type { Quantity, TermDraw, Test } from "./Term.ts"

/** Two candidates in an order, as indices into the candidates given. */
export interface CutPair {
  readonly chosen: number
  readonly rejected: number
  /** The rule that made it: the one given, or the one it falls back on. */
  readonly rule: string
  /** True where others had the same claim to the place of this pair: it was kept beside them, or drawn from among them. */
  readonly sharedPlace: boolean
}

/** A reason without a pair, and the rule that looked for one: the one given, or one it falls back on. */
export interface CutProblem extends NoPair {
  readonly rule: string
}

/** What a rule makes of the candidates of one prompt. */
export interface CutPairs {
  /** In the order of the rule. */
  readonly pairs: ReadonlyArray<CutPair>
  /** Why there is no pair; with pairs, what the rule wants to have told all the same. Empty or not, never both without pairs. */
  readonly problems: ReadonlyArray<CutProblem>
}

/** A uniform number in [0, 1) that depends on the key, and on nothing else in this prompt and rule. */
export type Draw = (...key: ReadonlyArray<string>) => number

/**
 * Cuts pairs from the candidates of one prompt by a rule.
 *
 * Every two different candidates that meet the conditions of the rule stand in one order: by the rule's own order, then by
 * that of the chosen, then by that of the rejected; a number that is not known comes last. Texts that are equal but for white
 * space and case are refused ("identical"), and so are texts at least as similar as `maxSimilarity` ("near identical")
 * unless one was made from the other. So are two texts that stand in both orders, because one is there twice with different scores
 * ("contradictory"). Two texts make one pair, the first in the order, or by id. Then the first `most` are taken, for
 * each value of `per` where there is one. Where the last places go to several pairs that the order does not tell apart, the
 * tie policy decides: none of them ("drop"), all of them, more than `most` ("keep"), or some of them, drawn ("random").
 *
 * Ids have to differ. The order of the candidates never decides. Without a pair the rule's `otherwise` is tried, and without that
 * there is at least one problem. Time O(n²) conditions for n candidates, and one comparison of texts for each pair until the places
 * are filled.
 */
export const cutPairs = (candidates: ReadonlyArray<Contender>, rule: PairRule, draw: Draw): CutPairs => {
  const matched = matchedPairs(candidates, rule, draw)
  const { nTied, pairs, refused } = fillPlaces(candidates, matched, rule, draw)
  const leftOver = rule.leftOver?.(candidates) ?? []
  const named = (given: ReadonlyArray<NoPair>) => given.map((one) => ({ ...one, rule: rule.rule }))
  if (pairs.length > 0) return { pairs, problems: rule.leftOver === undefined ? [] : named([...refused, ...leftOver]) }
  const problems = named(whyNone(candidates, rule, refused, leftOver, nTied))
  if (rule.otherwise === undefined) return { pairs, problems }
  const second = cutPairs(candidates, rule.otherwise, draw)
  return second.pairs.length > 0 ? second : { pairs, problems: [...problems, ...second.problems] }
}

interface Matched {
  readonly chosen: number
  readonly rejected: number
  readonly keys: ReadonlyArray<number>
}

/** All pairs that meet the conditions, in order. */
const matchedPairs = (candidates: ReadonlyArray<Contender>, rule: PairRule, draw: Draw): ReadonlyArray<Matched> => {
  const { chosen: chosenSide, order = [], rejected: rejectedSide, rule: name } = rule
  const matched: Array<Matched> = []
  for (let chosen = 0; chosen < candidates.length; chosen++) {
    const better = candidates[chosen]!
    const drawOne = () => draw(name, better.id)
    if (!meets(chosenSide.where, better, better, drawOne)) continue
    const own = keysOf(chosenSide.order, better, better, drawOne)
    for (let rejected = 0; rejected < candidates.length; rejected++) {
      if (rejected === chosen) continue
      const worse = candidates[rejected]!
      const drawTwo: TermDraw = (of) => (of === "alone" ? draw(name, worse.id) : draw(name, better.id, worse.id))
      if (!meets(rejectedSide.where, worse, better, drawTwo)) continue
      const first = keysOf(order, worse, better, drawTwo)
      const last = keysOf(rejectedSide.order, worse, better, drawTwo)
      matched.push({ chosen, rejected, keys: [...first, ...own, ...last] })
    }
  }
  const id = (index: number) => candidates[index]!.id
  return matched.sort(
    (a, b) => byKeys(a, b) || byText(id(a.chosen), id(b.chosen)) || byText(id(a.rejected), id(b.rejected))
  )
}

const meets = (
  tests: ReadonlyArray<Test> | undefined,
  candidate: Contender,
  chosen: Contender,
  draw: TermDraw
): boolean => (tests ?? []).every(({ of }) => of(candidate, chosen, draw))

const keysOf = (
  order: ReadonlyArray<Quantity> | undefined,
  candidate: Contender,
  chosen: Contender,
  draw: TermDraw
): ReadonlyArray<number> =>
  (order ?? []).map(({ of }) => {
    const key = of(candidate, chosen, draw) ?? Number.NaN
    return Number.isNaN(key) ? Number.POSITIVE_INFINITY : key
  })

const byKeys = (a: Matched, b: Matched): number => {
  for (let i = 0; i < a.keys.length; i++) {
    if (a.keys[i] !== b.keys[i]) return a.keys[i]! < b.keys[i]! ? -1 : 1
  }
  return 0
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Numbers two texts in an order; texts that are equal but for white space and case are one. */
const numberTexts = (candidates: ReadonlyArray<Contender>): ((better: number, worse: number) => number) => {
  const numbers = new Map<string, number>()
  const ofCandidates: Array<number | undefined> = []
  const numberOf = (candidate: number): number => {
    const known = ofCandidates[candidate]
    if (known !== undefined) return known
    const { plain } = wordingOf(candidates[candidate]!)
    const number = numbers.get(plain) ?? numbers.size
    numbers.set(plain, number)
    ofCandidates[candidate] = number
    return number
  }
  return (better, worse) => numberOf(better) * candidates.length + numberOf(worse)
}

const fillPlaces = (
  candidates: ReadonlyArray<Contender>,
  matched: ReadonlyArray<Matched>,
  rule: PairRule,
  draw: Draw
): { readonly pairs: ReadonlyArray<CutPair>; readonly refused: ReadonlyArray<NoPair>; readonly nTied: number } => {
  const { most = Number.POSITIVE_INFINITY, per, tie = "drop" } = rule
  const pairs: Array<CutPair> = []
  const refused: Array<NoPair> = []
  const filled = new Map<string, number>()
  const seen = new Set<number>()
  let nTied = 0
  const textsOf = numberTexts(candidates)
  const directions = new Set(matched.map(({ chosen, rejected }) => textsOf(chosen, rejected)))
  const take = (some: ReadonlyArray<Matched>, sharedPlace: boolean) => {
    for (const { chosen, rejected } of some) pairs.push({ chosen, rejected, rule: rule.rule, sharedPlace })
  }
  for (let from = 0, to = 0; from < matched.length; from = to) {
    if (per === undefined && (filled.get("") ?? 0) >= most) break
    while (to < matched.length && byKeys(matched[from]!, matched[to]!) === 0) to++
    const groups = new Map<string, Array<Matched>>()
    for (const pair of matched.slice(from, to)) {
      const [better, worse] = [candidates[pair.chosen]!, candidates[pair.rejected]!]
      const place = per?.of(better, better, () => draw(rule.rule, better.id)) ?? ""
      if ((filled.get(place) ?? 0) >= most) continue
      const texts = textsOf(pair.chosen, pair.rejected)
      if (seen.has(texts)) continue
      seen.add(texts)
      const problem =
        refusal(better, worse, rule.maxSimilarity) ??
        (directions.has(textsOf(pair.rejected, pair.chosen)) ? contradictory(better, worse) : null)
      if (problem !== null) refused.push(problem)
      else groups.set(place, [...(groups.get(place) ?? []), pair])
    }
    for (const [place, group] of groups) {
      const room = most - (filled.get(place) ?? 0)
      filled.set(place, (filled.get(place) ?? 0) + group.length)
      if (group.length <= room) take(group, false)
      else if (tie === "keep") take(group, true)
      else if (tie === "random") take(drawnFrom(group, room, candidates, rule.rule, draw), true)
      else nTied += group.length
    }
  }
  return { pairs, refused, nTied }
}

const drawnFrom = (
  group: ReadonlyArray<Matched>,
  room: number,
  candidates: ReadonlyArray<Contender>,
  name: string,
  draw: Draw
): ReadonlyArray<Matched> =>
  group
    .map((pair) => ({ pair, at: draw(name, "tie", candidates[pair.chosen]!.id, candidates[pair.rejected]!.id) }))
    .toSorted((a, b) => a.at - b.at)
    .slice(0, room)
    .map(({ pair }) => pair)

const refusal = (chosen: Contender, rejected: Contender, maxSimilarity = usualSimilarity): NoPair | null => {
  const both = `"${chosen.id}" and "${rejected.id}"`
  if (wordingOf(chosen).plain === wordingOf(rejected).plain) {
    return { reason: "identical", detail: `${both} have the same text but for white space and case` }
  }
  if (maxSimilarity === 1 || chosen.parentId === rejected.id || rejected.parentId === chosen.id) return null
  const similarity = Wording.similarity(wordingOf(chosen), wordingOf(rejected))
  if (similarity < maxSimilarity) return null
  const found = `${both} have a similarity of ${similarity.toFixed(3)}`
  return { reason: "near identical", detail: `${found}, expected less than ${maxSimilarity}` }
}

const contradictory = (chosen: Contender, rejected: Contender): NoPair => ({
  reason: "contradictory",
  detail: `the texts of "${chosen.id}" and "${rejected.id}" are there more than once, with both orders among them`
})

const whyNone = (
  candidates: ReadonlyArray<Contender>,
  rule: PairRule,
  refused: ReadonlyArray<NoPair>,
  leftOver: ReadonlyArray<NoPair>,
  nTied: number
): ReadonlyArray<NoPair> => {
  const explained = rule.explain?.(candidates) ?? null
  if (explained !== null) return [explained]
  if (leftOver.length > 0 || (rule.leftOver !== undefined && refused.length > 0)) return [...refused, ...leftOver]
  if (refused.length > 0) return refused.slice(0, 1)
  if (nTied > 0) return [{ reason: "tie", detail: `${nTied} pairs have the same claim to ${rule.most ?? 0} places` }]
  return [{ reason: "no pair", detail: `found none in ${candidates.length} candidates, expected ${rule.wants}` }]
}
