import type { JudgeFamily } from "./effectiveJudges.ts"
import type { MajorityReliability } from "./majorityReliability.ts"

/** The part of a fit that is examined: `rePo` and `pooledRePo` both give it. */
export interface NoiseFit {
  readonly reliability: Float64Array
  readonly ci95: { readonly lower: Float64Array; readonly upper: Float64Array }
  readonly nLabels: Int32Array
  readonly iterations: number
  readonly converged: boolean
}

/** What `noiseWarnings` needs to know besides the fit. */
export interface NoiseFacts {
  /** Whether the probabilities were calibrated on trusted rows, or are trusted themselves. */
  readonly calibrated: boolean
  /**
   * What the evidence was fitted to, if it was: labels of these rows ("sameRows"), labels of the same annotators on
   * other rows ("otherRows", out of fold), or nothing of this data ("independent", default).
   */
  readonly evidence?: "independent" | "otherRows" | "sameRows"
  /** Most votes on one item; when given, the fit is a pooled one. */
  readonly mostVotes?: number
  /** How often a model of the texts that was to give evidence agrees with votes it never saw; given where it beats no coin. */
  readonly texts?: { readonly estimate: number; readonly lower: number; readonly upper: number }
  /** Whether the majority is right, from `majorityReliability`. */
  readonly majority?: MajorityReliability
  /** How independent the judges are, from `effectiveJudges`. */
  readonly families?: ReadonlyArray<JudgeFamily>
  /** What to call the families; default their number. */
  readonly familyNames?: ReadonlyMap<number, string>
  /** What to call the annotators, by index; default their index. */
  readonly annotatorNames?: ReadonlyArray<string>
}

/** A reason to doubt a noise estimate. */
export interface NoiseWarning {
  readonly code:
    | "uncalibrated"
    | "evidenceFromLabels"
    | "mirrored"
    | "noSignal"
    | "majorityBelowChance"
    | "noEvidence"
    | "oneVote"
    | "tooFewOverlaps"
    | "correlatedJudges"
    | "notConverged"
    | "notIdentified"
    | "fewLabels"
    | "nearHalf"
    | "belowHalf"
  /** Whether no reliability and no noise rate of the fit may be shown: what is there is not an estimate. */
  readonly refuses: boolean
  /** What was found, what it means and what to do, in plain words. */
  readonly message: string
  /** Index of the annotator it is about; absent when it is about the whole fit. */
  readonly annotator?: number
}

/**
 * Lists what stands in the way of believing the reliabilities and the noise rate of a fit.
 *
 * Refusing, about the whole fit: "evidenceFromLabels" (evidence fitted to the very labels), "mirrored" (evidence fitted
 * to other labels of one annotator, or to votes of which each item has one, without calibration on trusted rows), "majorityBelowChance", and when no
 * annotator can be judged "noEvidence" (per row: no p further than 1e-6 from 1/2), "oneVote" or "tooFewOverlaps" (pooled).
 * The fit itself has a noise rate of null in the last three. Nothing follows a refusal of that kind. Other warnings about
 * the whole fit: "noSignal" (texts that tell nothing), "uncalibrated", "correlatedJudges" (a family counts as at most half its members, rounded up, and its
 * correlation is beyond three times what chance gives), "notConverged" (EM hit its limit). About one annotator:
 * "notIdentified" (others can be judged, this one cannot), "fewLabels", "nearHalf" (the 95 % interval includes 1/2, a
 * coin) and "belowHalf" (the interval lies under 1/2). Annotators without labels are passed over. Order: facts,
 * whole fit, then by annotator.
 *
 * "fewLabels" means under 50. The standard error is about 0.69 / sqrt(labels) where margins have standard deviation 2
 * and the reliability is 0.8, so 50 labels give 0.10 and an interval of 0.4 in width: less cannot tell 0.8 from 0.6.
 * Where margins have standard deviation 1 or 4 the constant is 1.11 or 0.52, and the same precision takes 123 or 27.
 * Time O(annotators). About an empty fit it says only what the facts alone say.
 */
export const noiseWarnings = (fit: NoiseFit, facts: NoiseFacts): Array<NoiseWarning> => {
  const labelled = [...fit.nLabels.keys()].filter((k) => fit.nLabels[k]! > 0)
  const judged = labelled.filter((k) => !Number.isNaN(fit.reliability[k]!))
  const warnings = fromFacts(facts, labelled.length)
  if (labelled.length === 0) return warnings
  if (judged.length === 0) return [...warnings, notIdentifiable(facts)]
  if (!fit.converged) {
    warnings.push({
      code: "notConverged",
      refuses: false,
      message:
        `EM stopped after ${fit.iterations} iterations before it met its tolerance. This happens when the evidence ` +
        "says little about the labels of an annotator. Allow more iterations, or pool annotators that have few " +
        "informative rows"
    })
  }
  return [
    ...warnings,
    ...labelled.flatMap((k) => aboutAnnotator(fit, k, facts.annotatorNames?.[k] ?? null).map(withAnnotator(k)))
  ]
}

const fewLabels = 50

const withAnnotator =
  (annotator: number) =>
  (warning: NoiseWarning): NoiseWarning => ({ ...warning, annotator })

