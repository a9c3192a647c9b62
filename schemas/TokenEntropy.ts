import * as Schema from "effect/Schema"

/**
 * How undecided the model was at each token of a candidate.
 *
 * Token `i` ends before character `ends[i]` (UTF-16 code units) and was drawn from a distribution of entropy `nats[i]`. Both lists are
 * equally long. Tokens that nobody knows the entropy of, such as words put in on purpose, are not there.
 */
export const TokenEntropy = Schema.Struct({
  candidateId: Schema.String,
  ends: Schema.Array(Schema.Int),
  nats: Schema.Array(Schema.Finite)
})
export type TokenEntropy = typeof TokenEntropy.Type

/** The column of token entropies of a prompt's candidates; a candidate without known entropies is not in it. */
export const TokenEntropies = { tokenEntropies: Schema.Array(TokenEntropy) } as const
