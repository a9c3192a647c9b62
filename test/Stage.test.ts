import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import type { Finding } from "../src/Findings.ts"
import { keyedRandom } from "../src/math/keyedRandom.ts"
import { normal } from "../src/math/normal.ts"
import * as Pipeline from "../src/Pipeline.ts"
import { noting, reject } from "../src/Rejects.ts"
import { Run } from "../src/Run.ts"
import { each, enrich, reshape, whole } from "../src/Stage.ts"

const fields = { id: Schema.String, n: Schema.Int, text: Schema.String }
interface Row {
  readonly id: string
  readonly n: number
  readonly text: string
}
type Numbered = Pick<Row, "n" | "text">
const Rows = Schema.Array(Schema.Struct(fields))
const Small = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 }))
const runs = { arbitrary: { runs: 40 } }

/** Rows in batches of the given size; `chunk` says how many batches the stream hands over at once. */
const source = (rows: ReadonlyArray<Row>, size = 3, chunk = 2) => {
  const batches = Array.from({ length: Math.ceil(rows.length / size) }, (_, index) => ({
    index,
    rows: rows.slice(index * size, (index + 1) * size)
  }))
  const stream = Stream.fromIterable(batches, { chunkSize: chunk })
  return Pipeline.make([{ key: "rows", kind: "source", needs: {}, gives: fields, config: {} }], fields, stream)
}

const numbered = (nRows: number): ReadonlyArray<Row> =>
  Array.from({ length: nRows }, (_, n) => ({ id: `r${n}`, n, text: `text ${n % 5}` }))

/** Everything a pipeline leaves in a run of its own: rows, rejects, counts and findings, without batch borders. */
const outcome = <R, E>(pipeline: Pipeline.Pipeline<R, E, Run>) =>
  Effect.gen(function* () {
    const run = yield* Run
    const batches = yield* Stream.runCollect(pipeline.batches)
    return {
      rows: batches.flatMap((batch) => batch.rows),
      rejects: [...run.rejects.entries()],
      counts: Object.fromEntries(run.progress.stages),
      findings: run.findings.entries(),
      spooled: fs.readdirSync(run.spool)
    }
  }).pipe(Effect.provide(Run.layerTemporary({ seed: 7 })))

/** The message of the defect that ended an effect. */
const defectOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.exit(effect), (exit) => {
    assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause), "expected a defect")
    return Exit.isFailure(exit) ? String(Cause.squash(exit.cause)) : ""
  })

const double = enrich({
  name: "double",
  needs: { n: Schema.Int },
  gives: { twice: Schema.Int },
  rows: (rows) => rows.map(({ n }) => ({ twice: 2 * n }))
})

/** Waits longer for some rows, rejects every fifth number and notes every seventh. */
const ask = (options: { readonly concurrency?: number; readonly ahead?: number; readonly key?: string } = {}) =>
  each({
    name: options.key ?? "ask",
    needs: { n: Schema.Int, id: Schema.String },
    gives: { answer: Schema.String },
    ...options,
    row: ({ n, id }, context) =>
      Effect.gen(function* () {
        yield* Effect.sleep(Math.abs(n * 7919) % 97)
        if (n % 5 === 0) return reject("fifth", `${id} ${n}`)
        const answer = { answer: `${id} ${context.random(id)()}` }
        return n % 7 === 0 ? noting(answer, [reject("seventh", `${n}`), reject("also", id)]) : answer
      })
  })

/** Each row comes out as often as its number says, at most three times; negative numbers are rejected. */
const multiply = reshape({
  name: "multiply",
  needs: { n: Schema.Int },
  gives: { copy: Schema.Int },
  keeps: true,
  row: ({ n }) => (n < 0 ? [reject("negative", `${n}`)] : Array.from({ length: n % 4 }, (_, copy) => ({ copy })))
})

/** Gives every row its rank and the text of the row with the mirrored index; drops rows with the largest number. */
const rank = whole({
  name: "rank",
  needs: { n: Schema.Int, text: Schema.String },
  gives: { rank: Schema.Int, mirrored: Schema.String },
  keeps: true,
  begin: () => {
    const numbers: Array<number> = []
    return {
      see: ({ n }, index) => {
        numbers[index] = n
      },
      settle: Effect.sync(() => {
        const sorted = numbers.toSorted((a, b) => a - b)
        return (row: Numbered, index: number, read: (index: number) => Numbered) => {
          if (row.n === sorted.at(-1)) return [reject("largest", `${row.n}`)]
          return [{ rank: sorted.indexOf(row.n), mirrored: read(numbers.length - 1 - index).text }]
        }
      })
    }
  }
})

