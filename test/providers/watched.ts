import * as Effect from "effect/Effect"
import type { Provider, ProviderSource } from "../../src/services/Provider.ts"

/** Counts the calls that providers make, all together. */
export const watch = () => {
  let calls = 0
  let inFlight = 0
  let mostAtOnce = 0
  const watched = (source: ProviderSource, latencyMs = 0): ProviderSource =>
    Effect.map(source, (provider): Provider => ({
      ...provider,
      routes: provider.routes.map((route) => ({
        ...route,
        complete: (request, call) =>
          Effect.suspend(() => {
            calls++
            mostAtOnce = Math.max(mostAtOnce, ++inFlight)
            const answer = route.complete(request, call)
            return latencyMs === 0 ? answer : Effect.delay(answer, latencyMs)
          }).pipe(Effect.ensuring(Effect.sync(() => inFlight--)))
      }))
    }))
  return { watched, calls: () => calls, mostAtOnce: () => mostAtOnce }
}
