interface TokenLogProb {
  readonly token: string
  readonly logProb: number
}

/** The tokens of an answer, in order, each with its alternatives. */
interface Answer {
  readonly logProbs?: ReadonlyArray<TokenLogProb & { readonly alternatives: ReadonlyArray<TokenLogProb> }>
}

/**
 * By how much a model would rather give the first of two answers than the second: the difference of their log-probabilities (nats)
 * at the first token with text, or why there is none.
 *
 * Tokens that differ in white space alone are one answer, whose probabilities add up. Where only one of the two is among the
 * alternatives, the least likely alternative bounds the other one, so the true gap is at least as wide.
 */
export const answerGap = ({ logProbs }: Answer, [first, second]: readonly [string, string]): number | string => {
  if (logProbs === undefined || logProbs.length === 0) return "found no log-probabilities, expected those of the answer"
  const sampled = logProbs.find(({ token }) => token.trim() !== "")
  if (sampled === undefined) return "found tokens of white space alone, expected an answer"
  const tokens = new Map([sampled, ...sampled.alternatives].map(({ logProb, token }) => [token, logProb]))
  const totalOf = (answer: string) => {
    let total = 0
    for (const [token, logProb] of tokens) if (token.trim() === answer) total += Math.exp(logProb)
    return total
  }
  const [p, q] = [totalOf(first), totalOf(second)]
  if (p === 0 && q === 0) {
    return `found ${JSON.stringify(sampled.token)}, expected "${first}" or "${second}" among the likeliest tokens`
  }
  const least = Math.exp(Math.min(...tokens.values()))
  return Math.log(p === 0 ? least : p) - Math.log(q === 0 ? least : q)
}
