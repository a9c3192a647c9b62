import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { TestClock } from "effect/testing"
import type { BudgetCaps } from "../../src/Budget.ts"
import { Journal, JournalError } from "../../src/Journal.ts"
import { Run } from "../../src/Run.ts"
import { LanguageModel, sampleOf } from "../../src/services/LanguageModel.ts"
import { concernsOneRow, LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { ProviderSource } from "../../src/services/Provider.ts"
import { requestFor } from "../contracts/provider.ts"
import { services } from "../stages/collect.ts"
import { ask, behaving, errorOf, journalIn, kept, manyFor, passing, wholeCompletion } from "./behaving.ts"

describe("exchange", () => {
  for (const reason of ["rateLimited", "overloaded", "timedOut", "unreachable", "malformed"] as const) {
    it.live(`exchange asks again after ${reason}`, () =>
      Effect.gen(function* () {
        const { asked, source } = behaving([(_, nth) => (nth < 1 ? reason : {})])
        const { counts, text } = yield* Effect.gen(function* () {
          const answer = yield* ask("one")
          return { text: answer.text, counts: (yield* Run).progress.model("m") }
        }).pipe(Effect.provide(services({ provider: source })))
        assert.strictEqual(text, "to one")
        assert.strictEqual(asked.length, 2)
        assert.deepStrictEqual([counts.answered, counts.failed, counts.retried, counts.inFlight], [1, 1, 1, 0])
      })
    )
  }

  it.live("exchange waits as long as the server asks", () =>
    Effect.gen(function* () {
      const { source } = behaving([(_, nth) => (nth === 0 ? errorOf("rateLimited", { retryAfterMs: 900 }) : {})])
      const startedAt = performance.now()
      yield* ask("one").pipe(Effect.provide(services({ provider: source })))
      assert.isAtLeast(performance.now() - startedAt, 900)
    })
  )

  it.live("exchange says of one try that it was one, and no time where that is none", () =>
    Effect.gen(function* () {
      const limits = { maxRetries: 0 }
      const { source } = behaving([(prompt) => (prompt === "slow bad" ? "overloaded" : {})], { limits })
      const both = Effect.all([Effect.flip(ask("slow bad")), ask("good")], { concurrency: 2 })
      const [{ message }] = yield* both.pipe(Effect.provide(services({ provider: source })))
      assert.match(message, /found overloaded \(1 try(?: in \d+\.\d s)?\)/)
      assert.notInclude(message, "in 0.0 s")
    })
  )

  it.live("exchange gives one request up after its tries, files that, and asks again only when told to", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      const { asked, source } = behaving([(prompt, nth) => (prompt === "bad" && nth < 3 ? "overloaded" : {})])
      const others = Effect.forEach(
        Array.from({ length: 20 }, (_, i) => `good ${i}`),
        (prompt) => Effect.delay(ask(prompt), 100)
      )
      const both = Effect.all([Effect.flip(ask("bad")), others], { concurrency: 2 })
      const [first] = yield* both.pipe(Effect.provide(services({ provider: source, journal })))
      assert.instanceOf(first, LanguageModelError)
      assert.isTrue(first instanceof LanguageModelError && first.oneRow === true)
      assert.match(first.message, /found overloaded \(3 tries in .* s\).*--retry-rejects/)
      assert.lengthOf(asked, 23)
      const [again] = yield* both.pipe(Effect.provide(services({ provider: source, journal })))
      assert.strictEqual(again.message, first.message)
      assert.lengthOf(asked, 23)
      const answer = yield* ask("bad").pipe(
        Effect.provide(services({ provider: source, journal, retryFailures: true }))
      )
      assert.strictEqual(answer.text, "to bad")
      const later = yield* ask("bad").pipe(Effect.provide(services({ provider: source, journal })))
      assert.deepStrictEqual(later, answer)
      assert.lengthOf(asked, 24)
    })
  )

  for (const reason of ["contentFilter", "contextTooLong"] as const) {
    it.live(`exchange takes ${reason} for an answer about one row, once`, () =>
      Effect.gen(function* () {
        const journal = yield* journalIn
        const { asked, source } = behaving([() => reason])
        const run = Effect.flip(ask("one")).pipe(Effect.provide(services({ provider: source, journal })))
        const [first, second] = [yield* run, yield* run]
        assert.strictEqual(second.message, first.message)
        assert.strictEqual(asked.length, 1)
      })
    )
  }

  /** Asks for all at once and gives what came of each, once a time has passed in which nothing else was asked. */
  const allAtOnce = Effect.fnUntraced(function* (prompts: ReadonlyArray<string>, time: Duration.Input) {
    const asking = yield* Effect.forkChild(
      Effect.forEach(prompts, (prompt) => Effect.result(ask(prompt)), { concurrency: "unbounded" }),
      { startImmediately: true }
    )
    yield* passing(time)
    // The journal writes in its own time.
    for (let i = 0; i < 400 && asking.pollUnsafe() === undefined; i++) {
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))
    }
    assert.isDefined(asking.pollUnsafe())
    return yield* Fiber.join(asking)
  })

  it.effect("exchange rejects for now the last rows of a run that the server breaks down over each time", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      const { asked, source } = behaving([(prompt) => (prompt.startsWith("bad") ? "overloaded" : {})], {
        limits: { maxRetries: 5 }
      })
      const prompts = ["good", "bad 1", "bad 2", "slow good"]
      const run = (time: Duration.Input) =>
        allAtOnce(prompts, time).pipe(Effect.provide(services({ provider: source, journal })))
      for (const [time, nFiled] of [
        ["150 seconds", 0],
        ["60 seconds", 2]
      ] as const) {
        const results = yield* run(time)
        assert.deepStrictEqual(results.map(Result.isSuccess), [true, false, false, true])
        const errors = results.flatMap((result) => (Result.isFailure(result) ? [result.failure] : []))
        assert.isTrue(errors.every((error) => error instanceof LanguageModelError && concernsOneRow(error)))
        assert.deepStrictEqual(yield* kept(journal), { good: 2, failures: nFiled })
      }
      const nAsked = asked.length
      yield* run("1 second")
      assert.lengthOf(asked, nAsked)
    })
  )

  for (const { few, until } of [
    { few: 3, until: 40 },
    { few: 15, until: 55 }
  ]) {
    it.effect(
      `exchange brings ${few} last rows home over an outage of ${until} s that begins with some of them answered`,
      () =>
        Effect.gen(function* () {
          const journal = yield* journalIn
          const clock = yield* Clock.Clock
          const startedAt = clock.currentTimeMillisUnsafe()
          const isWell = () => clock.currentTimeMillisUnsafe() >= startedAt + until * 1000
          const { source } = behaving([(prompt) => (prompt.startsWith("slow") || isWell() ? {} : "overloaded")])
          const prompts = ["slow last", ...Array.from({ length: few }, (_, i) => `row ${i}`)]
          const results = yield* allAtOnce(prompts, "3 minutes").pipe(
            Effect.provide(services({ provider: source, journal }))
          )
          assert.isTrue(results.every(Result.isSuccess))
          assert.deepStrictEqual(yield* kept(journal), { good: few + 1, failures: 0 })
        })
    )
  }

  for (const reason of ["overloaded", "malformed"] as const) {
    it.effect(
      `exchange brings all home where the server gives "${reason}" for a while, and asks little meanwhile`,
      () =>
        Effect.gen(function* () {
          const journal = yield* journalIn
          let isWell = true
          const error = errorOf(reason, { isUnreadable: reason === "malformed" })
          const { asked, source } = behaving([() => (isWell ? {} : error)], {
            limits: { maxRetries: 5, concurrency: 64 }
          })
          const rows = Array.from({ length: 100 }, (_, i) => `row ${i}`)
          yield* Effect.gen(function* () {
            assert.isTrue((yield* allAtOnce(["first"], "30 seconds")).every(Result.isSuccess))
            isWell = false
            const asking = yield* Effect.forkChild(allAtOnce(rows, "2 minutes"), { startImmediately: true })
            yield* passing("25 seconds")
            assert.isBelow(asked.length, 1 + 2 * 64)
            isWell = true
            yield* passing("95 seconds")
            assert.isTrue((yield* Fiber.join(asking)).every(Result.isSuccess))
          }).pipe(Effect.provide(services({ provider: source, journal })))
          assert.deepStrictEqual(yield* kept(journal), { good: 101, failures: 0 })
        })
    )
  }

  it.effect("exchange brings all home where the server is not ready at the beginning, be they few", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const startedAt = clock.currentTimeMillisUnsafe()
      const { source } = behaving([() => (clock.currentTimeMillisUnsafe() < startedAt + 45_000 ? "overloaded" : {})], {
        limits: { maxRetries: 5 }
      })
      const rows = Array.from({ length: 3 }, (_, i) => `row ${i}`)
      const results = yield* allAtOnce(rows, "2 minutes").pipe(Effect.provide(services({ provider: source })))
      assert.isTrue(results.every(Result.isSuccess))
    })
  )

  it.effect("exchange does not wait as long as a server says that is down", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const startedAt = clock.currentTimeMillisUnsafe()
      const error = errorOf("overloaded", { retryAfterMs: 3_600_000 })
      const { source } = behaving([() => (clock.currentTimeMillisUnsafe() < startedAt + 20_000 ? error : {})])
      const rows = Array.from({ length: 100 }, (_, i) => `row ${i}`)
      const results = yield* allAtOnce(rows, "2 minutes").pipe(Effect.provide(services({ provider: source })))
      assert.isTrue(results.every(Result.isSuccess))
    })
  )

  it.effect(
    "exchange rejects the last rows of a run that a server breaks down over for long, and asks them once more",
    () =>
      Effect.gen(function* () {
        const journal = yield* journalIn
        const { asked, source } = behaving([(prompt) => (prompt === "good" ? {} : "overloaded")])
        const run = (time: Duration.Input) =>
          Effect.gen(function* () {
            asked.length = 0
            const good = yield* Effect.forkChild(ask("good"), { startImmediately: true })
            yield* TestClock.adjust("1 second")
            yield* Fiber.join(good)
            const { errors, isOver } = yield* manyFor(time, 20)
            assert.isTrue(isOver)
            return yield* errors
          }).pipe(Effect.provide(services({ provider: source, journal })))
        for (const error of yield* run("15 minutes")) {
          assert.isTrue(error instanceof LanguageModelError && error.oneRow === true)
          assert.match(
            error.message,
            /found overloaded; no other call was answered for \d+ min; running again asks once more/
          )
        }
        assert.deepStrictEqual(yield* kept(journal), { good: 1, failures: 0 })
        // Whoever fails again is at fault, and not the server.
        for (const error of yield* run("1 minute")) assert.match(error.message, /\(3 tries in .* --retry-rejects/)
        assert.lengthOf(asked, 20 * 3)
        assert.deepStrictEqual(yield* kept(journal), { good: 1, failures: 20 })
      })
  )

  it.effect("exchange stops where a server breaks down over more rows than may be at fault", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      const { source } = behaving([(prompt) => (prompt === "good" ? {} : "overloaded")])
      yield* Effect.gen(function* () {
        const good = yield* Effect.forkChild(ask("good"), { startImmediately: true })
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(good)
        const { errors } = yield* manyFor("8 minutes", 40)
        for (const { message } of yield* errors) assert.match(message, /no endpoint has answered for 5 min/)
      }).pipe(Effect.provide(services({ provider: source, journal })))
      assert.deepStrictEqual(yield* kept(journal), { good: 1, failures: 0 })
    })
  )

  it.effect("exchange stops where rows come one after the other and a server breaks down over each", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      const { asked, source } = behaving([(prompt) => (prompt === "good" ? {} : "overloaded")])
      yield* Effect.gen(function* () {
        const good = yield* Effect.forkChild(ask("good"), { startImmediately: true })
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(good)
        const asking = yield* Effect.forkChild(
          Effect.forEach(
            Array.from({ length: 200 }, (_, i) => `row ${i}`),
            (prompt) => Effect.flip(ask(prompt)),
            { concurrency: 8 }
          ),
          { startImmediately: true }
        )
        yield* passing("15 minutes")
        const errors = yield* Fiber.join(asking)
        assert.match(
          errors.at(-1)!.message,
          /no endpoint has answered for \d+ min: found overloaded; check that it runs/
        )
        assert.isAtMost(asked.length, 40)
      }).pipe(Effect.provide(services({ provider: source, journal })))
      assert.deepStrictEqual(yield* kept(journal), { good: 1, failures: 0 })
    })
  )

  it.effect("exchange loses no row to a server that is unwell for a while, however few are under way", () =>
    Effect.gen(function* () {
      let isUnwell = false
      const { source } = behaving([() => (isUnwell ? "overloaded" : {})])
      yield* Effect.gen(function* () {
        const first = yield* Effect.forkChild(ask("first"), { startImmediately: true })
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(first)
        isUnwell = true
        const asking = yield* Effect.forkChild(
          Effect.forEach(["one", "two", "three"], (prompt) => ask(prompt), { concurrency: 3 }),
          { startImmediately: true }
        )
        yield* TestClock.adjust("2 minutes")
        isUnwell = false
        yield* TestClock.adjust("2 minutes")
        assert.lengthOf(yield* Fiber.join(asking), 3)
      }).pipe(Effect.provide(services({ provider: source })))
    })
  )

  for (const reason of ["authentication", "outOfCredit", "badRequest"] as const) {
    it.live(`exchange asks another endpoint where one refuses for ${reason}, and stops where all do`, () =>
      Effect.gen(function* () {
        const { asked, source } = behaving([() => reason, () => ({})])
        const prompts = Array.from({ length: 60 }, (_, i) => `prompt ${i}`)
        const texts = yield* Effect.forEach(prompts, (prompt) => ask(prompt), { concurrency: 8 }).pipe(
          Effect.provide(services({ provider: source }))
        )
        assert.lengthOf(texts, 60)
        // It is left alone after a while.
        assert.isAtMost(asked.filter(({ route }) => route === 0).length, 24)
        const both = behaving([() => reason, () => reason])
        const error = yield* Effect.flip(ask("one")).pipe(Effect.provide(services({ provider: both.source })))
        assert.isTrue(error instanceof LanguageModelError && error.reason === reason && error.oneRow !== true)
        assert.sameMembers(
          both.asked.map(({ route }) => route),
          [0, 1]
        )
      })
    )
  }

  it.live("exchange stops soon where all of several endpoints refuse, however many calls wait", () =>
    Effect.gen(function* () {
      for (const reasons of [
        ["authentication", "authentication"],
        ["badRequest", "badRequest"],
        ["badRequest", "authentication"]
      ] as const) {
        const { asked, source } = behaving([() => reasons[0], () => reasons[1]], { limits: { concurrency: 32 } })
        // As a stage does: the first failure takes the other calls back.
        const error = yield* Effect.forEach(
          Array.from({ length: 1000 }, (_, i) => `prompt ${i}`),
          (prompt) => ask(prompt),
          { concurrency: "unbounded" }
        ).pipe(Effect.flip, Effect.provide(services({ provider: source })), Effect.timeout("10 seconds"))
        assert.isTrue(error instanceof LanguageModelError && error.oneRow !== true)
        assert.isAtMost(asked.length, 300)
      }
    })
  )

  it.live(
    "exchange stops when an endpoint is held off by its limit for longer than the deadline, however many wait",
    () =>
      Effect.gen(function* () {
        const { source } = behaving([() => errorOf("rateLimited", { retryAfterMs: 1500 })], {
          limits: { deadlineMs: 3000, concurrency: 4 }
        })
        const errors = yield* Effect.forEach(
          Array.from({ length: 50 }, (_, i) => `prompt ${i}`),
          (prompt) => Effect.flip(ask(prompt)),
          { concurrency: "unbounded" }
        ).pipe(Effect.provide(services({ provider: source })), Effect.timeout("20 seconds"))
        assert.isTrue(errors.every((error) => error instanceof LanguageModelError && error.oneRow !== true))
        assert.match(String(errors[0]), /no call through for/)
      })
  )

  it.live(
    "exchange counts no pause, and no time in which nobody asks, as one in which a limit lets nothing through",
    () =>
      Effect.gen(function* () {
        const { source } = behaving(
          [
            (prompt, nth) =>
              prompt === "long" && nth > 0
                ? "contextTooLong"
                : nth < 2
                  ? errorOf("rateLimited", { retryAfterMs: 50 })
                  : {}
          ],
          { limits: { deadlineMs: 2000 } }
        )
        yield* Effect.gen(function* () {
          const { control } = yield* Run
          const paused = yield* Effect.forkChild(ask("paused"), { startImmediately: true })
          yield* Effect.sleep(40)
          control.pause()
          yield* Effect.sleep(2500)
          control.resume()
          assert.strictEqual((yield* Fiber.join(paused)).text, "to paused")
          assert.strictEqual((yield* Effect.flip(ask("long")))._tag, "LanguageModelError")
          yield* Effect.sleep(2500)
          assert.strictEqual((yield* ask("idle")).text, "to idle")
        }).pipe(Effect.provide(services({ provider: source })))
      })
  )

  it.live("exchange asks a row again that was told to wait for longer than its deadline", () =>
    Effect.gen(function* () {
      const { source } = behaving([(_, nth) => (nth === 0 ? errorOf("rateLimited", { retryAfterMs: 86_400_000 }) : {})])
      const { text } = yield* ask("one").pipe(Effect.provide(services({ provider: source })))
      assert.strictEqual(text, "to one")
    })
  )

  it.live("exchange stops, and files nothing, when a limit lets nothing through until the deadline", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      const limited = behaving([() => errorOf("rateLimited", { retryAfterMs: 86_400_000 })], {
        limits: { deadlineMs: 1500 }
      })
      const error = yield* Effect.flip(ask("one")).pipe(Effect.provide(services({ provider: limited.source, journal })))
      assert.isFalse(error instanceof LanguageModelError && error.oneRow === true)
      assert.match(String(error), /no call through for [0-9.]+ s, and says to wait 1440 min/)
      const size = yield* Effect.map(Journal, (opened) => opened.size()).pipe(Effect.provide(Journal.layer(journal)))
      assert.strictEqual(size, 0)
    })
  )

  it.live("exchange sends nothing more once the journal cannot be written", () =>
    Effect.gen(function* () {
      const { asked, source } = behaving([() => ({})])
      yield* Effect.gen(function* () {
        const journal = yield* Journal
        const problem = new JournalError({ file: "f", found: "a full disk", remedy: "make room" })
        const broken = Journal.of({ ...journal, onKept: (_, __, tell) => tell(Exit.fail(problem)) })
        const prompts = Array.from({ length: 100 }, (_, i) => `prompt ${i}`)
        const errors = yield* Effect.forEach(prompts, (prompt) => Effect.flip(ask(prompt)), { concurrency: 100 }).pipe(
          Effect.provide(LanguageModel.layer(source)),
          Effect.provideService(Journal, broken)
        )
        assert.isTrue(errors.every((error) => error instanceof JournalError))
        // Those whose answers could not be kept, and those that had their lanes by then.
        assert.isAtMost(asked.length, 16)
      }).pipe(Effect.provide(services({ provider: source })))
    })
  )

  it.live("exchange burns no more calls than are in flight when the key is wrong", () =>
    Effect.gen(function* () {
      const { asked, source } = behaving([() => "authentication"])
      const outcomes = yield* Effect.forEach(
        Array.from({ length: 1000 }, (_, i) => `prompt ${i}`),
        (prompt) => Effect.flip(ask(prompt)),
        { concurrency: "unbounded" }
      ).pipe(Effect.provide(services({ provider: source })))
      assert.isTrue(outcomes.every((error) => error instanceof LanguageModelError && error.reason === "authentication"))
      assert.strictEqual(asked.length, 8)
    })
  )

  it.live("exchange lets calls in flight come home before a fatal error ends the run", () =>
    Effect.gen(function* () {
      const { source } = behaving([(prompt) => (prompt === "bad" ? "unsupported" : {})])
      yield* Effect.gen(function* () {
        const good = yield* Effect.forkChild(Effect.delay(ask("good"), 10), { startImmediately: true })
        yield* Effect.flip(ask("bad"))
        assert.strictEqual((yield* Journal).size(), 1)
        yield* Fiber.join(good)
      }).pipe(Effect.provide(services({ provider: source })))
    })
  )

  it.live("exchange gives a try up after its time and counts it as lost", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      const { source } = behaving([() => ({})], { limits: { timeoutMs: 200, maxRetries: 0 } })
      const both = Effect.all([Effect.flip(ask("slow one")), ask("other")], { concurrency: 2 })
      const [error] = yield* both.pipe(Effect.provide(services({ provider: source, journal })))
      assert.match(error.message, /no answer within 0.2 s/)
      const { lostCalls, lostTokens } = yield* Effect.map(Journal, (opened) => opened.spent().get("m")!).pipe(
        Effect.provide(Journal.layer(journal))
      )
      assert.strictEqual(lostCalls, 1)
      assert.isAbove(lostTokens, 5)
    })
  )

  for (const caps of [{}, { calls: 10 }]) {
    it.live(`exchange notes calls in flight for the caps of later runs under ${JSON.stringify(caps)}`, () =>
      Effect.gen(function* () {
        const journal = yield* journalIn
        const nOpen = Effect.sync(() => {
          const database = new DatabaseSync(journal, { readOnly: true })
          const { n } = database.prepare("SELECT sum(calls) AS n FROM openCalls").get() as { readonly n: number | null }
          database.close()
          return n ?? 0
        })
        const { source } = behaving([(prompt) => (prompt === "bad" ? "contentFilter" : {})], {
          limits: { timeoutMs: null }
        })
        yield* Effect.gen(function* () {
          const asking = yield* Effect.forkChild(ask("slow one"), { startImmediately: true })
          yield* Effect.flip(ask("bad"))
          assert.strictEqual(yield* Effect.repeat(nOpen, { until: (n) => n === 1 }), 1)
          yield* Fiber.join(asking)
        }).pipe(Effect.provide(services({ provider: source, journal, caps })))
        assert.strictEqual(yield* nOpen, 0)
      })
    )
  }

  for (const [name, first, then] of [
    ["once answered", {}, "unreachable"],
    ["answers that it is overloaded", "overloaded", "overloaded"]
  ] as const) {
    it.effect(`exchange leaves an endpoint alone that ${name} and is dead, and stops after five minutes`, () =>
      Effect.gen(function* () {
        const { asked, source } = behaving([(prompt) => (prompt === "first" ? first : then)])
        yield* Effect.gen(function* () {
          const before = yield* Effect.forkChild(Effect.exit(ask("first")), { startImmediately: true })
          yield* TestClock.adjust("1 second")
          const { errors, isOver, problem } = yield* manyFor("4 minutes")
          assert.isFalse(isOver)
          assert.strictEqual(problem, `found ${then}`)
          yield* TestClock.adjust("4 minutes")
          for (const { message } of yield* errors)
            assert.match(message, new RegExp(`no endpoint has answered for 5 min: found ${then}; check that it runs`))
          yield* Fiber.join(before)
        }).pipe(Effect.provide(services({ provider: source })))
        assert.isBelow(asked.length, 50)
      })
    )
  }

  for (const [nEndpoints, nPrompts] of [
    [1, 50],
    [1, 1],
    [2, 50]
  ] as const) {
    it.effect(
      `exchange stops soon where none of ${nEndpoints} was ever reached by ${nPrompts}, and files nothing`,
      () =>
        Effect.gen(function* () {
          const journal = yield* journalIn
          const { asked, source } = behaving(Array.from({ length: nEndpoints }, () => () => "unreachable" as const))
          yield* Effect.gen(function* () {
            const { errors } = yield* manyFor("1 minute", nPrompts)
            for (const error of yield* errors) {
              assert.match(
                error.message,
                /no connection in the first \d\d s: found unreachable; check the address .*; running again resumes/
              )
              assert.isFalse(error instanceof LanguageModelError && error.oneRow === true)
            }
            assert.strictEqual((yield* Journal).size(), 0)
          }).pipe(Effect.provide(services({ provider: source, journal })))
          assert.isBelow(asked.length, 60)
        })
    )
  }

  it.effect("exchange takes an endpoint that breaks connections for one that was reached", () =>
    Effect.gen(function* () {
      const broken = errorOf("unreachable", { mayBeBilled: true })
      const { source } = behaving([(prompt) => (prompt.startsWith("good") ? {} : broken)])
      yield* Effect.gen(function* () {
        const asking = yield* Effect.forkChild(Effect.flip(ask("one")), { startImmediately: true })
        yield* passing("50 seconds")
        assert.isUndefined(asking.pollUnsafe())
        for (let i = 0; i < 100 && asking.pollUnsafe() === undefined; i++) {
          const good = yield* Effect.forkChild(ask(`good ${i}`), { startImmediately: true })
          yield* passing("1 second")
          yield* Fiber.join(good)
        }
        const error = yield* Fiber.join(asking)
        assert.isTrue(error instanceof LanguageModelError && error.oneRow === true)
      }).pipe(Effect.provide(services({ provider: source })))
    })
  )

  it.effect("exchange waits for an endpoint that is slow where another was never reached", () =>
    Effect.gen(function* () {
      const { source } = behaving([() => "unreachable", () => ({})])
      const slow: ProviderSource = Effect.map(source, (provider) => ({
        ...provider,
        routes: provider.routes.map((route, i) => ({
          ...route,
          limits: { ...route.limits, timeoutMs: 120_000 },
          complete: (request, call) => Effect.delay(route.complete(request, call), i === 1 ? "50 seconds" : 0)
        }))
      }))
      const asking = yield* Effect.forkChild(
        Effect.forEach(["one", "two", "three", "four"], (prompt) => ask(prompt), { concurrency: 4 }).pipe(
          Effect.provide(services({ provider: slow }))
        ),
        { startImmediately: true }
      )
      yield* TestClock.adjust("2 minutes")
      assert.lengthOf(yield* Fiber.join(asking), 4)
    })
  )

  it.live("exchange takes another endpoint when one is down, and shares the load", () =>
    Effect.gen(function* () {
      let isDown = true
      const { asked, source } = behaving([() => (isDown ? "unreachable" : {}), () => ({})], {
        limits: { concurrency: 20 }
      })
      const prompts = (name: string) => Array.from({ length: 40 }, (_, i) => `${name} ${i}`)
      yield* Effect.gen(function* () {
        yield* Effect.forEach(prompts("early"), (prompt) => ask(prompt), { concurrency: "unbounded" })
        const fromSecond = asked.filter(({ prompt, route }) => prompt.startsWith("early") && route === 1).length
        assert.isAtLeast(fromSecond, 40)
        isDown = false
        yield* Effect.sleep(2500)
        yield* Effect.forEach(prompts("late"), (prompt) => ask(prompt), { concurrency: "unbounded" })
        yield* Effect.forEach(prompts("later"), (prompt) => ask(prompt), { concurrency: "unbounded" })
        const routes = asked.filter(({ prompt }) => prompt.startsWith("later")).map(({ route }) => route)
        assert.isAtLeast(routes.filter((route) => route === 0).length, 12)
        assert.isAtLeast(routes.filter((route) => route === 1).length, 12)
      }).pipe(Effect.provide(services({ provider: source })))
    })
  )

  it.live("exchange gives the lane back, once, when a provider interrupts itself", () =>
    Effect.gen(function* () {
      const { source } = behaving([() => ({})], { limits: { concurrency: 1 } })
      const breaking: ProviderSource = Effect.map(source, (provider) => ({
        ...provider,
        routes: provider.routes.map((route) => ({
          ...route,
          complete: (request, call) =>
            request.messages.at(-1)!.content === "bad" ? Effect.interrupt : route.complete(request, call)
        }))
      }))
      yield* Effect.gen(function* () {
        assert.strictEqual((yield* Effect.exit(ask("bad")))._tag, "Failure")
        assert.strictEqual((yield* ask("good")).text, "to good")
        const { control, progress } = yield* Run
        assert.deepStrictEqual(
          [progress.model("m").inFlight, progress.route("route 0").inFlight, control.busy],
          [0, 0, 0]
        )
      }).pipe(Effect.provide(services({ provider: breaking })))
    })
  )

  it.live("exchange dies of an answer that cannot be written down, and leaves nobody waiting", () =>
    Effect.gen(function* () {
      const { source } = behaving([() => ({ text: 1n as unknown as string })])
      const exit = yield* Effect.exit(ask("one")).pipe(
        Effect.timeout("5 seconds"),
        Effect.provide(services({ provider: source }))
      )
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
    })
  )

  it.live("exchange holds back calls while the run is paused, and starts no more after a stop", () =>
    Effect.gen(function* () {
      const { asked, source } = behaving([() => ({})])
      yield* Effect.gen(function* () {
        const { control } = yield* Run
        control.pause()
        const first = yield* Effect.forkChild(ask("one"))
        yield* Effect.sleep(30)
        assert.strictEqual(asked.length, 0)
        control.resume()
        yield* Fiber.join(first)
        const second = yield* Effect.forkChild(ask("two"))
        yield* Effect.sleep(5)
        control.stop("enough")
        const third = yield* Effect.forkChild(ask("three"))
        yield* Fiber.join(second)
        yield* Effect.sleep(30)
        assert.strictEqual(asked.length, 2)
        yield* Fiber.interrupt(third)
      }).pipe(Effect.provide(services({ provider: source })))
    })
  )
})

