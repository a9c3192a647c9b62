import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Candidates } from "../../schemas/Candidate.ts"
import { TokenEntropies } from "../../schemas/TokenEntropy.ts"
import type { JournalError } from "../Journal.ts"
import { noting, Rejection } from "../Rejects.ts"
import type { LanguageModel } from "../services/LanguageModel.ts"
import type { LanguageModelError } from "../services/LanguageModelError.ts"
import { each, type RowOf, type Stage } from "../Stage.ts"
import type { GenerateNeeds } from "./generate.ts"
import { type GenerateOptions, speaking } from "./Speaking.ts"

const gives = { ...Candidates, ...TokenEntropies }

/**
 * Generates candidates and keeps how undecided the model was at each token.
 *
 * `alternatives` are the likeliest tokens that are asked for at each place, 0 to 20, default 20; what they leave of 1 counts as one more (see
 * `tokenEntropy`). Each candidate also has the features `nTokens` and `entropyNats`, the mean. A candidate whose answer came without
 * usable log-probabilities stays and is noted in the rejects. Needs "topLogProbs". All else is as in `generate`.
 */
export const generateWithEntropy = <F extends Schema.Struct.Fields = {}>(
  options: GenerateOptions<F> & { readonly alternatives?: number }
): Stage<GenerateNeeds<F>, RowOf<typeof gives>, true, LanguageModelError | JournalError, LanguageModel> => {
  const { alternatives = 20 } = options
  if (!(Number.isInteger(alternatives) && alternatives >= 0 && alternatives <= 20)) {
    throw new RangeError(`Cannot generate: found ${alternatives} alternatives, expected a whole number from 0 to 20`)
  }
  const { config, row } = speaking(options)
  return each({
    name: options.name ?? "generateWithEntropy",
    needs: { ...options.slots, id: Schema.String, prompt: Schema.String },
    gives,
    config: { ...config, alternatives },
    callsPerRow: options.n,
    capabilities: ["topLogProbs"],
    row: (given, { seed }) =>
      Effect.map(row(given, seed, alternatives), (spoken) => {
        if (spoken instanceof Rejection) return spoken
        const { rejections, ...made } = spoken
        return noting(made, rejections)
      })
  })
}
