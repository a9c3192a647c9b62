import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { canonicalJson } from "../../src/canonicalJson.ts"
import { vllmCapabilities } from "../../src/providers/Endpoint.ts"
import { http } from "../../src/providers/http.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import { scoringCanonical } from "../../src/services/scoringCanonical.ts"
import { faultServer } from "../faults/FaultServer.ts"
import { services, temporaryFolder } from "../stages/collect.ts"

const messages = [{ role: "user" as const, content: "question" }]

describe("scoringCanonical", () => {
  it.effect("scoringCanonical adds nothing where the provider's settings are the usual ones", () =>
    Effect.gen(function* () {
      const provider = yield* http({
        model: "m",
        baseUrl: "http://localhost:1/v1",
        rewardPath: "/pooling",
        extraBody: {}
      })
      assert.strictEqual(
        canonicalJson(scoringCanonical(provider, "reward", { messages, text: "a", model: null })),
        '{"endpoint":"http://localhost:1/v1","kind":"reward","model":"m","provider":"http",' +
          '"request":{"messages":[{"content":"question","role":"user"}],"text":"a"}}'
      )
    }).pipe(Effect.scoped)
  )

  it.live("scoringCanonical tells answers apart that other settings of the provider decided", () =>
    Effect.gen(function* () {
      const server = yield* faultServer({ classes: 2, keepBodies: true })
      const journal = path.join(yield* temporaryFolder, "journal.sqlite")
      /** Asks for one answer of each kind, and says which of them went to the server. */
      const askedWith = (options: Partial<Parameters<typeof http>[0]>) => {
        const before = server.seen.length
        const provider = http({
          model: "m",
          baseUrl: server.baseUrl,
          keyVariable: "PREFLOOM_TEST_ABSENT_KEY",
          capabilities: vllmCapabilities,
          ...options
        })
        const all = Effect.gen(function* () {
          const model = yield* LanguageModel
          yield* model.reward({ messages, text: "answer", model: null })
          yield* model.score({ context: messages, text: "answer", model: null })
          yield* model.score({ context: "question ", text: "answer", model: null })
          yield* model.embed({ text: "question", model: null })
          return server.seen.slice(before).map(({ path: asked }) => asked)
        })
        return Effect.provide(all, services({ provider, journal }))
      }
      const chat = ["/tokenize", "/v1/chat/completions"]
      assert.deepStrictEqual(yield* askedWith({}), ["/pooling", ...chat, "/v1/completions", "/v1/embeddings"])
      assert.deepStrictEqual(yield* askedWith({ rewardPath: "/classify" }), ["/classify"])
      assert.deepStrictEqual(yield* askedWith({ rewardPath: "/score" }), ["/score"])
      assert.deepStrictEqual(yield* askedWith({ extraBody: { chat_template: "x" } }), chat)
      assert.deepStrictEqual(yield* askedWith({ extraBody: { chat_template: "y" } }), chat)
      assert.deepStrictEqual(yield* askedWith({ rewardPath: "/classify", extraBody: { chat_template: "x" } }), [])
    })
  )
})
