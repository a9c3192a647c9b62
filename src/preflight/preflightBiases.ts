import { lengthBias } from "../cleaners/lengthBias.ts"
import { orderSwap, type ShareWithInterval } from "../cleaners/orderSwap.ts"
import { SelfPreference } from "../cleaners/SelfPreference.ts"
import type { Preference } from "../formats/Format.ts"
import { HashIndex } from "../math/HashIndex.ts"
import { TypedList } from "../math/TypedList.ts"
import { wilson } from "../math/wilson.ts"
import * as Figure from "../Figure.ts"
import type { Example, PreflightFinding } from "../Preflight.ts"
import type { CheckedRow, CheckResult, PreflightCheck } from "./PreflightCheck.ts"

/** Votes that are compared in both orders; more would hold too much. */
const mostVotes = 300_000
/** A longer reply is chosen this often in sets that people made with care; from there on it is said. */
const usualLonger = 0.6

/**
 * Looks what preference follows besides quality: length, position, and the judge's own model.
 *
 * Each is said where its 95 % interval leaves no doubt. Position needs votes on replies in the order in which they were shown, self-preference
 * the names of annotators and models. 16 bytes a pair and some 200 a vote, of at most 300,000 votes.
 */
export const preflightBiases = (isShownOrder: boolean): PreflightCheck => {
  const better = new TypedList(Float64Array)
  const worse = new TypedList(Float64Array)
  const votes = {
    annotator: new TypedList(Int32Array),
    first: new TypedList(Int32Array),
    second: new TypedList(Int32Array),
    verdict: new TypedList(Int8Array)
  }
  const annotators = new Map<string, number>()
  const items = new HashIndex()
  const own = new SelfPreference()
  let nVotes = 0
  let nNamed = 0
  const seeVotes = ({ record, prompt }: CheckedRow) => {
    const [a, b] = record.candidates
    if (a === undefined || b === undefined || record.candidates.length !== 2) return
    for (const { annotator, winner } of record.votes) {
      nVotes++
      if (annotator !== null && a.model !== null && b.model !== null && winner !== null) {
        nNamed++
        own.add(annotator, winner === 0 ? a.model : b.model, winner === 0 ? b.model : a.model)
      }
      if (!isShownOrder || votes.verdict.length >= mostVotes) continue
      const name = annotator ?? "nobody"
      let index = annotators.get(name)
      if (index === undefined) annotators.set(name, (index = annotators.size))
      votes.annotator.push(index)
      votes.first.push(items.add(itemText(prompt, a)))
      votes.second.push(items.add(itemText(prompt, b)))
      votes.verdict.push(winner === null ? 0 : winner === 0 ? 1 : -1)
    }
  }
  return {
    see: (row) => {
      if (row.pair !== null) {
        better.push(row.pair.chosen.length)
        worse.push(row.pair.rejected.length)
      }
      seeVotes(row)
    },
    result: (nRows) => {
      const position =
        isShownOrder && nVotes > 0 ? positionOf(votes, [...annotators.keys()], nRows) : noPosition(isShownOrder)
      const self = selfOf(own, nNamed, nRows)
      const length = lengthOf(better.values, worse.values, nRows)
      return {
        findings: [...length.findings, ...position.findings, ...self.findings],
        unchecked: [...length.unchecked, ...position.unchecked, ...self.unchecked]
      }
    }
  }
}

const itemText = (prompt: string, { messages, model }: Preference["candidates"][number]): string =>
  `${prompt}\u001f${messages.length === 0 ? (model ?? "") : (messages[0]!.content ?? "")}`

const said = (finding: Omit<PreflightFinding, "severity" | "examples">): PreflightFinding => ({
  ...finding,
  severity: "worth knowing",
  examples: nothing
})

const nothing: ReadonlyArray<Example> = []

/** Rows with so many cases, at most all, since several votes may stand in a row. */
const rowsOf = (nCases: number, nRows: number): Pick<PreflightFinding, "rows" | "share"> => {
  const rows = Math.min(Math.round(nCases), nRows)
  return { rows, share: rows / nRows }
}

const lengthOf = (better: Float64Array, worse: Float64Array, nRows: number): CheckResult => {
  if (better.length === 0) return skipped("length bias", "the data hold no pairs of texts")
  const { longerChosen, lower, nPairs, upper } = lengthBias(better, worse)
  if (nPairs === 0 || lower <= usualLonger) return none
  const interval = `95% interval ${Figure.share(lower).replace("%", "")}–${Figure.share(upper)}`
  return found({
    check: "lengthBias",
    what: `the longer reply is chosen in ${Figure.share(longerChosen)} of the pairs of different length (${interval})`,
    ...rowsOf(longerChosen * nPairs, nRows),
    remedy:
      "longer answers may be better; if they are not, balance the lengths or use a loss that is normalised by length"
  })
}

