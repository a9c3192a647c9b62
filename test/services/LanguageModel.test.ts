import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { TestClock } from "effect/testing"
import { countTokens } from "gpt-tokenizer/encoding/o200k_base"
import { Journal, JournalError } from "../../src/Journal.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { Run } from "../../src/Run.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import { concernsOneRow, LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { Completion, Provider, ProviderSource, Request } from "../../src/services/Provider.ts"
import { textsOf } from "../../src/services/textsOf.ts"
import { requestFor } from "../contracts/provider.ts"
import { services, temporaryFolder } from "../stages/collect.ts"

const errorOf = (reason: LanguageModelError["reason"]) =>
  new LanguageModelError({ reason, provider: "p", model: "m", found: "it was found", remedy: "do this" })

const ask = Effect.fnUntraced(function* (prompt: string, more: Partial<Request> = {}) {
  const model = yield* LanguageModel
  return yield* model.complete(requestFor(prompt, more))
})

const counted = (usage: Completion["usage"]): Completion => ({
  text: "yes",
  finishReason: "stop",
  model: "served",
  usage,
  planted: null
})

const priced = (source: ProviderSource): ProviderSource =>
  Effect.map(source, (provider) => ({
    ...provider,
    price: () => ({ inputPerMillion: 0.5e6, outputPerMillion: 1e6 })
  }))

describe("LanguageModel", () => {
  it.effect(
    "LanguageModel counts what was answered, replayed and failed, with tokens and cost, counted or estimated, by the model asked",
    () =>
      Effect.gen(function* () {
        const script = scripted(({ task }) => {
          if (task.prompt === "fail") return Effect.fail(errorOf("contextTooLong"))
          return counted(task.prompt === "unmetered" ? null : { promptTokens: 10, completionTokens: 3 })
        })
        const { models } = yield* Effect.gen(function* () {
          for (const prompt of ["one", "two", "one", "unmetered"]) yield* ask(prompt)
          yield* Effect.flip(ask("fail"))
          yield* ask("one", { model: "other" })
          return (yield* Run).progress
        }).pipe(Effect.provide(services({ provider: priced(script) })))
        const nPrompt = textsOf(requestFor("unmetered")).reduce((sum, text) => sum + countTokens(text), 0)
        const nAnswer = countTokens("yes")
        assert.isAbove(nPrompt, 0)
        assert.deepStrictEqual(Object.fromEntries(models), {
          scripted: {
            inFlight: 0,
            answered: 3,
            samples: 3,
            replayed: 1,
            failed: 1,
            retried: 0,
            lost: 0,
            promptTokens: 20 + nPrompt,
            completionTokens: 6 + nAnswer,
            estimatedTokens: nPrompt + nAnswer,
            costUsd: 16 + 0.5 * nPrompt + nAnswer
          },
          other: {
            inFlight: 0,
            answered: 1,
            samples: 1,
            replayed: 0,
            failed: 0,
            retried: 0,
            lost: 0,
            promptTokens: 10,
            completionTokens: 3,
            estimatedTokens: 0,
            costUsd: 8
          }
        })
      })
  )

  it.effect("LanguageModel leaves a cost unknown, not zero, where there is no price", () =>
    Effect.gen(function* () {
      const script = scripted(() => counted({ promptTokens: 10, completionTokens: 3 }))
      const provider = Effect.map(script, (made): Provider => ({ ...made, price: () => null }))
      const { models } = yield* Effect.andThen(ask("one"), Run.pipe(Effect.map(({ progress }) => progress))).pipe(
        Effect.provide(services({ provider }))
      )
      assert.isNull(models.get("scripted")!.costUsd)
    })
  )

  it.effect("LanguageModel counts calls in flight, brings them to their end and sends no call that nobody wants", () =>
    Effect.gen(function* () {
      const provider = scripted(() => Effect.delay(Effect.succeed("yes"), 100), { concurrency: 2 })
      yield* Effect.gen(function* () {
        const { progress } = yield* Run
        const fibers = yield* Effect.forEach(["a", "b", "c"], (prompt) => Effect.forkChild(ask(prompt)))
        yield* TestClock.adjust(50)
        const counts = progress.model("scripted")
        assert.deepStrictEqual([counts.inFlight, counts.answered], [2, 0])
        yield* Effect.forEach(fibers, Fiber.interrupt)
        yield* TestClock.adjust(100)
        // Writing them down takes real time.
        yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 50)))
        assert.deepStrictEqual([counts.inFlight, counts.answered, counts.failed], [0, 2, 0])
      }).pipe(Effect.provide(services({ provider })))
    })
  )

  it.effect("LanguageModel tells what provider stands behind it, without its functions", () =>
    Effect.gen(function* () {
      const { provider } = yield* LanguageModel
      assert.deepStrictEqual(provider, {
        name: "scripted",
        endpoint: "named",
        defaultModel: "named",
        simulated: true,
        capabilities: ["seed", "prefix", "topLogProbs"]
      })
    }).pipe(Effect.provide(services({ provider: scripted(() => "yes", { name: "named" }) })))
  )

  it.live("LanguageModel asks everything again with a fresh journal, once", () =>
    Effect.gen(function* () {
      const journal = path.join(yield* temporaryFolder, "journal.sqlite")
      let calls = 0
      const provider = scripted(() => `answer ${++calls}`)
      const twice = Effect.all([ask("one"), ask("one")]).pipe(Effect.map((answers) => answers.map(({ text }) => text)))
      const run = (fresh: boolean) => twice.pipe(Effect.provide(services({ provider, journal, fresh })))
      assert.deepStrictEqual(yield* run(false), ["answer 1", "answer 1"])
      assert.deepStrictEqual(yield* run(true), ["answer 2", "answer 2"])
      assert.deepStrictEqual(yield* run(false), ["answer 2", "answer 2"])
    })
  )

  const problem = new JournalError({ file: "f", found: "disk full", remedy: "free some" })

  it.effect("LanguageModel fails rather than return an answer that could not be kept", () =>
    Effect.gen(function* () {
      const model = yield* LanguageModel
      const error = yield* Effect.flip(model.complete(requestFor("one")))
      assert.strictEqual(error.message, problem.message)
    }).pipe(
      Effect.provide(
        services({
          provider: scripted(() => "yes"),
          journalService: Journal.of({
            file: "f",
            find: () => undefined,
            condemned: () => undefined,
            failedBefore: () => false,
            keep: () => Effect.fail(problem),
            onKept: (_entry, _call, tell) => tell(Exit.fail(problem)),
            condemn: () => Effect.void,
            onOpen: (_call, tell) => tell(Exit.void),
            forget: () => {},
            lose: () => Effect.void,
            sent: new Map(),
            send: () => Effect.void,
            unsend: () => {},
            spent: () => new Map(),
            spentInAll: () => new Map(),
            note: () => undefined,
            writeNote: () => Effect.void,
            size: () => 0
          })
        })
      )
    )
  )
})

