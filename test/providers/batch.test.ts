import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Result from "effect/Result"
import { TestClock } from "effect/testing"
import type { BudgetCaps } from "../../src/Budget.ts"
import { Journal } from "../../src/Journal.ts"
import { batch, type BatchOptions } from "../../src/providers/batch.ts"
import { openai } from "../../src/providers/openai.ts"
import { Run } from "../../src/Run.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import { refusedNote } from "../../src/services/Office.ts"
import type { ProviderSource, Request } from "../../src/services/Provider.ts"
import { requestFor } from "../contracts/provider.ts"
import type { Plan, Seen } from "../faults/Fault.ts"
import { faultServer, type FaultServer } from "../faults/FaultServer.ts"
import { services, temporaryFolder } from "../stages/collect.ts"

const prompts = (n: number): ReadonlyArray<string> => Array.from({ length: n }, (_, i) => `question ${i + 1}`)

const ask = Effect.fnUntraced(function* (prompt: string, more: Partial<Request> = {}) {
  const model = yield* LanguageModel
  return yield* model.complete(requestFor(prompt, more))
})

const askAll = (asked: ReadonlyArray<string>) =>
  Effect.forEach(asked, (prompt) => Effect.result(ask(prompt)), { concurrency: "unbounded" })

/** Lets the clock run while `effect` does, about a thousand times as fast as the server's. */
const quickly = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.raceFirst(
    effect,
    Effect.forever(
      Effect.andThen(
        Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 2))),
        TestClock.adjust(1000)
      )
    )
  )

/** Runs in a process of its own, as far as the journal can tell. */
const inProcess = <A, E>(
  provider: ProviderSource,
  journal: string,
  effect: Effect.Effect<A, E, LanguageModel | Journal | Run>,
  caps: BudgetCaps = {}
) => quickly(Effect.provide(effect, services({ provider, journal, caps })))

const at = (server: FaultServer, more: Partial<BatchOptions> = {}) =>
  batch({ model: "m", baseUrl: server.baseUrl, keyVariable: "PREFLOOM_TEST_ABSENT_KEY", ...more })

const journalFile = Effect.map(temporaryFolder, (folder) => path.join(folder, "journal.sqlite"))

/** How often each endpoint was used. */
const used = (server: FaultServer) => {
  const { routes } = server.counts()
  return {
    files: routes["POST /v1/files"] ?? 0,
    batches: routes["POST /v1/batches"] ?? 0,
    live: routes["POST /v1/chat/completions"] ?? 0
  }
}

const texts = (results: ReadonlyArray<Result.Result<{ readonly text: string }, unknown>>) =>
  results.map((result) => (Result.isSuccess(result) ? result.success.text : String(result.failure)))

const reasonOf = (result: Result.Result<unknown, unknown> | undefined) =>
  result !== undefined && Result.isFailure(result) && result.failure instanceof LanguageModelError
    ? result.failure.reason
    : null

const rowsOf = (
  file: string,
  table: "notes" | "calls" | "openCalls"
): ReadonlyArray<Readonly<Record<string, unknown>>> => {
  const database = new DatabaseSync(file, { readOnly: true })
  const rows = database.prepare(`SELECT * FROM ${table}`).all() as ReadonlyArray<Readonly<Record<string, unknown>>>
  database.close()
  return rows
}

/** What a server without faults answers to prompts when it is asked live. */
const liveAnswers = Effect.fnUntraced(function* (asked: ReadonlyArray<string>) {
  const server = yield* faultServer()
  const provider = openai({ model: "m", baseUrl: server.baseUrl, keyVariable: "PREFLOOM_TEST_ABSENT_KEY" })
  return texts(yield* inProcess(provider, ":memory:", askAll(asked)))
})

const isLook = ({ method, path: asked }: Seen) => method === "GET" && /^\/v1\/batches\/batch_\d+$/.test(asked)

/** While `on`, every batch is under way. */
const holding = () => {
  const state = { on: true, looks: 0 }
  const plan: Plan = (seen) => {
    if (!isLook(seen)) return null
    state.looks++
    const body = {
      id: path.posix.basename(seen.path),
      status: "in_progress",
      request_counts: { total: 4, completed: 1, failed: 0 }
    }
    return state.on ? { kind: "answer", body } : null
  }
  return { state, plan }
}

