import * as Figure from "../Figure.ts"
import type { FindingOf } from "./Section.ts"

/** Says how far the annotators of an audit agree and how often the longer text was preferred, as one sentence or more for each. */
export const votesInWords = ({
  alpha,
  longerPreferred,
  nDifferentLength,
  nOverlapping
}: NonNullable<FindingOf<"noise">["votes"]>): readonly [agreement: string, length: string] => [
  nOverlapping === 0
    ? "No pair has votes of two annotators, so agreement is not known."
    : `${Figure.counted(nOverlapping, "pair")} have votes of two annotators or more. Krippendorff's alpha is ${Figure.decimal(alpha)}: 1 is perfect agreement, 0 that of coins.`,
  longerPreferred === null
    ? "Whether longer answers are preferred is not known: there are no texts of different length."
    : `The longer answer is preferred in ${Figure.estimated(longerPreferred)} of ${Figure.counted(nDifferentLength, "label")}. That is no error by itself: longer answers can be better.`
]