/** Runs an effect while virtual time passes as fast as it can. */
const inVirtualTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.raceFirst(effect, Effect.forever(TestClock.adjust(1000)))

describe("stages", () => {
  it.effect.prop(
    "stages give the same rows, rejects and counts for every batch size",
    { rows: Rows, size: Small, chunk: Small, concurrency: Small },
    ({ rows, size, chunk, concurrency }) =>
      Effect.gen(function* () {
        const through = (input: Pipeline.Pipeline<Row>, lanes: number) =>
          inVirtualTime(outcome(input.pipe(double, ask({ concurrency: lanes }), rank, multiply, rank)))
        const expected = yield* through(source(rows, rows.length + 1), 1)
        assert.deepStrictEqual(yield* through(source(rows, size, chunk), concurrency), expected)
        const counts = expected.counts["ask"]!
        assert.strictEqual(counts.rowsIn, rows.length)
        assert.strictEqual(counts.rowsOut + counts.rejected, rows.length)
      }),
    runs
  )

  it.effect.prop(
    "stages never edit the rows they get",
    { rows: Rows, size: Small },
    ({ rows, size }) =>
      Effect.gen(function* () {
        const before = structuredClone(rows)
        for (const row of rows) Object.freeze(row)
        yield* inVirtualTime(outcome(source(rows, size).pipe(double, ask(), rank, multiply)))
        assert.deepStrictEqual(rows, before)
      }),
    runs
  )

  it.effect("stages give equal results when a pipeline runs twice, also at the same time in one run", () =>
    Effect.gen(function* () {
      const pipeline = source(numbered(500)).pipe(double, ask(), rank, multiply)
      const first = yield* inVirtualTime(outcome(pipeline))
      assert.isAbove(first.rows.length, 300)
      assert.deepStrictEqual(yield* inVirtualTime(outcome(pipeline)), first)
      const rows = Effect.map(Stream.runCollect(pipeline.batches), (batches) => batches.flatMap((batch) => batch.rows))
      const both = yield* inVirtualTime(
        Effect.all([rows, rows], { concurrency: 2 }).pipe(Effect.provide(Run.layerTemporary({ seed: 7 })))
      )
      assert.deepStrictEqual(both, [first.rows, first.rows])
    })
  )

  it.effect("stages draw random numbers by seed, stage and row id alone", () =>
    Effect.gen(function* () {
      const draw = enrich({
        name: "draw",
        needs: {},
        gives: { drawn: Schema.Array(Schema.Finite) },
        rows: (rows, context) =>
          rows.map((row) => {
            const random = context.random(context.rowId(row), 1)
            return { drawn: [random(), random()] }
          })
      })
      const drawn = (rows: ReadonlyArray<Row>, seed: number) =>
        Stream.runCollect(source(rows).pipe(draw).batches).pipe(
          Effect.map((batches) =>
            batches.flatMap((batch) => batch.rows).map((row) => `${row.id} ${row.drawn.join(" ")}`)
          ),
          Effect.provide(Run.layerTemporary({ seed }))
        )
      const rows = numbered(50)
      const forward = yield* drawn(rows, 1)
      assert.deepStrictEqual((yield* drawn(rows.toReversed(), 1)).toReversed(), forward)
      assert.strictEqual(new Set(forward.map((line) => line.split(" ")[1])).size, 50)
      assert.notDeepEqual(yield* drawn(rows, 2), forward)
    })
  )

  it.effect("stages name a row without an id by its content", () =>
    Effect.gen(function* () {
      const drop = reshape({ name: "drop", needs: {}, gives: {}, keeps: true, row: () => [reject("all")] })
      const nameless = reshape({
        name: "nameless",
        needs: { n: Schema.Int },
        gives: { n: Schema.Int },
        keeps: false,
        row: ({ n }) => [{ n }]
      })
      const { rejects } = yield* outcome(source([...numbered(3), ...numbered(1)]).pipe(nameless, drop))
      const ids = rejects.map(({ id }) => id)
      assert.match(ids[0]!, /^[0-9a-f]{24}$/)
      assert.deepStrictEqual([ids[3], new Set(ids).size], [ids[0], 3])
    })
  )
})

