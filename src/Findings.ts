import type { SplitFinding } from "./cleaners/assignSplits.ts"
import type { Preflight } from "./Preflight.ts"

/** A number with its 95 % interval. */
export interface Estimate {
  readonly estimate: number
  readonly ci95: readonly [number, number]
}

/** Something the reader of the numbers has to know; `code` is stable, `message` says what to do. */
export interface Warning {
  readonly code: string
  readonly message: string
}

/** Counts in equal bins: bin `i` covers `edges[i]` (inclusive) to `edges[i + 1]` (exclusive, the last one inclusive). */
export interface Histogram {
  readonly edges: ReadonlyArray<number>
  readonly counts: ReadonlyArray<number>
}

/** One annotator as a cleaner found it; `reliability` is null where the labels cannot tell. */
export interface AnnotatorFinding {
  readonly id: string
  readonly nLabels: number
  readonly reliability: Estimate | null
  /** Share of labels that agree with the planted truth, where there is one. */
  readonly planted: number | null
  /** Share of comparisons in which the answer shown first was preferred, ties left out. */
  readonly firstShare: number | null
  /** 95 % Wilson interval of that share; of an audit alone. */
  readonly firstShareCi95?: readonly [number, number]
  /** Share of comparisons, shown in both orders, whose two verdicts agree. */
  readonly orderAgreement: number | null
  readonly ties: number
  readonly invalid: number
  /** Comparisons of a text with itself after an error was put in, by type, and those won by the text before; of an audit alone. */
  readonly injected?: ReadonlyArray<{ readonly errorType: string; readonly nLabels: number; readonly right: number }>
}

/** A pair whose recorded order is probably wrong, with why. */
export interface Suspect {
  readonly prompt: string
  readonly chosen: string
  readonly rejected: string
  readonly annotator: string
  readonly labelProb: number
  /** What the evidence says without the labels: 1/2 where there is none, 0 or 1 where the answer is known. */
  readonly pModel: number
  readonly plantedCorrect: boolean | null
  /** Labels on these two texts for the recorded order and against it, this one included; absent where each stands alone. */
  readonly votes?: { readonly agreeing: number; readonly opposed: number }
}

/**
 * What a stage learned about the data, for the manifest and the report.
 *
 * Everything in it is a plain JSON value, and a number that cannot be known is null.
 */