describe("LanguageModel with a damaged journal", () => {
  const damaged = new JournalError({ file: "f", found: "damage", remedy: "move it away", isDamaged: true })

  it.effect("LanguageModel fails, and asks for nothing from then on, where the journal cannot be read", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const provider = scripted(
        ({ task }) => {
          asked.push(task.prompt)
          return "yes"
        },
        { embed: ({ text }) => [asked.push(text)] }
      )
      const journal = yield* Journal
      let isDamaged = false
      const find: typeof journal.find = (key) => {
        if (isDamaged) throw damaged
        return journal.find(key)
      }
      yield* Effect.gen(function* () {
        yield* ask("before")
        isDamaged = true
        assert.strictEqual(yield* Effect.flip(ask("one")), damaged)
        isDamaged = false
        // Where one page is damaged, others may be.
        const model = yield* LanguageModel
        assert.strictEqual(yield* Effect.flip(ask("two")), damaged)
        assert.strictEqual(yield* Effect.flip(model.samples(requestFor("three"), 3)), damaged)
        assert.strictEqual(yield* Effect.flip(model.embed({ text: "four", model: null })), damaged)
        // What was answered is at hand.
        yield* ask("before")
        assert.deepStrictEqual(asked, ["before"])
      }).pipe(Effect.provide(services({ provider, journalService: Journal.of({ ...journal, find }) })))
    }).pipe(Effect.provide(Journal.layer(":memory:")))
  )

  it.effect("LanguageModel fails in the same way where samples cannot be looked up", () =>
    Effect.gen(function* () {
      let nAsked = 0
      const provider: ProviderSource = Effect.map(
        scripted(() => "yes"),
        (plain) => ({
          ...plain,
          routes: plain.routes.map((route) => ({
            ...route,
            samples: () => {
              nAsked++
              return Effect.succeed([counted(null)])
            }
          }))
        })
      )
      const journal = yield* Journal
      const find = () => {
        throw damaged
      }
      const model = yield* Effect.provide(LanguageModel, services({ provider, journalService: { ...journal, find } }))
      assert.strictEqual(yield* Effect.flip(model.samples(requestFor("one"), 3)), damaged)
      assert.strictEqual(nAsked, 0)
    }).pipe(Effect.provide(Journal.layer(":memory:")))
  )
})

