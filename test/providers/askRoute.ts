import * as Effect from "effect/Effect"
import type { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { Call, Completion, Provider, Request } from "../../src/services/Provider.ts"

/** A call outside any run: nobody listens and nothing outlives it. */
export const loneCall: Call = {
  key: "0".repeat(64),
  heard: () => {},
  note: () => undefined,
  writeNote: () => Effect.void,
  leaves: () => Effect.void,
  cancelled: () => {}
}

/** One try of the first route of a provider, without the service round it. */
export const askRoute = (provider: Provider, request: Request): Effect.Effect<Completion, LanguageModelError> =>
  Effect.catchTag(provider.routes[0]!.complete(request, loneCall), "JournalError", Effect.die)
