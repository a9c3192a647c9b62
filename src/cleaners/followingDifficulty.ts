import { checkColumns } from "./Flags.ts"

/** What a language model says of one response per row. */
export interface ResponseLogProbs {
  /** Sum of the log-probabilities of the response's tokens given the prompt, in nats; NaN is missing. */
  readonly logProbGivenPrompt: Float64Array
  /** The same without the prompt. */
  readonly logProbAlone: Float64Array
  /** Tokens of the response. */
  readonly nTokens: Int32Array
  /** Characters of the response; without it no response counts as too short. */
  readonly nCharacters?: Int32Array
}

/**
 * Computes how little a prompt helps with its response: perplexity given the prompt over perplexity without it (IFD).
 *
 * One entry per row, above 0: near 0 the prompt explains the response, 1 means it does not help, above 1 it misleads. The
 * log-probabilities must be those of the tokens themselves; the released program reads each one place too late. Responses
 * of at most one character get 10, as in the benchmark; missing log-probabilities or no tokens give NaN. It is the ratio of
 * perplexities, as the benchmark has it, not of mean losses as in the paper that invented it. Time O(N). Throws a
 * RangeError on unequal lengths.
 *
 * Source: PrefCleanBench, https://arxiv.org/abs/2509.23564; Li et al. 2023, https://arxiv.org/abs/2308.12032
 */
export const followingDifficulty = (response: ResponseLogProbs): Float64Array => {
  const { logProbAlone, logProbGivenPrompt, nCharacters, nTokens } = response
  const columns = { logProbAlone, nTokens, ...(nCharacters === undefined ? {} : { nCharacters }) }
  checkColumns("Cannot compute instruction-following difficulty", logProbGivenPrompt.length, columns)
  return logProbGivenPrompt.map((given, i) => {
    if (nCharacters !== undefined && nCharacters[i]! <= 1) return 10
    return nTokens[i]! > 0 ? Math.exp((logProbAlone[i]! - given) / nTokens[i]!) : Number.NaN
  })
}
