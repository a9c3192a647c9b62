import * as Effect from "effect/Effect"
import { localLimits } from "./localLimits.ts"
import type { LanguageModelError } from "../services/LanguageModelError.ts"
import type { Completion, Provider, ProviderSource, Request } from "../services/Provider.ts"

/**
 * Answers from a function: for tests and for trying a pipeline on answers of your own.
 *
 * `answer` returns the text, a whole completion, or an effect of either (to wait or to fail). It has to be a pure function of
 * the request, because an answer is asked for once and then comes from the journal.
 */
export const scripted = (
  answer: (request: Request) => string | Completion | Effect.Effect<string | Completion, LanguageModelError>,
  options: {
    /** Names the script in the journal: answers of another name are not reused. Default "scripted". */
    readonly name?: string
    /** Calls in flight at once. Default 64. */
    readonly concurrency?: number
  } = {}
): ProviderSource => {
  const name = options.name ?? "scripted"
  const provider: Provider = {
    name: "scripted",
    endpoint: name,
    defaultModel: name,
    simulated: true,
    capabilities: ["seed"],
    canonical: (request) => ({ ...request, model: undefined, sampleIndex: undefined }),
    routes: [
      {
        endpoint: name,
        limits: localLimits(options.concurrency ?? 64),
        complete: (request) =>
          Effect.suspend(() => {
            const answered = answer(request)
            return Effect.map(Effect.isEffect(answered) ? answered : Effect.succeed(answered), (given) =>
              typeof given === "string"
                ? {
                    text: given,
                    finishReason: "stop" as const,
                    model: request.model ?? name,
                    usage: null,
                    planted: null
                  }
                : given
            )
          })
      }
    ],
    price: () => null
  }
  return Effect.succeed(provider)
}
