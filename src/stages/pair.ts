import * as Schema from "effect/Schema"
import { type Candidate, Candidates } from "../../schemas/Candidate.ts"
import { type Judgment, Judgments } from "../../schemas/Judgment.ts"
import { type Label, Labels } from "../../schemas/Label.ts"
import { Pair } from "../../schemas/Pair.ts"
import { pairProbability } from "../aggregations/pairProbability.ts"
import type { Finding, Suspect } from "../Findings.ts"
import { HashIndex } from "../math/HashIndex.ts"
import { histogram } from "../math/histogram.ts"
import { TypedList } from "../math/TypedList.ts"
import type { Contender } from "../pairings/Contender.ts"
import { type CutPair, cutPairs } from "../pairings/cutPairs.ts"
import * as PairRule from "../pairings/PairRule.ts"
import { reject, type Rejection } from "../Rejects.ts"
import { contentId } from "../Seed.ts"
import { reshape, type RowOf, type Stage, type StageContext } from "../Stage.ts"
import { perRun } from "./perRun.ts"
import { usableContenders } from "./usableContenders.ts"

type PairRow = RowOf<typeof Pair>

/** What is read of a group of which pairs are cut. */
export interface PairNeeds {
  readonly id: string
  readonly prompt: string
  readonly candidates: ReadonlyArray<Candidate>
  readonly judgments: ReadonlyArray<Judgment>
}

/** By which rules pairs are cut, and what they take along. */
export interface PairOptions<F extends Schema.Struct.Fields = {}> {
  readonly rules: ReadonlyArray<PairRule.PairRule>
  /** Columns of the prompt that each of its pairs gets as well: who asked, in which round. Default none. */
  readonly carry?: F
}

/**
 * Cuts chosen/rejected pairs from each prompt's candidates, by one rule or several, each by itself.
 *
 * Scores come from cleaned labels where there are any, else from comparisons, else from ratings (see `candidateScores`). Two
 * equal or nearly equal texts, an empty text or one cut off, by the limit or by a filter, never make a pair, and a tie is never
 * broken by position or id; see `cutPairs`. A rule that finds no pair in a prompt leaves a reject with the reason. `labelProb`
 * is the pooled posterior of the pair's labels. `chosenFirst` says which text comes first where both are shown side by side: drawn with
 * equal chances by the run's seed. Ids tell what is what: a group of which two candidates have one id is a reject, and so is a pair that
 * was made before, from a group of the same id with the same candidates; 24 to 48 bytes are kept of each pair. Throws a RangeError on a rule out of range,
 * on two rules of one name and on a column to carry that a pair has of its own.
 */
export const pair = <F extends Schema.Struct.Fields = {}>(
  options: PairOptions<F>
): Stage<PairNeeds & RowOf<F>, PairRow & RowOf<F>, false> => {
  const rules = PairRule.checked(options.rules)
  const carried = Object.keys(options.carry ?? {})
  const madeIn = perRun(() => new HashIndex())
  const own = carried.find((name) => name in Pair)
  if (own !== undefined) {
    throw new RangeError(`Cannot pair: found "${own}" to carry, expected a column that a pair does not have of its own`)
  }
  return reshape({
    name: "pair",
    needs: { ...options.carry, id: Schema.String, prompt: Schema.String, ...Candidates, ...Judgments },
    uses: Labels,
    gives: { ...options.carry, ...Pair },
    keeps: false,
    config: { rules: rules.map(PairRule.describe), ...(carried.length === 0 ? {} : { carry: carried }) },
    row: (row, context) => {
      const twice = twiceIn(row.candidates)
      if (twice !== undefined) {
        return [
          reject(
            "candidate ids repeat",
            `found "${twice}" twice or more among the candidates of group "${row.id}", expected different ids, since judgments name candidates by them; give each candidate an id of its own where groups are made or read`
          )
        ]
      }
      const made = madeIn(context)
      const contenders = usableContenders(row)
      const along = Object.fromEntries(carried.map((name) => [name, (row as Readonly<Record<string, unknown>>)[name]]))
      return rules.flatMap((rule): ReadonlyArray<PairRow | Rejection> => {
        const { pairs, problems } = cutPairs(contenders, rule, (...key) => context.random(row.id, ...key)())
        return [
          ...pairs.map((cut) => {
            const cutOut = pairOf(row, cut, contenders, context)
            const nBefore = made.size
            made.add(cutOut.id)
            if (made.size === nBefore) return madeBefore(cutOut)
            return { ...along, ...cutOut }
          }),
          ...problems.map(({ detail, reason, rule: of }) => reject(`${of}: ${reason}`, detail))
        ]
      })
    },
    tally: () => tallyOf(rules)
  }) as unknown as Stage<PairNeeds & RowOf<F>, PairRow & RowOf<F>, false>
}