/** Asks in a process that ends while its batch is under way. */
const stopWaiting = (
  provider: ProviderSource,
  journal: string,
  asked: ReadonlyArray<string>,
  isFarEnough: () => boolean,
  caps: BudgetCaps = {}
) =>
  inProcess(
    provider,
    journal,
    Effect.gen(function* () {
      yield* Effect.forkChild(askAll(asked))
      while (!isFarEnough()) yield* Effect.sleep(100)
    }),
    caps
  )

describe("batch", () => {
  it.effect("batch sends requests as one batch and gives the answers that the chat would", () =>
    Effect.gen(function* () {
      const server = yield* faultServer({ keepBodies: true })
      const journal = yield* journalFile
      const asked = prompts(5)
      const { counts, results } = yield* inProcess(
        at(server),
        journal,
        Effect.gen(function* () {
          const answers = yield* askAll(asked)
          return { results: answers, counts: { ...(yield* Run).progress.model("m") } }
        })
      )
      assert.deepStrictEqual(texts(results), yield* liveAnswers(asked))
      assert.deepStrictEqual(used(server), { files: 1, batches: 1, live: 0 })
      const { billed } = server.counts()
      assert.deepInclude(counts, {
        answered: 5,
        failed: 0,
        promptTokens: billed.promptTokens,
        completionTokens: billed.completionTokens
      })
      const upload = server.seen.find((seen) => seen.path === "/v1/files")!.rawBody
      const ids = [...upload.matchAll(/"custom_id":"([^"]+)"/g)].map(([, id]) => id)
      assert.sameMembers(
        ids,
        rowsOf(journal, "calls").map(({ key }) => key)
      )
      assert.deepStrictEqual(rowsOf(journal, "notes"), [])
    })
  )

  it.effect("batch sends the headers of the environment with files and batches, as openai does", () =>
    Effect.gen(function* () {
      const variables = {
        OPENAI_CUSTOM_HEADERS: "X-Title: Ours\nX-Team: seven",
        OPENAI_ORG_ID: "org-1",
        OPENAI_PROJECT_ID: "proj-2"
      }
      yield* Effect.acquireRelease(
        Effect.sync(() => Object.assign(process.env, variables)),
        () => Effect.sync(() => Object.keys(variables).forEach((name) => delete process.env[name]))
      )
      const server = yield* faultServer({ keepBodies: true })
      const live = openai({ model: "m", baseUrl: server.baseUrl, keyVariable: "PREFLOOM_TEST_ABSENT_KEY" })
      const results = yield* Effect.all([
        inProcess(at(server), ":memory:", askAll(["one"])),
        inProcess(live, ":memory:", askAll(["one"]))
      ])
      assert.isTrue(results.flat().every(Result.isSuccess))
      const sent = new Map(
        server.seen.map(({ headers, method, path: asked }) => [
          `${method} ${asked}`,
          ["x-title", "x-team", "openai-organization", "openai-project"].map((name) => headers[name])
        ])
      )
      assert.sameMembers(
        [...sent.keys()],
        [
          "POST /v1/files",
          "POST /v1/batches",
          "GET /v1/batches/batch_1",
          "GET /v1/files/file-2/content",
          "POST /v1/chat/completions"
        ]
      )
      for (const headers of sent.values()) assert.deepStrictEqual(headers, ["Ours", "seven", "org-1", "proj-2"])
    })
  )

  it.effect("batch and openai take each other's answers from the journal", () =>
    Effect.gen(function* () {
      const server = yield* faultServer()
      const journal = yield* journalFile
      const live = openai({ model: "m", baseUrl: server.baseUrl, keyVariable: "PREFLOOM_TEST_ABSENT_KEY" })
      yield* inProcess(live, journal, askAll(["one"]))
      yield* inProcess(at(server), journal, askAll(["one", "two"]))
      yield* inProcess(live, journal, askAll(["one", "two"]))
      assert.deepStrictEqual(used(server), { files: 1, batches: 1, live: 1 })
    })
  )

  it.effect("batch splits by number and by model", () =>
    Effect.gen(function* () {
      const server = yield* faultServer()
      const results = yield* inProcess(
        at(server, { maxRequests: 3 }),
        ":memory:",
        Effect.all([askAll(prompts(6)), Effect.result(ask("other", { model: "n" }))], { concurrency: "unbounded" })
      )
      assert.isTrue(results.flat().every(Result.isSuccess))
      assert.deepStrictEqual(used(server), { files: 3, batches: 3, live: 0 })
    })
  )

  it.effect("batch asks live where there are too few for a batch", () =>
    Effect.gen(function* () {
      const server = yield* faultServer()
      const provider = at(server, { minRequests: 4 })
      const few = yield* inProcess(provider, ":memory:", askAll(prompts(3)))
      assert.deepStrictEqual(texts(few), yield* liveAnswers(prompts(3)))
      assert.deepStrictEqual(used(server), { files: 0, batches: 0, live: 3 })
      yield* inProcess(provider, ":memory:", askAll(prompts(4)))
      assert.deepStrictEqual(used(server), { files: 1, batches: 1, live: 3 })
    })
  )

  it.effect("batch asks live what failed for the moment, and rejects what failed for good", () =>
    Effect.gen(function* () {
      const fates: Readonly<Record<number, number>> = { 2: 429, 3: 500, 4: 400 }
      const server = yield* faultServer({ batch: { fate: ({ line }) => fates[line] ?? 200 } })
      const journal = yield* journalFile
      const results = yield* inProcess(
        at(server),
        journal,
        Effect.gen(function* () {
          // A model that has answered is not to blame for what it refuses.
          yield* askAll(["first"])
          return yield* askAll(prompts(5))
        })
      )
      const expected = yield* liveAnswers(prompts(5))
      assert.strictEqual(reasonOf(results[3]), "badRequest")
      for (const i of [0, 1, 2, 4]) assert.strictEqual(texts(results)[i], expected[i])
      assert.deepStrictEqual(used(server), { files: 2, batches: 2, live: 2 })
      assert.strictEqual(server.counts().mostAnswersToOneKey, 1)
      assert.strictEqual(rowsOf(journal, "calls").filter(({ failure }) => failure !== null).length, 1)
    })
  )

  it.effect("batch takes what an expired batch has done, and asks the rest live or in the next batch", () =>
    Effect.gen(function* () {
      for (const live of ["rest", "never"] as const) {
        const server = yield* faultServer({
          batch: { fate: (line) => (line.batch === 1 && line.line > 3 ? "expired" : 200) }
        })
        const results = yield* inProcess(at(server, { live }), ":memory:", askAll(prompts(5)))
        assert.deepStrictEqual(texts(results), yield* liveAnswers(prompts(5)))
        const isRest = live === "rest"
        assert.deepStrictEqual(used(server), { files: isRest ? 1 : 2, batches: isRest ? 1 : 2, live: isRest ? 2 : 0 })
        assert.deepInclude(server.counts(), { keysAnswered: 5, mostAnswersToOneKey: 1 })
        assert.strictEqual(server.counts().billed.answers, 5)
      }
    })
  )

  for (const [fate, says] of [
    [500, "status 500.*"],
    ["expired", "This request could not be executed before the completion window expired\\."]
  ] as const) {
    it.effect(`batch gives a request up to which batches say ${fate}, as one that the server had no room for`, () =>
      Effect.gen(function* () {
        const server = yield* faultServer({ batch: { fate: ({ line }) => (line === 1 ? fate : 200) } })
        const [result] = yield* inProcess(at(server, { live: "never", maxRetries: 2 }), ":memory:", askAll(["one"]))
        assert.strictEqual(reasonOf(result), "overloaded")
        const remedy = 'prefloom run --retry-rejects asks again; live: "rest" asks live for what a batch leaves'
        assert.match(
          texts([result as never])[0]!,
          new RegExp(`no answer in 3 batches, the last time: ${says}; ${remedy}$`)
        )
        assert.strictEqual(used(server).batches, 3)
      })
    )
  }

  it.effect("batch asks again for what a completed batch lacks, and counts that as lost", () =>
    Effect.gen(function* () {
      const server = yield* faultServer({
        batch: { fate: ({ line }) => (line === 2 ? "missing" : line === 3 ? "twice" : 200) }
      })
      const { lost, results } = yield* inProcess(
        at(server),
        ":memory:",
        Effect.gen(function* () {
          const answers = yield* askAll(prompts(3))
          return { results: answers, lost: (yield* Run).progress.model("m").lost }
        })
      )
      assert.deepStrictEqual(texts(results), yield* liveAnswers(prompts(3)))
      assert.strictEqual(lost, 1)
      assert.deepStrictEqual(used(server), { files: 1, batches: 1, live: 1 })
    })
  )

  it.effect("batch finds its batch again after a stop, and pays for nothing twice", () =>
    Effect.gen(function* () {
      const { plan, state } = holding()
      const server = yield* faultServer({ plan, batch: { ms: 0 } })
      const journal = yield* journalFile
      const asked = prompts(4)
      yield* stopWaiting(at(server), journal, asked, () => state.looks >= 2)
      assert.strictEqual(rowsOf(journal, "calls").length, 0)
      state.on = false
      const results = yield* inProcess(at(server), journal, askAll(asked))
      assert.deepStrictEqual(texts(results), yield* liveAnswers(asked))
      assert.deepStrictEqual(used(server), { files: 1, batches: 1, live: 0 })
      assert.deepInclude(server.counts(), { batchAnswered: 4, mostAnswersToOneKey: 1 })
      assert.deepStrictEqual(rowsOf(journal, "notes"), [])
    })
  )

  it.effect("batch finds a batch whose creation nobody heard of, in the same process or the next", () =>
    Effect.gen(function* () {
      for (const isSame of [true, false]) {
        let isDown = true
        const server = yield* faultServer({
          plan: ({ method, path: asked }) =>
            asked === "/v1/batches" && (isSame ? method === "POST" : isDown) ? { kind: "drop", bytes: 0 } : null
        })
        const journal = yield* journalFile
        const asked = prompts(4)
        if (!isSame) {
          yield* stopWaiting(at(server), journal, asked, () => server.counts().routes["GET /v1/batches"] !== undefined)
          isDown = false
        }
        const results = yield* inProcess(at(server), journal, askAll(asked))
        assert.deepStrictEqual(texts(results), yield* liveAnswers(asked))
        assert.deepStrictEqual(used(server), { files: 1, batches: 1, live: 0 })
        assert.strictEqual(server.counts().billed.answers, 4)
      }
    })
  )

  it.effect("batch sends again what a dead process had not sent yet", () =>
    Effect.gen(function* () {
      let isDown = true
      const server = yield* faultServer({
        plan: ({ path: asked }) => (isDown && asked === "/v1/files" ? { kind: "drop", bytes: 0 } : null)
      })
      const journal = yield* journalFile
      yield* stopWaiting(at(server), journal, prompts(3), () => used(server).files > 0)
      isDown = false
      const results = yield* inProcess(at(server), journal, askAll(prompts(2)))
      assert.isTrue(results.every(Result.isSuccess))
      assert.strictEqual(server.counts().billed.answers, 2)
      assert.strictEqual(used(server).batches, 1)
    })
  )

  it.effect("batch keeps paid answers for whoever asks for them later", () =>
    Effect.gen(function* () {
      const { plan, state } = holding()
      const server = yield* faultServer({ plan, batch: { ms: 0 } })
      const journal = yield* journalFile
      const [one, two, three] = ["one", "two", "three"] as const
      yield* stopWaiting(at(server), journal, [one, two, three], () => state.looks >= 1)
      state.on = false
      const keysLeft = () =>
        rowsOf(journal, "notes")
          .filter(({ name }) => /^batch [0-9a-f]{32}$/.test(String(name)))
          .map(({ value }) => (JSON.parse(String(value)) as ReadonlyArray<string>).length)
      assert.deepStrictEqual(keysLeft(), [3])
      yield* inProcess(at(server), journal, askAll([one]))
      assert.deepStrictEqual(keysLeft(), [2])
      yield* inProcess(at(server), journal, Effect.andThen(askAll([two]), askAll([three])))
      assert.deepStrictEqual(rowsOf(journal, "notes"), [])
      assert.deepStrictEqual(used(server), { files: 1, batches: 1, live: 0 })
    })
  )

  it.effect("batch forgets what nobody asked for in 30 days", () =>
    Effect.gen(function* () {
      for (const days of [29, 31]) {
        const { plan, state } = holding()
        const server = yield* faultServer({ plan, batch: { ms: 0 } })
        const journal = yield* journalFile
        yield* stopWaiting(at(server), journal, ["one", "two"], () => state.looks > 0)
        state.on = false
        yield* TestClock.adjust(days * 86_400_000)
        yield* inProcess(at(server), journal, askAll(["one"]))
        assert.strictEqual(used(server).batches, days === 29 ? 1 : 2)
        assert.strictEqual(rowsOf(journal, "notes").length, days === 29 ? 2 : 0)
      }
    })
  )

  it.effect("batch keeps the batches of two servers apart in one journal", () =>
    Effect.gen(function* () {
      const here = holding()
      const there = holding()
      const journal = yield* journalFile
      const first = yield* faultServer({ plan: here.plan, batch: { ms: 0 } })
      const second = yield* faultServer({ plan: there.plan, batch: { ms: 0 } })
      // One name for both, so that their requests have the same keys.
      const [atFirst, atSecond] = [at(first, { endpointName: "one" }), at(second, { endpointName: "one" })]
      yield* stopWaiting(atFirst, journal, ["one"], () => here.state.looks > 0)
      yield* stopWaiting(atSecond, journal, ["two"], () => there.state.looks > 0)
      here.state.on = false
      there.state.on = false
      yield* inProcess(atSecond, journal, askAll(["two"]))
      yield* inProcess(atFirst, journal, askAll(["one"]))
      for (const server of [first, second]) {
        assert.deepStrictEqual(used(server), { files: 1, batches: 1, live: 0 })
      }
      assert.deepStrictEqual(rowsOf(journal, "notes"), [])
    })
  )

  it.effect(
    "batch still counts under caps what it is under way with when the same is then asked live, which is said",
    () =>
      Effect.gen(function* () {
        const { plan, state } = holding()
        const journal = yield* journalFile
        const server = yield* faultServer({ plan, batch: { ms: 0 } })
        const asked = prompts(3)
        yield* stopWaiting(at(server), journal, asked, () => state.looks > 0, { calls: 5 })
        const live = openai({ model: "m", baseUrl: server.baseUrl, keyVariable: "PREFLOOM_TEST_ABSENT_KEY" })
        const said: Array<string> = []
        const logger = Logger.make(({ message }) => void said.push(String(message)))
        const run = inProcess(live, journal, askAll(asked), { calls: 5 }).pipe(Effect.provide(Logger.layer([logger])))
        const results = yield* run
        // Three in the batch and two live ones.
        assert.deepStrictEqual(results.map(reasonOf), [null, null, "budget"])
        assert.deepStrictEqual(used(server), { files: 1, batches: 1, live: 2 })
        assert.match(said.join(), /3 calls of this run are under way in a batch/)
        // Nor does a later process forget them.
        assert.deepStrictEqual((yield* run).map(reasonOf), [null, null, "budget"])
        assert.strictEqual(used(server).live, 2)
      })
  )

  it.effect("batch sends requests again when the server has forgotten their batch", () =>
    Effect.gen(function* () {
      const server = yield* faultServer({
        plan: ({ path: asked }) =>
          asked === "/v1/batches/batch_1"
            ? { kind: "status", status: 404, body: { error: { message: "No such batch" } } }
            : null
      })
      const results = yield* inProcess(at(server), ":memory:", askAll(prompts(2)))
      assert.isTrue(results.every(Result.isSuccess))
      assert.strictEqual(used(server).batches, 2)
    })
  )

  it.effect("batch waits out an outage and a broken file", () =>
    Effect.gen(function* () {
      let nFaults = 0
      const journal = yield* journalFile
      const server = yield* faultServer({
        plan: (seen) => {
          if (isLook(seen) && nFaults < 10) return { kind: nFaults++ % 2 === 0 ? "drop" : "invalidJson", bytes: 0 }
          return seen.path.endsWith("/content") && nFaults++ < 12 ? { kind: "truncatedJson" } : null
        }
      })
      const results = yield* inProcess(at(server), journal, askAll(prompts(5)))
      assert.deepStrictEqual(texts(results), yield* liveAnswers(prompts(5)))
      assert.deepStrictEqual(used(server), { files: 1, batches: 1, live: 0 })
      assert.isAtLeast(nFaults, 12)
      assert.strictEqual(rowsOf(journal, "calls").length, 5)
    })
  )

  const failed =
    (data: ReadonlyArray<object>): Plan =>
    (seen) =>
      seen.path === "/v1/batches/batch_1"
        ? { kind: "answer", body: { id: "batch_1", status: "failed", errors: { object: "list", data } } }
        : null

  it.effect("batch stops with the server's words when validation fails", () =>
    Effect.gen(function* () {
      const journal = yield* journalFile
      const server = yield* faultServer({
        plan: failed([{ code: "model_not_found", message: "No model m here.", line: null }])
      })
      const [result] = yield* inProcess(at(server), journal, askAll(["one"]))
      assert.strictEqual(reasonOf(result), "badRequest")
      assert.match(texts([result as never])[0]!, /batch_1 failed validation: No model m here\./)
      assert.deepStrictEqual(
        rowsOf(journal, "notes").map(({ name }) => name),
        [refusedNote]
      )
      assert.strictEqual(used(server).batches, 1)
    })
  )

  it.effect("batch rejects the lines that validation names and sends the others again", () =>
    Effect.gen(function* () {
      const server = yield* faultServer({ plan: failed([{ code: "invalid_json_line", message: "Odd.", line: 2 }]) })
      const results = yield* inProcess(at(server), ":memory:", askAll(prompts(3)))
      assert.deepStrictEqual(results.map(Result.isSuccess), [true, false, true])
      assert.match(texts(results)[1]!, /batch_1 failed validation: Odd\./)
      assert.deepStrictEqual(used(server), { files: 2, batches: 2, live: 0 })
    })
  )

  it.effect("batch says what to do about a request that validation refuses, as where it is refused live", () =>
    Effect.gen(function* () {
      const message = "Unsupported value: 'temperature' does not support 0.5 with this model."
      for (const line of [null, 1]) {
        const server = yield* faultServer({ plan: failed([{ code: "invalid_request", message, line }]) })
        const [result] = yield* inProcess(at(server), ":memory:", askAll(["one"]))
        assert.strictEqual(reasonOf(result), "badRequest")
        assert.match(texts([result as never])[0]!, /turn thinking off/)
      }
    })
  )

  it.effect("batch waits for its other batches when the server's queue is full, and stops when it has none", () =>
    Effect.gen(function* () {
      const full = yield* faultServer({ batch: { invalid: () => true } })
      const [result] = yield* inProcess(at(full), ":memory:", askAll(["one"]))
      assert.strictEqual(reasonOf(result), "outOfCredit")
      assert.match(texts([result as never])[0]!, /Enqueued token limit reached.*lower maxRequests/)
      assert.strictEqual(used(full).batches, 1)

      const { plan, state } = holding()
      const busy = yield* faultServer({
        batch: { invalid: (number) => number === 2, ms: 0 },
        plan: (seen) => (seen.path === "/v1/batches/batch_1" ? plan(seen) : null)
      })
      const results = yield* inProcess(
        at(busy, { maxRequests: 2 }),
        ":memory:",
        Effect.gen(function* () {
          yield* Effect.forkChild(
            Effect.gen(function* () {
              while (state.looks < 6) yield* Effect.sleep(100)
              assert.strictEqual(used(busy).batches, 2)
              state.on = false
            })
          )
          return yield* askAll(prompts(4))
        })
      )
      assert.isTrue(results.every(Result.isSuccess))
      assert.strictEqual(used(busy).batches, 3)
    })
  )

  it.effect("batch writes no key down and says what it waits for", () =>
    Effect.gen(function* () {
      const keyVariable = "PREFLOOM_TEST_BATCH_KEY"
      yield* Effect.acquireRelease(
        Effect.sync(() => (process.env[keyVariable] = "sk-batch-71c0ffee")),
        () => Effect.sync(() => delete process.env[keyVariable])
      )
      const { plan, state } = holding()
      const server = yield* faultServer({ plan, keepBodies: true })
      const journal = yield* journalFile
      let status: () => string | null = () => null
      const source = Effect.map(at(server, { keyVariable }), (provider) => {
        status = provider.status!
        return provider
      })
      yield* stopWaiting(source, journal, ["one"], () => state.looks >= 2)
      assert.isTrue(server.seen.every(({ headers }) => headers.authorization === "Bearer sk-batch-71c0ffee"))
      assert.notInclude(JSON.stringify([rowsOf(journal, "notes"), server.seen.map(({ body }) => body)]), "71c0ffee")
      const said: Array<string | null> = []
      state.on = true
      yield* inProcess(
        source,
        journal,
        Effect.gen(function* () {
          const before = state.looks
          yield* Effect.forkChild(askAll(["one"]))
          while (state.looks < before + 2) yield* Effect.sleep(100)
          said.push(status())
          state.on = false
          yield* askAll(["one"])
          said.push(status())
        })
      )
      assert.deepStrictEqual(said, ["batch_1: 1 of 4 done", null])
    })
  )

  it.effect("batch refuses several servers and sizes that no server takes", () =>
    Effect.gen(function* () {
      const problemOf = (more: Partial<BatchOptions>) =>
        Effect.map(Effect.exit(Effect.scoped(batch({ model: "m", ...more }))), String)
      assert.match(
        yield* problemOf({ baseUrl: ["http://a/v1", "http://b/v1"], endpointName: "x" }),
        /found 2 base URLs, expected one/
      )
      assert.match(
        yield* problemOf({ maxRequests: 50_001 }),
        /found maxRequests 50001, expected a whole number from 1 to 50,000/
      )
      assert.match(yield* problemOf({ maxRequests: 5, minRequests: 6 }), /found minRequests 6/)
      assert.match(yield* problemOf({ quietMs: -1 }), /found quietMs -1/)
    })
  )

  it.effect(
    "batch answers 2,000 requests, each once, on a server where all sorts of things go wrong",
    () =>
      Effect.gen(function* () {
        const server = yield* faultServer({
          batch: {
            fate: ({ batch: number, line }) =>
              line % 97 === 0 ? 500 : number % 3 === 0 && line % 50 === 0 ? "expired" : line % 41 === 0 ? "twice" : 200
          },
          plan: ({ index, path: asked }) =>
            index % 7 === 0 && asked !== "/v1/chat/completions" ? { kind: "drop", bytes: 0 } : null
        })
        const results = yield* inProcess(at(server, { maxRequests: 300 }), yield* journalFile, askAll(prompts(2000)))
        assert.strictEqual(results.filter(Result.isSuccess).length, 2000)
        const counts = server.counts()
        assert.deepInclude(counts, { keysAnswered: 2000, mostAnswersToOneKey: 1 })
        assert.strictEqual(counts.billed.answers, 2000)
        assert.isAbove(counts.batchAnswered, 1900)
      }),
    60_000
  )

  it.effect("batch counts what a server goes on with when the process has ended, until its answers are taken", () =>
    Effect.gen(function* () {
      const { plan, state } = holding()
      const server = yield* faultServer({ plan })
      const journal = yield* journalFile
      const caps = { calls: 4 }
      const asked = prompts(4)
      yield* stopWaiting(at(server), journal, asked, () => state.looks > 0, caps)
      state.on = false
      // Something else would be paid on top of what the server does already.
      const other = yield* inProcess(at(server), journal, Effect.result(ask("another question")), caps)
      assert.strictEqual(reasonOf(other), "budget")
      assert.deepStrictEqual(used(server), { files: 1, batches: 1, live: 0 })
      const [answers, spent] = yield* inProcess(
        at(server),
        journal,
        Effect.gen(function* () {
          return [texts(yield* askAll(asked)), (yield* Journal).spent().get("m")] as const
        }),
        caps
      )
      assert.deepStrictEqual(answers, yield* liveAnswers(asked))
      assert.deepInclude(spent, { calls: 4, lostCalls: 0 })
      assert.strictEqual(server.counts().batchAnswered, 4)
      assert.deepStrictEqual(rowsOf(journal, "notes"), [])
    })
  )

  it.effect("batch counts nothing for a batch that failed validation", () =>
    Effect.gen(function* () {
      const server = yield* faultServer({ batch: { invalid: () => true } })
      const journal = yield* journalFile
      const caps = { calls: 2 }
      yield* inProcess(at(server), journal, askAll(prompts(2)), caps)
      assert.strictEqual(used(server).batches, 1)
      assert.deepStrictEqual(rowsOf(journal, "notes"), [])
    })
  )

  for (const [which, says] of [
    ["closed", /no connection in the first \d+ s: .*ECONNREFUSED/],
    ["forbidden", /no connection in the first \d+ s: bad port/]
  ] as const) {
    it.effect(
      `batch stops soon where a ${which} port keeps its server from ever being reached, and files nothing`,
      () =>
        Effect.gen(function* () {
          const closed = Effect.scoped(Effect.map(faultServer(), (server) => server.baseUrl))
          const baseUrl = which === "closed" ? yield* closed : "http://127.0.0.1:1/v1"
          const unreached = batch({ model: "m", baseUrl, keyVariable: "PREFLOOM_TEST_ABSENT_KEY", quietMs: 100 })
          const journal = yield* journalFile
          const asked = Effect.gen(function* () {
            const startedAt = yield* Clock.currentTimeMillis
            const results = yield* askAll(prompts(3))
            return { results, ms: (yield* Clock.currentTimeMillis) - startedAt }
          })
          const { ms, results } = yield* inProcess(unreached, journal, asked)
          for (const result of results) {
            const error = Result.isFailure(result) ? result.failure : null
            assert.isTrue(error instanceof LanguageModelError && error.oneRow !== true)
            assert.match(String(error), says)
          }
          assert.isBelow(ms, 120_000)
          assert.deepStrictEqual(rowsOf(journal, "calls"), [])
        })
    )
  }

  it.effect("batch opens live calls in the journal, where a cap counts them if the process dies", () =>
    Effect.gen(function* () {
      const server = yield* faultServer({ latencyMs: 100 })
      const journal = yield* journalFile
      const provider = at(server, { minRequests: 10 })
      const underWay = Effect.gen(function* () {
        yield* Effect.forkChild(askAll(prompts(3)))
        while (used(server).live < 3) yield* Effect.sleep(10)
        return rowsOf(journal, "openCalls").map(({ calls }) => calls)
      })
      assert.deepStrictEqual(yield* inProcess(provider, journal, underWay, { calls: 3 }), [3])
      const other = yield* inProcess(provider, journal, Effect.result(ask("another question")), { calls: 3 })
      assert.strictEqual(reasonOf(other), "budget")
      assert.strictEqual(used(server).live, 3)
    })
  )

  it.effect("batch counts what the server may still answer, and not the steps that failed", () =>
    Effect.gen(function* () {
      let isDown = true
      const server = yield* faultServer({
        plan: ({ path: asked }) => (isDown && asked.endsWith("/content") ? { kind: "drop", bytes: 0 } : null)
      })
      const journal = yield* journalFile
      const provider = at(server, { maxRetries: 0 })
      const caps = { calls: 2 }
      const askedTwo = Effect.gen(function* () {
        const results = yield* askAll(prompts(2))
        const { calls = 0, lostCalls = 0 } = (yield* Journal).spent().get("m") ?? {}
        return {
          results,
          spent: { calls, lostCalls },
          other: yield* Effect.result(ask("another question"))
        }
      })
      const first = yield* inProcess(provider, journal, askedTwo, caps)
      assert.deepStrictEqual(first.results.map(reasonOf), ["unreachable", "unreachable"])
      assert.deepStrictEqual(first.spent, { calls: 0, lostCalls: 0 })
      assert.strictEqual(reasonOf(first.other), "budget")
      isDown = false
      const retried = Effect.provide(askedTwo, services({ provider, journal, caps, retryFailures: true }))
      const second = yield* quickly(retried)
      assert.deepStrictEqual(texts(second.results), yield* liveAnswers(prompts(2)))
      assert.deepStrictEqual(second.spent, { calls: 2, lostCalls: 0 })
      assert.strictEqual(used(server).batches, 1)
    })
  )
})
