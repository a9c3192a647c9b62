import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { BudgetCaps } from "../../src/Budget.ts"
import { Journal } from "../../src/Journal.ts"
import { vllmCapabilities } from "../../src/providers/Endpoint.ts"
import { openai } from "../../src/providers/openai.ts"
import { record } from "../../src/providers/record.ts"
import { replay } from "../../src/providers/replay.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { ProviderSource, Request } from "../../src/services/Provider.ts"
import { providerContract, requestFor } from "../contracts/provider.ts"
import { askRoute } from "./askRoute.ts"
import { faultServer } from "../faults/FaultServer.ts"
import { services, temporaryFolder } from "../stages/collect.ts"
import { watch } from "./watched.ts"

const answer = (request: Request) => {
  const text = `answer to ${request.task.prompt}, sample ${request.sampleIndex}`
  const finishReason = request.task.prompt === "cut" ? ("length" as const) : ("stop" as const)
  return { text, finishReason, model: "m", usage: { promptTokens: 1, completionTokens: 2 }, planted: null }
}

providerContract("replay", {
  make: (setup) =>
    Effect.sync(() => {
      const { calls, mostAtOnce, watched } = watch()
      const concurrency = setup.concurrency ?? 64
      const source = watched(scripted(answer, { concurrency }), setup.latencyMs)
      const elsewhere = watched(scripted(answer, { concurrency, name: "another" }), setup.latencyMs)
      const filledBy = { source, elsewhere }
      return { source: replay(source), elsewhere: replay(elsewhere), filledBy, calls, mostAtOnce }
    }),
  secrets: [],
  endings: [
    [requestFor("whole"), "stop"],
    [requestFor("cut"), "length"]
  ],
  failing: requestFor("never asked")
})

providerContract("replay of a file", {
  make: (setup) =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "answers.jsonl")
      const { calls, mostAtOnce, watched } = watch()
      const concurrency = setup.concurrency ?? 64
      const source = watched(scripted(answer, { concurrency }), setup.latencyMs)
      const elsewhere = watched(scripted(answer, { concurrency, name: "another" }), setup.latencyMs)
      const filledBy = { source: record(source, file), elsewhere: record(elsewhere, file) }
      return { source: replay(source, file), elsewhere: replay(elsewhere, file), filledBy, calls, mostAtOnce }
    }),
  secrets: [],
  endings: [
    [requestFor("whole"), "stop"],
    [requestFor("cut"), "length"]
  ],
  failing: requestFor("never asked")
})

/** Uses a model with a journal of its own, so that the journal answers nothing. */
const use = <A, E>(provider: ProviderSource, asked: (model: LanguageModel["Service"]) => Effect.Effect<A, E>) =>
  Effect.flatMap(LanguageModel, asked).pipe(Effect.provide(services({ provider })))

const recording = Effect.map(temporaryFolder, (folder) => path.join(folder, "answers.jsonl"))

