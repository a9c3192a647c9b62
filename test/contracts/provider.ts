import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { Prompt } from "../../schemas/Prompt.ts"
import { Journal } from "../../src/Journal.ts"
import { Run } from "../../src/Run.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import type { Completion, ProviderSource, Request } from "../../src/services/Provider.ts"
import { generate } from "../../src/stages/generate.ts"
import { collect, pipelineOf, services, temporaryFolder } from "../stages/collect.ts"

/** A provider in a world of its own, with a view of what reached that world. */
export interface Subject {
  readonly source: ProviderSource
  /** The same at another base URL, or under another name. */
  readonly elsewhere: ProviderSource
  /** Set for a provider that answers from the journal alone: the ones that fill it. */
  readonly filledBy?: { readonly source: ProviderSource; readonly elsewhere: ProviderSource }
  /** Calls that reached the world so far. */
  readonly calls: () => number
  /** Most calls that were under way at once. */
  readonly mostAtOnce: () => number
}

export interface ProviderCase {
  readonly make: (setup: {
    readonly concurrency?: number
    readonly latencyMs?: number
  }) => Effect.Effect<Subject, never, Scope.Scope>
  /** What must be written down nowhere. */
  readonly secrets: ReadonlyArray<string>
  /** Requests, and how the answers to them end. */
  readonly endings: ReadonlyArray<readonly [request: Request, ending: Completion["finishReason"]]>
  /** A request that fails. */
  readonly failing?: Request
}

/** A request for an answer to a prompt. */
export const requestFor = (prompt: string, more: Partial<Request> = {}): Request => ({
  task: { kind: "generate", prompt, persona: null },
  messages: [
    { role: "system", content: "Answer briefly." },
    { role: "user", content: prompt }
  ],
  model: null,
  sampleIndex: 0,
  temperature: 0.5,
  maxTokens: 100,
  seed: 7,
  answer: { name: "shape", schema: { type: "object", properties: { a: { type: "string" } }, required: ["a"] } },
  ...more
})

const ask = Effect.fnUntraced(function* (request: Request) {
  const model = yield* LanguageModel
  return yield* model.complete(request)
})

/** The same value with the keys of every object in the opposite order. */
const turned = <A>(value: A): A => {
  if (Array.isArray(value)) return value.map(turned) as A
  if (value === null || typeof value !== "object") return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]) => [key, turned(inner)])
  ) as A
}

const stage = (system: string, temperature: number) => generate({ n: 2, personas: { a: system }, temperature })

interface Stored {
  readonly request: string
  readonly answer: string
}

const stored = (file: string): ReadonlyArray<Stored> => {
  const database = new DatabaseSync(file, { readOnly: true })
  const rows = database.prepare("SELECT request, answer FROM calls").all() as unknown as ReadonlyArray<Stored>
  database.close()
  return rows
}

/**
 * What every provider has to do together with the model service.
 *
 * A provider that answers from the journal alone is held to the same tests with a journal that its `filledBy` filled first: it
 * gives the same answers, makes no call ever, and fails where another would have called.
 */
