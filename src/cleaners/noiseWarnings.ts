import { areCorrelated, type JudgeFamily } from "./effectiveJudges.ts"
import { annotatorWarnings } from "./annotatorWarnings.ts"
import type { MajorityReliability } from "./majorityReliability.ts"
import type { NoiseFit, NoiseWarning } from "./NoiseWarning.ts"

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
  /** How independent the judges of each family are, from `effectiveJudges`. */
  readonly families?: ReadonlyArray<JudgeFamily>
  /**
   * The same of all judges as one family, and what the numbers shown were learned from: their agreement, answers that are known,
   * or calibrated evidence.
   */
  readonly together?: JudgeFamily & { readonly learnedFrom: "agreement" | "knownAnswers" | "evidence" }
  /** What to call the families; default their number. */
  readonly familyNames?: ReadonlyMap<number, string>
  /** What to call the annotators, by index; default their index. */
  readonly annotatorNames?: ReadonlyArray<string>
}

/**
 * Lists what stands in the way of believing the reliabilities and the noise rate of a fit.
 *
 * Refusing, about the whole fit: "evidenceFromLabels" (evidence fitted to the very labels), "mirrored" (evidence fitted
 * to other labels of one annotator, or to votes of which each item has one, without calibration on trusted rows), "majorityBelowChance",
 * "correlatedJudges" where estimates come from agreement and all judges together count as few: what they get wrong together looks
 * right, and no interval shows how far off that is. And when no annotator can be judged "noEvidence" (per row: no p further than 1e-6 from 1/2), "oneVote" or "tooFewOverlaps" (pooled).
 * The fit itself has a noise rate of null in the last three. Nothing follows a refusal of that kind. Other warnings about
 * the whole fit: "noSignal" (texts that tell nothing), "uncalibrated", "correlatedJudges" of a family, "notConverged" (EM hit its limit). About one annotator:
 * "notIdentified" (others can be judged, this one cannot), "fewLabels", "nearHalf" (the 95 % interval includes 1/2, a
 * coin) and "belowHalf" (the interval lies under 1/2). Where more than three annotators have the same, one warning names some and counts
 * the others. Annotators without labels are passed over. Order: facts, whole fit, then by annotator.
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
  return [...warnings, ...annotatorWarnings(fit, labelled, facts.annotatorNames)]
}

const fromFacts = (facts: NoiseFacts, nAnnotators: number): Array<NoiseWarning> => {
  const { calibrated, evidence = "independent", families = [], majority, mostVotes, texts, together } = facts
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
  if (together !== undefined && areCorrelated(together)) {
    warn(
      "correlatedJudges",
      together.learnedFrom === "agreement",
      `The ${together.nJudges} judges ${errTogether(together)}. ${sayOfAll[together.learnedFrom]}`
    )
  }
  for (const family of families) {
    if (!areCorrelated(family)) continue
    warn(
      "correlatedJudges",
      false,
      `The ${family.nJudges} judges of family ${facts.familyNames?.get(family.family) ?? family.family} ${errTogether(family)}. ` +
        "Pooled probabilities and reliabilities from agreement are too sure. Keep one judge of the family, or add judges " +
        "of other families and trusted rows"
    )
  }
  return warnings
}

const sayOfAll = {
  agreement:
    "What they get wrong together looks right, so neither their noise nor their reliabilities can be told from how they " +
    "agree. Say what is right on a random part of the pairs, 30 at least, or add judges of other families",
  knownAnswers:
    "Noise and reliabilities were therefore counted on the pairs whose answer is known, and speak of the other pairs as far as " +
    "these are a random part of them",
  evidence:
    "Their votes add up to less than pooling takes them for, so label probabilities are too sure and intervals too short. Ask " +
    "fewer of them, or add judges of other families"
}

const errTogether = ({ effectiveJudges, meanCorrelation }: JudgeFamily): string =>
  `err together (mean correlation of errors ${meanCorrelation!.toFixed(2)}) and count as about ` +
  `${effectiveJudges!.toFixed(1)} independent judges`

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
