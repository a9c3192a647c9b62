import type { AnnotatorFinding } from "../Findings.ts"
import type { Manifest } from "../Manifest.ts"
import * as Figure from "../Figure.ts"
import { type FindingOf, findingsOf } from "./Section.ts"

/** Something to do because of the numbers of a run: what, why, and the setting to use where there is one. */
export interface NextStep {
  readonly title: string
  readonly text: string
  readonly code?: string
}

/**
 * Derives from the numbers of a run what to do before training on its rows, the most important first.
 *
 * Everything is plain text. The thresholds are rules of thumb and are stated in the texts. Never empty.
 *
 * Source: the robust loss is that of rDPO, Chowdhury et al. 2024, https://arxiv.org/abs/2403.00409
 */
export const nextSteps = (manifest: Manifest): ReadonlyArray<NextStep> => {
  const steps = [
    ...(manifest.simulated ? [realModel] : []),
    ...findingsOf(manifest, "noise").flatMap(({ finding }) =>
      [rateSteps(finding, manifest), calibrationSteps(finding), annotatorSteps(finding.annotators)].flat()
    ),
    ...findingsOf(manifest, "pairs").flatMap(({ finding }) => pairSteps(finding)),
    ...findingsOf(manifest, "injections").flatMap(({ finding }) => injectionSteps(finding)),
    ...rejectSteps(manifest)
  ]
  return steps.length > 0 ? steps : [nothing]
}

const realModel: NextStep = {
  title: "Run it against a real model",
  text:
    "Every number on this page is about the simulation. Exchange the simulated provider at the end of the pipeline file for " +
    "a real one and run the same pipeline again. Whatever follows here is what the numbers would call for if the labels were real."
}

const nothing: NextStep = {
  title: "Read some rows",
  text: "Nothing in the numbers stands out. Read a sample of the rows before training on them all the same."
}

const rateSteps = (finding: FindingOf<"noise">, manifest: Manifest): ReadonlyArray<NextStep> => {
  const { noiseRate, treatment } = finding
  if (noiseRate === null) {
    return [
      {
        title: "Find out how noisy the labels are",
        text:
          "The share of wrong labels is not known, so no loss can be told what to expect. The warnings say what stood in the " +
          "way; a scorer that tells answers apart and some trusted rows are what it usually takes."
      }
    ]
  }
  const rate = noiseRate.estimate
  if (rate >= 0.5) {
    return [
      {
        title: "Do not train on these labels yet",
        text:
          `An estimated ${Figure.share(rate)} of them are wrong, more than half. Check first whether chosen and rejected, or ` +
          "the sign of the scores, are swapped somewhere."
      }
    ]
  }
  const steps: Array<NextStep> = lossSteps(rate, treatment, manifest)
  const [lower, upper] = noiseRate.ci95
  if (upper - lower > 0.1) {
    steps.push({
      title: "Collect more labels",
      text:
        `The share of wrong labels is only known to lie between ${Figure.share(lower)} and ${Figure.share(upper)}. Four times ` +
        "as many labels halve this range."
    })
  }
  return steps
}

/** What to tell the loss: about pairs where their labels were pooled, else about the labels themselves. */
const lossSteps = (rate: number, treatment: string, manifest: Manifest): Array<NextStep> => {
  const title = "Tell the loss how many labels are wrong"
  const corrects = "The robust loss of TRL corrects for a known share of wrong labels."
  const ofPairs = wrongPairs(manifest)
  if (ofPairs !== null) {
    const pooled =
      `An estimated ${Figure.share(rate)} of the single labels are wrong. Pooled into pairs, ${Figure.share(ofPairs)} of the pairs ` +
      "that have labels are expected to be in the wrong order, if annotators err independently."
    if (ofPairs >= 0.5) {
      const worse =
        "That is more than half, which no loss corrects. Flag fewer pairs, or check whether sides are swapped."
      return [{ title: "Do not train on these pairs", text: `${pooled} ${worse}` }]
    }
    return ofPairs < 0.005
      ? [{ title: "Use the standard loss", text: `${pooled} A loss for noisy labels is not called for.` }]
      : [{ title, text: `${pooled} ${corrects}`, code: robustLoss(ofPairs) }]
  }
  if (rate < 0.005) return []
  if (treatment === "flip" || treatment === "remove") {
    const text =
      `An estimated ${Figure.share(rate)} of the labels were wrong as they came. The treatment "${treatment}" leaves fewer, so take ` +
      `the rate as an upper end. ${corrects}`
    return [{ title, text, code: robustLoss(rate) }]
  }
  const weights =
    treatment === "weight" ? " Its trainers read no weight column, so the weights alone change nothing there." : ""
  return [
    {
      title,
      text: `An estimated ${Figure.share(rate)} of the labels are wrong. ${corrects}${weights}`,
      code: robustLoss(rate)
    }
  ]
}

