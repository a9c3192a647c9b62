import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { TestClock } from "effect/testing"
import { Run } from "../../src/Run.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { Call, Completion, Limits, Provider, ProviderSource, Request } from "../../src/services/Provider.ts"
import { requestFor } from "../contracts/provider.ts"
import { temporaryFolder } from "../stages/collect.ts"

type Reason = LanguageModelError["reason"]
type Behaviour = (
  prompt: string,
  nth: number,
  call: Call,
  request: Request
) => Reason | LanguageModelError | Partial<Completion>

export const errorOf = (
  reason: Reason,
  more: Partial<Pick<LanguageModelError, "isUnreadable" | "mayBeBilled" | "retryAfterMs">> = {}
) => new LanguageModelError({ reason, provider: "p", model: "m", found: `found ${reason}`, remedy: "none", ...more })

export const wholeCompletion: Completion = {
  text: "yes",
  finishReason: "stop",
  model: "m",
  usage: { promptTokens: 10, completionTokens: 5 },
  planted: null
}

/** A provider whose routes behave as told; each call takes 20 ms, and one whose prompt says "slow" 500 ms. */
export const behaving = (
  behaviours: ReadonlyArray<Behaviour>,
  more: Partial<Provider> & { readonly limits?: Partial<Limits> } = {}
) => {
  const asked: Array<{ readonly route: number; readonly prompt: string }> = []
  const source: ProviderSource = Effect.succeed({
    name: "p",
    endpoint: "here",
    defaultModel: "m",
    simulated: false,
    capabilities: [],
    canonical: ({ messages, seed }) => ({ messages, seed }),
    price: () => ({ inputPerMillion: 1e6, outputPerMillion: 1e6 }),
    ...more,
    routes: behaviours.map((behave, route) => ({
      endpoint: `route ${route}`,
      limits: { concurrency: 8, timeoutMs: 1000, deadlineMs: 60_000, maxRetries: 2, ...more.limits },
      complete: (request, call) =>
        Effect.suspend(() => {
          const prompt = request.messages.at(-1)!.content
          const nth = asked.filter((one) => one.prompt === prompt).length
          asked.push({ route, prompt })
          const outcome = behave(prompt, nth, call, request)
          const error = typeof outcome === "string" ? errorOf(outcome) : outcome
          return Effect.delay(
            error instanceof LanguageModelError
              ? Effect.fail(error)
              : Effect.succeed({ ...wholeCompletion, text: `to ${prompt}`, ...error }),
            prompt.startsWith("slow") ? 500 : 20
          )
        })
    }))
  })
  return { source, asked, prompts: () => asked.map(({ prompt }) => prompt) }
}

export const ask = Effect.fnUntraced(function* (prompt: string, more: Partial<Request> = {}) {
  const model = yield* LanguageModel
  return yield* model.complete(requestFor(prompt, { maxTokens: 5, ...more }))
})

export const journalIn = Effect.map(temporaryFolder, (folder) => path.join(folder, "journal.sqlite"))

/** Lets time pass in steps, with turns of the process's own loop between them, so that what goes on in its own time keeps up. */
export const passing = Effect.fnUntraced(function* (time: Duration.Input) {
  const turn = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
  for (let leftMs = Duration.toMillis(time); leftMs > 0; leftMs -= 5000) {
    yield* TestClock.adjust(Math.min(5000, leftMs))
    yield* Effect.repeat(turn, { times: 20 })
  }
})

/** Asks for many at once, lets the time pass, and gives what came of each. */
export const manyFor = Effect.fnUntraced(function* (time: Duration.Input, prompts = 50) {
  const asking = yield* Effect.forkChild(
    Effect.forEach(
      Array.from({ length: prompts }, (_, i) => `prompt ${i}`),
      (prompt) => Effect.flip(ask(prompt)),
      { concurrency: "unbounded" }
    ),
    { startImmediately: true }
  )
  yield* TestClock.adjust("10 seconds")
  const { problem } = (yield* Run).progress.route("route 0")
  yield* passing(time)
  return { isOver: asking.pollUnsafe() !== undefined, problem, errors: Fiber.join(asking) }
})

/** How many answers and failures a journal holds. */
export const kept = (journal: string) =>
  Effect.sync(() => {
    const database = new DatabaseSync(journal, { readOnly: true })
    const rows = database.prepare("SELECT request, answer, failure FROM calls").all()
    database.close()
    return {
      good: rows.filter(({ failure }) => failure === null).length,
      failures: rows.filter(({ failure }) => failure !== null).length
    }
  })