describe("enrich", () => {
  it.effect("enrich adds and replaces declared columns and leaves out all others", () =>
    Effect.gen(function* () {
      const meddle = enrich({
        name: "meddle",
        needs: { n: Schema.Int },
        gives: { text: Schema.String, given: Schema.Int },
        rows: (rows) => rows.map(({ n }) => ({ given: n, text: "new", n: -1, id: "changed", extra: true }))
      })
      const pipeline = source(numbered(3)).pipe(meddle)
      const { rows, counts } = yield* outcome(pipeline)
      assert.deepStrictEqual(
        rows,
        [0, 1, 2].map((n) => ({ id: `r${n}`, n, text: "new", given: n }))
      )
      assert.deepStrictEqual(Object.keys(pipeline.columns), ["id", "n", "text", "given"])
      assert.deepStrictEqual(counts["meddle"], { rowsIn: 3, rowsOut: 3, rejected: 0 })
    })
  )

  it.effect("enrich that gives a wrong number of rows is a defect that names the stage", () =>
    Effect.gen(function* () {
      for (const change of [-1, 1]) {
        const wrong = enrich({
          name: "wrong",
          needs: {},
          gives: { m: Schema.Int },
          rows: (rows) => Array.from({ length: rows.length + change }, (_, m) => ({ m }))
        })
        const message = yield* defectOf(outcome(source(numbered(4), 4).pipe(double, wrong)))
        assert.include(message, `stage "wrong": it gave ${4 + change} rows for a batch of 4`)
      }
    })
  )
})

describe("each", () => {
  it.effect.prop(
    "each keeps input order whatever the latencies",
    {
      latencies: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 }))),
      size: Small,
      concurrency: Small,
      ahead: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 200 }))
    },
    ({ latencies, size, concurrency, ahead }) =>
      Effect.gen(function* () {
        const wait = each({
          name: "wait",
          needs: { n: Schema.Int },
          gives: { waited: Schema.Int },
          concurrency,
          ahead,
          row: ({ n }) => Effect.as(Effect.sleep(latencies[n]!), { waited: latencies[n]! })
        })
        const { rows } = yield* inVirtualTime(outcome(source(numbered(latencies.length), size).pipe(wait)))
        assert.deepStrictEqual(
          rows.map(({ n, waited }) => [n, waited]),
          latencies.map((waited, n) => [n, waited])
        )
      }),
    runs
  )

  it.effect("each lets rejections and notes leave in input order", () =>
    Effect.gen(function* () {
      const { rows, rejects, counts } = yield* inVirtualTime(outcome(source(numbered(71)).pipe(ask())))
      const expected = numbered(71).flatMap(({ n, id }) => {
        if (n % 5 === 0) return [{ id, stage: "ask", reason: "fifth", detail: `${id} ${n}` }]
        if (n % 7 > 0) return []
        return [
          { id, stage: "ask", reason: "seventh", detail: `${n}` },
          { id, stage: "ask", reason: "also", detail: id }
        ]
      })
      assert.deepStrictEqual(rejects, expected)
      assert.isFalse(rows.some(({ n }) => n % 5 === 0))
      assert.isTrue(rows.some(({ n }) => n % 7 === 0))
      assert.deepStrictEqual(counts["ask"], { rowsIn: 71, rowsOut: 56, rejected: 15 })
    })
  )

  it.effect("each runs as many rows at once as it may, across batch borders", () =>
    Effect.gen(function* () {
      let running = 0
      let most = 0
      const count = each({
        name: "count",
        needs: {},
        gives: {},
        concurrency: 10,
        row: () =>
          Effect.gen(function* () {
            most = Math.max(most, ++running)
            yield* Effect.sleep(10)
            running--
            return {}
          })
      })
      yield* inVirtualTime(outcome(source(numbered(100), 3).pipe(count)))
      assert.strictEqual(most, 10)
    })
  )

  it.effect("each keeps 64 lanes 95 % busy with log-normal latencies", () =>
    Effect.gen(function* () {
      const random = keyedRandom("latencies of each")
      const latencies = Array.from({ length: 20_000 }, () => 5 * Math.exp(normal(random)))
      const ideal = latencies.reduce((sum, latency) => sum + latency, 0) / 64
      const wait = each({
        name: "wait",
        needs: { n: Schema.Int },
        gives: {},
        concurrency: 64,
        row: ({ n }) => Effect.as(Effect.sleep(latencies[n]!), {})
      })
      const start = yield* Clock.currentTimeMillis
      const drained = Stream.runDrain(source(numbered(20_000), 512, 1).pipe(wait).batches)
      const end = yield* inVirtualTime(Effect.andThen(drained, Clock.currentTimeMillis))
      assert.isAtLeast(ideal / (end - start), 0.95)
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("each tallies the rows that go on, in order and with their notes, and publishes at the end", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const finding: Finding = {
        kind: "pairsOfPairs",
        sampler: "",
        nComparisons: 0,
        ties: 0,
        strongPercentile: null,
        weakPercentile: null
      }
      const tallied = each({
        name: "tallied",
        needs: { n: Schema.Int },
        gives: { m: Schema.Int },
        row: ({ n }) =>
          Effect.as(
            Effect.sleep(50 - n),
            n === 1 ? reject("one") : n === 2 ? noting({ m: 2 }, [reject("two")]) : { m: n }
          ),
        tally: () => ({
          add: ({ n, m }, notes) => seen.push(`${n} ${m} ${notes.map(({ reason }) => reason).join()}`),
          finding: () => ({ ...finding, nComparisons: seen.length })
        })
      })
      const { findings } = yield* inVirtualTime(outcome(source(numbered(4)).pipe(tallied, tallied)))
      assert.deepStrictEqual(seen.toSorted(), ["0 0 ", "0 0 ", "2 2 two", "2 2 two", "3 3 ", "3 3 "])
      assert.deepStrictEqual(
        findings.map(([key, { kind }]) => [key, kind]),
        [
          ["tallied", "pairsOfPairs"],
          ["tallied#2", "pairsOfPairs"]
        ]
      )
    })
  )

  it.effect("each fails with the error of a row and interrupts the others", () =>
    Effect.gen(function* () {
      let nStarted = 0
      let nFinalised = 0
      const failing = each({
        name: "failing",
        needs: { n: Schema.Int },
        gives: {},
        concurrency: 16,
        row: ({ n }) =>
          Effect.sync(() => nStarted++).pipe(
            Effect.andThen(n === 9 ? Effect.delay(Effect.fail("row 9 failed"), 10) : Effect.never),
            Effect.ensuring(Effect.sync(() => nFinalised++)),
            Effect.as({})
          )
      })
      const exit = yield* inVirtualTime(Effect.exit(outcome(source(numbered(100)).pipe(failing))))
      assert.deepStrictEqual(exit, Exit.fail("row 9 failed"))
      assert.isTrue(nStarted >= 10 && nStarted <= 16, String(nStarted))
      assert.strictEqual(nFinalised, nStarted)
    })
  )

  it("each refuses limits below one", () => {
    const make = (limits: { readonly concurrency?: number; readonly ahead?: number }) => () =>
      each({ name: "no", needs: {}, gives: {}, ...limits, row: () => Effect.succeed({}) })
    assert.throws(make({ concurrency: 0 }), 'Cannot make stage "no": found concurrency 0, expected a positive integer')
    assert.throws(make({ ahead: Number.NaN }), "found ahead NaN")
    assert.throws(make({ concurrency: 1.5 }), "found concurrency 1.5")
  })
})

