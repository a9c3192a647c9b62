import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { pooledRePo } from "../cleaners/pooledRePo.ts"
import { rePo } from "../cleaners/rePo.ts"
import { rePoOnline } from "../cleaners/rePoOnline.ts"
import type { Warning } from "../Findings.ts"
import { type RowOf, type Stage, whole } from "../Stage.ts"
import { fitPairs, type PairMethod, pairMethods } from "./fitPairs.ts"
import { noiseFinding } from "./noiseFinding.ts"
import * as Evidence from "./PairEvidence.ts"
import { pairEvidenceOf } from "./pairEvidenceOf.ts"
import { type PairLabels, PairLabelsBuilder } from "./PairLabels.ts"
import { type PairVotes, pairVotes } from "./pairVotes.ts"

/** Whose labels on pairs are judged, by which evidence and which method. */
export interface CleanPairsOptions {
  /** See the table of `cleanPairs`; default "rePo". */
  readonly method?: PairMethod
  /** The column that names who gave the label. Default none: all labels count as one annotator's, "recorded". */
  readonly annotator?: string
  /** What besides the labels says which response is better. Default nothing. */
  readonly evidence?: Evidence.PairEvidence
  /**
   * What the evidence was fitted to: labels of these very rows ("sameRows"), labels of the same annotators on other rows ("otherRows"),
   * or nothing of this data ("independent", default). Texts say it themselves.
   */
  readonly evidenceFrom?: "independent" | "otherRows" | "sameRows"
  /**
   * Rows whose right order is known: names of annotators who are never wrong, or a column that is true where the recorded order is right,
   * false where it is wrong, null where nobody knows. They should be a random part of the rows. Default none.
   */
  readonly trusted?: ReadonlyArray<string> | { readonly column: string }
  /** How evidence becomes a probability; "isotonic" takes about a thousand known rows. Default "temperature". */
  readonly calibration?: "temperature" | "isotonic"
  /** Rows with a lower label probability are flagged. Default 0.5; "confidentLearning" flags by a rule of its own. */
  readonly threshold?: number
  /** Reliability of every annotator before anything is known: above 0, for "pooled" above 0.5, below 1. Default 0.9. */
  readonly initialReliability?: number
  /** Data sets drawn, whole pairs at a time, for the intervals of "rePo", "pooled", "dawidSkene" and "glad"; they hold no error of a temperature. Default 0: those of the fit. */
  readonly bootstrap?: number
  /** Step of the moving average of "rePoOnline", above 0 and at most 1; default 0.1. */
  readonly alpha?: number
  /** Labels a step of "rePoOnline"; default 64. */
  readonly batchSize?: number
}

type Read<O, Key extends "annotator", Value> = O extends { readonly [K in Key]: infer Name extends string }
  ? { readonly [K in Name]: Value }
  : unknown

/** The columns `cleanPairs` reads. */
export type CleanPairsNeeds<O> = {
  readonly id: string
  readonly prompt: string
  readonly chosen: string
  readonly rejected: string
} & Read<O, "annotator", string> &
  (O extends { readonly evidence: infer E } ? { readonly [K in Evidence.ColumnOf<E>]: number | null } : unknown) &
  (O extends { readonly trusted: { readonly column: infer Name extends string } }
    ? { readonly [K in Name]: boolean | null }
    : unknown)

const gives = {
  labelProb: Schema.NullOr(Schema.Finite),
  suspicion: Schema.NullOr(Schema.Finite),
  flagged: Schema.Boolean
}

/** The columns `cleanPairs` adds. */
export type CleanPairsGives = RowOf<typeof gives>

const texts = { id: Schema.String, prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }

