import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { openai } from "../../src/providers/openai.ts"
import { record } from "../../src/providers/record.ts"
import { replay } from "../../src/providers/replay.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { ProviderSource, Request } from "../../src/services/Provider.ts"
import { providerContract, requestFor } from "../contracts/provider.ts"
import { services, temporaryFolder } from "../stages/collect.ts"
import { chatCompletion, chatServer } from "./chatServer.ts"
import { watch } from "./watched.ts"

const refusal = (reason: LanguageModelError["reason"], more: { readonly oneRow?: boolean } = {}) =>
  new LanguageModelError({
    reason,
    provider: "scripted",
    model: "m",
    found: `${reason} it was`,
    remedy: "none",
    ...more
  })

const promptOf = ({ messages }: Request) => messages.at(-1)!.content

const answer = (request: Request) => {
  const prompt = promptOf(request)
  if (prompt === "fail") return Effect.fail(refusal("unsupported"))
  const finishReason = prompt === "cut" ? ("length" as const) : ("stop" as const)
  const text = `answer to ${prompt}, sample ${request.sampleIndex}`
  return Effect.succeed({
    text,
    finishReason,
    model: "m",
    usage: { promptTokens: 1, completionTokens: 2 },
    planted: null
  })
}

providerContract("record", {
  make: (setup) =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "answers.jsonl")
      const { calls, mostAtOnce, watched } = watch()
      const concurrency = setup.concurrency ?? 64
      return {
        source: record(watched(scripted(answer, { concurrency }), setup.latencyMs), file),
        elsewhere: record(watched(scripted(answer, { concurrency, name: "another" }), setup.latencyMs), file),
        calls,
        mostAtOnce
      }
    }),
  secrets: [],
  endings: [
    [requestFor("whole"), "stop"],
    [requestFor("cut"), "length"]
  ],
  failing: requestFor("fail")
})

const recording = Effect.map(temporaryFolder, (folder) => path.join(folder, "recordings", "answers.jsonl"))

/** Asks with a journal of its own. */
const ask = (provider: ProviderSource, requests: ReadonlyArray<Request>) =>
  Effect.gen(function* () {
    const model = yield* LanguageModel
    return yield* Effect.forEach(requests, (request) => Effect.result(model.complete(request)))
  }).pipe(Effect.provide(services({ provider })))

const linesOf = (file: string): ReadonlyArray<any> =>
  fs
    .readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))

describe("record", () => {
  it.effect("record writes each request as the journal files it, with its answer, and passes the answer on", () =>
    Effect.gen(function* () {
      const file = yield* recording
      const [result] = yield* ask(record(scripted(answer), file), [requestFor("one", { sampleIndex: 4 })])
      const [line, ...others] = linesOf(file)
      assert.deepStrictEqual(others, [])
      assert.deepStrictEqual(line.answer, Result.isSuccess(result!) ? result.success : null)
      assert.strictEqual(line.kind, "complete")
      assert.deepInclude(line.request, {
        provider: "scripted",
        endpoint: "scripted",
        model: "scripted",
        sampleIndex: 4
      })
      assert.strictEqual(line.request.request.messages[1].content, "one")
    })
  )

  it.effect("record keeps errors of single requests and no others", () =>
    Effect.gen(function* () {
      const file = yield* recording
      const kept = ["contentFilter", "contextTooLong", "badRequest"]
      const script = scripted((request) =>
        promptOf(request) === "fine" ? "yes" : Effect.fail(refusal(promptOf(request) as LanguageModelError["reason"]))
      )
      yield* ask(record(script, file), [
        requestFor("fine"),
        ...[...kept, "unsupported", "notJournaled"].map((reason) => requestFor(reason))
      ])
      const errors = linesOf(file).filter(({ error }) => error !== undefined)
      assert.deepStrictEqual(
        errors.map(({ error }) => [error.reason, error.found]),
        kept.map((reason) => [reason, `${reason} it was`])
      )
    })
  )

  it.effect("record cuts off what an interrupted process left of a line, and keeps the whole ones", () =>
    Effect.gen(function* () {
      const file = yield* recording
      yield* ask(record(scripted(answer), file), [requestFor("one")])
      const whole = fs.readFileSync(file, "utf8")
      // The cut line is longer than what is read at once.
      fs.appendFileSync(file, `{"kind":"${"x".repeat(100_000)}`)
      yield* ask(record(scripted(answer), file), [requestFor("two")])
      assert.isTrue(fs.readFileSync(file, "utf8").startsWith(whole))
      assert.deepStrictEqual(
        linesOf(file).map((line) => line.answer.text),
        ["answer to one, sample 0", "answer to two, sample 0"]
      )
    })
  )

  it.effect("record says which file it cannot write", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const exit = yield* Effect.exit(ask(record(scripted(answer), folder), [requestFor("one")]))
      assert.include(String(exit), `Cannot record answers in "${folder}": found EISDIR`)
    })
  )

  it.live("record writes no secret and asks for samples one by one, as replay does", () =>
    Effect.gen(function* () {
      const keyVariable = "PREFLOOM_TEST_RECORD_KEY"
      yield* Effect.acquireRelease(
        Effect.sync(() => (process.env[keyVariable] = "sk-record-5ca1ab1e")),
        () => Effect.sync(() => delete process.env[keyVariable])
      )
      let n = 0
      const server = yield* chatServer(() => ({ body: chatCompletion(`answer ${n++}`) }))
      const source = openai({ model: "m", baseUrl: server.baseUrl, keyVariable })
      const file = yield* recording
      const samples = (provider: ProviderSource) =>
        Effect.flatMap(LanguageModel, (model) => model.samples(requestFor("one"), 3)).pipe(
          Effect.provide(services({ provider }))
        )
      const recorded = yield* samples(record(source, file))
      assert.strictEqual(server.requests[0]!.headers.authorization, "Bearer sk-record-5ca1ab1e")
      assert.notInclude(fs.readFileSync(file, "utf8"), "5ca1ab1e")
      assert.deepStrictEqual(yield* samples(replay(source, file)), recorded)
      assert.deepStrictEqual([new Set(recorded.map(({ text }) => text)).size, server.requests.length], [3, 3])
    })
  )
})
