import { editSimilarity } from "./editSimilarity.ts"
import { metaCommentary } from "./metaCommentary.ts"
import { normaliseWhitespace } from "./normaliseWhitespace.ts"
import { tokenJaccard } from "./tokenJaccard.ts"

/** Limits of `checkInjection`. */
export interface InjectionLimits {
  /** Refuse as rewritten from scratch when word-order and word-set similarity are both below this; default 0.3. */
  readonly minSimilarity?: number
  /** Refuse as too small a change when the word-order similarity is above this; default 1, so one word suffices. */
  readonly maxSimilarity?: number
  /** Refuse when one text is more than this many times as long as the other, in characters; default 2. */
  readonly maxLengthRatio?: number
}

/** What `checkInjection` decided. */
export type InjectionCheck =
  | {
      readonly ok: true
      /** The corrupted text without a lead-in: what was checked and what is to be used. */
      readonly text: string
      /** Word-level edit similarity in [0, 1), see `editSimilarity`. */
      readonly similarity: number
      /** Length of the corrupted text over that of the original, in characters after white space is normalised. */
      readonly lengthRatio: number
    }
  | {
      readonly ok: false
      readonly reason: "unchanged" | "tooSmall" | "tooLarge" | "truncated" | "refusal" | "empty"
      /** One sentence with the numbers that decided. */
      readonly detail: string
    }

/**
 * Decides from the texts alone whether a response with an injected error is fit to stand as the rejected one.
 *
 * In this order: "truncated" (finish reason `length` or `max_tokens`), "refusal" (by the text, or by the finish reason
 * `content_filter` or `refusal`), "empty" (nothing left after a lead-in is cut), "unchanged" (equal after white space
 * is normalised), "tooSmall" (only case, spacing or sentence punctuation changed, or above `maxSimilarity`), "tooLarge"
 * (similarity or length out of limits). A lead-in or refusal that the original opens with as well is no finding. A pass
 * says nothing about the error being there: that takes a judge. A null finish reason is unknown and passes.
 * Cost: that of `editSimilarity`.
 */
export const checkInjection = (
  input: { readonly original: string; readonly corrupted: string; readonly finishReason: string | null },
  limits: InjectionLimits = {}
): InjectionCheck => {
  const { minSimilarity = 0.3, maxSimilarity = 1, maxLengthRatio = 2 } = limits
  const { original, corrupted, finishReason } = input
  if (finishReason === "length" || finishReason === "max_tokens") {
    return { ok: false, reason: "truncated", detail: `The response was cut off (finish reason "${finishReason}")` }
  }
  if (finishReason === "content_filter" || finishReason === "refusal") {
    return {
      ok: false,
      reason: "refusal",
      detail: `The provider withheld the response (finish reason "${finishReason}")`
    }
  }
  const originalOpening = metaCommentary(original)
  const opening = metaCommentary(corrupted)
  if (opening.kind === "refusal" && originalOpening.kind !== "refusal") {
    return { ok: false, reason: "refusal", detail: `The response declines: "${corrupted.trimStart().slice(0, 80)}"` }
  }
  const text = opening.kind === "leadIn" && originalOpening.kind !== "leadIn" ? opening.text : corrupted
  const before = normaliseWhitespace(original)
  const after = normaliseWhitespace(text)
  if (after === "") return { ok: false, reason: "empty", detail: "The response has no text" }
  if (after === before) return { ok: false, reason: "unchanged", detail: "The response equals the original" }
  if (withoutPunctuation(after) === withoutPunctuation(before)) {
    return { ok: false, reason: "tooSmall", detail: "Only upper and lower case or punctuation changed" }
  }
  const similarity = editSimilarity(before, after)
  if (similarity === 1)
    return { ok: false, reason: "tooSmall", detail: "Only the space between words or signs changed" }
  if (similarity > maxSimilarity) {
    return {
      ok: false,
      reason: "tooSmall",
      detail: `Similarity is ${show(similarity)}, expected at most ${maxSimilarity}`
    }
  }
  const shared = Math.max(similarity, tokenJaccard(before, after))
  if (shared < minSimilarity) {
    return {
      ok: false,
      reason: "tooLarge",
      detail: `Similarity is ${show(shared)}, expected at least ${minSimilarity}`
    }
  }
  const lengthRatio = after.length / before.length
  if (lengthRatio > maxLengthRatio || lengthRatio < 1 / maxLengthRatio) {
    return {
      ok: false,
      reason: "tooLarge",
      detail: `Length ratio is ${show(lengthRatio)}, expected ${show(1 / maxLengthRatio)} to ${maxLengthRatio}`
    }
  }
  return { ok: true, text, similarity, lengthRatio }
}

/** Takes off punctuation and emphasis at words. What stands alone or inside a word can be an operator and stays. */
const withoutPunctuation = (text: string): string =>
  text
    .toLowerCase()
    .replace(/(?<=[\p{L}\p{N}\p{M})\]}%°])[.,;:!?"“”„«»…*_`]+(?=\s|$)/gu, "")
    .replace(/(?<=^|\s)["“„«*_`]+(?=[\p{L}\p{N}(])/gu, "")

const show = (value: number): string => value.toFixed(3)
