import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, beforeAll, describe, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { Prompt } from "../../schemas/Prompt.ts"
import { Journal } from "../../src/Journal.ts"
import { bodies } from "../../src/providers/Bodies.ts"
import type { EndpointOptions } from "../../src/providers/Endpoint.ts"
import { openai } from "../../src/providers/openai.ts"
import { Run } from "../../src/Run.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import { type LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { Completion, Request } from "../../src/services/Provider.ts"
import { generate } from "../../src/stages/generate.ts"
import { providerContract, requestFor } from "../contracts/provider.ts"
import { faultServer } from "../faults/FaultServer.ts"
import { askRoute } from "./askRoute.ts"
import { pipelineOf, temporaryFolder } from "../stages/collect.ts"
import { chatSubject, choice, endings, promptOf } from "./chatSubject.ts"
import { chatCompletion, chatServer, type Reply, type SeenRequest } from "./chatServer.ts"

const keyVariable = "PREFLOOM_TEST_KEY"
const key = "sk-test-4f9a8d2e7c61b350"

beforeAll(() => {
  process.env[keyVariable] = key
})
afterAll(() => {
  delete process.env[keyVariable]
})

const endWith = (prompt: string) => (): Reply => ({ body: chatCompletion("", endings[prompt]![1]) })

providerContract("openai", chatSubject(openai, keyVariable, key))

/** Asks a server that answers with `reply`, and returns how it went together with what the server saw. */
const exchange = Effect.fnUntraced(function* (
  reply: (request: SeenRequest, index: number) => Reply,
  options: Partial<EndpointOptions> = {},
  request: Request = requestFor("one")
) {
  const server = yield* chatServer(reply)
  const provider = yield* openai({
    model: "m",
    baseUrl: server.baseUrl,
    keyVariable,
    ...options
  })
  const result = yield* Effect.result(askRoute(provider, request))
  return { result, requests: server.requests }
})

const failureOf = (result: Result.Result<Completion, LanguageModelError>): LanguageModelError => {
  assert.isTrue(Result.isFailure(result))
  return Result.isFailure(result) ? result.failure : assert.fail()
}

const answerOf = (result: Result.Result<Completion, LanguageModelError>): Completion =>
  Result.isSuccess(result) ? result.success : assert.fail(result.failure.message)

const problem = (status: number, code: string | null = null, message = "no"): Reply => ({
  status,
  headers: { "retry-after-ms": "5" },
  body: { error: { message, type: null, param: null, code } }
})

