import type { Feature } from "../../schemas/Candidate.ts"
import { type Rejection, reject } from "../Rejects.ts"
import { tokenEnds } from "../segments/tokenEnds.ts"
import { tokenEntropy } from "../segments/tokenEntropy.ts"
import type { Completion } from "../services/Provider.ts"

/** Where the tokens of a text end and how undecided the model was at each. */
export interface KnownEntropy {
  readonly ends: ReadonlyArray<number>
  readonly nats: ReadonlyArray<number>
}

/**
 * Reads off an answer how undecided the model was at each token, from the log-probabilities that came with it.
 *
 * A rejection where there are none, or where the tokens do not spell the text. See `tokenEntropy` for what is left out of the list.
 */
export const answerEntropy = (answer: Completion): KnownEntropy | Rejection => {
  const tokens = answer.logProbs ?? []
  if (tokens.length === 0)
    return reject("no log-probabilities", "the answer came without those of its tokens and of their alternatives")
  const ends = tokenEnds(
    answer.text,
    tokens.map(({ token }) => token)
  )
  if (ends === null) return reject("no log-probabilities", "the tokens of the answer do not spell its text")
  const nats = tokens.slice(0, ends.length).map(({ alternatives, logProb, token }) => {
    const listed = alternatives.map((one) => one.logProb)
    return tokenEntropy(alternatives.some((one) => one.token === token) ? listed : [...listed, logProb])
  })
  return { ends, nats }
}

/** The number of tokens and their mean entropy, as features of a candidate; none for a text without tokens. */
export const entropyFeatures = ({ nats }: KnownEntropy): ReadonlyArray<Feature> =>
  nats.length === 0
    ? []
    : [
        { name: "nTokens", value: nats.length },
        { name: "entropyNats", value: nats.reduce((sum, one) => sum + one, 0) / nats.length }
      ]