const robustLoss = (rate: number): string =>
  `DPOConfig(loss_type="robust", label_smoothing=${rate.toFixed(rate < 0.1 ? 3 : 2)})`

/** Expected share of wrong orders among the pairs that have labels; null when no pair has any. */
const wrongPairs = (manifest: Manifest): number | null => {
  const known = findingsOf(manifest, "pairs").flatMap(({ finding }) =>
    finding.meanLabelProb === null ? [] : [{ probability: finding.meanLabelProb, n: finding.nPairs }]
  )
  const total = known.reduce((sum, { n }) => sum + n, 0)
  return total === 0 ? null : 1 - known.reduce((sum, { n, probability }) => sum + n * probability, 0) / total
}

const calibrationSteps = ({ calibration, warnings }: FindingOf<"noise">): ReadonlyArray<NextStep> => {
  // Votes that are only weighed against each other have no scores to calibrate.
  const wantsTrusted = new Set(["uncalibrated", "scoresNotUsed", "missingEvidence", "noEvidence"])
  const why =
    "Trusted rows are comparisons whose right order is known, hard ones among them. They turn scores into probabilities, and the " +
    "estimate of the noise is only as good as these."
  if (calibration === null) {
    if (!warnings.some(({ code }) => wantsTrusted.has(code))) return []
    return [{ title: "Add trusted rows", text: `The scores were not calibrated. ${why} A few hundred go a long way.` }]
  }
  if (calibration.nTrusted >= enoughTrusted) return []
  return [
    {
      title: "Add more trusted rows",
      text: `The scores were calibrated on ${Figure.counted(calibration.nTrusted, "row")}, fewer than ${enoughTrusted}. ${why}`
    }
  ]
}

const enoughTrusted = 200

const annotatorSteps = (annotators: ReadonlyArray<AnnotatorFinding>): ReadonlyArray<NextStep> => {
  const swapped: Array<AnnotatorFinding> = []
  const coins: Array<AnnotatorFinding> = []
  const weak: Array<AnnotatorFinding> = []
  for (const annotator of annotators) {
    if (annotator.reliability === null) continue
    const [lower, upper] = annotator.reliability.ci95
    if (upper < 0.5) swapped.push(annotator)
    else if (lower <= 0.5) coins.push(annotator)
    else if (annotator.reliability.estimate < 0.7) weak.push(annotator)
  }
  const leaning = annotators.filter(leansOnOrder)
  const tilted = annotators.filter((one) => one.orderAgreement === null && isTilted(one))
  const unread = annotators.filter((one) => one.invalid > 0.05 * (one.nLabels + one.ties + one.invalid))
  const steps: Array<NextStep | null> = [
    swapped.length === 0
      ? null
      : {
          title: `Look for swapped sides: ${names(swapped)}`,
          text: "Their labels are wrong more often than right. See whether first and second are exchanged before flipping or leaving out anything."
        },
    coins.length === 0
      ? null
      : {
          title: `Ask more of, or leave out: ${names(coins)}`,
          text: "Their labels cannot be told from coin flips. More labels may show that they are better than that; until then they add nothing."
        },
    weak.length === 0
      ? null
      : {
          title: `Instruct again, or replace: ${names(weak)}`,
          text: "They are right in fewer than 70% of cases. Give clearer instructions or examples, use a stronger judge, or leave them out."
        },
    leaning.length === 0
      ? null
      : {
          title: `Show the answers in both orders: ${names(leaning)}`,
          text: "What they prefer depends on which answer is shown first. Ask every comparison in both orders and keep the verdicts that agree."
        },
    tilted.length === 0
      ? null
      : {
          title: `Find out why the first answer wins more or less often than the second: ${names(tilted)}`,
          text: "Where the order was drawn at random, it sways them. Where it was not, the answers that come first may as well be the better or the worse ones, as where one model is always first. Ask some comparisons in both orders: no comparison was shown to them so."
        },
    unread.length === 0
      ? null
      : {
          title: `Ask for a simpler form of answer: ${names(unread)}`,
          text: "More than 5% of their answers could not be read as a verdict."
        }
  ]
  return steps.filter((step) => step !== null)
}