describe("LanguageModel beyond completions", () => {
  const everything = scripted(() => "yes", {
    score: ({ text }) => [{ token: text, logProb: -1.5 }],
    embed: ({ text }) => [text.length, 2],
    reward: ({ messages }) => [messages.length]
  })

  it.live("LanguageModel scores, embeds and rewards, each once", () =>
    Effect.gen(function* () {
      const journal = path.join(yield* temporaryFolder, "journal.sqlite")
      const asked = Effect.gen(function* () {
        const model = yield* LanguageModel
        const score = yield* model.score({ context: "a", text: "bc", model: null })
        const embedding = yield* model.embed({ text: "abc", model: null })
        const reward = yield* model.reward({ messages: [{ role: "user", content: "q" }], text: "a", model: null })
        return [score.tokens, embedding.vector, reward.scores, (yield* Run).progress.model("scripted").answered]
      }).pipe(Effect.provide(services({ provider: everything, journal })))
      assert.deepStrictEqual(yield* asked, [[{ token: "bc", logProb: -1.5 }], [3, 2], [1], 3])
      assert.deepStrictEqual((yield* asked)[3], 0)
    })
  )

  it.effect("LanguageModel refuses what its provider does not declare, before any call", () =>
    Effect.gen(function* () {
      let nAsked = 0
      const plain: ProviderSource = Effect.map(
        scripted(() => {
          nAsked++
          return "yes"
        }),
        (provider) => ({ ...provider, capabilities: [] })
      )
      yield* Effect.gen(function* () {
        const model = yield* LanguageModel
        const errors = [
          yield* Effect.flip(ask("one", { prefix: "It" })),
          yield* Effect.flip(ask("one", { topLogProbs: 2 })),
          yield* Effect.flip(model.embed({ text: "a", model: null }))
        ]
        for (const [i, capability] of ["prefix", "topLogProbs", "embed"].entries()) {
          const error = errors[i]
          assert.isTrue(error instanceof LanguageModelError && error.reason === "unsupported")
          assert.include(error?.message ?? "", `does not declare "${capability}"`)
        }
      }).pipe(Effect.provide(services({ provider: plain })))
      assert.strictEqual(nAsked, 0)
    })
  )
})

describe("LanguageModelError", () => {
  it("LanguageModelError says what failed, what was found and what to do", () => {
    assert.strictEqual(errorOf("timedOut").message, 'Cannot get an answer from p model "m": it was found; do this')
  })

  it("LanguageModelError concerns one row alone when the filter or the length refuses it", () => {
    const reasons = LanguageModelError.fields.reason.literals
    assert.deepStrictEqual(
      reasons.filter((reason) => concernsOneRow(errorOf(reason))),
      ["contentFilter", "contextTooLong"]
    )
  })

  it.effect("LanguageModel gives an answer that nobody could use again where asking for another one fails", () =>
    Effect.gen(function* () {
      const journal = path.join(yield* temporaryFolder, "journal.sqlite")
      let isRefusing = false
      const source = scripted(() => (isRefusing ? Effect.fail(errorOf("contextTooLong")) : "paid"))
      const run = <A, E>(whole: Effect.Effect<A, E, LanguageModel>, retryFailures = false) =>
        whole.pipe(Effect.provide(services({ provider: source, journal, retryFailures })))
      yield* run(
        Effect.gen(function* () {
          yield* ask("one")
          yield* (yield* LanguageModel).condemn(requestFor("one"), "unusable")
        })
      )
      isRefusing = true
      assert.strictEqual((yield* run(ask("one"), true)).text, "paid")
      assert.strictEqual((yield* run(Effect.flip(ask("two")), true))._tag, "LanguageModelError")
      // Nothing of it is lost: a run as before has it, and another retry asks again.
      assert.strictEqual((yield* run(ask("one"))).text, "paid")
      isRefusing = false
      assert.strictEqual((yield* run(ask("one"), true)).text, "paid")
    })
  )

  it.effect("LanguageModel says that the journal is damaged where an answer in it is no JSON, and asks no more", () =>
    Effect.gen(function* () {
      const journal = path.join(yield* temporaryFolder, "journal.sqlite")
      const asked: Array<string> = []
      const source = scripted(({ task }) => {
        asked.push(task.prompt)
        return "paid"
      })
      const run = <A, E>(whole: Effect.Effect<A, E, LanguageModel>) =>
        whole.pipe(Effect.provide(services({ provider: source, journal })))
      yield* run(ask("one"))
      const database = new DatabaseSync(journal)
      database.exec("UPDATE calls SET answer = substr(answer, 2)")
      database.close()
      const errors = yield* run(Effect.all([Effect.flip(ask("one")), Effect.flip(ask("two"))]))
      for (const error of errors) {
        assert.match(String(error), /journal\.sqlite": an answer that is no JSON, .*prefloom journal export/)
      }
      const now = (sql: string) => {
        const damaging = new DatabaseSync(journal)
        damaging.exec(sql)
        damaging.close()
      }
      now(`UPDATE calls SET answer = 'null', failure = '{"rea'`)
      assert.match(String(yield* run(Effect.flip(ask("one")))), /a failure that is no JSON, .*prefloom journal export/)
      now(`INSERT INTO notes VALUES ('refused', '["x')`)
      assert.match(String(yield* Effect.flip(run(ask("two")))), /a note that is no JSON, .*prefloom journal export/)
      assert.deepStrictEqual(asked, ["one"])
    })
  )
})
