import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Journal } from "../../src/Journal.ts"
import type { Pipeline } from "../../src/Pipeline.ts"
import { Run } from "../../src/Run.ts"
import type { LanguageModel } from "../../src/services/LanguageModel.ts"
import type {
  EmbedRequest,
  Provider,
  ProviderSource,
  Request,
  RewardRequest,
  Route,
  ScoreRequest
} from "../../src/services/Provider.ts"
import { type CollectOptions, services } from "../stages/collect.ts"

/** What a recipe was asked for while it ran, in the order of the calls; an answer that is used twice was asked for once. */
interface Asked {
  readonly requests: Array<Request>
  readonly scoreRequests: Array<ScoreRequest>
  readonly embedRequests: Array<EmbedRequest>
  readonly rewardRequests: Array<RewardRequest>
}

const noted = (provider: Provider, asked: Asked): Provider => ({
  ...provider,
  routes: provider.routes.map(({ complete, embed, reward, samples, score, ...route }): Route => {
    const listening =
      <Of, Rest extends ReadonlyArray<unknown>, Answer>(list: Array<Of>, ask: (request: Of, ...rest: Rest) => Answer) =>
      (request: Of, ...rest: Rest): Answer => {
        list.push(request)
        return ask(request, ...rest)
      }
    return {
      ...route,
      complete: listening(asked.requests, complete),
      ...(samples === undefined ? {} : { samples: listening(asked.requests, samples) }),
      ...(score === undefined ? {} : { score: listening(asked.scoreRequests, score) }),
      ...(embed === undefined ? {} : { embed: listening(asked.embedRequests, embed) }),
      ...(reward === undefined ? {} : { reward: listening(asked.rewardRequests, reward) })
    }
  })
})

/**
 * Runs a recipe without its sink on a scripted or simulated model, in memory, in a fresh temporary folder.
 *
 * Gives the rows, what was rejected and why, the findings by stage key, the counts of each stage, and every request in the order of the
 * calls. Files of `data/` are found from the root of the project. Without a provider, a call fails the test.
 */
export const runRecipe = <Row, E>(
  pipeline: Pipeline<Row, E, Run | LanguageModel | Journal>,
  provider?: ProviderSource,
  options: Omit<CollectOptions, "provider"> = {}
) =>
  Effect.suspend(() => {
    const asked: Asked = { requests: [], scoreRequests: [], embedRequests: [], rewardRequests: [] }
    return Effect.gen(function* () {
      const run = yield* Run
      const batches = yield* Stream.runCollect(pipeline.batches)
      return {
        rows: batches.flatMap((batch) => batch.rows),
        rejects: [...run.rejects.entries()],
        findings: new Map(run.findings.entries()),
        progress: run.progress,
        ...asked
      }
    }).pipe(
      Effect.provide(
        services({
          ...options,
          ...(provider === undefined ? {} : { provider: Effect.map(provider, (started) => noted(started, asked)) })
        })
      )
    )
  })
