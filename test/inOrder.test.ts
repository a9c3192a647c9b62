import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import type { Batch } from "../src/Batch.ts"
import { inOrder } from "../src/inOrder.ts"
import { keyedRandom } from "../src/math/keyedRandom.ts"
import { normal } from "../src/math/normal.ts"

const batchesOf = <Row>(rows: ReadonlyArray<Row>, size: number): ReadonlyArray<Batch<Row>> =>
  Array.from({ length: Math.ceil(rows.length / size) }, (_, index) => ({
    index,
    rows: rows.slice(index * size, (index + 1) * size)
  }))

const input = <Row>(rows: ReadonlyArray<Row>, size = 10) => Stream.fromIterable(batchesOf(rows, size), { chunkSize: 4 })

const upTo = (n: number): ReadonlyArray<number> => Array.from({ length: n }, (_, i) => i)

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** Runs an effect while virtual time passes as fast as it can. */
const inVirtualTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.raceFirst(effect, Effect.forever(TestClock.adjust(1000)))

describe("inOrder", () => {
  it.effect.prop(
    "inOrder keeps input order and loses no row, whatever the latencies, batches and limits",
    {
      latencies: Schema.Array(between(0, 500)),
      size: between(1, 100),
      concurrency: between(1, 20),
      ahead: between(1, 300)
    },
    ({ latencies, size, concurrency, ahead }) =>
      Effect.gen(function* () {
        const rows = latencies.map((latency, n) => ({ latency, n }))
        const out = yield* inVirtualTime(
          Stream.runCollect(
            inOrder(input(rows, size), ({ latency, n }) => Effect.as(Effect.sleep(latency), n), { concurrency, ahead })
          )
        )
        assert.deepStrictEqual(out.flat(), [...upTo(latencies.length)])
        assert.isTrue(out.every((results) => results.length >= 1 && results.length <= 64))
      }),
    { arbitrary: { runs: 60 } }
  )

  it.effect.prop(
    "inOrder admits at most `ahead` rows that the consumer has not taken, and runs at most `concurrency`",
    { size: between(1, 150), concurrency: between(1, 80), ahead: between(1, 200), seed: Schema.String },
    ({ size, concurrency, ahead, seed }) =>
      Effect.gen(function* () {
        const random = keyedRandom(seed)
        let nStarted = 0
        let nRunning = 0
        let nTaken = 0
        let mostAhead = 0
        let mostRunning = 0
        const run = () =>
          Effect.suspend(() => {
            mostAhead = Math.max(mostAhead, ++nStarted - nTaken)
            mostRunning = Math.max(mostRunning, ++nRunning)
            return Effect.delay(
              Effect.sync(() => nRunning--),
              1 + Math.floor(20 * random())
            )
          })
        const take = (results: ReadonlyArray<unknown>) =>
          Effect.suspend(() => {
            nTaken += results.length
            return Effect.sleep(Math.floor(200 * random()))
          })
        yield* inVirtualTime(Stream.runForEach(inOrder(input(upTo(600), size), run, { concurrency, ahead }), take))
        assert.strictEqual(nTaken, 600)
        assert.isAtMost(mostAhead, ahead)
        assert.isAtMost(mostRunning, concurrency)
        assert.isAtLeast(mostRunning, Math.min(concurrency, size, Math.floor((15 * ahead) / 16)))
      }),
    { arbitrary: { runs: 40 } }
  )

  /** Share of the ideal throughput, the sum of all latencies over the number of lanes, in virtual time. */
  const shareOfIdeal = (ahead: number) =>
    Effect.gen(function* () {
      const concurrency = 64
      const random = keyedRandom("latencies")
      const latencies = upTo(20_000).map(() => 5 * Math.exp(normal(random)))
      const ideal = latencies.reduce((sum, latency) => sum + latency, 0) / concurrency
      const start = yield* Clock.currentTimeMillis
      const stream = inOrder(input(latencies, 512), (latency) => Effect.sleep(latency), { concurrency, ahead })
      const end = yield* inVirtualTime(Effect.andThen(Stream.runDrain(stream), Clock.currentTimeMillis))
      return ideal / (end - start)
    })

  it.effect("inOrder reaches 95 % of the ideal throughput with log-normal latencies", () =>
    Effect.gen(function* () {
      assert.isAtLeast(yield* shareOfIdeal(32 * 64), 0.95)
    })
  )

  it.effect("inOrder is slower when it may not run ahead of a slow row", () =>
    Effect.gen(function* () {
      assert.isBelow(yield* shareOfIdeal(64), 0.6)
    })
  )

  it.effect("inOrder reads on only when the rows that wait for their turn are few, however far it may run ahead", () =>
    Effect.gen(function* () {
      const concurrency = 8
      let nRead = 0
      let nStarted = 0
      let nAhead = 0
      const rows = input(upTo(4000), 20).pipe(
        Stream.map((batch) => {
          nRead += batch.rows.length
          nAhead = Math.max(nAhead, nRead - nStarted)
          return batch
        })
      )
      const run = (n: number) =>
        Effect.suspend(() => {
          nStarted++
          return n % 5 === 0 ? Effect.as(Effect.sleep(1), n) : Effect.succeed(n)
        })
      const out = yield* inVirtualTime(Stream.runCollect(inOrder(rows, run, { concurrency, ahead: 4000 })))
      assert.deepStrictEqual(out.flat(), [...upTo(4000)])
      // Two batches that wait, and the four that the source gives at once; 4,000 if it were read without waiting.
      assert.isAtMost(nAhead, 2 * 20 + 4 * 20 + concurrency)
    })
  )

  it.effect(
    "inOrder gives rows that are done where the next ones take long, so that who has enough pays for few more",
    () =>
      Effect.gen(function* () {
        for (const concurrency of [1, 4]) {
          let nStarted = 0
          const slowly = (n: number) => {
            nStarted++
            return Effect.as(Effect.sleep(200), n)
          }
          const stream = inOrder(input(upTo(1000), 500), slowly, { concurrency, ahead: 1000 })
          const out = yield* inVirtualTime(
            Stream.runCollect(
              Stream.take(
                Stream.flatMap(stream, (results) => Stream.fromIterable(results)),
                10
              )
            )
          )
          assert.deepStrictEqual(out, [...upTo(10)])
          assert.isAtMost(nStarted, 10 + 2 * concurrency)
        }
      })
  )

  it.effect("inOrder fails at once, behind the complete results, and waits for no slower row", () =>
    Effect.gen(function* () {
      const finalised = new Set<number>()
      let nStarted = 0
      const run = (n: number) =>
        Effect.suspend(() => {
          nStarted++
          if (n < 100) return Effect.as(Effect.sleep(1), n)
          if (n === 250) return Effect.delay(Effect.fail("row 250 failed"), 10)
          return Effect.as(Effect.sleep("1 day"), n)
        }).pipe(Effect.ensuring(Effect.sync(() => finalised.add(n))))
      const taken: Array<number> = []
      const stream = inOrder(input(upTo(2000)), run, { concurrency: 200, ahead: 1000 })
      const start = yield* Clock.currentTimeMillis
      const exit = yield* inVirtualTime(
        Effect.exit(Stream.runForEach(stream, (results) => Effect.sync(() => taken.push(...results))))
      )
      assert.deepStrictEqual(exit, Exit.fail("row 250 failed"))
      assert.isAtMost((yield* Clock.currentTimeMillis) - start, 1000)
      assert.deepStrictEqual(taken, [...upTo(100)])
      assert.strictEqual(finalised.size, nStarted)
      assert.isBelow(nStarted, 310)
    })
  )

  it.effect("inOrder gives the results in front of the first failure, wherever they would have been cut", () =>
    Effect.gen(function* () {
      const run = (n: number) => (n < 30 ? Effect.succeed(n) : Effect.delay(Effect.fail("no"), n === 30 ? 10 : "1 day"))
      const taken: Array<number> = []
      const stream = inOrder(input(upTo(300), 300), run, { concurrency: 50, ahead: 1024 })
      const exit = yield* inVirtualTime(
        Effect.exit(Stream.runForEach(stream, (results) => Effect.sync(() => taken.push(...results))))
      )
      assert.deepStrictEqual([exit, taken], [Exit.fail("no"), [...upTo(30)]])
    })
  )

  it.effect("inOrder starts no row after a failure, however slow the consumer is", () =>
    Effect.gen(function* () {
      let nStarted = 0
      const run = (n: number) =>
        Effect.suspend(() => {
          nStarted++
          return n === 20 ? Effect.fail("no") : Effect.sleep(10)
        })
      const stream = inOrder(input(upTo(1000), 5), run, { concurrency: 2, ahead: 500 })
      const exit = yield* inVirtualTime(Effect.exit(Stream.runForEach(stream, () => Effect.sleep("1 minute"))))
      assert.deepStrictEqual(exit, Exit.fail("no"))
      assert.isAtMost(nStarted, 22)
    })
  )

  it.effect("inOrder gives what came before a failing input", () =>
    Effect.gen(function* () {
      const taken: Array<number> = []
      const broken = Stream.concat(input(upTo(30)), Stream.fail("input failed"))
      const stream = inOrder(broken, (n) => Effect.as(Effect.sleep(100 - n), n), { concurrency: 4, ahead: 100 })
      const exit = yield* inVirtualTime(
        Effect.exit(Stream.runForEach(stream, (results) => Effect.sync(() => taken.push(...results))))
      )
      assert.deepStrictEqual([exit, taken], [Exit.fail("input failed"), [...upTo(30)]])
    })
  )

  it.effect("inOrder runs the finalisers of running rows when it is interrupted", () =>
    Effect.gen(function* () {
      let nOpen = 0
      let most = 0
      const run = () =>
        Effect.acquireUseRelease(
          Effect.sync(() => {
            most = Math.max(most, ++nOpen)
          }),
          () => Effect.never,
          () => Effect.sync(() => nOpen--)
        )
      const stream = inOrder(input(upTo(500)), run, { concurrency: 50, ahead: 200 })
      const fiber = yield* Effect.forkChild(Stream.runDrain(stream))
      while (most < 50) yield* Effect.yieldNow
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual([most, nOpen], [50, 0])
    })
  )

  it.effect("inOrder stops what is running when the consumer has enough", () =>
    Effect.gen(function* () {
      let nOpen = 0
      const run = (n: number) =>
        Effect.acquireUseRelease(
          Effect.sync(() => nOpen++),
          () => (n < 64 ? Effect.succeed(n) : Effect.never),
          () => Effect.sync(() => nOpen--)
        )
      const out = yield* Stream.runCollect(
        Stream.take(inOrder(input(upTo(500), 64), run, { concurrency: 50, ahead: 1024 }), 1)
      )
      assert.deepStrictEqual([out, nOpen], [[upTo(64)], 0])
    })
  )

  it.effect("inOrder dies with what a row throws and ends with an interrupt of a row", () =>
    Effect.gen(function* () {
      const limits = { concurrency: 2, ahead: 10 }
      const thrown = yield* Effect.exit(
        Stream.runDrain(
          inOrder(
            input(upTo(5)),
            (): Effect.Effect<number> => {
              throw new Error("thrown by a row")
            },
            limits
          )
        )
      )
      assert.include(Exit.isFailure(thrown) ? Cause.pretty(thrown.cause) : "", "thrown by a row")
      const interrupted = yield* Effect.exit(Stream.runDrain(inOrder(input(upTo(5)), () => Effect.interrupt, limits)))
      assert.isTrue(Exit.isFailure(interrupted) && Cause.hasInterrupts(interrupted.cause))
    })
  )

  it.effect("inOrder passes over empty batches and an empty input", () =>
    Effect.gen(function* () {
      const limits = { concurrency: 2, ahead: 10 }
      const sparse = Stream.fromIterable([[], [1], [], [2, 3], []].map((rows, index) => ({ index, rows })))
      assert.deepStrictEqual(yield* Stream.runCollect(inOrder(sparse, Effect.succeed, limits)), [[1], [2], [3]])
      assert.deepStrictEqual(yield* Stream.runCollect(inOrder(Stream.empty, Effect.succeed, limits)), [])
    })
  )
})
