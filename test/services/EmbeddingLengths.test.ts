import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { http } from "../../src/providers/http.ts"
import { EmbeddingLengths } from "../../src/services/EmbeddingLengths.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import { asObject } from "../faults/ServedModel.ts"
import { faultServer } from "../faults/FaultServer.ts"
import { services, temporaryFolder } from "../stages/collect.ts"

const ofLength = (n: number) => ({ vector: Array.from({ length: n }, () => 1), model: "m", usage: null })

/** A server whose embeddings have the length that is planned for their text; others have 3 numbers. */
const serverWith = (lengths: Map<string, number>) =>
  faultServer({
    keepBodies: true,
    plan: ({ body }) => ({
      kind: "answer",
      body: { data: [{ embedding: ofLength(lengths.get(String(asObject(body)["input"])) ?? 3).vector }] }
    })
  })

const embed = (text: string) => LanguageModel.use((model) => model.embed({ text, model: null }))

describe("EmbeddingLengths", () => {
  it("EmbeddingLengths takes the first of each model and number of dimensions for the right one", () => {
    const lengths = new EmbeddingLengths()
    const misfit = (n: number, model: string, dimensions?: number) =>
      lengths.misfit("p", model, { text: "", model: null, dimensions }, ofLength(n))
    assert.deepStrictEqual(
      [misfit(3, "m"), misfit(3, "m"), misfit(2, "other"), misfit(2, "m", 2)],
      [null, null, null, null]
    )
    const error = misfit(2, "m")!
    assert.deepStrictEqual([error.reason, error.model, error.mayBeBilled], ["malformed", "m", true])
    assert.match(
      error.message,
      /an embedding of 2 numbers, expected 3 as in the first one of the run .*--retry-rejects/
    )
    assert.isNotNull(misfit(3, "other"))
    assert.isNull(misfit(3, "m"))
  })

  it.live("EmbeddingLengths fails the odd answer alone, which is asked again where failures are", () =>
    Effect.gen(function* () {
      const journal = path.join(yield* temporaryFolder, "journal.sqlite")
      const lengths = new Map([["odd", 2]])
      const server = yield* serverWith(lengths)
      const provider = http({ model: "m", baseUrl: server.baseUrl, keyVariable: "PREFLOOM_TEST_NO_KEY", maxRetries: 0 })
      const run = (retryFailures: boolean) =>
        Effect.gen(function* () {
          const before = server.requests
          const first = yield* embed("even")
          const odd = yield* Effect.result(embed("odd"))
          yield* embed("even too")
          return { n: first.vector.length, odd: JSON.stringify(odd), asked: server.requests - before }
        }).pipe(Effect.provide(services({ provider, journal, retryFailures })))
      const made = yield* run(false)
      assert.deepStrictEqual([made.n, made.asked], [3, 3])
      assert.match(made.odd, /an embedding of 2 numbers, expected 3 .*"oneRow":true/)
      lengths.clear()
      const again = yield* run(false)
      assert.strictEqual(again.asked, 0)
      assert.match(again.odd, /an embedding of 2 numbers, expected 3/)
      const retried = yield* run(true)
      assert.strictEqual(retried.asked, 1)
      assert.include(retried.odd, '"vector":[1,1,1]')
    })
  )

  it.live("EmbeddingLengths holds kept answers to the same length, and has them asked again where failures are", () =>
    Effect.gen(function* () {
      const journal = path.join(yield* temporaryFolder, "journal.sqlite")
      const lengths = new Map([["odd", 2]])
      const server = yield* serverWith(lengths)
      const provider = http({ model: "m", baseUrl: server.baseUrl, keyVariable: "PREFLOOM_TEST_NO_KEY", maxRetries: 0 })
      const run = <A, E>(asking: Effect.Effect<A, E, LanguageModel>, retryFailures = false) =>
        Effect.provide(asking, services({ provider, journal, retryFailures }))
      // Alone it is the first one.
      assert.lengthOf((yield* run(embed("odd"))).vector, 2)
      const both = Effect.andThen(embed("even"), Effect.result(embed("odd")))
      assert.match(JSON.stringify(yield* run(both)), /an embedding of 2 numbers, expected 3 .*"oneRow":true/)
      // Where there is no better one, the note stays what it was.
      assert.match(JSON.stringify(yield* run(both, true)), /an embedding of 2 numbers, expected 3 .*"oneRow":true/)
      lengths.clear()
      assert.include(JSON.stringify(yield* run(both, true)), '"vector":[1,1,1]')
      assert.strictEqual(server.requests, 4)
    })
  )

  it.live("EmbeddingLengths sends what one server answers at another length to the other server", () =>
    Effect.gen(function* () {
      const good = yield* serverWith(new Map())
      const short = yield* serverWith(new Map(["a", "b", "c", "d"].map((text) => [text, 2])))
      const provider = http({
        model: "m",
        baseUrl: [short.baseUrl, good.baseUrl],
        endpointName: "both",
        keyVariable: "PREFLOOM_TEST_NO_KEY"
      })
      const others = Effect.forEach(["a", "b", "c", "d"], embed, { concurrency: 4 })
      const journal = path.join(yield* temporaryFolder, "journal.sqlite")
      const made = yield* Effect.provide(Effect.andThen(embed("first"), others), services({ provider, journal }))
      assert.deepStrictEqual(
        made.map(({ vector }) => vector.length),
        [3, 3, 3, 3]
      )
      // The first server is the one that is asked where both are idle.
      assert.isAbove(short.requests, 1)
    })
  )
})
