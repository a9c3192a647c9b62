import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { scripted } from "../../src/providers/scripted.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { Completion, Request } from "../../src/services/Provider.ts"
import { providerContract, requestFor } from "../contracts/provider.ts"
import { services } from "../stages/collect.ts"
import { watch } from "./watched.ts"

const endings = ["stop", "length", "contentFilter", "refusal", "other"] as const

const answer = (request: Request): string | Completion | Effect.Effect<string, LanguageModelError> => {
  const { prompt } = request.task
  if (prompt === "fail") {
    return Effect.fail(
      new LanguageModelError({
        reason: "badRequest",
        provider: "scripted",
        model: "m",
        found: "asked to",
        remedy: "none"
      })
    )
  }
  const ending = endings.find((reason) => prompt === `end with ${reason}`)
  const text = `answer to ${prompt}, sample ${request.sampleIndex}`
  return ending === undefined ? text : { text, finishReason: ending, model: "m", usage: null, planted: null }
}

providerContract("scripted", {
  make: (setup) =>
    Effect.sync(() => {
      const { calls, mostAtOnce, watched } = watch()
      const concurrency = setup.concurrency ?? 64
      return {
        source: watched(scripted(answer, { concurrency }), setup.latencyMs),
        elsewhere: watched(scripted(answer, { concurrency, name: "another" }), setup.latencyMs),
        calls,
        mostAtOnce
      }
    }),
  secrets: [],
  endings: endings.map((ending) => [requestFor(`end with ${ending}`), ending] as const),
  failing: requestFor("fail")
})

describe("scripted", () => {
  it.live("scripted is asked under a cap of no money at all", () =>
    Effect.gen(function* () {
      const { text } = yield* Effect.flatMap(LanguageModel, (model) =>
        model.complete({ ...requestFor("one"), maxTokens: 100 })
      ).pipe(Effect.provide(services({ provider: scripted(answer), caps: { usd: 0 } })))
      assert.strictEqual(text, "answer to one, sample 0")
    })
  )
})
