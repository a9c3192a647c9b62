import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Candidates } from "../../schemas/Candidate.ts"
import { TokenEntropies } from "../../schemas/TokenEntropy.ts"
import type { JournalError } from "../Journal.ts"
import { noting, Rejection } from "../Rejects.ts"
import type { LanguageModel } from "../services/LanguageModel.ts"
import type { LanguageModelError } from "../services/LanguageModelError.ts"
import { each, type RowOf, type Stage } from "../Stage.ts"
import { type GenerateOptions, speaking } from "./Speaking.ts"

export type { GenerateOptions, Speaker } from "./Speaking.ts"

/** What `generate` reads of a row: the prompt, and the columns named as slots. */
export type GenerateNeeds<F extends Schema.Struct.Fields> = { readonly id: string; readonly prompt: string } & RowOf<F>

/** What `generate` adds: candidates, and with `alternatives` the entropies of their tokens. */
export type GenerateGives<A> = RowOf<typeof Candidates> & (A extends number ? RowOf<typeof TokenEntropies> : {})

/**
 * Asks for `n` candidates per prompt, going round models and personas, or speakers.
 *
 * Candidate `i` comes from combination `i mod (models × personas)`, or from speaker `i mod speakers`; samples of one are told apart by
 * their sample index and seed, and asked for in one call where the provider can. With `seeds` every sample is a call of its own. Speakers with a `tier`
 * make an order by construction; templates read further columns that are named as `slots`. Every answer is kept, with its finish reason; an empty one stays as an empty text that no pairing rule takes, and
 * is asked for again by `prefloom run --retry-rejects`.
 * A prompt that the server's filter refuses, or that is too long, becomes a reject. Costs at most `n` calls a row.
 *
 * With `alternatives` it also keeps how undecided the model was at each token, in `tokenEntropies`: so many of the likeliest tokens, 0
 * to 20, are asked for at each place; what they leave of 1 counts as one more (see `tokenEntropy`). Each candidate then has the features
 * `nTokens` and `entropyNats`, the mean. A candidate whose answer came without usable log-probabilities stays and is noted in the
 * rejects. Needs "topLogProbs".
 */
export const generate = <F extends Schema.Struct.Fields = {}, A extends number | null = null>(
  options: GenerateOptions<F> & {
    /** The likeliest tokens to ask for at each place, 0 to 20, to keep entropies. Default: none are kept. */
    readonly alternatives?: A
  }
): Stage<GenerateNeeds<F>, GenerateGives<A>, true, LanguageModelError | JournalError, LanguageModel> => {
  const alternatives = options.alternatives ?? null
  if (alternatives !== null && !(Number.isInteger(alternatives) && alternatives >= 0 && alternatives <= 20)) {
    throw new RangeError(`Cannot generate: found ${alternatives} alternatives, expected a whole number from 0 to 20`)
  }
  const { config, row } = speaking(options)
  const outline = {
    name: options.name ?? "generate",
    needs: { ...options.slots, id: Schema.String, prompt: Schema.String },
    config,
    callsPerRow: options.n
  }
  const stage =
    alternatives === null
      ? each({
          ...outline,
          gives: Candidates,
          row: (given, { seed }) =>
            Effect.map(row(given, seed), (spoken) =>
              spoken instanceof Rejection ? spoken : { candidates: spoken.candidates }
            )
        })
      : each({
          ...outline,
          gives: { ...Candidates, ...TokenEntropies },
          capabilities: ["topLogProbs"],
          row: (given, { seed }) =>
            Effect.map(row(given, seed, alternatives), (spoken) => {
              if (spoken instanceof Rejection) return spoken
              const { rejections, ...made } = spoken
              return noting(made, rejections)
            })
        })
  return stage as unknown as Stage<
    GenerateNeeds<F>,
    GenerateGives<A>,
    true,
    LanguageModelError | JournalError,
    LanguageModel
  >
}