const capped = (caps: BudgetCaps, source: ProviderSource, journal: string) =>
  services({ provider: source, journal, caps })

describe("a budget", () => {
  it.live("a budget stops the run before it is passed, with calls in flight kept, and goes on when it is raised", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      const { asked, source } = behaving([() => ({})], { limits: { concurrency: 256 } })
      const all = Effect.forEach(
        Array.from({ length: 400 }, (_, i) => `prompt ${i}`),
        (prompt) => Effect.result(ask(prompt)),
        { concurrency: 256 }
      )
      const answered = (results: ReadonlyArray<{ readonly _tag: string }>) =>
        results.filter(({ _tag }) => _tag === "Success").length
      const first = yield* all.pipe(Effect.provide(capped({ calls: 150 }, source, journal)))
      assert.deepStrictEqual([answered(first), asked.length], [150, 150])
      const same = yield* all.pipe(Effect.provide(capped({ calls: 150 }, source, journal)))
      assert.deepStrictEqual([answered(same), asked.length], [150, 150])
      const more = yield* all.pipe(Effect.provide(capped({ calls: 400 }, source, journal)))
      assert.deepStrictEqual([answered(more), asked.length], [400, 400])
    })
  )

  it.live("a budget of money is settled from what the server counted", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      // Each call costs $15 by the usage; the worst case is far above that, so calls wait for each other.
      const { asked, source } = behaving([() => ({})], { limits: { concurrency: 256 } })
      const spent = yield* Effect.gen(function* () {
        yield* Effect.forEach(
          Array.from({ length: 60 }, (_, i) => `prompt ${i}`),
          (prompt) => Effect.result(ask(prompt)),
          { concurrency: 60 }
        )
        return (yield* Journal).spent().get("m")!
      }).pipe(Effect.provide(capped({ usd: 500 }, source, journal)))
      assert.strictEqual(spent.costUsd, 15 * asked.length)
      assert.isAtMost(spent.costUsd, 500)
      // It is used as far as the worst case of one more call allows.
      assert.isAbove(asked.length, 10)
    })
  )

  it.live("a budget counts a call that was open when the process died as spent", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      const call = { model: "m", tokens: 70, costUsd: 2 }
      yield* Effect.flatMap(Journal, (opened) =>
        Effect.callback<void, JournalError>((resume) => opened.onOpen(call, resume))
      ).pipe(Effect.provide(Journal.layer(journal)))
      const { asked, source } = behaving([() => ({})])
      const outcomes = yield* Effect.forEach(["one", "two"], (prompt) => Effect.result(ask(prompt))).pipe(
        Effect.provide(capped({ calls: 2 }, source, journal))
      )
      assert.deepStrictEqual(
        outcomes.map(({ _tag }) => _tag),
        ["Success", "Failure"]
      )
      assert.strictEqual(asked.length, 1)
    })
  )

  it.live("a budget of tokens takes its own count where the server sends none", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      const { source } = behaving([() => ({ usage: null, text: "hello world" })])
      const { counts, spent } = yield* Effect.gen(function* () {
        yield* ask("hello world")
        return { counts: (yield* Run).progress.model("m"), spent: (yield* Journal).spent().get("m")! }
      }).pipe(Effect.provide(capped({ tokens: 10_000 }, source, journal)))
      assert.strictEqual(spent.completionTokens, 2)
      assert.isAbove(spent.promptTokens, 2)
      const { completionTokens, estimatedTokens, promptTokens } = counts
      assert.deepStrictEqual([promptTokens, completionTokens], [spent.promptTokens, spent.completionTokens])
      assert.strictEqual(estimatedTokens, promptTokens + completionTokens)
      assert.strictEqual(counts.costUsd, spent.costUsd)
    })
  )

  it.live("a budget of money goes on in a folder where a model that costs nothing was asked without one", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      const free = behaving([() => ({ usage: null })], { price: () => ({ inputPerMillion: 0, outputPerMillion: 0 }) })
      yield* ask("one").pipe(Effect.provide(capped({}, free.source, journal)))
      const { asked, source } = behaving([() => ({})])
      yield* ask("two").pipe(Effect.provide(capped({ usd: 500 }, source, journal)))
      assert.strictEqual(asked.length, 1)
    })
  )

  it.live("a budget of money refuses a model without a price before any call", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      const { asked, source } = behaving([() => ({})], { price: () => null })
      const error = yield* Effect.flip(ask("one")).pipe(Effect.provide(capped({ usd: 5 }, source, journal)))
      assert.match(error.message, /can cost is not known.*prices/)
      assert.strictEqual(asked.length, 0)
    })
  )
})

