import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Candidates } from "../../schemas/Candidate.ts"
import type { JournalError } from "../Journal.ts"
import { Rejection } from "../Rejects.ts"
import type { LanguageModel } from "../services/LanguageModel.ts"
import type { LanguageModelError } from "../services/LanguageModelError.ts"
import { each, type RowOf, type Stage } from "../Stage.ts"
import { type GenerateOptions, speaking } from "./Speaking.ts"

export type { GenerateOptions, Speaker } from "./Speaking.ts"

/** What `generate` reads of a row: the prompt, and the columns named as slots. */
export type GenerateNeeds<F extends Schema.Struct.Fields> = { readonly id: string; readonly prompt: string } & RowOf<F>

/**
 * Asks for `n` candidates per prompt, going round models and personas, or speakers.
 *
 * Candidate `i` comes from combination `i mod (models × personas)`, or from speaker `i mod speakers`; samples of one are told apart by
 * their sample index and seed, and asked for in one call where the provider can. With `seeds` every sample is a call of its own. Speakers with a `tier`
 * make an order by construction; templates read further columns that are named as `slots`. Every answer is kept, with its finish reason; an empty one stays as an empty text that no pairing rule takes.
 * A prompt that the server's filter refuses, or that is too long, becomes a reject. Costs at most `n` calls a row.
 */
export const generate = <F extends Schema.Struct.Fields = {}>(
  options: GenerateOptions<F>
): Stage<GenerateNeeds<F>, RowOf<typeof Candidates>, true, LanguageModelError | JournalError, LanguageModel> => {
  const { config, row } = speaking(options)
  return each({
    name: options.name ?? "generate",
    needs: { ...options.slots, id: Schema.String, prompt: Schema.String },
    gives: Candidates,
    config,
    callsPerRow: options.n,
    row: (given, { seed }) =>
      Effect.map(row(given, seed), (spoken) =>
        spoken instanceof Rejection ? spoken : { candidates: spoken.candidates }
      )
  })
}
