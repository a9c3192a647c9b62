import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Difficulty from "../../src/stages/Difficulty.ts"
import { quota, type QuotaOptions } from "../../src/stages/quota.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"

const fields = { id: Schema.String, label: Schema.Boolean, domain: Schema.NullOr(Schema.String) }
type Row = Schema.Struct.Type<typeof fields>

const rows = Array.from({ length: 200 }, (_, i): Row => ({
  id: `row ${i}`,
  label: i % 4 === 0,
  domain: ["math", "code", null, "math", "law"][i % 5]!
}))

stageContract("quota", { fields, rows: rows.slice(0, 40), stage: quota({ by: "domain", most: 5 }) })
stageContract("quota", {
  fields,
  rows: rows.slice(0, 40),
  stage: quota({ by: "label", exactly: { true: 6, false: 99 } })
})

const scored = { ...fields, score: Schema.NullOr(Schema.Finite) }
/** Scores from 0 to 19, each ten times, in no order; every tenth row has none. */
const scoredRows = rows.map((row, i) => ({ ...row, score: i % 10 === 9 ? null : (i * 7) % 20 }))
const score = Difficulty.make("score", { score: scored.score }, (row) => row.score)

stageContract("quota of the best", {
  fields: scored,
  rows: scoredRows.slice(0, 40),
  stage: quota({ by: "domain", most: { share: 0.25 }, prefer: { highest: score } })
})
stageContract("quota that marks", {
  fields: scored,
  rows: scoredRows.slice(0, 40),
  stage: quota({ most: 7, prefer: { lowest: score }, mark: true })
})

const run = <By extends "label" | "domain">(
  options: QuotaOptions<By>,
  some: ReadonlyArray<Row> = rows,
  seed = 5,
  batchSize = 512
) => collect(pipelineOf(some, fields, batchSize).pipe(quota<By>(options)), { seed })

const countsOf = (some: ReadonlyArray<Row>, by: "label" | "domain") =>
  Object.fromEntries([...Map.groupBy(some, (row) => String(row[by]))].map(([name, { length }]) => [name, length]))