/**
 * Estimates for every pair how likely its recorded order is right, and how reliable each annotator is, and does nothing about it.
 *
 * Every row goes on with `labelProb`, `suspicion` (1 less that) and `flagged`, which `treat` and `materialise` read; the first two
 * are null where nothing can be told. Each row is one label, of `annotator`, for `chosen` against `rejected`; rows about the same two texts
 * and prompt, whichever way round, are labels on one pair. `cleanPairs({ annotator: "worker", trusted: ["gold"], evidence: { kind: "logProb", loss: "dpo", beta: 0.1 } })`
 * is RE-PO as published, with a frozen policy.
 *
 * | method | what it takes for true | needs |
 * | --- | --- | --- |
 * | "rePo" (default) | every label has a truth of its own, at the maximum of the likelihood | evidence |
 * | "rePoOnline" | the same, by the paper's moving average; no estimate of noise | evidence |
 * | "pooled" | labels on one pair share one truth | evidence, or three annotators who overlap |
 * | "majority" | most labels on a pair are right; no estimate of noise | two labels on some pairs |
 * | "dawidSkene" | an annotator errs by the side that is right | three annotators who overlap |
 * | "glad" | some pairs are harder than others | three annotators who overlap |
 * | "confidentLearning" | the evidence is right where it is surer than usual; no estimate of noise | evidence |
 * | "rePoOnTexts" | as "pooled", with texts as evidence, in turn | evidence texts, and known rows or overlaps |
 *
 * Evidence becomes a probability by a temperature, or a rising function, that is fitted on rows with a known order to other prompts; without
 * such rows it is taken as log-odds, and a warning says so. A row without evidence counts as even odds. Labels of trusted annotators are right and
 * not judged; a known row has probability 1 or 0. Of "majority", "dawidSkene" and "glad" neither is seen: it tells whether the
 * majority misleads. Where labels on a pair share a truth, repeats of one annotator are one opinion; where each stands alone they
 * all count, so take "pooled" for data with many.
 *
 * Publishes a finding about noise as `clean` does: reliabilities and noise rate from a fit with a flat prior, label probabilities from one with
 * `weakPrior`, what was planted where there is `plantedCorrect`, the least likely rows, warnings. Where a warning refuses the fit (evidence
 * fitted to these labels, no overlaps, judges who err together, …) there are no numbers, no flags and no probabilities but those of known rows.
 *
 * The order of rows changes nothing: labels are taken in an order drawn by their ids. Memory about 40 bytes each for rows, pairs and prompts, with
 * texts as evidence at most 20,000 pairs of them besides (`TextSample`). Throws a RangeError on options out of range or a method without
 * its evidence when the stage is made, on numbers out of range in a row when it runs.
 *
 * Sources: RE-PO, https://arxiv.org/abs/2509.24159; Dawid and Skene 1979, https://doi.org/10.2307/2346806; GLAD, Whitehill et al. 2009;
 * confident learning, https://doi.org/10.1613/jair.1.12125; each by itself is in `cleaners`
 */
export const cleanPairs = <const O extends CleanPairsOptions>(
  options: O & CleanPairsOptions
): Stage<CleanPairsNeeds<O>, CleanPairsGives, true> => {
  const given: CleanPairsOptions = options
  const { alpha = 0.1, annotator, batchSize = 64, bootstrap = 0, calibration = "temperature", method = "rePo" } = given
  const {
    evidence = null,
    evidenceFrom = "independent",
    initialReliability = 0.9,
    threshold = 0.5,
    trusted = []
  } = given
  const settings = { alpha, batchSize, bootstrap, initialReliability, method, threshold }
  refuse(settings, evidence)
  const isNamed = (name: string) => "includes" in trusted && trusted.includes(name)
  const column = "column" in trusted ? trusted.column : null
  const nullable = Schema.NullOr(Schema.Boolean)
  const trustedNames = "column" in trusted ? [`column "${trusted.column}"`] : trusted
  const needs: Schema.Struct.Fields = {
    ...texts,
    ...(annotator === undefined ? {} : { [annotator]: Schema.String }),
    ...(column === null ? {} : { [column]: nullable }),
    ...(evidence === null ? {} : Evidence.needsOf(evidence))
  }
  const nameOf = (row: AnyRow) => (annotator === undefined ? "recorded" : String(row[annotator]))
  return whole({
    name: "cleanPairs",
    needs,
    uses: { plantedCorrect: nullable },
    gives,
    keeps: true,
    config: { ...settings, annotator: annotator ?? null, evidence, evidenceFrom, trusted, calibration },
    begin: (context) => {
      const builder = new PairLabelsBuilder(evidence?.kind === "texts")
      return {
        see: (row: AnyRow) => {
          const name = nameOf(row)
          builder.add({
            ...(row as RowOf<typeof texts>),
            annotator: name,
            value: evidence === null ? Number.NaN : Evidence.valueOf(evidence, row),
            known: isNamed(name) ? 1 : column === null ? -1 : signOf(row[column]),
            planted: signOf(row["plantedCorrect"])
          })
        },
        settle: Effect.sync(() => {
          const labels = builder.labels()
          const found = pairEvidenceOf(labels, {
            evidence,
            evidenceFrom,
            calibration,
            trusted: trustedNames,
            draw: (promptKey) => context.random(promptKey, "fold")()
          })
          const pairs = pairVotes(labels, found.pModel, (k) => isNamed(labels.names[k]!))
          const random = context.random("all", "bootstrap")
          const fit = fitPairs(labels, pairs, found, { ...settings, random })

          const labelProb = Float64Array.from(labels.known, (known) => (known === -1 ? Number.NaN : known))
          const isFlagged = Uint8Array.from(labels.known, (known) => Number(known === 0))
          for (const [v, at] of pairs.at.entries()) {
            if (labels.known[at] !== -1) continue
            const p = fit.labelProb[v]!
            labelProb[at] = p
            isFlagged[at] = fit.flagged?.[v] ?? Number(p < threshold)
          }
          const planted = plantedOf(labels, pairs.at)
          const { finding, show } = noiseFinding({
            ...fit,
            ...planted,
            method: fit.words,
            names: labels.names,
            labelProb: Float64Array.from(pairs.at, (at) => labelProb[at]!),
            suspectProb: labelProb,
            calibration: found.calibration.finding,
            flagged: pairs.at.reduce((n, at) => n + isFlagged[at]!, 0),
            treatment: "keep",
            warnings: [...fit.warnings, ...warningsOf(labels, pairs, evidence)]
          })
          context.publish(finding)
          return (row: AnyRow, index: number) => {
            const at = labels.place[index]!
            const p = Number.isNaN(labelProb[at]!) ? null : labelProb[at]!
            show(at, () => {
              const { chosen, prompt, rejected } = row as RowOf<typeof texts>
              const plantedCorrect = labels.planted[at] === -1 ? null : labels.planted[at] === 1
              const byEvidence = found.pModel[at]!
              const pModel = labels.known[at] !== -1 ? labels.known[at]! : Number.isNaN(byEvidence) ? 0.5 : byEvidence
              return { prompt, chosen, rejected, annotator: nameOf(row), labelProb: p!, pModel, plantedCorrect }
            })
            return [{ labelProb: p, suspicion: p === null ? null : 1 - p, flagged: isFlagged[at] === 1 }]
          }
        })
      }
    }
  })
}

