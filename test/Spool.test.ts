import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { keyedRandom } from "../src/math/keyedRandom.ts"
import { Spool } from "../src/Spool.ts"

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-spool-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

const filled = Effect.fnUntraced(function* <Row>(rows: ReadonlyArray<Row>) {
  const spool = yield* Spool.scoped<Row>(yield* temporaryFolder, "rows")
  for (const row of rows) spool.write(row)
  spool.seal()
  return spool
})

/** All rows, read in steps of at most `step`. */
const readAll = <Row>(spool: Spool<Row>, step: number): ReadonlyArray<Row> => {
  const rows: Array<Row> = []
  while (rows.length < spool.nRows) {
    const some = spool.readSome(rows.length, step)
    assert.isAtLeast(some.length, 1)
    assert.isAtMost(some.length, step)
    rows.push(...some)
  }
  return rows
}

const Row = Schema.Struct({
  text: Schema.String,
  number: Schema.NullOr(Schema.Number),
  list: Schema.Array(Schema.Boolean)
})

/** Rows of a few bytes to some 100 kB, six megabytes together: several flushes and several reads. */
const mixedRows = () => {
  const random = keyedRandom("spool")
  return Array.from({ length: 3000 }, (_, n) => ({
    n,
    text: (n % 3 === 0 ? "日本" : "text").repeat(Math.floor(10 ** (4 * random()) / 4)),
    number: [Number.NaN, -0, 1.5, null][n % 4],
    ...(n % 5 === 0 ? {} : { sometimes: undefined })
  }))
}

describe("Spool", () => {
  it.effect.prop(
    "a spool gives rows back as they were, in order and by index, whatever the steps",
    { rows: Schema.Array(Row), step: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10 })) },
    ({ rows, step }) =>
      Effect.gen(function* () {
        const spool = yield* filled(rows)
        assert.strictEqual(spool.nRows, rows.length)
        assert.deepStrictEqual(readAll(spool, step), rows)
        for (let i = rows.length - 1; i >= 0; i--) assert.deepStrictEqual(spool.read(i), rows[i])
      }),
    { arbitrary: { runs: 40 } }
  )

  it.effect("a spool holds more rows than its buffers, read in order and at random", () =>
    Effect.gen(function* () {
      const rows = mixedRows()
      const spool = yield* filled(rows)
      assert.deepStrictEqual(readAll(spool, 512), rows)
      const random = keyedRandom("order")
      for (let k = 0; k < 1000; k++) {
        const i = Math.floor(random() * rows.length)
        assert.deepStrictEqual(spool.read(i), rows[i])
      }
    })
  )

  it.effect("a spool gives rows that are larger than its buffer, one at a time", () =>
    Effect.gen(function* () {
      const rows = [3e6, 1, 2, 1.5e6, 3].map((n) => ({ text: "x".repeat(n) }))
      const spool = yield* filled(rows)
      assert.deepStrictEqual(spool.readSome(0, 10).length, 1)
      assert.deepStrictEqual(spool.readSome(1, 10).length, 2)
      assert.deepStrictEqual(readAll(spool, 10), rows)
    })
  )

  it.effect("a spool refuses rows that it does not have", () =>
    Effect.gen(function* () {
      const spool = yield* filled(["a", "b"])
      for (const index of [2, -1, 0.5, Number.NaN]) {
        assert.throws(() => spool.read(index), RangeError, `Cannot read spooled row ${index}: found 2 rows`)
      }
      spool.write("c")
      assert.throws(() => spool.read(2), 'found the end of the file, expected "seal" before')
      spool.seal()
      assert.strictEqual(spool.read(2), "c")
    })
  )

  it.effect("spools of one name have files of their own, which are removed with the scope", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* Effect.scoped(
        Effect.gen(function* () {
          const spools = yield* Effect.all(["a/b", "a b", "a b"].map((name) => Spool.scoped<string>(folder, name)))
          for (const [i, spool] of spools.entries()) spool.write(`row of ${i}`)
          for (const [i, spool] of spools.entries()) {
            spool.seal()
            assert.strictEqual(spool.read(0), `row of ${i}`)
          }
          assert.strictEqual(fs.readdirSync(folder).length, 3)
        })
      )
      assert.deepStrictEqual(fs.readdirSync(folder), [])
    })
  )
})