/** The first id that several candidates have. */
const twiceIn = (candidates: ReadonlyArray<Candidate>): string | undefined => {
  const seen = new Set<string>()
  for (const { id } of candidates) {
    if (seen.has(id)) return id
    seen.add(id)
  }
  return undefined
}

const madeBefore = ({ chosenId, promptId, rejectedId, rule }: PairRow): Rejection =>
  reject(
    "pair made before",
    `${rule} of "${chosenId}" and "${rejectedId}" was cut before from a group "${promptId}"; give groups different ids, or leave copies out with dedupe`
  )

const pairOf = (
  row: { readonly id: string; readonly prompt: string; readonly labels?: ReadonlyArray<Label> },
  { chosen: chosenIndex, rejected: rejectedIndex, rule, sharedPlace }: CutPair,
  contenders: ReadonlyArray<Contender>,
  context: StageContext
): PairRow => {
  const chosen = contenders[chosenIndex]!
  const rejected = contenders[rejectedIndex]!
  const id = contentId(row.id, "pair", rule, chosen.id, rejected.id)
  const { probability, nLabels } = pairProbability(row.labels, chosen.id, rejected.id)
  const isPlanted = chosen.plantedQuality !== null && rejected.plantedQuality !== null
  const isTied = isPlanted && chosen.plantedQuality === rejected.plantedQuality
  return {
    id,
    promptId: row.id,
    prompt: row.prompt,
    chosen: chosen.text,
    rejected: rejected.text,
    chosenId: chosen.id,
    rejectedId: rejected.id,
    chosenModel: chosen.model,
    rejectedModel: rejected.model,
    scoreChosen: chosen.score,
    scoreRejected: rejected.score,
    margin: chosen.score === null || rejected.score === null ? null : chosen.score - rejected.score,
    rule,
    sharedPlace,
    chosenFirst: context.random(row.id, "side", id)() < 0.5,
    errorType: rejected.parentId === chosen.id ? (rejected.injection?.errorType ?? null) : null,
    labelProb: probability,
    nLabels,
    plantedCorrect: isPlanted && !isTied ? chosen.plantedQuality > rejected.plantedQuality : null
  }
}

/** Counts for the report, one finding per stage: all rules together, with the least certain pairs as examples. */
const tallyOf = (rules: ReadonlyArray<PairRule.PairRule>) => {
  const margins = new TypedList(Float64Array)
  let doubtful = 0
  let probability = 0
  let nProbability = 0
  let right = 0
  let nPlanted = 0
  let longer = 0
  let nLengths = 0
  let suspects: Array<Suspect> = []
  return {
    add: (row: PairRow) => {
      margins.push(row.margin ?? Number.NaN)
      if (row.chosen.length !== row.rejected.length) {
        nLengths++
        if (row.chosen.length > row.rejected.length) longer++
      }
      if (row.plantedCorrect !== null) {
        nPlanted++
        if (row.plantedCorrect) right++
      }
      if (row.labelProb === null) return
      probability += row.labelProb
      nProbability++
      if (row.labelProb < 0.5) doubtful++
      const { prompt, chosen, rejected, labelProb, plantedCorrect } = row
      suspects.push({ prompt, chosen, rejected, annotator: row.rule, labelProb, pModel: labelProb, plantedCorrect })
      if (suspects.length > 100) suspects = lowestFirst(suspects).slice(0, 10)
    },
    finding: (): Finding => ({
      kind: "pairs",
      rule: rules.map((rule) => rule.rule).join(", "),
      margins: binned(margins.values),
      nPairs: margins.length,
      doubtful,
      meanLabelProb: nProbability === 0 ? null : probability / nProbability,
      plantedAccuracy: nPlanted === 0 ? null : right / nPlanted,
      chosenLongerShare: nLengths === 0 ? null : longer / nLengths,
      suspects: lowestFirst(suspects).slice(0, 10)
    })
  }
}

const lowestFirst = (suspects: ReadonlyArray<Suspect>) => suspects.toSorted((a, b) => a.labelProb - b.labelProb)

const binned = (values: Float64Array) => {
  const known = values.filter((value) => !Number.isNaN(value))
  if (known.length === 0) return { edges: [], counts: [] }
  const { edges, counts } = histogram(known, { nBins: 20 })
  return { edges: [...edges], counts: [...counts] }
}