describe("quota", () => {
  it.effect("quota lets at most so many rows of each class through, in order, and writes down the others", () =>
    Effect.gen(function* () {
      const { findings, rejects, rows: made } = yield* run({ by: "domain", most: 30 })
      assert.deepStrictEqual(countsOf(made, "domain"), { math: 30, code: 30, null: 30, law: 30 })
      const kept = new Set(made.map(({ id }) => id))
      assert.deepStrictEqual(
        made,
        rows.filter(({ id }) => kept.has(id))
      )
      assert.deepStrictEqual(
        rejects.map(({ id }) => id),
        rows.filter(({ id }) => !kept.has(id)).map(({ id }) => id)
      )
      assert.include(
        rejects.map(({ detail, reason }) => `${reason}: ${detail}`),
        'over quota: "domain" is "math": 80 rows for a quota of 30'
      )
      assert.strictEqual(findings.size, 0)
    })
  )

  it.effect("quota takes a number for each class, leaves others alone, and names classes as values are written", () =>
    Effect.gen(function* () {
      const { rows: made } = yield* run({ by: "domain", most: { math: 7, null: 0 } })
      assert.deepStrictEqual(countsOf(made, "domain"), { math: 7, code: 40, law: 40 })
      const { rows: labels } = yield* run({ by: "label", exactly: { true: 50, false: 50 } })
      assert.deepStrictEqual(countsOf(labels, "label"), { true: 50, false: 50 })
    })
  )

  it.effect("quota says which classes have fewer rows than exactly asked for", () =>
    Effect.gen(function* () {
      const { findings, rows: made } = yield* run({ by: "domain", exactly: { math: 70, code: 41, art: 3 } })
      assert.deepStrictEqual(countsOf(made, "domain"), { math: 70, code: 40, null: 40, law: 40 })
      const finding = findings.get("quota")
      assert.strictEqual(finding?.kind, "taken")
      if (finding?.kind !== "taken") return
      assert.deepStrictEqual([finding.asked, finding.given], [194, 190])
      assert.deepStrictEqual(
        finding.warnings.map(({ message }) => message.slice(0, message.indexOf(" rows"))),
        ['Class "art" of column "domain" has 0 of the 3', 'Class "code" of column "domain" has 40 of the 41']
      )
      const { findings: enough } = yield* run({ by: "label", exactly: 50 })
      assert.deepStrictEqual(enough.get("quota"), { kind: "taken", asked: 100, given: 100, warnings: [] })
    })
  )

  it.effect("quota chooses by seed and id, evenly, whatever the order and number of other rows", () =>
    Effect.gen(function* () {
      const { rows: made } = yield* run({ by: "domain", most: 20 })
      const { rows: reversed } = yield* run({ by: "domain", most: 20 }, rows.toReversed(), 5, 7)
      assert.deepStrictEqual(reversed.toReversed(), made)
      const { rows: math } = yield* run(
        { by: "domain", most: 20 },
        rows.filter(({ domain }) => domain === "math")
      )
      assert.deepStrictEqual(
        math,
        made.filter(({ domain }) => domain === "math")
      )
      const nRuns = 200
      let nFirstHalf = 0
      for (let seed = 0; seed < nRuns; seed++) {
        const { rows: some } = yield* run({ by: "label", most: { true: 10, false: 0 } }, rows, seed)
        nFirstHalf += some.filter(({ id }) => Number(id.slice(4)) < 100).length
      }
      assert.closeTo(nFirstHalf / (10 * nRuns), 0.5, 4 * Math.sqrt(0.25 / (10 * nRuns)))
    })
  )

  it.effect("quota takes a share of each class, of all rows, or so many for each row of another class", () =>
    Effect.gen(function* () {
      const { rows: shares } = yield* run({ by: "domain", most: { share: 0.29 } })
      assert.deepStrictEqual(countsOf(shares, "domain"), { math: 23, code: 11, null: 11, law: 11 })
      const { rejects, rows: tenth } = yield* collect(pipelineOf(rows, fields).pipe(quota({ most: { share: 0.1 } })), {
        seed: 5
      })
      assert.deepStrictEqual([tenth.length, rejects.length], [20, 180])
      assert.strictEqual(rejects[0]!.detail, "200 rows for a quota of 20")
      // In floating point 0.29 * 100 is below 29.
      const hundred = pipelineOf(rows.slice(0, 100), fields)
      assert.lengthOf((yield* collect(hundred.pipe(quota({ most: { share: 0.29 } })))).rows, 29)
      const { rows: thinned } = yield* run({ by: "label", most: { true: { times: 0.25, of: "false" } } })
      assert.deepStrictEqual(countsOf(thinned, "label"), { true: 37, false: 150 })
      const { rows: alone } = yield* run({ by: "domain", most: { law: { times: 3, of: "art" } } })
      assert.deepStrictEqual(countsOf(alone, "domain"), { math: 80, code: 40, null: 40 })
    })
  )

  it.effect("quota prefers the most or the least of a number, draws among equals and takes unknown ones last", () =>
    Effect.gen(function* () {
      const choose = (most: number, prefer: "highest" | "lowest", seed = 1) =>
        collect(
          pipelineOf(scoredRows, scored).pipe(
            quota({ most, prefer: prefer === "highest" ? { highest: score } : { lowest: score } })
          ),
          { seed }
        )
      const scoresOf = (some: ReadonlyArray<{ readonly score: number | null }>) =>
        some.map((row) => row.score).toSorted((a, b) => (a ?? -1) - (b ?? -1))
      const known = scoredRows.flatMap((row) => row.score ?? []).toSorted((a, b) => a - b)
      assert.deepStrictEqual(scoresOf((yield* choose(25, "highest")).rows), known.slice(-25))
      assert.deepStrictEqual(scoresOf((yield* choose(25, "lowest")).rows), known.slice(0, 25))
      const { rows: most } = yield* choose(known.length + 3, "highest")
      assert.strictEqual(most.filter((row) => row.score === null).length, 3)
      // The highest score but for the last few is that of several rows: the seed says which of them go on.
      const chosen = yield* Effect.all([1, 2, 3].map((seed) => choose(5, "highest", seed)))
      assert.strictEqual(new Set(chosen.map((one) => one.rows.map(({ id }) => id).join())).size, 3)
      const { rows: reversed } = yield* collect(
        pipelineOf(scoredRows.toReversed(), scored).pipe(quota({ most: 5, prefer: { highest: score } })),
        { seed: 1 }
      )
      assert.deepStrictEqual(reversed.toReversed(), chosen[0]!.rows)
    })
  )

  it.effect("quota keeps the best of each class", () =>
    Effect.gen(function* () {
      const { rows: best } = yield* collect(
        pipelineOf(scoredRows, scored).pipe(quota({ by: "label", most: 3, prefer: { highest: score } }))
      )
      for (const label of [true, false]) {
        const all = scoredRows.flatMap((row) => (row.label === label ? (row.score ?? []) : []))
        assert.deepStrictEqual(
          best.flatMap((row) => (row.label === label ? (row.score ?? []) : [])).toSorted((a, b) => b - a),
          all.toSorted((a, b) => b - a).slice(0, 3)
        )
      }
    })
  )

  it.effect("quota with a mark lets all rows go on and says which ones it has room for", () =>
    Effect.gen(function* () {
      const only = yield* collect(pipelineOf(scoredRows, scored).pipe(quota({ most: 9, prefer: { lowest: score } })))
      const { rejects, rows: all } = yield* collect(
        pipelineOf(scoredRows, scored).pipe(quota({ most: 9, prefer: { lowest: score }, mark: true }))
      )
      assert.deepStrictEqual([all.length, rejects.length], [scoredRows.length, 0])
      assert.deepStrictEqual(
        all.filter(({ selected }) => selected).map(({ selected: _selected, ...row }) => row),
        [...only.rows]
      )
    })
  )

  it("quota refuses shares and multiples out of range", () => {
    for (const most of [{ share: 1.5 }, { share: -0.1 }, { times: -1, of: "true" }, { share: Number.NaN }]) {
      assert.throws(() => quota({ by: "label", most }), /Cannot keep a quota: found .* expected a number from 0/)
    }
  })

  it("quota refuses quotas that are no numbers of rows", () => {
    for (const most of [-1, 1.5, { a: Number.NaN }]) {
      assert.throws(() => quota({ by: "domain", most }), /expected an integer from 0/)
    }
  })
})

/** Checked by the compiler alone. */
export const ordersThatDoNotFit = () => [
  // @ts-expect-error there is no score yet
  pipelineOf(rows, fields).pipe(quota({ most: 3, prefer: { highest: score } })),
  // @ts-expect-error there is no class of that name
  pipelineOf(rows, fields).pipe(quota({ by: "route", most: 3 }))
]
