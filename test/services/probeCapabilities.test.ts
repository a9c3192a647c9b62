import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { TestClock } from "effect/testing"
import { type EndpointOptions, vllmCapabilities } from "../../src/providers/Endpoint.ts"
import { http } from "../../src/providers/http.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { mostProbes, type Probe, probeCapabilities } from "../../src/services/probeCapabilities.ts"
import type { Provider, Route } from "../../src/services/Provider.ts"
import type { Fault, Plan } from "../faults/Fault.ts"
import { faultServer } from "../faults/FaultServer.ts"
import { asObject } from "../faults/ServedModel.ts"
import { behaving } from "./behaving.ts"

/** What a server that fails by a plan is found to do; one that answers as a model does what each question wants. */
const probed = Effect.fnUntraced(function* (plan: Plan, options: Partial<EndpointOptions> = {}) {
  const server = yield* faultServer({
    keepBodies: true,
    plan: (seen) => plan(seen) ?? (asObject(seen.body)["response_format"] === undefined ? null : fitting)
  })
  const provider = yield* http({
    model: "m",
    baseUrl: server.baseUrl,
    keyVariable: "PREFLOOM_TEST_ABSENT_KEY",
    capabilities: vllmCapabilities,
    ...options
  })
  return { probes: yield* probeCapabilities(provider, allOf(provider)), provider, server }
})

/** A question for a completion and for each capability. */
const allOf = ({ capabilities, defaultModel: model }: Pick<Provider, "capabilities" | "defaultModel">) =>
  (["completion", ...capabilities] as const).map((asked) => ({ asked, model }))

const fitting: Fault = { kind: "answer", text: '{"wet": true}' }

const failed = (probes: ReadonlyArray<Probe>) =>
  Object.fromEntries(probes.flatMap(({ asked, problem }) => (problem === null ? [] : [[asked, problem]])))

