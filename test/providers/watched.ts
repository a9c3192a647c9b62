import * as Effect from "effect/Effect"
import type { Provider, ProviderSource } from "../../src/services/LanguageModel.ts"

/** Counts the calls that providers make, all together. */
export const watch = () => {
  let calls = 0
  let inFlight = 0
  let mostAtOnce = 0
  const watched = (source: ProviderSource, latencyMs = 0): ProviderSource =>
    Effect.map(source, (provider): Provider => ({
      ...provider,
      complete: (request) =>
        Effect.suspend(() => {
          calls++
          mostAtOnce = Math.max(mostAtOnce, ++inFlight)
          const answer = provider.complete(request)
          return latencyMs === 0 ? answer : Effect.delay(answer, latencyMs)
        }).pipe(Effect.ensuring(Effect.sync(() => inFlight--)))
    }))
  return { watched, calls: () => calls, mostAtOnce: () => mostAtOnce }
}