export type Finding =
  | {
      readonly kind: "noise"
      readonly method: string
      readonly noiseRate: Estimate | null
      readonly plantedNoiseRate: number | null
      readonly annotators: ReadonlyArray<AnnotatorFinding>
      readonly calibration: {
        readonly temperature: number
        readonly eceBefore: number
        readonly eceAfter: number
        readonly nTrusted: number
        /** Mean probability, observed share and number of labels per bin, after calibration. */
        readonly bins: ReadonlyArray<{ readonly predicted: number; readonly observed: number; readonly count: number }>
      } | null
      readonly labelProb: Histogram
      readonly nLabels: number
      readonly flagged: number
      readonly treatment: string
      readonly iterations: number
      readonly converged: boolean
      readonly suspects: ReadonlyArray<Suspect>
      readonly warnings: ReadonlyArray<Warning>
      /** What an audit says of all votes; absent from other stages. */
      readonly votes?: {
        /** Krippendorff's alpha over the winners; null where no two annotators voted on one pair, or all votes are alike. */
        readonly alpha: number | null
        /** Pairs on which two annotators or more have an opinion. */
        readonly nOverlapping: number
        /** Share of labels whose winner is the longer text, among those with texts of different length. */
        readonly longerPreferred: Estimate | null
        readonly nDifferentLength: number
      }
    }
  | {
      readonly kind: "injections"
      readonly types: ReadonlyArray<{
        readonly errorType: string
        readonly asked: number
        readonly kept: number
        /** Texts that were refused, by reason. */
        readonly refused: Readonly<Record<string, number>>
        /** Mean natural logarithm of characters after divided by characters before; null when none was kept. */
        readonly meanLogLengthRatio: number | null
        /** Mean planted quality lost, where it is known. */
        readonly plantedLoss: number | null
      }>
    }
  | {
      readonly kind: "flags"
      /** Name of the rule. */
      readonly rule: string
      /** Columns it read. */
      readonly evidence: ReadonlyArray<string>
      readonly nRows: number
      readonly flagged: number
      /** Rows without a score for want of evidence; none of them is flagged. */
      readonly unscored: number
      readonly warnings?: ReadonlyArray<Warning>
    }
  | {
      readonly kind: "treatments"
      readonly treatment: "keep" | "weight" | "softLabel" | "flip" | "remove"
      readonly nRows: number
      /** Rows that went on as they were, with weight and target 1. */
      readonly untouched: number
      /** Rows that got a weight, or a target, below 1. */
      readonly weighted: number
      readonly flipped: number
      readonly removed: number
      /** Mean of the weights, or targets, of all rows that went on; null without rows. */
      readonly meanWeight: number | null
    }
  | {
      readonly kind: "plantedNoise"
      readonly plan: "uniform" | "perAnnotator" | "perClass" | "byMargin"
      /** By annotator or class, by name, or one entry with the name null. `expected` is the sum of the probabilities. */
      readonly groups: ReadonlyArray<{
        readonly name: string | null
        readonly nRows: number
        readonly expected: number
        readonly flipped: number
      }>
      /** Rows without a margin, which were left alone. */
      readonly leftAlone: number
    }
  | {
      readonly kind: "pairs"
      readonly rule: string
      readonly margins: Histogram
      readonly nPairs: number
      /** Pairs with a label probability below one half. */
      readonly doubtful: number
      readonly meanLabelProb: number | null
      /** Share of pairs whose order agrees with the planted truth. */
      readonly plantedAccuracy: number | null
      /** Share of pairs whose chosen text is the longer one; ties left out. */
      readonly chosenLongerShare: number | null
      readonly suspects: ReadonlyArray<Suspect>
    }
  | {
      readonly kind: "pairsOfPairs"
      readonly sampler: string
      readonly nComparisons: number
      readonly ties: number
      readonly strongPercentile: number | null
      readonly weakPercentile: number | null
    }
  | {
      readonly kind: "strengths"
      readonly nPairs: number
      readonly nComparisons: number
      /** Pairs outside the largest connected part of their split, which have no strength. */
      readonly outside: number
      /** Whether wins alone determine every strength, without the prior. */
      readonly determined: boolean
      readonly converged: boolean
      /** Mean standard error of a strength, in logits; null without strengths. */
      readonly meanError: number | null
    }
  | SplitFinding
  | ExportFinding
  | PreflightedFinding
  | {
      readonly kind: "taken"
      readonly asked: number
      readonly given: number
      readonly warnings: ReadonlyArray<Warning>
    }

/** What became of the columns of a data set that was written in a trainer's format. */
export interface ExportFinding {
  readonly kind: "export"
  readonly format: string
  readonly kept: ReadonlyArray<string>
  readonly renamed: ReadonlyArray<{ readonly from: string; readonly to: ReadonlyArray<string> }>
  /** Columns that the format cannot hold. */
  readonly lost: ReadonlyArray<string>
  /** What is worth knowing of the export, traps among it. */
  readonly notes: ReadonlyArray<string>
  /** Those of the notes that only the rows could tell and that cost something; absent where there are none. */
  readonly warnings?: ReadonlyArray<Warning>
}

/** What a data set on its way out shows of training on it. */
export interface PreflightedFinding extends Preflight {
  readonly kind: "preflight"
}

/** The findings of a run by stage key, in the order they were made. */
export class Findings {
  readonly #byStage = new Map<string, Finding>()

  set(stage: string, finding: Finding): void {
    this.#byStage.set(stage, finding)
  }

  entries(): ReadonlyArray<readonly [stage: string, finding: Finding]> {
    return [...this.#byStage]
  }
}
