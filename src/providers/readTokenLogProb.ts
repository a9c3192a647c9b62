import type { TokenLogProb } from "../services/Provider.ts"

/** Nats above 0 that a server's rounding may bring about. */
const rounding = 1e-3

/**
 * A token with its log-probability as a server gives them, or in words what is wrong with them, for the caller to add where that is.
 *
 * A probability is 1 at most, so a log-probability is 0 at most; one that rounding put a little above is 0.
 */
export const readTokenLogProb = (token: unknown, logProb: unknown): TokenLogProb | string => {
  if (typeof token !== "string") return "a token without a text"
  if (typeof logProb !== "number" || !Number.isFinite(logProb)) {
    return `a token ${JSON.stringify(token)} without a log-probability`
  }
  return logProb <= rounding
    ? { token, logProb: Math.min(logProb, 0) }
    : `a token ${JSON.stringify(token)} with the log-probability ${logProb}, expected 0 at most,`
}