describe("openai", () => {
  it.live("openai sends model, messages, parameters and a strict answer schema, and the key as bearer", () =>
    Effect.gen(function* () {
      const request = requestFor("one", { topP: 0.9, stop: ["END"], model: "other-model" })
      const { requests } = yield* exchange(() => ({ body: chatCompletion("yes") }), {}, request)
      assert.strictEqual(requests[0]!.path, "/v1/chat/completions")
      assert.strictEqual(requests[0]!.headers.authorization, `Bearer ${key}`)
      assert.deepStrictEqual(requests[0]!.body, {
        model: "other-model",
        messages: [
          { role: "system", content: "Answer briefly." },
          { role: "user", content: "one" }
        ],
        temperature: 0.5,
        top_p: 0.9,
        max_completion_tokens: 100,
        seed: 7,
        stop: ["END"],
        response_format: {
          type: "json_schema",
          json_schema: {
            name: "shape",
            strict: true,
            schema: { type: "object", properties: { a: { type: "string" } }, required: ["a"] }
          }
        }
      })
    })
  )

  it.live("openai sends no field that was not asked for, and names the token limit as told", () =>
    Effect.gen(function* () {
      const bare: Request = {
        task: { kind: "generate", prompt: "one", persona: null },
        messages: [{ role: "user", content: "one" }],
        model: null,
        sampleIndex: 0,
        maxTokens: 9
      }
      const { requests } = yield* exchange(
        () => ({ body: chatCompletion("yes") }),
        { maxTokensField: "max_tokens" },
        bare
      )
      assert.deepStrictEqual(requests[0]!.body, {
        model: "m",
        messages: [{ role: "user", content: "one" }],
        max_tokens: 9
      })
    })
  )

  it.live("openai reads text, model and usage, and takes missing or partial usage as unknown", () =>
    Effect.gen(function* () {
      const full = yield* exchange(() => ({ body: chatCompletion("yes") }))
      assert.deepStrictEqual(answerOf(full.result), {
        text: "yes",
        finishReason: "stop",
        model: "served-model",
        usage: { promptTokens: 3, completionTokens: 5 },
        planted: null
      })
      for (const usage of [undefined, null, {}, { prompt_tokens: 3 }]) {
        const { result } = yield* exchange(() => ({ body: chatCompletion("yes", { usage }) }))
        assert.isNull(answerOf(result).usage, JSON.stringify(usage))
      }
    })
  )

  it.live("openai keeps the words of a refusal and an empty text where the filter left none", () =>
    Effect.gen(function* () {
      const refusal = yield* exchange(endWith("end with refusal"))
      assert.strictEqual(answerOf(refusal.result).text, "I would rather not.")
      const filtered = yield* exchange(endWith("end with content_filter"))
      assert.strictEqual(answerOf(filtered.result).text, "")
    })
  )

  it.live("openai knows the prices it was given and no other", () =>
    Effect.gen(function* () {
      const free = yield* openai({ model: "m" })
      assert.isNull(free.price("m"))
      const price = { inputPerMillion: 2, outputPerMillion: 8 }
      const paid = yield* openai({ model: "m", prices: { m: price } })
      assert.deepStrictEqual([paid.price("m"), paid.price("other")], [price, null])
    })
  )

  for (const status of [401, 403]) {
    it.live(`openai takes status ${status} for a refused key after one request`, () =>
      Effect.gen(function* () {
        const { requests, result } = yield* exchange(() => problem(status, "invalid_api_key", `wrong key ${key}`))
        const error = failureOf(result)
        assert.strictEqual(error.reason, "authentication")
        assert.include(error.message, `set ${keyVariable} to a key that this server accepts`)
        assert.strictEqual(requests.length, 1)
      })
    )
  }

  const failures: ReadonlyArray<
    readonly [name: string, reply: Reply, reason: LanguageModelError["reason"], says: RegExp]
  > = [
    ["429 all along", problem(429), "rateLimited", /lower the provider's concurrency/],
    ["429 for want of credit", problem(429, "insufficient_quota"), "outOfCredit", /credit/],
    ["500 all along", problem(500), "overloaded", /try later; running again resumes/],
    ["503 all along", problem(503), "overloaded", /try later/],
    ["408 all along", problem(408), "timedOut", /raise timeoutMs/],
    ["a filtered prompt", problem(400, "content_filter"), "contentFilter", /filter refused this row/],
    ["a prompt too long", problem(400, "context_length_exceeded"), "contextTooLong", /shorten the prompt/],
    [
      "an unknown model",
      problem(404, "model_not_found", "no such model"),
      "badRequest",
      /404.*no such model.*check the model name/
    ],
    ["no choices", { body: chatCompletion("", { choices: [] }) }, "malformed", /an answer without choices/],
    ["an error in a success", { body: { error: { message: "sorry" } } }, "malformed", /status 200, sorry/],
    [
      "a choice without message",
      { body: chatCompletion("", { choices: [{ index: 0 }] }) },
      "malformed",
      /without a message/
    ],
    [
      "content that is no text",
      { body: chatCompletion("", choice("stop", { content: [{ type: "text" }] })) },
      "malformed",
      /no text/
    ],
    ["null", { body: "null" }, "malformed", /without choices/],
    ["broken JSON", { body: '{"choices": [' }, "malformed", /check that the server speaks OpenAI's formats/],
    ["a web page", { body: "<html></html>", headers: { "content-type": "text/html" } }, "malformed", /text\/html/]
  ]
  for (const [name, reply, reason, says] of failures) {
    it.live(`openai takes ${name} for ${reason}`, () =>
      Effect.gen(function* () {
        const { requests, result } = yield* exchange(() => reply)
        const error = failureOf(result)
        assert.strictEqual(error.reason, reason)
        assert.match(error.message, says)
        assert.strictEqual(requests.length, 1)
        assert.strictEqual(error.retryAfterMs, (reply.status ?? 200) >= 300 ? 5 : undefined)
      })
    )
  }

  it.live("openai says when nobody listens", () =>
    Effect.gen(function* () {
      const baseUrl = (yield* Effect.scoped(chatServer(() => ({})))).baseUrl
      const { result } = yield* exchange(() => ({}), { baseUrl })
      const error = failureOf(result)
      assert.strictEqual(error.reason, "unreachable")
      assert.include(error.message, `check that ${baseUrl} can be reached`)
    })
  )

  it.live("openai sends credentials in the URL as basic authentication and writes them nowhere", () =>
    Effect.gen(function* () {
      const server = yield* chatServer((_, index) =>
        index === 0 ? { body: chatCompletion("yes") } : problem(404, null, "no p@ss%word")
      )
      const baseUrl = `http://user:p@ss%25word@${server.host}/v1`
      const provider = yield* openai({ model: "m", baseUrl, keyVariable })
      assert.strictEqual(provider.endpoint, server.baseUrl)
      const answer = yield* askRoute(provider, requestFor("one"))
      assert.strictEqual(answer.text, "yes")
      const sent = Buffer.from("user:p@ss%word").toString("base64")
      assert.strictEqual(server.requests[0]!.headers.authorization, `Basic ${sent}`)
      const error = yield* Effect.flip(askRoute(provider, requestFor("two")))
      for (const secret of ["p@ss", "ss%25word", sent]) assert.notInclude(error.message, secret)
    })
  )

  it.live("openai needs no key for a server of one's own", () =>
    Effect.gen(function* () {
      for (const value of [undefined, ""]) {
        const absent = "PREFLOOM_TEST_ABSENT_KEY"
        if (value !== undefined) process.env[absent] = value
        const ok = yield* exchange(() => ({ body: chatCompletion("yes") }), { keyVariable: absent })
        assert.strictEqual(answerOf(ok.result).text, "yes")
        assert.notInclude(ok.requests[0]!.headers.authorization ?? "", key)
        const bad = yield* exchange(() => problem(404, null, "no such model"), { keyVariable: absent })
        assert.include(failureOf(bad.result).message, "no such model")
        delete process.env[absent]
      }
    })
  )

  it.live("openai refuses to ask OpenAI without a key, before any request", () =>
    Effect.gen(function* () {
      for (const baseUrl of ["https://api.openai.com/v1", "https://api.openai.com/v1/"]) {
        const provider = yield* openai({ model: "m", baseUrl, keyVariable: "PREFLOOM_TEST_ABSENT_KEY" })
        const error = yield* Effect.flip(askRoute(provider, requestFor("one")))
        assert.strictEqual(error.reason, "authentication")
        assert.include(error.message, "PREFLOOM_TEST_ABSENT_KEY is not set")
      }
    })
  )

  it.live("openai files answers under the name given to an endpoint", () =>
    Effect.gen(function* () {
      const baseUrl = ["http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1"]
      const provider = yield* openai({ model: "m", baseUrl, endpointName: "lab" })
      assert.strictEqual(provider.endpoint, "lab")
      assert.deepStrictEqual(
        provider.routes.map(({ endpoint }) => endpoint),
        baseUrl
      )
      assert.throws(() => openai({ model: "m", baseUrl }), /expected a name/)
    })
  )

  it.live("openai leaves the key in no file, message or counter of a run", () =>
    Effect.gen(function* () {
      const server = yield* chatServer((request) =>
        promptOf(request) === "echo"
          ? problem(400, "content_filter", `filtered what ${request.headers.authorization} asked`)
          : promptOf(request) === "refuse"
            ? problem(401, null, `wrong key ${key}`)
            : { body: chatCompletion("yes"), headers: { "x-request-id": "r1" } }
      )
      const withKey = { model: "m", baseUrl: server.baseUrl, keyVariable }
      const withPassword = { ...withKey, baseUrl: server.baseUrl.replace("//", `//me:${key}@`) }
      const basic = Buffer.from(`me:${key}`).toString("base64")
      for (const options of [withKey, withPassword]) {
        const folder = yield* temporaryFolder
        const layers = LanguageModel.layer(openai(options)).pipe(
          Layer.provideMerge(Journal.layer(path.join(folder, ".prefloom", "journal.sqlite"))),
          Layer.provideMerge(Run.layer({ folder }))
        )
        const seen = yield* Effect.gen(function* () {
          const run = yield* Run
          const { provider } = yield* LanguageModel
          const rows = ["one", "echo", "two"].map((prompt, i) => ({
            id: `row ${i}`,
            domain: null,
            prompt,
            reference: null
          }))
          yield* Stream.runDrain(pipelineOf(rows, Prompt).pipe(generate({ n: 1 })).batches)
          const refused = [{ id: "row 3", domain: null, prompt: "refuse", reference: null }]
          const error = yield* Effect.flip(
            Stream.runDrain(pipelineOf(refused, Prompt).pipe(generate({ n: 1 })).batches)
          )
          assert.match(error.message, /refused the key/)
          assert.strictEqual((yield* Journal).size(), 2)
          assert.strictEqual(run.rejects.counts("generate").get("contentFilter"), 1)
          const files = fs
            .readdirSync(folder, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
          return [
            error.message,
            JSON.stringify([
              error,
              provider,
              [...run.progress.models],
              [...run.rejects.entries()],
              run.findings.entries()
            ]),
            ...files.map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), "latin1"))
          ]
        }).pipe(Effect.provide(layers))
        assert.isTrue(seen.some((text) => text.includes("SQLite format 3")))
        assert.isTrue(seen.some((text) => text.includes("[secret] asked")))
        for (const text of seen) for (const secret of [key, basic]) assert.notInclude(text, secret)
      }
      const sent = server.requests.map((request) => request.headers.authorization)
      assert.deepStrictEqual([...new Set(sent)], [`Bearer ${key}`, `Basic ${basic}`])
    })
  )

  it.live("openai reads answers through a proxy, too, within the memory that all of them share", () =>
    Effect.gen(function* () {
      yield* Effect.acquireRelease(
        Effect.sync(() => vi.stubEnv("NODE_USE_ENV_PROXY", "1")),
        () => Effect.sync(() => vi.unstubAllEnvs())
      )
      const server = yield* faultServer({
        plan: () => ({ kind: "endlessBody", chunk: " ".repeat(2 ** 21), everyMs: 1 })
      })
      const source = yield* openai({ model: "m", baseUrl: server.baseUrl, keyVariable })
      let most = 0
      const watching = setInterval(() => (most = Math.max(most, bodies.nBytes)), 1)
      const prompts = ["a", "b", "c", "d", "e", "f"]
      const errors = yield* Effect.forEach(prompts, (prompt) => Effect.flip(askRoute(source, requestFor(prompt))), {
        concurrency: "unbounded"
      })
      clearInterval(watching)
      assert.deepStrictEqual(new Set(errors.map(({ found }) => found)), new Set(["an answer of more than 64 MiB"]))
      assert.isBelow(most, (128 + 64 + prompts.length) * 2 ** 20)
      assert.strictEqual(bodies.nBytes, 0)
    })
  )

  it.live("openai takes its base URL from the environment unless told otherwise", () =>
    Effect.gen(function* () {
      const before = process.env["OPENAI_BASE_URL"]
      process.env["OPENAI_BASE_URL"] = "http://127.0.0.1:1/v1"
      const told = yield* openai({ model: "m", baseUrl: "http://127.0.0.1:2/v1" })
      const untold = yield* openai({ model: "m" })
      process.env["OPENAI_BASE_URL"] = ""
      const empty = yield* openai({ model: "m" })
      if (before === undefined) delete process.env["OPENAI_BASE_URL"]
      else process.env["OPENAI_BASE_URL"] = before
      assert.deepStrictEqual(
        [told.endpoint, untold.endpoint, empty.endpoint],
        ["http://127.0.0.1:2/v1", "http://127.0.0.1:1/v1", "https://api.openai.com/v1"]
      )
    })
  )
})
