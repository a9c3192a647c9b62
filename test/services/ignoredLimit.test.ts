import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Budget, type BudgetCaps } from "../../src/Budget.ts"
import { http } from "../../src/providers/http.ts"
import { Journal } from "../../src/Journal.ts"
import { ignoredLimit } from "../../src/services/ignoredLimit.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { requestFor } from "../contracts/provider.ts"
import { faultServer } from "../faults/FaultServer.ts"
import { services } from "../stages/collect.ts"

const reasonFor = (caps: BudgetCaps, completionTokens: number | null, maxTokens: number | undefined, n = 1) =>
  Effect.runSync(
    Effect.scoped(
      Effect.map(
        scripted(() => "yes"),
        (provider) =>
          ignoredLimit(
            { budget: new Budget(caps, new Map()), provider },
            {
              model: "m",
              filed: Array.from({ length: n }, (_, i) => ({ key: `${i}`, canonical: "{}" })),
              size: { texts: [], maxTokens }
            },
            completionTokens === null ? null : { promptTokens: 1, completionTokens }
          )
      )
    )
  )

describe("ignoredLimit", () => {
  it("ignoredLimit tells of an answer that is longer than was allowed, where that can pass a cap", () => {
    for (const caps of [{ tokens: 1 }, { usd: 1 }, { models: { m: { usd: 1 } } }] satisfies ReadonlyArray<BudgetCaps>) {
      assert.match(reasonFor(caps, 400, 16)!.message, /400 tokens where the request allowed 16.*maxTokensField/)
      assert.isNull(reasonFor(caps, 16, 16))
      assert.isNull(reasonFor(caps, 400, undefined))
      assert.isNull(reasonFor(caps, null, 16))
    }
    assert.isNull(reasonFor({}, 400, 16))
    assert.isNull(reasonFor({ calls: 1 }, 400, 16))
    assert.isNull(reasonFor({ models: { other: { usd: 1 } } }, 400, 16))
  })

  it("ignoredLimit leaves room for tokens that a server may count of itself, for each sample", () => {
    assert.isNull(reasonFor({ tokens: 1 }, 17, 16))
    assert.isNull(reasonFor({ tokens: 1 }, 8 * 18, 8 * 16, 8))
    assert.isNotNull(reasonFor({ tokens: 1 }, 3 * 16, 16, 1))
  })

  for (const [what, usage, caps, most] of [
    [
      "ends the run after few calls where a server ignores the limit",
      { prompt_tokens: 10, completion_tokens: 400 },
      { tokens: 10_000 },
      4 * 410
    ],
    [
      "lets caps hold where a chat template is longer than reckoned",
      { prompt_tokens: 150, completion_tokens: 4 },
      { tokens: 3000 },
      3000
    ]
  ] as const) {
    it.live(`ignoredLimit ${what}`, () =>
      Effect.gen(function* () {
        const body = {
          model: "m",
          choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "yes" } }],
          usage
        }
        const server = yield* faultServer({ latencyMs: 20, plan: () => ({ kind: "answer", body }) })
        const provider = http({
          model: "m",
          baseUrl: server.baseUrl,
          keyVariable: "PREFLOOM_TEST_ABSENT_KEY",
          concurrency: 256
        })
        const [errors, spent] = yield* Effect.gen(function* () {
          const model = yield* LanguageModel
          const failed = yield* Effect.forEach(
            Array.from({ length: 100 }, (_, i) => `question ${i}`),
            (prompt) =>
              Effect.match(model.complete(requestFor(prompt, { maxTokens: 16 })), {
                onFailure: ({ message }) => message,
                onSuccess: () => null
              }),
            { concurrency: "unbounded" }
          )
          return [failed.filter((message) => message !== null), (yield* Journal).spent().get("m")!] as const
        }).pipe(Effect.provide(services({ provider, caps })))
        const tokens = spent.promptTokens + spent.completionTokens
        assert.strictEqual(tokens, spent.calls * (usage.prompt_tokens + usage.completion_tokens))
        assert.isAtMost(tokens, most)
        // The next call would not have fitted, or nobody could tell.
        assert.match(
          errors[0]!,
          most === caps.tokens ? /spent \d+ tokens of 3000/ : /ignores the limit.*maxTokensField/
        )
        if (most === caps.tokens) assert.isAbove(tokens, 0.9 * most)
      })
    )
  }
})
