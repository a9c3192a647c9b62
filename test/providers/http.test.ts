import * as nodeHttp from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { http } from "../../src/providers/http.ts"
import { openai } from "../../src/providers/openai.ts"
import { providerContract, requestFor } from "../contracts/provider.ts"
import { faultServer } from "../faults/FaultServer.ts"
import { askRoute } from "./askRoute.ts"
import { chatSubject } from "./chatSubject.ts"

const keyVariable = "PREFLOOM_TEST_HTTP_KEY"
const key = "sk-test-http-77c1e0d94b"

beforeAll(() => {
  process.env[keyVariable] = key
})
afterAll(() => {
  delete process.env[keyVariable]
})

providerContract("http", chatSubject(http, keyVariable, key))

describe("http", () => {
  it.live("http sends what the SDK sends, and the key as bearer", () =>
    Effect.gen(function* () {
      const server = yield* faultServer({ keepBodies: true })
      const request = requestFor("one", { topP: 0.9, stop: ["END"], topLogProbs: 2 })
      const answers = yield* Effect.forEach([http, openai], (provider) =>
        Effect.flatMap(provider({ model: "m", baseUrl: server.baseUrl, keyVariable }), (made) =>
          askRoute(made, request)
        )
      )
      assert.deepStrictEqual(answers[0], answers[1])
      const [ours, theirs] = server.seen
      assert.strictEqual(ours!.rawBody, theirs!.rawBody)
      assert.strictEqual(ours!.path, theirs!.path)
      assert.deepInclude(ours!.headers, { authorization: `Bearer ${key}`, "content-type": "application/json" })
    })
  )

  it.live("http opens a connection for each call in flight up to its concurrency, and sends nothing ahead", () =>
    Effect.gen(function* () {
      const server = yield* faultServer({ latencyMs: 30 })
      const provider = yield* http({ model: "m", baseUrl: server.baseUrl, concurrency: 3, keyVariable })
      yield* Effect.forEach(
        Array.from({ length: 9 }, (_, i) => requestFor(`${i}`)),
        (one) => askRoute(provider, one),
        {
          concurrency: "unbounded"
        }
      )
      assert.strictEqual(server.mostAtOnce, 3)
      assert.strictEqual(server.answered, 9)
    })
  )

  it.live("http never sends a call that was interrupted while it waited for a connection", () =>
    Effect.gen(function* () {
      const server = yield* faultServer({ latencyMs: 60 })
      const provider = yield* http({ model: "m", baseUrl: server.baseUrl, concurrency: 1, keyVariable })
      const first = yield* Effect.forkChild(askRoute(provider, requestFor("one")))
      while (server.requests === 0) yield* Effect.sleep(1)
      const second = yield* Effect.forkChild(askRoute(provider, requestFor("two")))
      yield* Effect.sleep(5)
      yield* Fiber.interrupt(second)
      yield* Fiber.join(first)
      yield* askRoute(provider, requestFor("three"))
      assert.strictEqual(server.requests, 2)
    })
  )

  it.live("http closes its connections with the scope", () =>
    Effect.gen(function* () {
      const server = nodeHttp.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
        request.resume()
        request.on("end", () => response.end('{"choices":[{"message":{"content":"yes"}}]}'))
      })
      yield* Effect.acquireRelease(
        Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
        () => Effect.promise(() => new Promise((resolve) => server.close(resolve)))
      )
      const connections = Effect.promise(
        () => new Promise<number>((resolve) => server.getConnections((_, n) => resolve(n)))
      )
      const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
      yield* Effect.scoped(
        Effect.gen(function* () {
          const provider = yield* http({ model: "m", baseUrl, keyVariable })
          assert.strictEqual(yield* connections, 0)
          yield* askRoute(provider, requestFor("one"))
          assert.strictEqual(yield* connections, 1)
        })
      )
      for (let i = 0; i < 100 && (yield* connections) > 0; i++) yield* Effect.sleep(5)
      assert.strictEqual(yield* connections, 0)
    })
  )
})