export const providerContract = (name: string, { endings, failing, make, secrets }: ProviderCase): void => {
  /** A subject and a journal that, for a replaying subject, knows the answers to some requests. */
  const begin = Effect.fnUntraced(function* (
    known: ReadonlyArray<Request>,
    setup: { readonly concurrency?: number; readonly latencyMs?: number } = {}
  ) {
    const journal = path.join(yield* temporaryFolder, "journal.sqlite")
    const subject = yield* make(setup)
    const { filledBy } = subject
    if (filledBy !== undefined) {
      yield* Effect.forEach(known, ask).pipe(Effect.provide(services({ provider: filledBy.source, journal })))
    }
    const before = subject.calls()
    return {
      ...subject,
      journal,
      calls: () => subject.calls() - before,
      /** Calls expected where a provider that asks makes `n`. */
      expected: (n: number) => (filledBy === undefined ? n : 0),
      run: <A, E>(effect: Effect.Effect<A, E, LanguageModel | Journal | Run>) =>
        Effect.provide(effect, services({ provider: subject.source, journal }))
    }
  })

  describe(`${name} as a provider`, () => {
    it.live(`${name} is asked once for the same request, in one run and the next`, () =>
      Effect.gen(function* () {
        const request = requestFor("one")
        const { calls, expected, run } = yield* begin([request])
        const [first, second] = yield* run(Effect.all([ask(request), ask(request)]))
        const later = yield* run(ask(request))
        assert.deepStrictEqual(second, first)
        assert.deepStrictEqual(later, first)
        assert.isAbove(first.text.length, 0)
        assert.strictEqual(calls(), expected(1))
      })
    )

    it.live(`${name} shares one call among equal requests in flight`, () =>
      Effect.gen(function* () {
        const request = requestFor("one")
        const { calls, expected, run } = yield* begin([request], { latencyMs: 20 })
        const answers = yield* run(
          Effect.all(
            Array.from({ length: 5 }, () => ask(request)),
            { concurrency: "unbounded" }
          )
        )
        assert.strictEqual(calls(), expected(1))
        for (const answer of answers) assert.deepStrictEqual(answer, answers[0])
      })
    )

    it.live(`${name} takes another sample index for another call`, () =>
      Effect.gen(function* () {
        const { calls, expected, filledBy, run } = yield* begin([requestFor("one")])
        yield* run(ask(requestFor("one")))
        const other = yield* run(Effect.result(ask(requestFor("one", { sampleIndex: 1 }))))
        assert.strictEqual(Result.isSuccess(other), filledBy === undefined)
        assert.strictEqual(calls(), expected(2))
      })
    )

    it.live(`${name} has an answer in the journal before it is returned`, () =>
      Effect.gen(function* () {
        const request = requestFor("one")
        const { journal, run } = yield* begin([request])
        yield* run(
          Effect.map(ask(request), (answer) => {
            assert.deepStrictEqual(
              stored(journal).map((row) => JSON.parse(row.answer) as unknown),
              [answer]
            )
          })
        )
      })
    )

    it.live(`${name} files a request without secrets and without regard to the order of keys`, () =>
      Effect.gen(function* () {
        const request = requestFor("one")
        const { calls, expected, journal, run, source } = yield* begin([request])
        const provider = yield* source
        const canonical = JSON.stringify([provider.name, provider.endpoint, provider.canonical(request)])
        const [first, second] = yield* run(Effect.all([ask(request), ask(turned(request))]))
        assert.deepStrictEqual(second, first)
        assert.strictEqual(calls(), expected(1))
        const filed = stored(journal)
        assert.strictEqual(filed.length, 1)
        for (const secret of secrets) {
          assert.notInclude(canonical, secret)
          assert.notInclude(JSON.stringify(filed), secret)
        }
      })
    )

    it.live(`${name} has at most its concurrency of calls under way`, () =>
      Effect.gen(function* () {
        const requests = Array.from({ length: 10 }, (_, i) => requestFor(`prompt ${i}`))
        const { calls, expected, filledBy, mostAtOnce, run } = yield* begin(requests, { concurrency: 3, latencyMs: 15 })
        const answers = yield* run(Effect.forEach(requests, ask, { concurrency: "unbounded" }))
        assert.strictEqual(new Set(answers.map((answer) => JSON.stringify(answer))).size, 10)
        assert.strictEqual(calls(), expected(10))
        if (filledBy === undefined) assert.strictEqual(mostAtOnce(), 3)
      })
    )

    it.live(`${name} tells apart how an answer ended`, () =>
      Effect.gen(function* () {
        const requests = endings.map(([request]) => request)
        const { run } = yield* begin(requests)
        const answers = yield* run(Effect.forEach(requests, ask))
        assert.deepStrictEqual(
          answers.map((answer) => answer.finishReason),
          endings.map(([, ending]) => ending)
        )
        assert.isAtLeast(new Set(endings.map(([, ending]) => ending)).size, 2)
      })
    )

    it.live(`${name} brings a call that was sent to its end, whoever leaves, and keeps the answer`, () =>
      Effect.gen(function* () {
        const request = requestFor("one")
        const { calls, filledBy, journal, run } = yield* begin([], { latencyMs: 150 })
        if (filledBy !== undefined) return
        const late = yield* run(
          Effect.gen(function* () {
            const asking = yield* Effect.forkChild(ask(request))
            while (calls() === 0) yield* Effect.sleep(1)
            yield* Fiber.interrupt(asking)
            assert.strictEqual((yield* Journal).size(), 0)
            return yield* ask(request)
          })
        )
        assert.strictEqual(calls(), 1)
        assert.deepStrictEqual(
          stored(journal).map((row) => row.answer),
          [JSON.stringify(late)]
        )
      })
    )

    it.live(`${name} keeps the answer to a call in flight when the service ends`, () =>
      Effect.gen(function* () {
        const request = requestFor("one")
        const { calls, filledBy, journal, run } = yield* begin([], { latencyMs: 150 })
        if (filledBy !== undefined) return
        yield* run(
          Effect.gen(function* () {
            yield* Effect.forkChild(ask(request))
            while (calls() === 0) yield* Effect.sleep(1)
          })
        )
        assert.strictEqual(calls(), 1)
        assert.strictEqual(stored(journal).length, 1)
      })
    )

    it.live(`${name} is not asked for what nobody waits for any more`, () =>
      Effect.gen(function* () {
        const { calls, filledBy, run } = yield* begin([], { concurrency: 1, latencyMs: 50 })
        if (filledBy !== undefined) return
        yield* run(
          Effect.gen(function* () {
            const first = yield* Effect.forkChild(ask(requestFor("one")))
            while (calls() === 0) yield* Effect.sleep(1)
            const queued = yield* Effect.forkChild(ask(requestFor("two")))
            yield* Effect.sleep(5)
            yield* Fiber.interrupt(queued)
            yield* Fiber.join(first)
            yield* Effect.sleep(5)
          })
        )
        assert.strictEqual(calls(), 1)
      })
    )

    it.live(`${name} answers whoever still waits when the first to ask is interrupted`, () =>
      Effect.gen(function* () {
        const request = requestFor("one")
        const { calls, filledBy, run } = yield* begin([], { latencyMs: 150 })
        if (filledBy !== undefined) return
        const waiting = yield* run(
          Effect.gen(function* () {
            const first = yield* Effect.forkChild(ask(request))
            while (calls() === 0) yield* Effect.sleep(1)
            const others = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(ask(request)))
            yield* Effect.sleep(5)
            yield* Fiber.interrupt(first)
            return yield* Effect.forEach(others, Fiber.await)
          })
        )
        assert.isTrue(waiting.every(Exit.isSuccess))
        assert.strictEqual(calls(), 1)
      })
    )

    it.live(`${name} keeps whole answers only, wherever it is interrupted`, () =>
      Effect.gen(function* () {
        const requests = Array.from({ length: 12 }, (_, i) => requestFor(`prompt ${i}`))
        const { journal, run } = yield* begin(requests, { latencyMs: 3 })
        yield* run(
          Effect.forEach(requests, (request, i) => Effect.timeoutOption(ask(request), 1 + i), {
            concurrency: "unbounded"
          })
        )
        const whole = yield* run(Effect.forEach(requests, ask))
        const answers = stored(journal).map((row) => row.answer)
        assert.sameMembers(
          answers,
          whole.map((answer) => JSON.stringify(answer))
        )
      })
    )

    if (failing !== undefined) {
      it.live(`${name} files no failed call`, () =>
        Effect.gen(function* () {
          const { calls, expected, journal, run } = yield* begin([])
          const outcome = yield* run(Effect.result(ask(failing)))
          assert.isTrue(Result.isFailure(outcome))
          assert.strictEqual(calls(), expected(1))
          assert.deepStrictEqual(stored(journal), [])
        })
      )
    }

    it.live(`${name} is asked for what changed and for nothing else`, () =>
      Effect.gen(function* () {
        const { calls, elsewhere, expected, filledBy, journal, source } = yield* begin([])
        const rows = Array.from({ length: 4 }, (_, i) => ({
          id: `row ${i}`,
          domain: null,
          prompt: `prompt ${i}`,
          reference: null
        }))
        const usual = stage("Be brief.", 0.7)
        const outcome = (provider: ProviderSource, some: typeof rows, how: typeof usual) =>
          collect(pipelineOf(some, Prompt).pipe(how), { provider, journal }).pipe(
            Effect.map(({ rows: made }) => made),
            Effect.result
          )
        const asked = Effect.fnUntraced(function* (provider: ProviderSource, some: typeof rows, how: typeof usual) {
          const before = calls()
          const result = yield* outcome(provider, some, how)
          return { n: calls() - before, result }
        })
        if (filledBy !== undefined) yield* outcome(filledBy.source, rows, usual)
        const nBefore = calls()
        const first = yield* asked(source, rows, usual)
        const again = yield* asked(source, rows, usual)
        const reversed = yield* asked(source, rows.toReversed(), usual)
        const oneMore = yield* asked(source, [...rows, { ...rows[0]!, id: "row 4", prompt: "prompt 4" }], usual)
        const system = yield* asked(source, rows, stage("Be thorough.", 0.7))
        const temperature = yield* asked(source, rows, stage("Be brief.", 0.9))
        const moved = yield* asked(elsewhere, rows, usual)
        assert.deepStrictEqual(
          [first.n, again.n, reversed.n, oneMore.n, system.n, temperature.n, moved.n],
          [8, 0, 0, 2, 8, 8, 8].map(expected)
        )
        assert.strictEqual(calls() - nBefore, expected(34))
        assert.deepStrictEqual(again.result, first.result)
        assert.deepStrictEqual(
          Result.map(reversed.result, (made) => made.toReversed()),
          first.result
        )
        for (const changed of [oneMore, system, temperature, moved]) {
          assert.strictEqual(Result.isSuccess(changed.result), filledBy === undefined)
        }
      })
    )
  })
}