const fromFacts = (facts: NoiseFacts, nAnnotators: number): Array<NoiseWarning> => {
  const { calibrated, evidence = "independent", families = [], majority, mostVotes, texts } = facts
  const warnings: Array<NoiseWarning> = []
  const warn = (code: NoiseWarning["code"], refuses: boolean, message: string) =>
    warnings.push({ code, refuses, message })
  if (evidence === "sameRows") {
    warn(
      "evidenceFromLabels",
      true,
      "The evidence was fitted to the very labels it is to judge, so it repeats their errors and the noise looks " +
        "smaller than it is. Fit it out of fold, so that no row is scored by a model that saw its label, or take " +
        "evidence from elsewhere"
    )
  }
  if (evidence !== "independent" && nAnnotators === 1 && !calibrated) {
    warn(
      "mirrored",
      true,
      "There is one annotator and the scores were fitted to its labels. The scores with a reliability of r explain " +
        "the labels exactly as well as the reversed scores with 1 - r, and any sharpness of the scores fits with " +
        "some r, so no reliability can be told. Add rows whose right order is known, or evidence from elsewhere"
    )
  } else if (evidence !== "independent" && mostVotes !== undefined && mostVotes <= 1 && !calibrated) {
    warn(
      "mirrored",
      true,
      "Every item has one vote and the scores were fitted to these votes. Any sharpness of the scores fits with some " +
        "reliabilities, so it shows at most which annotators follow the scores more than others. Add rows whose right " +
        "order is known, or have at least three annotators vote on some items"
    )
  }
  if (texts !== undefined) {
    warn(
      "noSignal",
      false,
      Number.isNaN(texts.estimate)
        ? "No pair has both a winner and a model of the texts that never saw it, so texts count for nothing"
        : `A model of the texts agrees with ${percent(texts.estimate)} of the votes it never saw (95 % interval ` +
            `${percent(texts.lower)} to ${percent(texts.upper)}), no better than a coin, so texts count for nothing. Give ` +
            "scores of judges or reward models, or several votes per item"
    )
  }
  if (majority !== undefined && majority.upper < 0.5) {
    warn(
      "majorityBelowChance",
      true,
      `The majority is right on ${percent(majority.estimate)} of ${majority.nItems} items with evidence (95 % interval ` +
        `${percent(majority.lower)} to ${percent(majority.upper)}), worse than a coin. Estimates that build on ` +
        "agreement lock on to the wrong side. Check whether the sides are swapped; else judge these items by " +
        "trusted labels or better judges, not by more votes of these"
    )
  }
  if (!calibrated) {
    warn(
      "uncalibrated",
      false,
      "No temperature was fitted on trusted rows. Scores that are too confident make the noise look larger than " +
        "it is, timid ones hide it. Add rows whose right order is known and fit a temperature before " +
        "reading the noise rate"
    )
  }
  for (const { effectiveJudges, family, meanCorrelation, nComparisons, nJudges } of families) {
    if (effectiveJudges === null || meanCorrelation === null || nJudges < 2) continue
    if (effectiveJudges > Math.ceil(nJudges / 2) || meanCorrelation < 3 / Math.sqrt(nComparisons)) continue
    warn(
      "correlatedJudges",
      false,
      `The ${nJudges} judges of family ${facts.familyNames?.get(family) ?? family} err together (mean correlation of errors ` +
        `${meanCorrelation.toFixed(2)}) and count as about ${effectiveJudges.toFixed(1)} independent judges. Pooled ` +
        "probabilities and reliabilities from agreement are too sure. Keep one judge of the family, or add judges " +
        "of other families and trusted rows"
    )
  }
  return warnings
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`

const notIdentifiable = ({ mostVotes }: NoiseFacts): NoiseWarning => {
  if (mostVotes === undefined) {
    return {
      code: "noEvidence",
      refuses: true,
      message:
        "The scorer gives both orders the same chance on every row, so nothing can be said about the labels: any " +
        "reliability fits equally well. Use a scorer that prefers one response to the other"
    }
  }
  if (mostVotes <= 1) {
    return {
      code: "oneVote",
      refuses: true,
      message:
        "Every item has one vote and nothing else is known about it, so nothing can contradict a vote: any reliability " +
        "fits equally well. Have at least three annotators vote on some items, or add scores or trusted rows"
    }
  }
  return {
    code: "tooFewOverlaps",
    refuses: true,
    message:
      "Nothing is known about the items, and no three annotators overlap in pairs. Two annotators who disagree do not show " +
      "which of them errs. Have a third one vote on the same items, or add scores or trusted rows"
  }
}

const aboutAnnotator = (fit: NoiseFit, k: number, name: string | null): Array<NoiseWarning> => {
  const who = name === null ? String(k) : `"${name}"`
  const n = fit.nLabels[k]!
  const lower = fit.ci95.lower[k]!
  const upper = fit.ci95.upper[k]!
  const range = `${lower.toFixed(2)} to ${upper.toFixed(2)}`
  if (Number.isNaN(fit.reliability[k]!)) {
    return [
      {
        code: "notIdentified",
        refuses: false,
        message:
          `Nothing can be said about the reliability of annotator ${who}: there is no evidence about its ${n} labels. It ` +
          "is left out of the noise rate. Score these rows, or have others vote on them"
      }
    ]
  }
  const warnings: Array<NoiseWarning> = []
  if (n < fewLabels) {
    warnings.push({
      code: "fewLabels",
      refuses: false,
      message:
        `Annotator ${who} has ${n} labels, expected at least ${fewLabels} for a reliability known to about ` +
        `0.2 either way. Collect more labels, or treat such annotators as one`
    })
  }
  if (upper < 0.5) {
    warnings.push({
      code: "belowHalf",
      refuses: false,
      message:
        `The reliability of annotator ${who} is ${range}, worse than a coin. Check whether chosen and ` +
        "rejected are swapped in these rows, or the scores reversed, before flipping anything"
    })
  } else if (lower <= 0.5) {
    warnings.push({
      code: "nearHalf",
      refuses: false,
      message:
        `The reliability of annotator ${who} is ${range}, which includes 0.50: these labels cannot be ` +
        "told from coin flips. Collect more labels, use a more informative scorer, or leave the annotator out"
    })
  }
  return warnings
}