describe("reshape", () => {
  it.effect("reshape changes the grain, in order, with rejects of what it left out", () =>
    Effect.gen(function* () {
      const rows = [3, -1, 0, 2].map((n, i) => ({ id: `r${i}`, n, text: "" }))
      const kept = yield* outcome(source(rows).pipe(multiply))
      assert.deepStrictEqual(
        kept.rows.map(({ id, copy }) => `${id} ${copy}`),
        ["r0 0", "r0 1", "r0 2", "r3 0", "r3 1"]
      )
      assert.deepStrictEqual(kept.rejects, [{ id: "r1", stage: "multiply", reason: "negative", detail: "-1" }])
      assert.deepStrictEqual(kept.counts["multiply"], { rowsIn: 4, rowsOut: 5, rejected: 1 })
    })
  )

  it.effect("reshape without the old columns gives the declared ones alone", () =>
    Effect.gen(function* () {
      const cut = reshape({
        name: "cut",
        needs: { id: Schema.String },
        gives: { from: Schema.String },
        keeps: false,
        row: ({ id }) => [{ from: id, id, n: 1 }]
      })
      const pipeline = source(numbered(2)).pipe(cut)
      assert.deepStrictEqual((yield* outcome(pipeline)).rows, [{ from: "r0" }, { from: "r1" }])
      assert.deepStrictEqual(Object.keys(pipeline.columns), ["from"])
    })
  )
})