describe("samples", () => {
  /** Gives fewer samples than asked for when told to. */
  const sampling = (most: number) => {
    const { source } = behaving([() => ({})])
    const calls: Array<number> = []
    const withSamples: ProviderSource = Effect.map(source, (provider) => ({
      ...provider,
      routes: provider.routes.map((route) => ({
        ...route,
        complete: (request, call) => {
          calls.push(1)
          return Effect.map(route.complete(request, call), (answer) => ({
            ...answer,
            text: `alone ${request.sampleIndex}`
          }))
        },
        samples: (request, n, _call) => {
          calls.push(n)
          return Effect.succeed(
            Array.from({ length: Math.min(n, most) }, (_, i) => ({
              ...wholeCompletion,
              text: `of many ${request.sampleIndex + i}`,
              usage: i === 0 ? wholeCompletion.usage : { promptTokens: 0, completionTokens: 0 }
            }))
          )
        }
      }))
    }))
    return { source: withSamples, calls }
  }
  const texts = (n: number) =>
    Effect.flatMap(LanguageModel, (model) => model.samples(requestFor("one"), n)).pipe(
      Effect.map((answers) => answers.map(({ text }) => text))
    )

  it.live("samples ask for what the journal lacks in one call", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      const { calls, source } = sampling(10)
      const run = (n: number) => texts(n).pipe(Effect.provide(services({ provider: source, journal })))
      assert.deepStrictEqual(yield* run(3), ["of many 0", "of many 1", "of many 2"])
      assert.deepStrictEqual(yield* run(5), ["of many 0", "of many 1", "of many 2", "of many 3", "of many 4"])
      assert.deepStrictEqual((yield* run(5)).length, 5)
      assert.deepStrictEqual(calls, [3, 2])
      const spent = yield* Effect.map(Journal, (opened) => opened.spent().get("m")!).pipe(
        Effect.provide(Journal.layer(journal))
      )
      assert.deepStrictEqual([spent.calls, spent.promptTokens], [2, 20])
    })
  )

  it.live("samples ask one by one for what a server left out, and where it knows no other way", () =>
    Effect.gen(function* () {
      const few = sampling(1)
      assert.deepStrictEqual(yield* texts(3).pipe(Effect.provide(services({ provider: few.source }))), [
        "of many 0",
        "alone 1",
        "alone 2"
      ])
      assert.deepStrictEqual(few.calls, [3, 1, 1])
      const { asked, source } = behaving([() => ({})])
      yield* texts(3).pipe(Effect.provide(services({ provider: source })))
      assert.strictEqual(asked.length, 3)
    })
  )

  it.live("samples ask one by one where a server refuses several in one call", () =>
    Effect.gen(function* () {
      const { source } = behaving([() => ({})])
      const refusing: ProviderSource = Effect.map(source, (provider) => ({
        ...provider,
        routes: provider.routes.map((route) => ({ ...route, samples: () => Effect.fail(errorOf("badRequest")) }))
      }))
      const two = Effect.andThen(ask("before"), texts(2))
      assert.deepStrictEqual(yield* two.pipe(Effect.provide(services({ provider: refusing }))), ["to one", "to one"])
      assert.deepStrictEqual(yield* texts(2).pipe(Effect.provide(services({ provider: refusing }))), [
        "to one",
        "to one"
      ])
    })
  )

  it.live("samples ask one by one where a server brings nothing that can be read for several in one call", () =>
    Effect.gen(function* () {
      const { source } = behaving([() => ({})], { limits: { maxRetries: 0 } })
      const empty: ProviderSource = Effect.map(source, (provider) => ({
        ...provider,
        routes: provider.routes.map((route) => ({ ...route, samples: () => Effect.fail(errorOf("malformed")) }))
      }))
      assert.deepStrictEqual(yield* texts(2).pipe(Effect.provide(services({ provider: empty }))), ["to one", "to one"])
    })
  )

  it.live("samples ask no more for several in one call where a server refused as many, model by model", () =>
    Effect.gen(function* () {
      const { source } = behaving([(prompt) => (prompt.startsWith("bad") ? "badRequest" : {})])
      const together: Array<string> = []
      /** Takes up to three at once of the model "some", and no more than one of others. */
      const refusing: ProviderSource = Effect.map(source, (provider) => ({
        ...provider,
        routes: provider.routes.map((route) => ({
          ...route,
          samples: (request, n) => {
            together.push(`${request.model ?? "m"} ${n}`)
            const isTaken = request.model === "some" && n <= 3
            return isTaken && !request.messages.at(-1)!.content.startsWith("bad")
              ? Effect.succeed(Array.from({ length: n }, () => wholeCompletion))
              : Effect.fail(errorOf("badRequest"))
          }
        }))
      }))
      yield* Effect.gen(function* () {
        const model = yield* LanguageModel
        const many = (prompt: string, n: number, name: string | null = null) =>
          Effect.exit(model.samples(requestFor(prompt, { maxTokens: 5, model: name }), n))
        for (const prompt of ["one", "two", "three", "four", "five"]) {
          const answers = yield* many(prompt, 4)
          assert.isTrue(Exit.isSuccess(answers) && answers.value.length === 4)
        }
        assert.deepStrictEqual(together.splice(0), ["m 4", "m 4", "m 4"])
        // Fewer may be taken, and are tried.
        yield* many("six", 2)
        yield* many("seven", 3)
        assert.deepStrictEqual(together.splice(0), ["m 2", "m 3"])
        // Where each is refused as well the number is not at fault.
        for (let i = 0; i < 3; i++) yield* many(`bad ${i}`, 3, "some")
        for (const prompt of ["one", "two", "three", "four"]) yield* many(prompt, 4, "some")
        yield* many("eight", 3, "some")
        assert.deepStrictEqual(together, ["some 3", "some 3", "some 3", "some 4", "some 4", "some 4", "some 3"])
      }).pipe(Effect.provide(services({ provider: refusing })))
    })
  )

  it.live("samples that wait in the queue are not asked for together after a few were refused", () =>
    Effect.gen(function* () {
      const { source } = behaving([() => ({})])
      let nTogether = 0
      const refusing: ProviderSource = Effect.map(source, (provider) => ({
        ...provider,
        routes: provider.routes.map((route) => ({
          ...route,
          limits: { ...route.limits, concurrency: 4 },
          samples: () => {
            nTogether++
            return Effect.delay(Effect.fail(errorOf("badRequest")), 1)
          }
        }))
      }))
      const answers = yield* Effect.gen(function* () {
        const model = yield* LanguageModel
        return yield* Effect.forEach(
          Array.from({ length: 60 }, (_, i) => `row ${i}`),
          (prompt) => model.samples(requestFor(prompt), 2),
          { concurrency: "unbounded" }
        )
      }).pipe(Effect.provide(services({ provider: refusing })))
      assert.deepStrictEqual(
        answers.map((all) => all.map(({ text }) => text)),
        Array.from({ length: 60 }, (_, i) => [`to row ${i}`, `to row ${i}`])
      )
      // Three refusals, and those that were on their way with them.
      assert.isAtLeast(nTogether, 3)
      assert.isAtMost(nTogether, 2 + 4)
    })
  )

  /** Knows no more than one sample a call. */
  const single = (source: ProviderSource, together: Array<string> = []): ProviderSource =>
    Effect.map(source, (provider) => ({
      ...provider,
      routes: provider.routes.map((route) => ({
        ...route,
        limits: { ...route.limits, concurrency: 2 },
        samples: (request, n) => {
          together.push(`${request.messages.at(-1)!.content} x${n}`)
          return Effect.delay(Effect.fail(errorOf("badRequest")), 20)
        }
      }))
    }))

  it.live("samples of equal requests that are refused together are asked for one by one, once", () =>
    Effect.gen(function* () {
      const { asked, source } = behaving([() => ({})])
      const both = Effect.all([texts(3), texts(3)], { concurrency: 2 })
      const answers = yield* both.pipe(Effect.provide(services({ provider: single(source) })))
      assert.deepStrictEqual(answers, [Array(3).fill("to one"), Array(3).fill("to one")])
      assert.lengthOf(asked, 3)
    })
  )

  it.live("samples of bad requests take back no refusal that they did not add", () =>
    Effect.gen(function* () {
      const { source } = behaving([(prompt) => (prompt.startsWith("bad") ? "badRequest" : {})])
      const together: Array<string> = []
      const named = (name: string, n: number) => Array.from({ length: n }, (_, i) => `${name} ${i}`)
      yield* Effect.gen(function* () {
        const model = yield* LanguageModel
        const all = (prompts: ReadonlyArray<string>, concurrency: number | "unbounded") =>
          Effect.forEach(prompts, (prompt) => Effect.result(model.samples(requestFor(prompt), 3)), { concurrency })
        yield* ask("first")
        yield* all([...named("good", 3), ...named("bad", 8)], "unbounded")
        const nBefore = together.length
        yield* all(named("later", 20), 1)
        assert.strictEqual(together.length, nBefore)
      }).pipe(Effect.provide(services({ provider: single(source, together) })))
    })
  )

  it.live("samples give answers that nobody could use again where asking for others fails", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      let isBad = false
      const { source } = sampling(10)
      const failing: ProviderSource = Effect.map(source, (provider) => ({
        ...provider,
        routes: provider.routes.map((route) => ({
          ...route,
          samples: (request, n, call) =>
            isBad ? Effect.fail(errorOf("contextTooLong")) : route.samples!(request, n, call),
          complete: (request, call) => (isBad ? Effect.fail(errorOf("contextTooLong")) : route.complete(request, call))
        }))
      }))
      const run = <A, E>(
        whole: Effect.Effect<A, E, LanguageModel>,
        more: { retryFailures?: boolean; fresh?: boolean }
      ) => whole.pipe(Effect.provide(services({ provider: failing, journal, ...more })))
      const condemned = Effect.gen(function* () {
        const model = yield* LanguageModel
        for (const i of [0, 1]) yield* model.condemn(sampleOf(requestFor("one"), i), "of no use")
      })
      const paid = yield* run(
        Effect.tap(texts(2), () => condemned),
        {}
      )
      isBad = true
      assert.deepStrictEqual(yield* run(texts(2), { retryFailures: true }), paid)
      assert.deepStrictEqual(yield* run(texts(2), {}), paid)
      // A fresh run leaves earlier answers aside.
      assert.strictEqual((yield* run(Effect.flip(texts(2)), { fresh: true }))._tag, "LanguageModelError")
    })
  )

  it.live("samples of equal requests in flight share a call", () =>
    Effect.gen(function* () {
      const { calls, source } = sampling(10)
      const [first, second] = yield* Effect.all([texts(3), texts(3)], { concurrency: 2 }).pipe(
        Effect.provide(services({ provider: source }))
      )
      assert.deepStrictEqual(second, first)
      assert.deepStrictEqual(calls, [3])
    })
  )
})
