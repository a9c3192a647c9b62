import * as Effect from "effect/Effect"
import { LanguageModelError, type ProviderSource } from "../services/LanguageModel.ts"

/**
 * Answers from the journal alone: a request that was never answered is an error and no call is made.
 *
 * Takes the provider whose answers are wanted, because the journal files answers under provider, endpoint and request. Needs
 * no key and no network.
 */
export const replay = (source: ProviderSource): ProviderSource =>
  Effect.map(source, (provider) => ({
    ...provider,
    complete: (request) =>
      Effect.fail(
        new LanguageModelError({
          reason: "notJournaled",
          provider: provider.name,
          model: request.model ?? provider.defaultModel,
          found: `the journal has no answer to this ${request.task.kind} request (sample ${request.sampleIndex})`,
          remedy: "run once without replay to ask for what is missing"
        })
      )
  }))
