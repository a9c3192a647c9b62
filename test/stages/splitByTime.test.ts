import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { SplitFinding } from "../../src/cleaners/assignSplits.ts"
import { WiringError } from "../../src/Pipeline.ts"
import { splitByTime } from "../../src/stages/splitByTime.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"

const fields = { id: Schema.String, prompt: Schema.String, at: Schema.NullOr(Schema.String) }
type Row = Schema.Struct.Type<typeof fields>

const question = (i: number) => Array.from({ length: 30 }, (_, k) => `word${i}x${k}`).join(" ")
const row = (i: number, at: string | null, prompt = question(i)): Row => ({ id: `row ${i}`, prompt, at })

const starts = { test: "2026-03-01", validation: "2026-02-01T00:00:00+01:00" }
const some = [
  row(0, "2025-12-31"),
  row(1, "2026-01-31T22:59:59.999Z"),
  row(2, "2026-01-31T23:00:00Z"),
  row(3, "2026-02-28 23:59"),
  row(4, "2026-03-01"),
  row(5, "2027-01-01T00:00:00Z"),
  row(6, null),
  row(7, "yesterday"),
  row(8, "2026-03-01T00:30:00+0100")
]

stageContract("splitByTime", { fields, rows: some, stage: splitByTime({ by: "at", starts }) })

const run = (rows: ReadonlyArray<Row>) => collect(pipelineOf(rows, fields).pipe(splitByTime({ by: "at", starts })))

describe("splitByTime", () => {
  it.effect("splitByTime puts each row where its moment is, in its time zone", () =>
    Effect.gen(function* () {
      const { rejects, rows } = yield* run(some)
      assert.deepStrictEqual(
        rows.map(({ id, split }) => [id, split]),
        [
          ["row 0", "train"],
          ["row 1", "train"],
          ["row 2", "validation"],
          ["row 3", "validation"],
          ["row 4", "test"],
          ["row 5", "test"],
          ["row 8", "validation"]
        ]
      )
      assert.deepStrictEqual(
        rejects.map(({ id, reason }) => [id, reason]),
        [
          ["row 6", "no value to split by"],
          ["row 7", "no value to split by"]
        ]
      )
      assert.match(rejects[1]!.detail, /"yesterday", expected a time/)
    })
  )

  it.effect("splitByTime lets no prompt stand before and after, and leaves out as few rows as can be", () =>
    Effect.gen(function* () {
      const rows = [
        ...some.slice(0, 6),
        row(10, "2026-01-01", `${question(9)} a`),
        row(11, "2026-01-02", `${question(9)} b`),
        row(12, "2026-04-01", `${question(9)} c`),
        row(13, "2026-01-01", `${question(8)} a`),
        row(14, "2026-04-01", `${question(8)} b`)
      ]
      for (const given of [rows, rows.toReversed()]) {
        const { findings, rejects, rows: made } = yield* run(given)
        assert.deepStrictEqual(rejects.map(({ id }) => id).toSorted(), ["row 12", "row 14"])
        assert.isTrue(rejects.every(({ reason }) => reason === "prompt in another split"))
        assert.strictEqual(made.find(({ id }) => id === "row 11")?.split, "train")
        assert.strictEqual(made.find(({ id }) => id === "row 13")?.split, "train")
        const finding = findings.get("splitByTime") as unknown as SplitFinding
        assert.deepStrictEqual(
          finding.splits.map(({ name, rows: n }) => [name, n]),
          [
            ["train", 5],
            ["validation", 2],
            ["test", 2]
          ]
        )
        const { clusters, rejected, rows: nRows } = finding.crossing
        assert.deepStrictEqual([clusters, nRows, rejected], [2, 5, 2])
        assert.deepStrictEqual(finding.largest?.by, { train: 2, test: 1 })
      }
    })
  )

  it.effect("splitByTime reads numbers in the unit of the column", () =>
    Effect.gen(function* () {
      const numbers = { prompt: Schema.String, created: Schema.Int }
      const rows = [99, 100, 101].map((created) => ({ prompt: question(created), created }))
      const stage = splitByTime({ by: "created", starts: { test: 100 } })
      const { rows: made } = yield* collect(pipelineOf(rows, numbers).pipe(stage))
      assert.deepStrictEqual(
        made.map(({ split }) => split),
        ["train", "test", "test"]
      )
      const texts = splitByTime({ by: "created", starts: { test: "2026-01-01" } })
      // @ts-expect-error the column holds numbers, the start is a text
      assert.throws(() => pipelineOf(rows, numbers).pipe(texts), WiringError, /"created" is/)
    })
  )

  it("splitByTime refuses starts that are no different times", () => {
    for (const bad of [{}, { test: "soon" }, { a: "2026-01-01", b: "2026-01-01T00:00Z" }, { train: "2026-01-01" }]) {
      assert.throws(() => splitByTime({ by: "at", starts: bad }), /expected different times/)
    }
    assert.throws(() => splitByTime({ by: "at", starts, nearDuplicates: 2 }), /found nearDuplicates 2/)
  })
})
