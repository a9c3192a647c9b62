import { type Candidate, Candidates, type Feature } from "../../schemas/Candidate.ts"
import { type Span, Spans } from "../../schemas/Span.ts"
import { TokenEntropies, type TokenEntropy } from "../../schemas/TokenEntropy.ts"
import { splitWords } from "../math/splitWords.ts"
import { hedgeShare } from "../segments/hedgeShare.ts"
import { peakEntropy, toolLightWindows } from "../segments/peakEntropy.ts"
import { splitAtPattern } from "../segments/splitAtPattern.ts"
import { type Piece, piecesProblem, type Splitter } from "../segments/Splitter.ts"
import { enrich } from "../Stage.ts"

/** A number of your own for each span; null where it is not known. Has to be pure; its text stands for it in the manifest. */
export type SpanFeature = (text: string, candidate: Candidate) => number | null

/** What is cut, where, and what is measured of the pieces. */
export interface SegmentOptions {
  /**
   * Where texts are cut: `splitSentences`, `splitSteps`, `splitTurns`, `splitAtCues()`, `splitToolCalls()`, a function of your own, or a
   * pattern at each match of which a piece begins.
   */
  readonly by: Splitter | RegExp
  /** Which candidates are cut. Default: all with text. */
  readonly of?: (candidate: Candidate) => boolean
  /** More numbers for each span, by name. */
  readonly features?: Readonly<Record<string, SpanFeature>>
  /** Openings of a span, in tokens, over which its peak entropy is sought. Default Tool-Light's 10, 20, 30, 40 and 50. */
  readonly windows?: ReadonlyArray<number>
}

/**
 * Addresses the pieces of each candidate's text, with numbers about each.
 *
 * Every span has `characters` (UTF-16 code units), `words` and, where it has words, `hedgeShare`. Where token entropies are known, of
 * the tokens that end in it: `nTokens`, their mean `entropyNats`, and `peakEntropyNats` with `peakEnd`, the highest mean over an opening of
 * the span and the character of the text at which that opening ends. Spans that were there before are replaced. A splitter whose
 * pieces overlap or leave the text is an error of the recipe and stops the run. Costs no call.
 */
export const segment = (options: SegmentOptions) => {
  const { by, of, features = {}, windows = toolLightWindows } = options
  const split = by instanceof RegExp ? splitAtPattern(by) : by
  if (windows.length === 0 || !windows.every((window) => Number.isInteger(window) && window >= 1)) {
    throw new RangeError(`Cannot segment: found windows ${windows.join(", ") || "none"}, expected positive integers`)
  }
  return enrich({
    name: "segment",
    needs: { ...Candidates },
    uses: TokenEntropies,
    gives: Spans,
    config: {
      by: String(by),
      of: of === undefined ? "all" : String(of),
      features: Object.fromEntries(Object.entries(features).map(([name, feature]) => [name, String(feature)])),
      windows
    },
    rows: (rows) =>
      rows.map(({ candidates, tokenEntropies = [] }) => ({
        spans: candidates.flatMap((candidate) => {
          if (candidate.text.trim() === "" || !(of?.(candidate) ?? true)) return []
          const pieces = split(candidate.text)
          const problem = piecesProblem(candidate.text, pieces)
          if (problem !== null) {
            throw new Error(`Cannot segment candidate "${candidate.id}" by ${split.name || "a function"}: ${problem}`)
          }
          const entropy = tokenEntropies.find(({ candidateId }) => candidateId === candidate.id)
          return pieces.map(({ end, kind, start }, index): Span => {
            const text = candidate.text.slice(start, end)
            const own = Object.entries(features).flatMap(([name, feature]) => known(name, feature(text, candidate)))
            return {
              candidateId: candidate.id,
              index,
              start,
              end,
              kind,
              features: [...textFeatures(text), ...entropyFeatures({ start, end, kind }, entropy, windows), ...own]
            }
          })
        })
      }))
  })
}

const known = (name: string, value: number | null): ReadonlyArray<Feature> => (value === null ? [] : [{ name, value }])

const isWord = /[\p{L}\p{N}]/u

const textFeatures = (text: string): ReadonlyArray<Feature> => {
  const words = splitWords(text).filter((word) => isWord.test(word))
  return [
    { name: "characters", value: text.length },
    { name: "words", value: words.length },
    ...known("hedgeShare", hedgeShare(words))
  ]
}

const entropyFeatures = (
  { end, start }: Piece,
  entropy: TokenEntropy | undefined,
  windows: ReadonlyArray<number>
): ReadonlyArray<Feature> => {
  if (entropy === undefined) return []
  const first = entropy.ends.findIndex((at) => at > start)
  if (first < 0) return []
  const next = entropy.ends.findIndex((at) => at > end)
  const nats = entropy.nats.slice(first, next < 0 ? undefined : next)
  const peak = peakEntropy(nats, windows)
  if (peak === null) return []
  return [
    { name: "nTokens", value: nats.length },
    { name: "entropyNats", value: nats.reduce((sum, one) => sum + one, 0) / nats.length },
    { name: "peakEntropyNats", value: peak.nats },
    { name: "peakEnd", value: entropy.ends[first + peak.nTokens - 1]! }
  ]
}
