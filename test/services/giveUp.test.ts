import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { Journal } from "../../src/Journal.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import { concernsOneRow, LanguageModelError } from "../../src/services/LanguageModelError.ts"
import { refusedNote } from "../../src/services/Office.ts"
import { services } from "../stages/collect.ts"
import { ask, behaving, journalIn, kept } from "./behaving.ts"

describe("giveUp", () => {
  it.live("giveUp blames the request for a bad request once the model has answered, and the set-up before", () =>
    Effect.gen(function* () {
      const { source } = behaving([(prompt) => (prompt === "bad" ? "badRequest" : {})])
      const before = yield* Effect.flip(ask("bad")).pipe(Effect.provide(services({ provider: source })))
      assert.isFalse(before instanceof LanguageModelError && before.oneRow === true)
      const after = yield* Effect.andThen(ask("good"), Effect.flip(ask("bad"))).pipe(
        Effect.provide(services({ provider: source }))
      )
      assert.isTrue(after instanceof LanguageModelError && after.oneRow === true)
    })
  )

  it.live("giveUp waits for calls on their way before it blames the set-up for the first bad request", () =>
    Effect.gen(function* () {
      const { source } = behaving([(prompt) => (prompt === "bad" ? "badRequest" : {})])
      const [, bad] = yield* Effect.all([ask("good"), Effect.flip(ask("bad"))], { concurrency: 2 }).pipe(
        Effect.provide(services({ provider: source }))
      )
      assert.isTrue(bad instanceof LanguageModelError && bad.oneRow === true)
    })
  )

  it.live("giveUp blames the server when it refuses all of a kind, though it answers another kind", () =>
    Effect.gen(function* () {
      const { source } = behaving([(_, __, ___, request) => (request.answer === undefined ? {} : "badRequest")])
      const error = yield* Effect.andThen(ask("text", { answer: undefined }), Effect.flip(ask("json"))).pipe(
        Effect.provide(services({ provider: source }))
      )
      assert.isFalse(error instanceof LanguageModelError && error.oneRow === true)
    })
  )

  it.live("giveUp stops when a server that answered refuses everything, and holds that against no request", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      let isGone = false
      const { asked, source } = behaving([() => (isGone ? "badRequest" : {})])
      const lost = Array.from({ length: 200 }, (_, i) => `lost ${i}`)
      const run = <A, E>(whole: Effect.Effect<A, E, LanguageModel>, fresh = false) =>
        whole.pipe(Effect.provide(services({ provider: source, journal, fresh })))
      const allLost = Effect.forEach(lost, (prompt) => Effect.flip(ask(prompt)), { concurrency: 16 })
      yield* run(
        Effect.gen(function* () {
          yield* ask("good")
          isGone = true
          const errors = yield* allLost
          const ofRows = errors.filter((error) => error instanceof LanguageModelError && error.oneRow === true)
          assert.strictEqual(ofRows.length, 31)
          assert.match(String(errors.at(-1)), /32 requests refused in a row.*running again asks them again/)
          // No more than were on their way when that was clear.
          assert.isAtMost(asked.length, 1 + 32 + 16)
        })
      )
      // It stays so.
      yield* run(Effect.andThen(ask("good"), allLost))
      yield* run(Effect.andThen(Effect.flip(ask("good")), allLost), true)
      assert.deepStrictEqual(yield* kept(journal), { good: 1, failures: 0 })
      isGone = false
      yield* run(Effect.forEach(lost, (prompt) => ask(prompt), { concurrency: 16 }))
      assert.deepStrictEqual(yield* kept(journal), { good: 201, failures: 0 })
    })
  )

  for (const concurrency of [8, 64]) {
    it.live(`giveUp gets past more bad requests in a row than stop a run, ${concurrency} at once`, () =>
      Effect.gen(function* () {
        const journal = yield* journalIn
        const { source } = behaving([(prompt) => (prompt.startsWith("bad") ? "badRequest" : {})])
        const named = (name: string, n: number) => Array.from({ length: n }, (_, i) => `${name} ${i}`)
        const prompts = [...named("good", 20), ...named("bad", 50), ...named("more", 20)]
        const run = (retryFailures: boolean) =>
          Effect.forEach(prompts, (prompt) => Effect.result(ask(prompt)), { concurrency }).pipe(
            Effect.provide(services({ provider: source, journal, retryFailures }))
          )
        assert.match(JSON.stringify(yield* run(false)), /32 requests refused in a row/)
        const stopped = yield* kept(journal)
        // Those alone that were sent with one that was answered.
        assert.isBelow(stopped.failures, 8)
        assert.isAtLeast(stopped.good, 20)
        yield* run(false)
        const { failures, good } = yield* kept(journal)
        assert.strictEqual(good, 40)
        assert.isBelow(failures, 50)
        // Refused once more, they are at fault.
        yield* run(false)
        assert.deepStrictEqual(yield* kept(journal), { good: 40, failures: 50 })
        // All others are answered by the journal: nothing but what is refused again meets the server.
        assert.notMatch(JSON.stringify(yield* run(true)), /in a row/)
        assert.deepStrictEqual(yield* kept(journal), { good: 40, failures: 50 })
      })
    )
  }

  it.live("giveUp takes no answer to what was sent before a failure for a proof that the server is well", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      let isBad = false
      const { source } = behaving([(prompt) => (isBad && !prompt.startsWith("slow") ? "badRequest" : {})], {
        limits: { concurrency: 48 }
      })
      const named = (name: string, n: number) => Array.from({ length: n }, (_, i) => `${name} ${i}`)
      const run = (prompts: ReadonlyArray<string>) =>
        Effect.forEach(prompts, (prompt) => Effect.result(ask(prompt)), { concurrency: 48 })
      yield* Effect.gen(function* () {
        yield* ask("good")
        const slow = yield* Effect.forkChild(run(named("slow", 10)), { startImmediately: true })
        yield* Effect.sleep(100)
        isBad = true
        assert.match(JSON.stringify(yield* run(named("lost", 50))), /32 requests refused in a row/)
        yield* Fiber.join(slow)
      }).pipe(Effect.provide(services({ provider: source, journal })))
      assert.deepStrictEqual(yield* kept(journal), { good: 11, failures: 0 })
    })
  )

  it.live("giveUp goes on where calls that were sent with many bad requests, or after them, are answered", () =>
    Effect.gen(function* () {
      const { source } = behaving([(prompt) => (prompt.startsWith("bad") ? "badRequest" : {})], {
        limits: { concurrency: 60 }
      })
      const prompts = ["good", ...Array.from({ length: 40 }, (_, i) => `bad ${i}`), "slow 1", "good 2", "bad 41"]
      const results = yield* Effect.andThen(
        ask("first"),
        Effect.forEach(prompts, (prompt) => Effect.result(ask(prompt)), { concurrency: "unbounded" })
      ).pipe(Effect.provide(services({ provider: source })))
      assert.notMatch(JSON.stringify(results), /in a row/)
    })
  )

  it.live("giveUp counts no refusal that comes home after the answer to a later call", () =>
    Effect.gen(function* () {
      const { source } = behaving([(prompt) => (prompt.startsWith("slow") ? "badRequest" : {})], {
        limits: { concurrency: 60 }
      })
      const results = yield* Effect.gen(function* () {
        yield* ask("first")
        const bad = Array.from({ length: 40 }, (_, i) => `slow ${i}`)
        const asking = yield* Effect.forkChild(
          Effect.forEach(bad, (prompt) => Effect.flip(ask(prompt)), { concurrency: "unbounded" }),
          { startImmediately: true }
        )
        yield* Effect.sleep(50)
        yield* ask("good")
        return yield* Fiber.join(asking)
      }).pipe(Effect.provide(services({ provider: source })))
      assert.isTrue(results.every((error) => error instanceof LanguageModelError && concernsOneRow(error)))
    })
  )

  it.live("giveUp rejects many rows whose answers are broken, their last tries being the last calls of all", () =>
    Effect.gen(function* () {
      const { source } = behaving([(prompt) => (prompt.endsWith("7") ? "malformed" : {})], {
        limits: { maxRetries: 1, concurrency: 64 }
      })
      const results = yield* Effect.forEach(
        Array.from({ length: 400 }, (_, i) => `row ${i}`),
        (prompt) => Effect.result(ask(prompt)),
        { concurrency: 128 }
      ).pipe(Effect.provide(services({ provider: source })))
      const problems = results.flatMap((result) => (Result.isFailure(result) ? [result.failure] : []))
      assert.lengthOf(problems, 40)
      assert.isTrue(problems.every((error) => error instanceof LanguageModelError && concernsOneRow(error)))
    })
  )

  it.live("giveUp holds a refusal against no server, and notes none, where the run stops for something else", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      const { source } = behaving([
        (prompt) => (prompt === "good" ? {} : prompt === "slow bad" ? "badRequest" : "outOfCredit")
      ])
      yield* Effect.gen(function* () {
        yield* ask("good")
        yield* Effect.all([Effect.exit(ask("slow bad")), Effect.delay(Effect.exit(ask("poor")), 50)], {
          concurrency: 2
        })
      }).pipe(Effect.provide(services({ provider: source, journal })))
      const note = Effect.map(Journal, (opened) => opened.note(refusedNote)).pipe(
        Effect.provide(Journal.layer(journal))
      )
      assert.isUndefined(yield* note)
      assert.deepStrictEqual(yield* kept(journal), { good: 1, failures: 0 })
    })
  )

  it.live("giveUp asks no request again whose failure is being filed", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      const { asked, source } = behaving([(prompt) => (prompt === "bad" ? "badRequest" : {})])
      yield* Effect.gen(function* () {
        yield* ask("first")
        yield* Effect.flip(ask("bad"))
        const good = yield* Effect.forkChild(ask("good"), { startImmediately: true })
        for (let i = 0; i < 60; i++) {
          yield* Effect.forkChild(Effect.flip(ask("bad")), { startImmediately: true })
          yield* Effect.sleep(1)
        }
        yield* Fiber.join(good)
      }).pipe(Effect.provide(services({ provider: source, journal })))
      assert.lengthOf(
        asked.filter(({ prompt }) => prompt === "bad"),
        1
      )
    })
  )

  it.live("giveUp stops when every answer of a kind is broken, though another kind is answered", () =>
    Effect.gen(function* () {
      const { asked, source } = behaving([(_, __, ___, request) => (request.answer === undefined ? {} : "malformed")], {
        limits: { maxRetries: 0 }
      })
      const both = (i: number) => Effect.all([ask(`text ${i}`, { answer: undefined }), Effect.flip(ask(`json ${i}`))])
      const results = yield* Effect.forEach(
        Array.from({ length: 100 }, (_, i) => i),
        (i) => Effect.result(both(i)),
        { concurrency: 4 }
      ).pipe(Effect.provide(services({ provider: source })))
      assert.match(JSON.stringify(results), /32 answers broken in a row, the last with found malformed/)
      assert.isAtMost(asked.length, 2 * (32 + 8))
    })
  )

  it.live(
    "giveUp files no row for a server that was still unwell in the next run, and a run without any answer fails",
    () =>
      Effect.gen(function* () {
        const journal = yield* journalIn
        let nBad = 1000
        const { source } = behaving([() => (nBad-- > 0 ? "badRequest" : {})])
        const prompts = Array.from({ length: 40 }, (_, i) => `row ${i}`)
        const run = Effect.gen(function* () {
          const results = yield* Effect.forEach(prompts, (prompt) => Effect.result(ask(prompt)), { concurrency: 8 })
          const verdict = yield* Effect.result((yield* LanguageModel).verdict)
          return { nAnswered: results.filter(Result.isSuccess).length, verdict }
        }).pipe(Effect.provide(services({ provider: source, journal })))
        for (let i = 0; i < 8; i++) yield* run
        const last = yield* run
        assert.isTrue(Result.isFailure(last.verdict))
        assert.match(JSON.stringify(last.verdict), /no call of its kind was ever answered: found badRequest/)
        // It recovers in the middle of a run, and the next one has all.
        nBad = 20
        const recovered = yield* run
        assert.isTrue(Result.isSuccess(recovered.verdict))
        assert.isBelow(recovered.nAnswered, 40)
        assert.strictEqual((yield* run).nAnswered, 40)
      })
  )

  it.live("giveUp gets past bad requests at the beginning of a run, those of one stop by the next run", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      const { asked, source } = behaving([(prompt) => (prompt.startsWith("bad") ? "badRequest" : {})])
      const named = (name: string, n: number) => Array.from({ length: n }, (_, i) => `${name} ${i}`)
      /** As a stage asks: what is about one row does not end the run. */
      const askRow = (prompt: string) =>
        Effect.catchTag(ask(prompt), "LanguageModelError", (error) =>
          concernsOneRow(error) ? Effect.succeed(null) : Effect.fail(error)
        )
      const run = Effect.forEach([...named("bad", 20), ...named("good", 5)], askRow, { concurrency: 8 }).pipe(
        Effect.exit,
        Effect.provide(services({ provider: source, journal }))
      )
      for (const nRefused of [8, 16]) {
        asked.length = 0
        assert.match(JSON.stringify(yield* run), /if its row is at fault, run again, which goes past it/)
        // What an earlier run was stopped for, and what was on its way with the next one.
        assert.isAtMost(asked.length, nRefused + 8)
        assert.deepStrictEqual(yield* kept(journal), { good: 0, failures: 0 })
      }
      assert.isTrue(Exit.isSuccess(yield* run))
      // Whether the server was well when it refused those that it had refused before, nobody knows: they are asked again.
      const { failures, good } = yield* kept(journal)
      assert.strictEqual(good, 5)
      assert.isBelow(failures, 20)
      // Refused once more, they are at fault.
      yield* run
      assert.deepStrictEqual(yield* kept(journal), { good: 5, failures: 20 })
    })
  )

  it.live("giveUp files nothing that may be the server's fault where a run is stopped", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      const { source } = behaving([(prompt) => (prompt.startsWith("bad") ? "badRequest" : {})])
      const refused = Effect.flatMap(ask("good"), () => Effect.flip(ask("bad")))
      yield* Effect.exit(
        Effect.andThen(refused, Effect.interrupt).pipe(Effect.provide(services({ provider: source, journal })))
      )
      assert.deepStrictEqual(yield* kept(journal), { good: 1, failures: 0 })
      yield* refused.pipe(Effect.provide(services({ provider: source, journal })))
      assert.deepStrictEqual(yield* kept(journal), { good: 1, failures: 1 })
    })
  )

  it.live("giveUp files what is refused among answers, or at the end, and asks it again when told to alone", () =>
    Effect.gen(function* () {
      const journal = yield* journalIn
      const { prompts, source } = behaving([(prompt) => (prompt.startsWith("bad") ? "badRequest" : {})])
      const order = ["good 1", "bad 1", "bad 1", "good 2", "bad 2", "bad 2"]
      const run = (retryFailures: boolean) =>
        Effect.forEach(order, (prompt) => Effect.result(ask(prompt))).pipe(
          Effect.tap(() => Effect.sleep(20)),
          Effect.tap(() => kept(journal).pipe(Effect.map(({ failures }) => assert.isAtLeast(failures, 1)))),
          Effect.provide(services({ provider: source, journal, retryFailures }))
        )
      const first = yield* run(false)
      // Equal requests are asked once, filed or not.
      assert.deepStrictEqual(prompts(), ["good 1", "bad 1", "good 2", "bad 2"])
      assert.deepStrictEqual(yield* kept(journal), { good: 2, failures: 2 })
      const second = yield* run(false)
      assert.strictEqual(prompts().length, 4)
      assert.deepStrictEqual(second.map(String), first.map(String))
      yield* run(true)
      assert.deepStrictEqual(prompts().slice(4), ["bad 1", "bad 2"])
    })
  )
})
