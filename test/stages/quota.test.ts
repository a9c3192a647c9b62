import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
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

  it("quota refuses quotas that are no numbers of rows", () => {
    for (const most of [-1, 1.5, { a: Number.NaN }]) {
      assert.throws(() => quota({ by: "domain", most }), /expected an integer from 0/)
    }
  })
})