describe("replay", () => {
  it.effect("replay says what the journal lacks and makes no call", () =>
    Effect.gen(function* () {
      const { calls, watched } = watch()
      const error = yield* Effect.gen(function* () {
        const model = yield* LanguageModel
        return yield* Effect.flip(model.complete(requestFor("unknown", { sampleIndex: 3 })))
      }).pipe(Effect.provide(services({ provider: replay(watched(scripted(answer))) })))
      assert.strictEqual(error instanceof LanguageModelError && error.reason, "notJournaled")
      assert.match(error.message, /no answer to this generate request \(sample 3\).*run once without replay/)
      assert.strictEqual(calls(), 0)
    })
  )

  it.effect("replay needs neither key nor server of the provider it stands for", () =>
    Effect.gen(function* () {
      const provider = yield* replay(openai({ model: "m", keyVariable: "PREFLOOM_TEST_ABSENT_KEY" }))
      const error = yield* Effect.flip(askRoute(provider, requestFor("unknown")))
      assert.strictEqual(error.reason, "notJournaled")
      assert.strictEqual(provider.endpoint, "https://api.openai.com/v1")
    })
  )

  it.effect("replay answers from a recording what record has asked, errors of single requests included", () =>
    Effect.gen(function* () {
      const file = yield* recording
      const { calls, watched } = watch()
      const source = watched(
        scripted((request) =>
          request.task.prompt === "filtered"
            ? Effect.fail(
                new LanguageModelError({
                  reason: "contentFilter",
                  provider: "scripted",
                  model: "scripted",
                  found: "it was filtered",
                  remedy: "none"
                })
              )
            : answer(request)
        )
      )
      const requests = ["one", "cut", "filtered"].map((prompt) => requestFor(prompt, { model: "other" }))
      const outcomes = (provider: ProviderSource) =>
        use(provider, (model) => Effect.forEach(requests, (request) => Effect.result(model.complete(request))))
      const recorded = yield* outcomes(record(source, file))
      const before = calls()
      const replayed = yield* outcomes(replay(source, file))
      assert.strictEqual(calls(), before)
      assert.deepStrictEqual(replayed.slice(0, 2), recorded.slice(0, 2))
      const [was, is] = [recorded[2]!, replayed[2]!].map((result) =>
        Result.isFailure(result) && result.failure instanceof LanguageModelError ? result.failure : assert.fail()
      )
      assert.deepInclude(is!, { reason: was!.reason, found: was!.found, remedy: was!.remedy })
    })
  )

  it.live("replay answers scores, embeddings and rewards from a recording, bit for bit", () =>
    Effect.gen(function* () {
      const server = yield* faultServer()
      const file = yield* recording
      const source = openai({
        model: "served-model",
        baseUrl: server.baseUrl,
        keyVariable: "PREFLOOM_TEST_ABSENT_KEY",
        capabilities: vllmCapabilities
      })
      const others = (model: LanguageModel["Service"]) =>
        Effect.all([
          model.score({ context: "Once upon", text: " a time", model: null }),
          model.embed({ text: "a time", model: null }),
          model.reward({ messages: [{ role: "user", content: "Once?" }], text: "Upon a time.", model: null })
        ])
      const recorded = yield* use(record(source, file), others)
      const nRequests = server.requests
      assert.deepStrictEqual(yield* use(replay(source, file), others), recorded)
      assert.strictEqual(server.requests, nRequests)
      const error = yield* Effect.flip(
        use(replay(source, file), (model) => model.embed({ text: "another time", model: null }))
      )
      assert.match(error.message, /answers\.jsonl" has no answer to this embed request; run once with record/)
      const unfiled = yield* Effect.flip(use(replay(source), (model) => model.embed({ text: "a time", model: null })))
      assert.match(unfiled.message, /the journal has no answer to this embed request; run once without replay/)
    })
  )

  it.effect("replay costs nothing, so that a cap of money holds no recording back", () =>
    Effect.gen(function* () {
      const file = yield* recording
      const source = Effect.map(scripted(answer), (provider) => ({
        ...provider,
        price: () => ({ inputPerMillion: 1e6, outputPerMillion: 1e6 })
      }))
      const spent = (provider: ProviderSource, caps: BudgetCaps) =>
        Effect.gen(function* () {
          const model = yield* LanguageModel
          yield* model.complete(requestFor("one", { maxTokens: 1 }))
          return (yield* Journal).spent().get("scripted")
        }).pipe(Effect.provide(services({ provider, caps })))
      assert.deepInclude(yield* spent(record(source, file), {}), { calls: 1, costUsd: 3 })
      assert.deepInclude(yield* spent(replay(source, file), { usd: 1 }), { calls: 1, completionTokens: 2, costUsd: 0 })
    })
  )

  it.effect("replay takes a line for the request that it holds now, and the last of two lines", () =>
    Effect.gen(function* () {
      const file = yield* recording
      const source = scripted(answer)
      yield* use(record(source, file), (model) => model.complete(requestFor("one")))
      const line = fs.readFileSync(file, "utf8")
      const replayed = (prompt: string) =>
        use(replay(source, file), (model) => Effect.result(model.complete(requestFor(prompt))))
      fs.writeFileSync(file, line.replaceAll('"one"', '"two"'))
      assert.isTrue(Result.isFailure(yield* replayed("one")))
      const moved = yield* replayed("two")
      assert.strictEqual(Result.isSuccess(moved) && moved.success.text, "answer to one, sample 0")
      fs.writeFileSync(file, line + line.replace("answer to one", "better answer to one"))
      const last = yield* replayed("one")
      assert.strictEqual(Result.isSuccess(last) && last.success.text, "better answer to one, sample 0")
    })
  )

  it.effect("replay says what is wrong with a recording", () =>
    Effect.gen(function* () {
      const file = yield* recording
      const problem = Effect.map(
        Effect.flip(use(replay(scripted(answer), file), (model) => model.complete(requestFor("one")))),
        (error) => error.message
      )
      assert.match(yield* problem, /the recording cannot be read: ENOENT/)
      fs.writeFileSync(file, '\n{"request":{},"answer":1}\n{"request":{}}\n')
      assert.match(yield* problem, /line 3 of ".*answers\.jsonl" is no recorded answer/)
    })
  )
})