type AnyRow = Readonly<Record<string, unknown>>

const signOf = (value: unknown): -1 | 0 | 1 => (value === true ? 1 : value === false ? 0 : -1)

const plantedOf = ({ annotator, names, planted }: PairLabels, at: Int32Array) => {
  const plantedKnown = new Float64Array(names.length)
  const plantedRight = new Float64Array(names.length)
  for (const i of at) {
    if (planted[i] !== -1) plantedKnown[annotator[i]!]!++
    if (planted[i] === 1) plantedRight[annotator[i]!]!++
  }
  return { plantedKnown, plantedRight }
}

const warningsOf = (
  labels: PairLabels,
  { at, pVote }: PairVotes,
  evidence: Evidence.PairEvidence | null
): Array<Warning> => {
  const warnings: Array<Warning> = []
  const nSame = labels.side.reduce((n, side) => n + Number(side === 0), 0)
  if (nSame > 0) {
    const message = `${nSame} of ${labels.side.length} rows compare a text with itself; they have no right order and are not judged. Filter them out`
    warnings.push({ code: "sameTexts", message })
  }
  const nWithout = pVote.reduce((n, p) => n + Number(p === 0.5), 0)
  if (evidence !== null && evidence.kind !== "texts" && nWithout > 0) {
    const message = `${nWithout} of ${at.length} labels have no evidence (${Evidence.columnsOf(evidence).join(", ")} null or even); they count as even odds`
    warnings.push({ code: "missingEvidence", message })
  }
  return warnings
}

type Settings = Required<
  Pick<CleanPairsOptions, "alpha" | "batchSize" | "bootstrap" | "initialReliability" | "method" | "threshold">
>

/** Refuses options out of range now, not when every pair is there. */
const refuse = (
  { alpha, batchSize, bootstrap, initialReliability, method, threshold }: Settings,
  evidence: Evidence.PairEvidence | null
): void => {
  if (!pairMethods.includes(method)) throw refusal(`method "${method}"`, `one of ${pairMethods.join(", ")}`)
  if (!(threshold >= 0 && threshold <= 1)) throw refusal(`threshold ${threshold}`, "a probability from 0 to 1")
  if (evidence !== null) Evidence.check(evidence)
  const nothing = { pModel: new Float64Array(), annotator: new Int32Array(), nAnnotators: 0 }
  if (method === "rePo") rePo(nothing, { initialReliability })
  if (method === "rePoOnline") rePoOnline(nothing, { alpha, batchSize, initialReliability })
  if (method === "pooled")
    pooledRePo({ ...nothing, item: new Int32Array(), side: new Int8Array() }, { initialReliability })
  if (evidence === null && (method === "rePo" || method === "rePoOnline" || method === "confidentLearning")) {
    throw refusal(
      `method "${method}" without evidence`,
      'evidence of the kind "logProb", "gap", "probability" or "texts"; for labels alone use "pooled", which needs several on a pair'
    )
  }
  if (method === "rePoOnTexts" && evidence?.kind !== "texts") {
    throw refusal(
      `method "rePoOnTexts" with evidence ${evidence === null ? "left out" : `"${evidence.kind}"`}`,
      '{ kind: "texts" }'
    )
  }
  if (evidence !== null && (method === "majority" || method === "dawidSkene" || method === "glad")) {
    throw refusal(
      `method "${method}" with evidence "${evidence.kind}"`,
      'no evidence, since it reads labels alone; "pooled" reads both'
    )
  }
  const hasBootstrap = method === "rePo" || method === "pooled" || method === "dawidSkene" || method === "glad"
  if (bootstrap !== 0 && !(Number.isInteger(bootstrap) && bootstrap >= 2))
    throw refusal(`bootstrap ${bootstrap}`, "an integer of at least 2")
  if (bootstrap !== 0 && !hasBootstrap)
    throw refusal(`bootstrap for "${method}"`, 'it for "rePo", "pooled", "dawidSkene" or "glad"')
}

const refusal = (found: string, expected: string) =>
  new RangeError(`Cannot clean pairs: found ${found}, expected ${expected}`)
