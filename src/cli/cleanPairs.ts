import * as Effect from "effect/Effect"
import { type CleanedPairs, cleanVotes } from "../cleaners/cleanVotes.ts"
import { isMissing } from "../cleaners/MissingEvidence.ts"
import { anonymousVotes } from "./anonymousVotes.ts"
import type { CleanRequest } from "./Cleaned.ts"
import { CleanError } from "./CleanError.ts"
import { cleanMethods } from "./cleanMethods.ts"
import type { CleanVoteTable } from "./cleanVoteTable.ts"
import { unheardTrusted } from "./unheardTrusted.ts"

/** Finds out about the pairs, or says what is missing and what to do about it. */
export const cleanPairs = Effect.fnUntraced(function* (
  request: CleanRequest,
  { itemKey, texts, votes }: CleanVoteTable
): Effect.fn.Return<CleanedPairs, CleanError> {
  const { amount, method, threshold, trusted } = request
  const { annotators, gap } = votes.columns
  const unheard = unheardTrusted(trusted, annotators)
  if (unheard !== null) return yield* cannot(request, unheard.found, unheard.wanted, unheard.remedy)
  if (texts?.evidence.hasSignal === false) {
    const { accuracy, lower, nPairs, upper } = texts.evidence
    const found = Number.isNaN(accuracy)
      ? "no texts that a model could be tried on"
      : `a model of the texts that agrees with ${percent(accuracy)} of ${nPairs} labels it never saw (95 % interval ${percent(lower)} to ${percent(upper)})`
    return yield* cannot(
      request,
      found,
      "one that beats a coin",
      "collect several votes a pair, or scores of both answers"
    )
  }
  const cleaned = cleanVotes(votes, {
    method: cleanMethods[method],
    trusted,
    itemKey,
    ...(threshold === undefined ? {} : { threshold }),
    ...(amount === undefined ? {} : { amount }),
    ...(texts === null ? {} : { textGap: texts.gap })
  })
  if (!isMissing(cleaned)) return cleaned
  const hasScores = gap.some((value) => !Number.isNaN(value))
  const remedies = [
    ...(anonymousVotes(votes.columns).length > 0
      ? ["name the column that tells people apart with --annotator, since all votes of nobody on a pair count as one"]
      : []),
    ...(method === "rw-gap" ? ["name them with --score-chosen and --score-rejected"] : []),
    ...(hasScores && trusted.length === 0 && method === "re-po"
      ? ["name annotators who are right with --trusted, to calibrate the scores"]
      : []),
    ...(hasScores && method !== "rw-gap" ? ["rank by the scores with --method rw-gap --fraction 0.1"] : []),
    ...(method === "text-model"
      ? []
      : ["rank by the texts, where they tell anything, with --method text-model --fraction 0.1"])
  ]
  return yield* cannot(request, cleaned.found, cleaned.expected, remedies.join(", or "))
})

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

const cannot = ({ method }: CleanRequest, found: string, wanted: string | null, remedy: string) =>
  new CleanError({ how: `by "${method}"`, found, wanted, remedy })
