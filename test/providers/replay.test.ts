import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { openai } from "../../src/providers/openai.ts"
import { replay } from "../../src/providers/replay.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { LanguageModel, LanguageModelError, type Request } from "../../src/services/LanguageModel.ts"
import { providerContract, requestFor } from "../contracts/provider.ts"
import { services } from "../stages/collect.ts"
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
      const error = yield* Effect.flip(provider.complete(requestFor("unknown")))
      assert.strictEqual(error.reason, "notJournaled")
      assert.strictEqual(provider.endpoint, "https://api.openai.com/v1")
    })
  )
})
