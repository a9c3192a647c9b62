import * as Schema from "effect/Schema"
import { type Candidate, Candidates } from "../../schemas/Candidate.ts"
import { type Judgment, Judgments } from "../../schemas/Judgment.ts"
import { countHabits, type Habits } from "../aggregations/AnnotatorHabits.ts"
import type { Finding, Warning } from "../Findings.ts"
import { HashIndex } from "../math/HashIndex.ts"
import { histogram } from "../math/histogram.ts"
import { contentId } from "../Seed.ts"
import { reshape, type RowOf, type Stage } from "../Stage.ts"
import { fitReliability } from "./fitReliability.ts"
import { pairTexts } from "./score.ts"
import { shareOf, type Vote, VoteTally } from "./VoteTally.ts"

/** Which comparisons are audited. */
export interface AuditOptions {
  /** Comparisons on this axis alone. Default "overall". */
  readonly axis?: string
  /** Reliability of every annotator before anything is known, between 0.5 and 1. Default 0.9. */
  readonly initialReliability?: number
}

/** Where the labels of pairs are. */
export interface AuditPairsOptions<Name extends string> extends Pick<AuditOptions, "initialReliability"> {
  /** The column with who preferred the chosen text; each row is one label. */
  readonly annotator: Name
}

const groupColumns = { id: Schema.String, ...Candidates, ...Judgments }

interface Group {
  readonly candidates: ReadonlyArray<Candidate>
  readonly judgments: ReadonlyArray<Judgment>
}

interface PairRow {
  readonly prompt: string
  readonly chosen: string
  readonly rejected: string
  /** Whether the chosen text was shown first, where that is known. */
  readonly chosenFirst?: boolean
}

/** Makes a stage that audits the judgments of groups, or pairs of which a column says who labelled them. */
export interface MakeAudit {
  (options?: AuditOptions): Stage<RowOf<typeof groupColumns>, {}, true>
  <const Name extends string>(
    options: AuditPairsOptions<Name>
  ): Stage<RowOf<typeof pairTexts> & { readonly [K in Name]: string }, {}, true>
}

/**
 * Reads the comparisons that pass and changes nothing: how noisy they are, who can be trusted, who favours a side.
 *
 * The finding is that of `clean` with the method "pooled" and without evidence: the labels on two candidates share one truth, and
 * annotators are judged by each other. It takes three annotators who overlap; with fewer the numbers are null and a warning says why. Also
 * counted are ties, unreadable answers, verdicts that both orders agree on, how often the text shown first wins (with its
 * interval), how often the longer one does, agreement (Krippendorff's alpha), which injected errors each annotator finds, and rows with equal texts.
 *
 * Reads judgments of groups, or with `annotator` pairs that name who preferred the chosen text; labels on one prompt and two texts then
 * share one truth, whatever the order of rows. Of pairs the order shown is known where `chosenFirst` says it, and neither ties nor injected
 * errors are. May stand anywhere and several times; no row is dropped, delayed or edited. Memory is 17 bytes a comparison and 8
 * for each two candidates, of pairs 40.
 */
export const audit: MakeAudit = (options: AuditOptions | AuditPairsOptions<string> = {}) => {
  const { initialReliability = 0.9 } = options
  if (!(initialReliability > 0.5 && initialReliability < 1)) {
    throw new RangeError(
      `Cannot audit: found initialReliability ${initialReliability}, expected a number between 0.5 and 1`
    )
  }
  if ("annotator" in options) {
    const { annotator } = options
    return reshape({
      name: "audit",
      needs: { ...pairTexts, [annotator]: Schema.String },
      uses: { chosenFirst: Schema.Boolean },
      gives: {},
      keeps: true,
      config: { annotator, initialReliability },
      row: () => [{}],
      tally: () => {
        const { addPair, finding } = tallyOf(initialReliability)
        return {
          add: (row) => addPair(row as unknown as PairRow, (row as Readonly<Record<string, string>>)[annotator]!),
          finding
        }
      }
    }) as never
  }
  const { axis = "overall" } = options
  return reshape({
    name: "audit",
    needs: groupColumns,
    gives: {},
    keeps: true,
    config: { axis, initialReliability },
    row: () => [{}],
    tally: () => {
      const { addGroup, finding } = tallyOf(initialReliability)
      // Rows come with all their columns, of which the stage gives none.
      return { add: (row) => addGroup(row as unknown as Group, axis), finding }
    }
  }) as never
}