/** The first answer wins more or less often than half, beyond chance. */
const isTilted = ({ firstShare, nLabels }: AnnotatorFinding): boolean => {
  const tilt = firstShare === null ? 0 : Math.abs(firstShare - 0.5)
  return tilt > 0.05 && tilt > 0.98 / Math.sqrt(Math.max(1, nLabels))
}

/**
 * Where comparisons were shown in both orders, the first answer wins more or less often than half, or the two orders disagree more often
 * than errors that do not look at the order would make them.
 *
 * Two verdicts that are each right with probability r agree with probability r² + (1 - r)².
 */
const leansOnOrder = (annotator: AnnotatorFinding): boolean => {
  const { orderAgreement, reliability } = annotator
  if (orderAgreement === null) return false
  if (isTilted(annotator)) return true
  if (reliability === null) return false
  const right = reliability.estimate
  return orderAgreement < right ** 2 + (1 - right) ** 2 - 0.08
}

const names = (annotators: ReadonlyArray<AnnotatorFinding>): string => {
  const first = annotators.slice(0, 4).map((annotator) => annotator.id)
  return first.join(", ") + (annotators.length > 4 ? ` and ${Figure.count(annotators.length - 4)} more` : "")
}

const pairSteps = (finding: FindingOf<"pairs">): ReadonlyArray<NextStep> => {
  const { chosenLongerShare, doubtful, nPairs, rule } = finding
  const steps: Array<NextStep> = []
  if (doubtful > 0.02 * nPairs) {
    steps.push({
      title: "Leave out the doubtful pairs, or read them",
      text:
        `Of the ${Figure.count(nPairs)} pairs made by ${rule}, ${Figure.count(doubtful)} have a label probability below one half: ` +
        "their order is more likely wrong than right. Keep rows with labelProb of at least 0.5, or with none."
    })
  }
  if (chosenLongerShare !== null && chosenLongerShare > 0.6) {
    steps.push({
      title: "Keep the trainer from learning length",
      text:
        `The chosen text is the longer one in ${Figure.share(chosenLongerShare)} of the pairs made by ${rule}. Balance the ` +
        "lengths, or use a loss that is normalised by length."
    })
  }
  return steps
}

const injectionSteps = (finding: FindingOf<"injections">): ReadonlyArray<NextStep> => {
  const refused = finding.types.filter((type) => type.asked > 0 && type.kept < 0.6 * type.asked)
  const telling = finding.types.filter((type) => Math.abs(type.meanLogLengthRatio ?? 0) > 0.2)
  return [
    ...(refused.length === 0
      ? []
      : [
          {
            title: `Find out why errors were refused: ${list(refused)}`,
            text: "Fewer than 60% of the texts with an injected error were fit for use. The reasons are counted below; a larger model or a clearer instruction usually helps."
          }
        ]),
    ...(telling.length === 0
      ? []
      : [
          {
            title: `Even out the length of injected errors: ${list(telling)}`,
            text: "The texts with the error differ from the originals by more than a fifth in length, which gives them away."
          }
        ])
  ]
}

const list = (types: FindingOf<"injections">["types"]): string => types.map((type) => type.errorType).join(", ")

const rejectSteps = (manifest: Manifest): ReadonlyArray<NextStep> =>
  manifest.stages.flatMap((stage) => {
    // A stage that gives one row for each may note what it took from a row that goes on, and be cut off by a later one that has enough.
    const noted = Object.values(stage.rejected).reduce((sum, n) => sum + n, 0)
    const rejected = stage.kind === "each" ? Math.min(noted, stage.rowsIn - stage.rowsOut) : noted
    if (stage.rowsIn === 0 || rejected <= 0.2 * stage.rowsIn) return []
    const main = Object.entries(stage.rejected).toSorted((a, b) => b[1] - a[1])[0]!
    return [
      {
        title: `Look into what stage ${stage.key} rejected`,
        text:
          `It got ${Figure.counted(stage.rowsIn, "row")} and rejected ${Figure.count(rejected)}, most often for "${main[0]}". The rows ` +
          "with their reasons are in rejects.parquet."
      }
    ]
  })
