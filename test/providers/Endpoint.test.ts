import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { type EndpointOptions, endpointsOf, vllmCapabilities } from "../../src/providers/Endpoint.ts"
import { http } from "../../src/providers/http.ts"
import { openai } from "../../src/providers/openai.ts"
import { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { ProviderSource } from "../../src/services/Provider.ts"
import { requestFor } from "../contracts/provider.ts"
import type { Fault } from "../faults/Fault.ts"
import { type FaultServer, faultServer } from "../faults/FaultServer.ts"
import { askRoute, loneCall } from "./askRoute.ts"
import { chatCompletion, chatServer, type Reply } from "./chatServer.ts"

const providers: Readonly<Record<string, (options: EndpointOptions) => ProviderSource>> = { openai, http }

const keyVariable = "PREFLOOM_TEST_ENDPOINT_KEY"

const ask = Effect.fnUntraced(function* (provider: string, baseUrl: string) {
  return yield* askRoute(yield* providers[provider]!({ model: "m", baseUrl, keyVariable }), requestFor("one"))
})

const failing = Effect.fnUntraced(function* (provider: string, baseUrl: string) {
  const error = yield* Effect.flip(ask(provider, baseUrl))
  return error instanceof LanguageModelError ? error : assert.fail(String(error))
})

const allGone = Effect.fnUntraced(function* (server: FaultServer) {
  for (let i = 0; i < 200 && server.inFlight > 0; i++) yield* Effect.sleep(5)
  assert.strictEqual(server.inFlight, 0)
})

const faults: ReadonlyArray<
  readonly [fault: Fault, reason: LanguageModelError["reason"], mayBeBilled: boolean | undefined, says: RegExp]
> = [
  [{ kind: "truncatedJson" }, "malformed", true, /application\/json that is no JSON: "\{"id"/],
  [{ kind: "truncatedJson", bytes: 0 }, "malformed", true, /that is no JSON: nothing/],
  [{ kind: "invalidJson" }, "malformed", true, /that is no JSON/],
  [{ kind: "wrongContentType" }, "malformed", true, /of type text\/html; charset=utf-8 that is no JSON: "<!doctype/],
  [{ kind: "duplicatedChunks" }, "malformed", true, /that is no JSON/],
  [{ kind: "emptyChoices" }, "malformed", true, /without choices/],
  [{ kind: "drop", bytes: 0 }, "unreachable", true, /can be reached/],
  [{ kind: "drop", bytes: 20 }, "unreachable", true, /can be reached/],
  [{ kind: "drop", bytes: -5 }, "unreachable", true, /can be reached/],
  [{ kind: "status", status: 401 }, "authentication", undefined, new RegExp(`set ${keyVariable}`)],
  [{ kind: "status", status: 403 }, "authentication", undefined, /refused the key/],
  [{ kind: "status", status: 404 }, "badRequest", undefined, /404.*does not exist/],
  [{ kind: "status", status: 429 }, "rateLimited", undefined, /Rate limit reached/],
  [{ kind: "status", status: 500 }, "overloaded", undefined, /500/],
  [{ kind: "status", status: 503, body: "<h1>busy</h1>" }, "overloaded", undefined, /503/],
  [{ kind: "contentFilterError" }, "contentFilter", undefined, /filter/],
  [{ kind: "contextTooLong", spelling: "openai" }, "contextTooLong", undefined, /shorten the prompt/],
  [{ kind: "contextTooLong", spelling: "vllm" }, "contextTooLong", undefined, /shorten the prompt/]
]

for (const provider of Object.keys(providers)) {
  describe(`Endpoint through ${provider}`, () => {
    for (const [fault, reason, mayBeBilled, says] of faults) {
      it.live(`Endpoint takes ${JSON.stringify(fault)} for ${reason}`, () =>
        Effect.gen(function* () {
          const server = yield* faultServer({ plan: () => fault })
          const error = yield* failing(provider, server.baseUrl)
          assert.strictEqual(error.reason, reason)
          assert.strictEqual(error.mayBeBilled, mayBeBilled)
          assert.match(error.message, says)
          assert.strictEqual(server.requests, 1)
        })
      )
    }

    it.live(
      "Endpoint keeps what a server sent in place of a usable answer, for the log, but not what it says of a key",
      () =>
        Effect.gen(function* () {
          const bodyOf = (reply: Reply) =>
            Effect.flatMap(
              chatServer(() => reply),
              ({ baseUrl }) => Effect.map(failing(provider, baseUrl), ({ body }) => body)
            )
          assert.strictEqual(yield* bodyOf({ body: '{"cut": ' }), '{"cut": ')
          assert.strictEqual(yield* bodyOf({ body: { choices: [] } }), '{"choices":[]}')
          const refused = yield* bodyOf({ status: 503, body: { error: { message: "busy", code: "q" } } })
          assert.include(refused!, '"message":"busy"')
          assert.isUndefined(yield* bodyOf({ status: 401, body: { error: { message: "Incorrect key: sk-12" } } }))
          const long = yield* bodyOf({ body: "x".repeat(30_000) })
          assert.match(long!, /^x{20000} … \(30,000 characters\)$/)
        })
    )

    it.live("Endpoint reads how long a server asks to wait, in seconds and as a date", () =>
      Effect.gen(function* () {
        const asked = (retryAfter: number | string) =>
          Effect.flatMap(faultServer({ plan: () => ({ kind: "status", status: 429, retryAfter }) }), ({ baseUrl }) =>
            Effect.map(failing(provider, baseUrl), ({ retryAfterMs }) => retryAfterMs)
          )
        assert.strictEqual(yield* asked(7), 7000)
        const inAMinute = yield* asked(new Date(Date.now() + 60_000).toUTCString())
        assert.isTrue(inAMinute! > 50_000 && inAMinute! <= 60_000, String(inAMinute))
      })
    )

    it.live("Endpoint reads no more of an endless body than fits, and closes the connection", () =>
      Effect.gen(function* () {
        const chunk = " ".repeat(4 * 2 ** 20)
        const server = yield* faultServer({ plan: () => ({ kind: "endlessBody", chunk }) })
        const error = yield* failing(provider, server.baseUrl)
        assert.deepInclude(error, { reason: "malformed", mayBeBilled: true, found: "an answer of more than 64 MiB" })
        yield* allGone(server)
      })
    )

    for (const [name, fault] of [
      ["an answer that does not come", { kind: "late", ms: 2 ** 31 }],
      ["a body that does not end", { kind: "endlessBody", chunk: " ", everyMs: 2 }]
    ] as const) {
      it.live(`Endpoint closes the connection when ${name} is interrupted`, () =>
        Effect.gen(function* () {
          const server = yield* faultServer({ plan: () => fault })
          const source = yield* providers[provider]!({ model: "m", baseUrl: server.baseUrl, keyVariable })
          const asking = yield* Effect.forkChild(Effect.timeoutOption(askRoute(source, requestFor("one")), 400))
          while (server.inFlight === 0) yield* Effect.sleep(1)
          assert.isTrue(Option.isNone(yield* Fiber.join(asking)))
          yield* allGone(server)
        })
      )
    }

    it.live("Endpoint knows that a server nobody reached bills nothing", () =>
      Effect.gen(function* () {
        const baseUrl = yield* Effect.scoped(Effect.map(faultServer(), (server) => server.baseUrl))
        const error = yield* failing(provider, baseUrl)
        assert.deepInclude(error, { reason: "unreachable", mayBeBilled: false })
        assert.match(error.message, /ECONNREFUSED/)
        assert.include(error.message, `check that ${baseUrl} can be reached`)
      })
    )

    it.live("Endpoint takes a server that no connection can be made to for unreachable, whatever is in the way", () =>
      Effect.gen(function* () {
        const { host } = yield* chatServer(() => ({}))
        for (const [baseUrl, says] of [
          ["http://no-such-host.invalid/v1", /ENOTFOUND|EAI_AGAIN/],
          // A server without TLS.
          [`https://${host}/v1`, /SSL|EPROTO|packet length/i]
        ] as const) {
          const error = yield* failing(provider, baseUrl)
          assert.deepInclude(error, { reason: "unreachable", mayBeBilled: false })
          assert.match(error.message, says)
          assert.include(error.message, `check that ${baseUrl} can be reached`)
        }
      })
    )

    for (const [cause, reason, mayBeBilled] of [
      [{ message: "Connect Timeout Error", code: "UND_ERR_CONNECT_TIMEOUT" }, "unreachable", false],
      [{ message: "connect ETIMEDOUT 10.0.0.1:443", code: "ETIMEDOUT" }, "unreachable", false],
      [{ message: "connect EACCES 10.0.0.1:443", code: "EACCES" }, "unreachable", false],
      [{ message: "connect EADDRNOTAVAIL 10.0.0.1:443", code: "EADDRNOTAVAIL" }, "unreachable", false],
      [{ message: "bad port" }, "unreachable", false],
      // What Node says where a host has several addresses and none lets it in.
      [{ message: "", name: "AggregateError", code: "ETIMEDOUT" }, "unreachable", false],
      [{ message: "read ETIMEDOUT", code: "ETIMEDOUT" }, "timedOut", true],
      [{ message: "self-signed certificate", code: "DEPTH_ZERO_SELF_SIGNED_CERT" }, "unreachable", false],
      [{ message: "certificate has expired", code: "CERT_HAS_EXPIRED" }, "unreachable", false],
      [
        { message: "unable to verify the first certificate", code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" },
        "unreachable",
        false
      ],
      [{ message: "read ECONNRESET", code: "ECONNRESET" }, "unreachable", true]
    ] as const) {
      it(`Endpoint takes ${cause.message || cause.name} for ${reason}`, () => {
        const [endpoint] = endpointsOf(provider, { model: "m", baseUrl: "https://host/v1" })
        const error = endpoint!.broken("m", { message: "fetch failed", cause })
        assert.deepInclude(error, { reason, mayBeBilled })
        assert.include(error.found, cause.message || cause.name)
      })
    }

    it.live("Endpoint sends credentials in the URL as basic authentication and says them nowhere", () =>
      Effect.gen(function* () {
        const password = "p@ss%word"
        const sent = Buffer.from(`user:${password}`).toString("base64")
        const server = yield* chatServer((request, index) =>
          index === 0
            ? { body: chatCompletion("yes") }
            : index === 1
              ? { status: 404, body: { error: { message: `no ${password} as ${request.headers.authorization}` } } }
              : { body: `not JSON by ${password}` }
        )
        const baseUrl = server.baseUrl.replace("//", "//user:p@ss%25word@")
        assert.strictEqual((yield* ask(provider, baseUrl)).text, "yes")
        assert.strictEqual(server.requests[0]!.headers.authorization, `Basic ${sent}`)
        for (const pattern of [/no \[secret\] as Basic \[secret\]/, /not JSON by \[secret\]/]) {
          const error = yield* failing(provider, baseUrl)
          assert.match(error.message, pattern)
          for (const secret of [password, sent, "ss%25word"]) assert.notInclude(JSON.stringify(error), secret)
        }
      })
    )

    it.live("Endpoint takes an error with status 200 for what it says", () =>
      Effect.gen(function* () {
        const codes = [429, undefined]
        const server = yield* chatServer((_, index) => ({
          body: { error: { message: "no upstream", code: codes[index] } }
        }))
        const first = yield* failing(provider, server.baseUrl)
        assert.deepInclude(first, { reason: "rateLimited", found: "status 429, no upstream" })
        const second = yield* failing(provider, server.baseUrl)
        assert.deepInclude(second, { reason: "malformed", found: "status 200, no upstream", mayBeBilled: true })
      })
    )

    it.live("Endpoint mends half characters and hides the key in an answer", () =>
      Effect.acquireUseRelease(
        Effect.sync(() => void (process.env[keyVariable] = "sk-0123456789abcdef")),
        () =>
          Effect.gen(function* () {
            const text = "half \ud83d, whole \ud83d\ude00, key sk-0123456789abcdef"
            const server = yield* chatServer(() => ({ body: chatCompletion(text) }))
            const completion = yield* ask(provider, server.baseUrl)
            assert.strictEqual(completion.text, "half \ufffd, whole \ud83d\ude00, key [secret]")
          }),
        () => Effect.sync(() => void delete process.env[keyVariable])
      )
    )

    it.live("Endpoint refuses a key that no header can carry, without a request", () =>
      Effect.acquireUseRelease(
        Effect.sync(() => void (process.env[keyVariable] = "sk-\u2026\nsecond line")),
        () =>
          Effect.gen(function* () {
            const server = yield* chatServer(() => ({ body: chatCompletion("yes") }))
            const error = yield* failing(provider, server.baseUrl)
            assert.strictEqual(error.reason, "authentication")
            assert.include(error.message, `set ${keyVariable} to the key alone`)
            assert.notInclude(JSON.stringify(error), "second line")
            assert.strictEqual(server.requests.length, 0)
          }),
        () => Effect.sync(() => void delete process.env[keyVariable])
      )
    )

    it.live("Endpoint takes line breaks at the end of a key away, and refuses a key with blanks inside", () =>
      Effect.acquireUseRelease(
        Effect.sync(() => void (process.env[keyVariable] = "sk-0123456789abcdef\n")),
        () =>
          Effect.gen(function* () {
            const server = yield* chatServer(() => ({ body: chatCompletion("yes") }))
            yield* ask(provider, server.baseUrl)
            assert.strictEqual(server.requests[0]!.headers.authorization, "Bearer sk-0123456789abcdef")
            for (const wrong of [
              "Bearer sk-0123456789abcdef",
              "sk-0123456789abcdef sk-other",
              "sk-0123456789abcdef\tx"
            ]) {
              process.env[keyVariable] = wrong
              const error = yield* failing(provider, server.baseUrl)
              assert.strictEqual(error.reason, "authentication")
              assert.include(error.message, `set ${keyVariable} to the key alone`)
              assert.notInclude(JSON.stringify(error), "0123456789")
            }
            assert.strictEqual(server.requests.length, 1)
          }),
        () => Effect.sync(() => void delete process.env[keyVariable])
      )
    )

    it.effect("Endpoint asks OpenAI for nothing with a key of blanks alone", () =>
      Effect.acquireUseRelease(
        Effect.sync(() => void (process.env[keyVariable] = " \n")),
        () =>
          Effect.gen(function* () {
            const error = yield* failing(provider, "https://api.openai.com/v1")
            assert.strictEqual(error.reason, "authentication")
            assert.match(
              error.message,
              new RegExp(`${keyVariable} is not set, or blank; set ${keyVariable} to your key`)
            )
          }),
        () => Effect.sync(() => void delete process.env[keyVariable])
      )
    )

    it.live("Endpoint finds vLLM's own paths beside the /v1 of the base URL, below whatever it lies", () =>
      Effect.gen(function* () {
        const server = yield* chatServer(() => ({ body: { data: [{ data: [1] }] } }))
        for (const [base, path] of [
          ["/v1", "/pooling"],
          ["/v1/", "/pooling"],
          ["/models/reward/v1", "/models/reward/pooling"],
          ["", "/pooling"]
        ]) {
          const baseUrl = `http://${server.host}${base}`
          const made = yield* providers[provider]!({ model: "m", baseUrl, keyVariable, capabilities: vllmCapabilities })
          yield* made.routes[0]!.reward!({ messages: [], text: "x", model: null }, loneCall)
          assert.strictEqual(server.requests.at(-1)!.path, path)
        }
      })
    )
  })
}
