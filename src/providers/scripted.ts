import * as Effect from "effect/Effect"
import { free } from "./free.ts"
import { localLimits } from "./localLimits.ts"
import type { LanguageModelError } from "../services/LanguageModelError.ts"
import type {
  Capability,
  Completion,
  EmbedRequest,
  Provider,
  ProviderSource,
  Request,
  RewardRequest,
  ScoreRequest,
  TokenLogProb
} from "../services/Provider.ts"

/** What a script can do besides completions, and how it is called. */
export interface ScriptedOptions {
  /** Names the script in the journal: answers of another name are not reused. Default "scripted". */
  readonly name?: string
  /** Calls in flight at once. Default 64. */
  readonly concurrency?: number
  /** The tokens of the text with their log-probabilities; gives the script `scoreText` and `scoreChat`. */
  readonly score?: (request: ScoreRequest) => ReadonlyArray<TokenLogProb>
  /** The vector of a text; gives the script `embed`. */
  readonly embed?: (request: EmbedRequest) => ReadonlyArray<number>
  /** The scores of an answer; gives the script `reward`. */
  readonly reward?: (request: RewardRequest) => ReadonlyArray<number>
}

/**
 * Answers from a function: for tests and for trying a pipeline on answers of your own.
 *
 * `answer` returns the text, a whole completion, or an effect of either (to wait or to fail). It has to be a pure function of
 * the request, because an answer is asked for once and then comes from the journal. Prefixes and log-probabilities of samples are
 * the function's own affair: it sees what is asked and may answer it. Its answers cost nothing.
 */
export const scripted = (
  answer: (request: Request) => string | Completion | Effect.Effect<string | Completion, LanguageModelError>,
  options: ScriptedOptions = {}
): ProviderSource => {
  const { concurrency = 64, embed, name = "scripted", reward, score } = options
  const capabilities: ReadonlyArray<Capability> = [
    "seed",
    "prefix",
    "topLogProbs",
    ...(score === undefined ? [] : (["scoreText", "scoreChat"] as const)),
    ...(embed === undefined ? [] : (["embed"] as const)),
    ...(reward === undefined ? [] : (["reward"] as const))
  ]
  const from = (request: { readonly model: string | null }) => ({ model: request.model ?? name, usage: null })
  const provider: Provider = {
    name: "scripted",
    endpoint: name,
    defaultModel: name,
    simulated: true,
    capabilities,
    canonical: (request) => ({ ...request, model: undefined, sampleIndex: undefined }),
    routes: [
      {
        endpoint: name,
        limits: localLimits(concurrency),
        complete: (request) =>
          Effect.suspend(() => {
            const answered = answer(request)
            return Effect.map(Effect.isEffect(answered) ? answered : Effect.succeed(answered), (given) =>
              typeof given === "string"
                ? { text: given, finishReason: "stop" as const, ...from(request), planted: null }
                : given
            )
          }),
        ...(score === undefined
          ? {}
          : { score: (request) => Effect.sync(() => ({ tokens: score(request), ...from(request) })) }),
        ...(embed === undefined
          ? {}
          : { embed: (request) => Effect.sync(() => ({ vector: embed(request), ...from(request) })) }),
        ...(reward === undefined
          ? {}
          : { reward: (request) => Effect.sync(() => ({ scores: reward(request), ...from(request) })) })
      }
    ],
    price: () => free
  }
  return Effect.succeed(provider)
}