describe("whole", () => {
  it.effect("whole sees every row once, in order, before the first one leaves", () =>
    Effect.gen(function* () {
      const events: Array<string> = []
      const watch = whole({
        name: "watch",
        needs: { n: Schema.Int },
        gives: {},
        keeps: true,
        begin: () => ({
          see: ({ n }, index) => events.push(`see ${n} ${index}`),
          settle: Effect.sync(() => {
            events.push("settle")
            return ({ n }: { readonly n: number }, index: number) => {
              events.push(`emit ${n} ${index}`)
              return [{}]
            }
          })
        })
      })
      yield* outcome(source(numbered(4), 3).pipe(watch))
      const each4 = (what: string) => [0, 1, 2, 3].map((n) => `${what} ${n} ${n}`)
      assert.deepStrictEqual(events, [...each4("see"), "settle", ...each4("emit")])
    })
  )

  it.effect("whole ranks, reads any row and rejects", () =>
    Effect.gen(function* () {
      const rows = [5, 9, 1, 3].map((n, i) => ({ id: `r${i}`, n, text: `t${i}` }))
      const { rows: ranked, rejects, counts } = yield* outcome(source(rows).pipe(rank))
      assert.deepStrictEqual(
        ranked.map(({ id, rank: place, mirrored }) => [id, place, mirrored]),
        [
          ["r0", 2, "t3"],
          ["r2", 0, "t1"],
          ["r3", 1, "t0"]
        ]
      )
      assert.deepStrictEqual(rejects, [{ id: "r1", stage: "rank", reason: "largest", detail: "9" }])
      assert.deepStrictEqual(counts["rank"], { rowsIn: 4, rowsOut: 3, rejected: 1 })
    })
  )

  it.effect("whole twice in one pipeline keeps two spools apart", () =>
    Effect.gen(function* () {
      const pipeline = source(numbered(2000), 100).pipe(rank, rank)
      assert.deepStrictEqual(
        pipeline.steps.map(({ key }) => key),
        ["rows", "rank", "rank#2"]
      )
      const { rows, rejects } = yield* outcome(pipeline)
      assert.deepStrictEqual(
        rows.map(({ n, rank: place }) => [n, place]),
        Array.from({ length: 1998 }, (_, n) => [n, n])
      )
      assert.deepStrictEqual(
        rejects.map(({ id, stage }) => `${id} ${stage}`),
        ["r1999 rank", "r1998 rank#2"]
      )
    })
  )

  const passing = (name: string, settle: Effect.Effect<void, string>, emit: () => void = () => {}) =>
    whole({
      name,
      needs: {},
      gives: {},
      keeps: true,
      begin: () => ({
        see: () => {},
        settle: Effect.as(settle, () => {
          emit()
          return [{}]
        })
      })
    })

  it.effect("whole spools on disk while it runs and leaves nothing there, however it ends", () =>
    Effect.gen(function* () {
      const run = yield* Run
      const spooled = () => fs.readdirSync(run.spool).length
      let nDuring = 0
      const look = Effect.sync(() => {
        nDuring = spooled()
      })
      const rows = source(numbered(2000), 100)
      const drain = (stage: ReturnType<typeof passing>) => Stream.runDrain(rows.pipe(stage).batches)
      const throwing = () => {
        throw new Error("emit failed")
      }
      const endings: ReadonlyArray<
        readonly [string, Effect.Effect<unknown, string, Run>, (exit: Exit.Exit<unknown, string>) => boolean]
      > = [
        ["success", drain(passing("a", look)), Exit.isSuccess],
        ["an early end", Stream.runDrain(Stream.take(rows.pipe(passing("b", look)).batches, 1)), Exit.isSuccess],
        ["a failing settle", drain(passing("c", Effect.andThen(look, Effect.fail("settle")))), Exit.isFailure],
        ["a failing emit", drain(passing("d", look, throwing)), Exit.isFailure],
        ["an interrupt", drain(passing("e", Effect.andThen(look, Effect.interrupt))), Exit.isFailure],
        [
          "a failing input",
          Stream.runDrain(
            Pipeline.make(
              [...rows.steps, ...rows.steps],
              fields,
              Stream.concat(rows.batches, Stream.fromEffectDrain(Effect.andThen(look, Effect.fail("input"))))
            ).pipe(passing("f", Effect.void)).batches
          ),
          Exit.isFailure
        ]
      ]
      for (const [name, effect, expected] of endings) {
        nDuring = 0
        const exit = yield* Effect.exit(effect)
        assert.isTrue(expected(exit), name)
        assert.deepStrictEqual([nDuring, spooled()], [1, 0], name)
      }
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("whole keeps the spools of stages apart whose names look alike as file names", () =>
    Effect.gen(function* () {
      const { rows } = yield* outcome(
        source(numbered(10)).pipe(passing("a b", Effect.void), passing("a/b", Effect.void))
      )
      assert.deepStrictEqual(rows, numbered(10))
    })
  )
})