const tallyOf = (initialReliability: number) => {
  const tally = new VoteTally()
  const habits = new Map<string, Habits>()
  const pairs = new HashIndex()
  let nItems = 0
  let nRows = 0
  let nRepeated = 0

  const addGroup = ({ candidates, judgments }: Group, axis: string): void => {
    nRows++
    if (new Set(candidates.map(({ text }) => text)).size < candidates.length) nRepeated++
    const onAxis = judgments.filter((judgment) => judgment.axis === axis)
    countHabits(habits, onAxis)
    const items = new Map<string, number>()
    const byId = new Map(candidates.map((candidate) => [candidate.id, candidate]))
    for (const { annotator, firstId, plantedCorrect, secondId, verdict } of onAxis) {
      if (secondId === null || (verdict !== "first" && verdict !== "second")) continue
      const isInOrder = firstId < secondId
      const key = isInOrder ? `${firstId}\u001f${secondId}` : `${secondId}\u001f${firstId}`
      let item = items.get(key)
      if (item === undefined) items.set(key, (item = nItems++))
      const [winnerId, loserId] = verdict === "first" ? [firstId, secondId] : [secondId, firstId]
      const [winner, loser] = [byId.get(winnerId), byId.get(loserId)]
      tally.add({
        annotator,
        item,
        side: (verdict === "first") === isInOrder ? 1 : -1,
        // Equal lengths say nothing about length.
        lengths: winner === undefined || loser === undefined ? [0, 0] : [winner.text.length, loser.text.length],
        plantedCorrect,
        injected: winner === undefined || loser === undefined ? null : injectedOf(winner, loser)
      })
    }
  }

  const addPair = ({ chosen, chosenFirst, prompt, rejected }: PairRow, annotator: string): void => {
    nRows++
    if (chosen === rejected) {
      nRepeated++
      return
    }
    let habit = habits.get(annotator)
    if (habit === undefined) {
      habits.set(annotator, (habit = { first: 0, second: 0, ties: 0, invalid: 0, bothOrders: 0, agreeing: 0 }))
    }
    if (chosenFirst !== undefined) habit[chosenFirst ? "first" : "second"]++
    const isInOrder = chosen < rejected
    const [one, other] = isInOrder ? [chosen, rejected] : [rejected, chosen]
    tally.add({
      annotator,
      item: pairs.add(contentId(prompt, one, other)),
      side: isInOrder ? 1 : -1,
      lengths: [chosen.length, rejected.length],
      plantedCorrect: null,
      injected: null
    })
  }

  const finding = (): Finding => {
    const { names, votes } = tally
    const calibration = { problem: null, relativeError: 0 }
    const fit = fitReliability(votes, { method: "pooled", initialReliability, calibration, names })
    const { counts, edges } = histogram(fit.labelProb, { nBins: 20, lower: 0, upper: 1 })
    const planted = names.map((_, k) => tally.planted(k))
    const known = planted.reduce((sum, one) => sum + one.planted, 0)
    const right = planted.reduce((sum, one) => sum + one.right, 0)
    return {
      kind: "noise",
      method: "an audit that changes nothing: pooled labels, one truth for each pair, EM",
      noiseRate: fit.noiseRate,
      plantedNoiseRate: share(known - right, known),
      annotators: names.map((id, k) => {
        const { agreeing, bothOrders, first, invalid, second, ties } = habits.get(id)!
        const shownFirst = shareOf(first, first + second)
        const injected = tally.injected(k)
        return {
          id,
          nLabels: fit.nLabels[k]!,
          reliability: fit.reliability[k]!,
          planted: share(planted[k]!.right, planted[k]!.planted),
          firstShare: shownFirst?.estimate ?? null,
          ...(shownFirst === null ? {} : { firstShareCi95: shownFirst.ci95 }),
          orderAgreement: share(agreeing, bothOrders),
          ties,
          invalid,
          ...(injected.length === 0 ? {} : { injected })
        }
      }),
      calibration: null,
      labelProb: { edges: [...edges], counts: [...counts] },
      nLabels: votes.item.length,
      flagged: fit.refused ? 0 : fit.labelProb.reduce((n, p) => n + Number(p < 0.5), 0),
      treatment: "keep",
      iterations: fit.iterations,
      converged: fit.converged,
      suspects: [],
      warnings: [...fit.warnings, ...equalTexts(nRepeated, nRows)],
      votes: tally.habits()
    }
  }
  return { addGroup, addPair, finding }
}

/** The error in one of two texts of which the other is the text before; the text before is the better one. */
const injectedOf = (winner: Candidate, loser: Candidate): Vote["injected"] => {
  if (loser.injection !== null && loser.parentId === winner.id) {
    return { errorType: loser.injection.errorType, isRight: true }
  }
  if (winner.injection !== null && winner.parentId === loser.id) {
    return { errorType: winner.injection.errorType, isRight: false }
  }
  return null
}

const equalTexts = (nRepeated: number, nRows: number): ReadonlyArray<Warning> =>
  nRepeated === 0
    ? []
    : [
        {
          code: "equalTexts",
          message: `${nRepeated} of ${nRows} rows have equal texts to compare, which tell nothing apart; raise the temperature or leave repeats out`
        }
      ]

const share = (part: number, total: number): number | null => (total === 0 ? null : part / total)
