import * as Schema from "effect/Schema"
import { type Candidate, Candidates } from "../../schemas/Candidate.ts"
import { type Judgment, Judgments } from "../../schemas/Judgment.ts"
import { countHabits, type Habits } from "../aggregations/AnnotatorHabits.ts"
import type { Finding, Warning } from "../Findings.ts"
import { histogram } from "../math/histogram.ts"
import { TypedList } from "../math/TypedList.ts"
import { reshape } from "../Stage.ts"
import { fitReliability } from "./fitReliability.ts"

/** Which comparisons are audited. */
export interface AuditOptions {
  /** Comparisons on this axis alone. Default "overall". */
  readonly axis?: string
  /** Reliability of every annotator before anything is known, between 0.5 and 1. Default 0.9. */
  readonly initialReliability?: number
}

interface Group {
  readonly candidates: ReadonlyArray<Candidate>
  readonly judgments: ReadonlyArray<Judgment>
}

/**
 * Reads the comparisons that pass and changes nothing: how noisy they are, who can be trusted, who favours a side.
 *
 * The finding is that of `clean` with the method "pooled" and without evidence: the labels on two candidates share one truth, and
 * annotators are judged by each other. It takes three annotators who overlap; with fewer the numbers are null and a warning says why. Also
 * counted are ties, unreadable answers, verdicts that both orders agree on, and candidates with equal texts. May stand anywhere
 * and several times; no row is dropped, delayed or edited. Memory is 9 bytes a comparison and 8 for each two candidates.
 */
export const audit = (options: AuditOptions = {}) => {
  const { axis = "overall", initialReliability = 0.9 } = options
  if (!(initialReliability > 0.5 && initialReliability < 1)) {
    throw new RangeError(
      `Cannot audit: found initialReliability ${initialReliability}, expected a number between 0.5 and 1`
    )
  }
  return reshape({
    name: "audit",
    needs: { id: Schema.String, ...Candidates, ...Judgments },
    gives: {},
    keeps: true,
    config: { axis, initialReliability },
    row: () => [{}],
    tally: () => {
      const tally = tallyOf(axis, initialReliability)
      // Rows come with all their columns, of which the stage gives none.
      return { add: (row) => tally.add(row as unknown as Group), finding: tally.finding }
    }
  })
}

const tallyOf = (axis: string, initialReliability: number) => {
  const item = new TypedList(Int32Array)
  const annotator = new TypedList(Int32Array)
  const side = new TypedList(Int8Array)
  const indices = new Map<string, number>()
  const habits = new Map<string, Habits>()
  const planted: Array<{ known: number; right: number }> = []
  let nItems = 0
  let nRows = 0
  let nRepeated = 0

  const add = ({ candidates, judgments }: Group): void => {
    nRows++
    if (new Set(candidates.map(({ text }) => text)).size < candidates.length) nRepeated++
    const onAxis = judgments.filter((judgment) => judgment.axis === axis)
    countHabits(habits, onAxis)
    const items = new Map<string, number>()
    for (const { annotator: name, firstId, plantedCorrect, secondId, verdict } of onAxis) {
      if (secondId === null || (verdict !== "first" && verdict !== "second")) continue
      const isInOrder = firstId < secondId
      const key = isInOrder ? `${firstId}\u001f${secondId}` : `${secondId}\u001f${firstId}`
      let at = items.get(key)
      if (at === undefined) items.set(key, (at = nItems++))
      let who = indices.get(name)
      if (who === undefined) {
        indices.set(name, (who = indices.size))
        planted.push({ known: 0, right: 0 })
      }
      item.push(at)
      annotator.push(who)
      side.push((verdict === "first") === isInOrder ? 1 : -1)
      if (plantedCorrect !== null) planted[who]!.known++
      if (plantedCorrect === true) planted[who]!.right++
    }
  }

  const finding = (): Finding => {
    const names = [...indices.keys()]
    const votes = {
      item: item.values,
      annotator: annotator.values,
      side: side.values,
      pModel: new Float64Array(nItems).fill(0.5),
      nAnnotators: names.length
    }
    const calibration = { problem: null, relativeError: 0 }
    const fit = fitReliability(votes, { method: "pooled", initialReliability, calibration, names })
    const { counts, edges } = histogram(fit.labelProb, { nBins: 20, lower: 0, upper: 1 })
    const known = planted.reduce((sum, one) => sum + one.known, 0)
    const right = planted.reduce((sum, one) => sum + one.right, 0)
    const warnings: ReadonlyArray<Warning> =
      nRepeated === 0
        ? fit.warnings
        : [
            ...fit.warnings,
            {
              code: "equalTexts",
              message: `${nRepeated} of ${nRows} prompts have candidates with equal texts, which tell nothing apart; raise the temperature or leave repeats out`
            }
          ]
    return {
      kind: "noise",
      method: "an audit that changes nothing: pooled labels, one truth for each pair, EM",
      noiseRate: fit.noiseRate,
      plantedNoiseRate: share(known - right, known),
      annotators: names.map((id, k) => {
        const { agreeing, bothOrders, first, invalid, second, ties } = habits.get(id)!
        return {
          id,
          nLabels: fit.nLabels[k]!,
          reliability: fit.reliability[k]!,
          planted: share(planted[k]!.right, planted[k]!.known),
          firstShare: share(first, first + second),
          orderAgreement: share(agreeing, bothOrders),
          ties,
          invalid
        }
      }),
      calibration: null,
      labelProb: { edges: [...edges], counts: [...counts] },
      nLabels: annotator.length,
      flagged: fit.refused ? 0 : fit.labelProb.reduce((n, p) => n + Number(p < 0.5), 0),
      treatment: "keep",
      iterations: fit.iterations,
      converged: fit.converged,
      suspects: [],
      warnings
    }
  }
  return { add, finding }
}

const share = (part: number, total: number): number | null => (total === 0 ? null : part / total)