const none: CheckResult = { findings: [], unchecked: [] }
const skipped = (check: string, why: string): CheckResult => ({ findings: [], unchecked: [{ check, why }] })

const noPosition = (isShownOrder: boolean): CheckResult =>
  skipped(
    "position bias",
    isShownOrder
      ? "the data hold no votes"
      : "the data do not say in which order the replies were shown; of a run, its report tells"
  )

const positionOf = (
  {
    annotator,
    first,
    second,
    verdict
  }: Record<"annotator" | "first" | "second", TypedList<Int32Array>> & {
    readonly verdict: TypedList<Int8Array>
  },
  names: ReadonlyArray<string>,
  nRows: number
): CheckResult => {
  const effects = orderSwap({
    annotator: annotator.values,
    nAnnotators: names.length,
    first: first.values,
    second: second.values,
    verdict: verdict.values
  })
  const swapped = pooled(effects.map(({ inconsistency }) => inconsistency))
  const inBoth = pooled(effects.map(({ firstInBoth }) => firstInBoth))
  const shown = pooled(effects.map(({ firstShare }) => firstShare))
  if (shown.share === 0 || shown.share === 1) {
    return skipped("position bias", "the same side always wins: the replies stand in their order, not as shown")
  }
  const worst = effects.flatMap((effect, i) => {
    const { nCases, share } = swapped.nCases > 0 ? effect.firstInBoth : effect.firstShare
    return nCases < fewestCases ? [] : [{ name: names[i]!, share }]
  })
  const listed = worst
    .toSorted((a, b) => Math.abs(b.share - 0.5) - Math.abs(a.share - 0.5))
    .slice(0, 3)
    .map(({ name, share }) => `${name} ${Figure.share(share)}`)
    .join(", ")
  const by = names.length > 1 && listed !== "" ? `; most one-sided, with the share of the first: ${listed}` : ""
  if (swapped.nCases > 0) {
    return isOneSided(inBoth)
      ? found({
          check: "positionBias",
          what: `the winner changes in ${Figure.share(swapped.share)} of the ${Figure.count(swapped.nCases)} pairs seen in both orders, and in ${Figure.share(inBoth.share)} of these the first one wins both times${by}`,
          ...rowsOf(swapped.share * swapped.nCases, nRows),
          remedy: "keep pairs on which both orders agree"
        })
      : none
  }
  return isOneSided(shown)
    ? found({
        check: "positionBias",
        what: `the first reply wins ${Figure.share(shown.share)} of the verdicts with a winner; no pair was seen in both orders, so good replies may stand there${by}`,
        ...rowsOf(shown.share * shown.nCases, nRows),
        remedy: "have some pairs judged in both orders; prefloom audit says more"
      })
    : none
}

/** Verdicts of an annotator from which on the share of one is said. */
const fewestCases = 20

const found = (finding: Omit<PreflightFinding, "severity" | "examples">): CheckResult => ({
  findings: [said(finding)],
  unchecked: []
})

/** One share over all annotators. */
const pooled = (shares: ReadonlyArray<ShareWithInterval>): ShareWithInterval => {
  const nCases = shares.reduce((sum, one) => sum + one.nCases, 0)
  const n = shares.reduce((sum, one) => sum + (one.nCases === 0 ? 0 : Math.round(one.share * one.nCases)), 0)
  return { share: n / nCases, ...wilson(n, nCases), nCases }
}

const isOneSided = ({ lower, upper }: { readonly lower: number; readonly upper: number }): boolean =>
  lower > 0.5 || upper < 0.5

const selfOf = (own: SelfPreference, nNamed: number, nRows: number): CheckResult => {
  if (nNamed === 0) {
    return skipped("self-preference", "the data do not name the annotators of votes and the models of the replies")
  }
  const results = own.results()
  if (results.length === 0) return skipped("self-preference", "no annotator is one of the models")
  return {
    findings: results.flatMap(({ annotator, lower, nOthers, nOwn, othersShare, ownShare }) => {
      // Of the others only what chance leaves; without others the even odds.
      const usual = othersShare === null ? 0.5 : wilson(Math.round(othersShare * nOthers), nOthers).upper
      if (lower <= usual) return []
      const others =
        othersShare === null ? "nobody else judged them" : `others let them win ${Figure.share(othersShare)}`
      return [
        said({
          check: "selfPreference",
          what: `${annotator} lets its own replies win ${Figure.share(ownShare)} of ${Figure.count(nOwn)} times; ${others}`,
          ...rowsOf(nOwn, nRows),
          remedy: "leave out votes of a judge on its own replies"
        })
      ]
    }),
    unchecked: []
  }
}