describe("probeCapabilities", () => {
  it.live("probeCapabilities finds that all works, with one small question for each capability", () =>
    Effect.gen(function* () {
      const { probes, provider, server } = yield* probed(() => null)
      assert.deepStrictEqual(failed(probes), {})
      assert.deepStrictEqual(
        probes.map(({ asked }) => asked),
        ["completion", ...vllmCapabilities]
      )
      assert.strictEqual(probes.length, mostProbes(provider, allOf(provider)))
      // Scoring behind messages takes a second request, which counts the tokens before the text.
      assert.strictEqual(server.requests, probes.length + 1)
      for (const { endpoint, ms } of probes) {
        assert.strictEqual(endpoint, server.baseUrl)
        assert.isAtLeast(ms!, 0)
      }
      for (const { body, rawBody } of server.seen) {
        assert.isBelow(rawBody.length, 700)
        assert.isAtMost(Number(asObject(body)["max_completion_tokens"] ?? asObject(body)["max_tokens"] ?? 0), 64)
      }
    })
  )

  it.live("probeCapabilities names what fails, and goes on", () =>
    Effect.gen(function* () {
      const { probes } = yield* probed(({ body, path }) => {
        if (path === "/v1/embeddings") return { kind: "status", status: 404 }
        if (path === "/tokenize") return { kind: "wrongContentType" }
        if (path === "/pooling") return { kind: "drop", bytes: 0 }
        return "seed" in asObject(body)
          ? { kind: "status", status: 400, body: { error: { message: "no seeds" } } }
          : null
      })
      const problems = failed(probes)
      assert.sameMembers(Object.keys(problems), ["seed", "embed", "scoreChat", "reward"])
      assert.match(problems["seed"]!, /^status 400, no seeds; /)
      for (const { problem, refused } of probes) assert.strictEqual(refused, problem !== null)
      assert.match(problems["embed"]!, /404/)
      assert.match(problems["scoreChat"]!, /no JSON/)
      assert.strictEqual(probes.length, 1 + vllmCapabilities.length)
    })
  )

  it.live("probeCapabilities sees through a server that answers and does not do what it was asked", () =>
    Effect.gen(function* () {
      const body = {
        choices: [{ finish_reason: "stop", message: { content: "Answer: yes." }, logprobs: null }]
      }
      const { probes } = yield* probed(() => ({ kind: "answer", body }))
      assert.sameMembers(Object.keys(failed(probes)), [
        "jsonSchema",
        "samples",
        "prefix",
        "topLogProbs",
        "scoreText",
        "scoreChat",
        "embed",
        "reward"
      ])
      for (const asked of ["jsonSchema", "samples", "prefix", "topLogProbs"]) {
        assert.isFalse(probes.find((probe) => probe.asked === asked)!.refused, asked)
      }
    })
  )

  it.live("probeCapabilities says that nothing is shown where a model's tokens ended before its answer began", () =>
    Effect.gen(function* () {
      const body = { choices: [{ finish_reason: "length", message: { content: "" } }] }
      const { probes } = yield* probed(() => ({ kind: "answer", body }), {
        capabilities: ["seed", "jsonSchema", "prefix", "topLogProbs"]
      })
      assert.deepStrictEqual(failed(probes), {})
      const doubted = probes.filter(({ doubt }) => doubt !== null)
      assert.deepStrictEqual(
        doubted.map(({ asked }) => asked),
        ["jsonSchema", "prefix", "topLogProbs"]
      )
      for (const { doubt } of doubted) assert.match(doubt!, /^the answer is empty; .* more tokens/)
    })
  )

  it.live("probeCapabilities asks each model for what it is asked about alone", () =>
    Effect.gen(function* () {
      const server = yield* faultServer({
        keepBodies: true,
        plan: ({ body }) => (asObject(body)["model"] === "typo" ? { kind: "status", status: 404 } : null)
      })
      const provider = yield* http({ model: "m", baseUrl: server.baseUrl, capabilities: ["embed", "reward"] })
      const probes = yield* probeCapabilities(provider, [
        { asked: "completion", model: "m" },
        { asked: "embed", model: "small" },
        { asked: "reward", model: "typo" }
      ])
      assert.deepStrictEqual(
        probes.map(({ asked, model, refused }) => [asked, model, refused]),
        [
          ["completion", "m", false],
          ["embed", "small", false],
          ["reward", "typo", true]
        ]
      )
      assert.deepStrictEqual(
        server.seen.map(({ body }) => asObject(body)["model"]),
        ["m", "small", "typo"]
      )
    })
  )

  it.live("probeCapabilities gives up a question at the endpoint's time-out", () =>
    Effect.gen(function* () {
      const { probes } = yield* probed(() => ({ kind: "late", ms: 2 ** 31 }), { capabilities: [], timeoutMs: 60 })
      assert.deepStrictEqual(failed(probes), { completion: "no answer within 0.06 s" })
      assert.isAtLeast(probes[0]!.ms!, 55)
    })
  )

  it.effect("probeCapabilities waits 30 s for an answer and asks an endpoint no more that gives none", () =>
    Effect.gen(function* () {
      const provider = yield* behaving([() => "overloaded", () => ({ text: "never" })], {
        limits: { timeoutMs: 120_000 }
      }).source
      const asked: Array<string> = []
      const routes = provider.routes.map((route, i): Route => ({
        ...route,
        complete: (request, call) => {
          asked.push(`${i} ${request.model}`)
          return i === 1 ? Effect.never : route.complete(request, call)
        }
      }))
      const fiber = yield* Effect.forkChild(
        probeCapabilities(
          { routes },
          ["m", "n"].map((model) => ({ asked: "completion", model }) as const)
        )
      )
      yield* TestClock.adjust(29_999)
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust(1)
      const probes = yield* Fiber.join(fiber)
      assert.deepStrictEqual(asked.toSorted(), ["0 m", "0 n", "1 m"])
      assert.deepStrictEqual(
        probes.map(({ ms, problem, refused }) => [ms, problem, refused]),
        [
          [20, "found overloaded; none", true],
          [20, "found overloaded; none", true],
          [30_000, "no answer within 30 s", true],
          [null, null, true]
        ]
      )
      assert.match(probes[3]!.doubt!, /^not asked, because this endpoint left an earlier question/)
    })
  )

  it.live("probeCapabilities asks every endpoint", () =>
    Effect.gen(function* () {
      const good = yield* faultServer()
      const bad = yield* faultServer({ plan: () => ({ kind: "status", status: 500 }) })
      const provider = yield* http({
        model: "m",
        baseUrl: [good.baseUrl, bad.baseUrl],
        endpointName: "both",
        capabilities: ["seed"]
      })
      const probes = yield* probeCapabilities(provider, allOf(provider))
      assert.deepStrictEqual(
        probes.map(({ asked, endpoint, problem }) => [asked, endpoint, problem === null]),
        [
          ["completion", good.baseUrl, true],
          ["seed", good.baseUrl, true],
          ["completion", bad.baseUrl, false],
          ["seed", bad.baseUrl, false]
        ]
      )
    })
  )

  it.live("probeCapabilities says which declared function is missing, and what a defect says", () =>
    Effect.gen(function* () {
      const provider = yield* scripted(() => {
        throw new Error("a broken script")
      })
      const capabilities = ["samples", "embed", "reward", "scoreText"] as const
      const probes = yield* probeCapabilities(provider, allOf({ ...provider, capabilities }))
      assert.strictEqual(failed(probes)["completion"], "a broken script")
      for (const asked of ["samples", "embed", "reward", "scoreText"]) {
        assert.match(failed(probes)[asked]!, /declares it but has no function/)
      }
    })
  )
})
