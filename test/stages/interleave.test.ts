import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { WiringError } from "../../src/Pipeline.ts"
import { interleave } from "../../src/stages/interleave.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"

const fields = { id: Schema.String, source: Schema.NullOr(Schema.String) }
type Row = Schema.Struct.Type<typeof fields>

const rowsOf = (counts: Readonly<Record<string, number>>): ReadonlyArray<Row> =>
  Object.entries(counts).flatMap(([source, n]) =>
    Array.from({ length: n }, (_, i) => ({ id: `${source} ${i}`, source: source === "none" ? null : source }))
  )

const ratio = { web: 5, expert: 2, null: 1 }

// The contract wants rows in the order in which they came.
stageContract("interleave", {
  fields,
  rows: ["a", "b", "a", "b", "a", "a", "c"].map((source, i) => ({ id: `row ${i}`, source })),
  stage: interleave({ by: "source", ratio: { a: 1, b: 1 } })
})

const run = (rows: ReadonlyArray<Row>, shares: Readonly<Record<string, number>>, batchSize = 512) =>
  collect(pipelineOf(rows, fields, batchSize).pipe(interleave({ by: "source", ratio: shares })))

describe("interleave", () => {
  it.effect("interleave holds the ratio in every beginning, and each class in its order", () =>
    Effect.gen(function* () {
      const { rows } = yield* run(rowsOf({ web: 500, expert: 300, none: 200, other: 10 }), ratio)
      assert.strictEqual(rows.length, 800)
      const counts = { web: 0, expert: 0, null: 0 }
      for (const [i, { id, source }] of rows.entries()) {
        const name = String(source) as keyof typeof counts
        assert.strictEqual(id, `${source ?? "none"} ${counts[name]}`)
        counts[name]++
        for (const key of ["web", "expert", "null"] as const) {
          assert.isBelow(Math.abs(counts[key] - ((i + 1) * ratio[key]) / 8), 1)
        }
      }
      assert.deepStrictEqual(counts, { web: 500, expert: 200, null: 100 })
    })
  )

  it.effect("interleave writes down what does not fit, and says which class ran out", () =>
    Effect.gen(function* () {
      const given = rowsOf({ web: 500, expert: 20, none: 200, other: 10 })
      for (const batchSize of [7, 512]) {
        const { findings, rejects, rows } = yield* run(given, ratio, batchSize)
        assert.strictEqual(rows.length + rejects.length, given.length)
        const reasons = Map.groupBy(rejects, ({ reason }) => reason)
        assert.strictEqual(reasons.get("class without a share")?.length, 10)
        assert.strictEqual(reasons.get("beyond the ratio")?.length, 720 - rows.length)
        assert.strictEqual(rows.filter(({ source }) => source === "expert").length, 20)
        const finding = findings.get("interleave")
        assert.match(
          (finding?.kind === "taken" && finding.warnings[0]?.message) || "",
          /ends after \d+ of 730 rows because "expert" has no more than 20; what is left of "web", "null"/
        )
      }
    })
  )

  it.effect("interleave warns of nothing where all rows of the classes fit", () =>
    Effect.gen(function* () {
      const { findings, rows } = yield* run(rowsOf({ web: 10, expert: 4, none: 2 }), ratio)
      assert.strictEqual(rows.length, 16)
      assert.deepStrictEqual(findings.get("interleave"), { kind: "taken", asked: 16, given: 16, warnings: [] })
    })
  )

  it("interleave refuses shares that are none, and columns that name no classes", () => {
    assert.throws(() => interleave({ by: "source", ratio: { a: 0 } }), /expected positive numbers/)
    assert.throws(() => interleave({ by: "source", ratio: {} }), /found no weights/)
    const input = pipelineOf([], { id: Schema.String, score: Schema.Finite })
    // @ts-expect-error no such column
    assert.throws(() => input.pipe(interleave({ by: "source", ratio })), WiringError, /"source" is missing/)
    assert.throws(() => input.pipe(interleave({ by: "score", ratio })), WiringError, /"score" is/)
  })
})
