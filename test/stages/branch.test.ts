import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { enrich, whole } from "../../src/Stage.ts"
import { branch } from "../../src/stages/branch.ts"
import { filter } from "../../src/stages/filter.ts"
import { collect, pipelineOf } from "./collect.ts"

const fields = { id: Schema.String, passRate: Schema.Finite }
const rows = [0.1, 0.9, 0.4, 0.8, 0.2].map((passRate, i) => ({ id: `row ${i}`, passRate }))

const mark = (text: string) =>
  enrich({ name: "mark", needs: {}, gives: { mark: Schema.String }, rows: (some) => some.map(() => ({ mark: text })) })

/** Counts the rows of the part it stands in. */
const counted = whole({
  name: "counted",
  needs: {},
  gives: { n: Schema.Int },
  keeps: true,
  begin: (_context) => {
    let n = 0
    return { see: () => void n++, settle: Effect.sync(() => () => [{ n }]) }
  }
})

const routed = (batchSize?: number) =>
  pipelineOf(rows, fields, batchSize).pipe(
    branch({
      by: ({ passRate }) => (passRate < 0.5 ? "hard" : "easy"),
      routes: {
        hard: (some) => some.pipe(mark("long"), counted),
        easy: (some) => some.pipe(mark("short"), counted)
      }
    })
  )

describe("branch", () => {
  it.effect("branch sends every row through exactly one route, route after route and in order within each", () =>
    Effect.gen(function* () {
      for (const batchSize of [1, 2, 512]) {
        const found = yield* collect(routed(batchSize))
        assert.deepStrictEqual(
          found.rows.map(({ id, mark: text, n, route }) => [id, route, text, n]),
          [
            ["row 0", "hard", "long", 3],
            ["row 2", "hard", "long", 3],
            ["row 4", "hard", "long", 3],
            ["row 1", "easy", "short", 2],
            ["row 3", "easy", "short", 2]
          ]
        )
        assert.strictEqual(found.progress.stage("mark").rowsIn, 3)
        assert.strictEqual(found.progress.stage("mark#2").rowsIn, 2)
        assert.strictEqual(found.progress.stage("branch").rowsOut, 5)
      }
    })
  )

  it.effect("branch rejects rows whose route is not there, and keeps rejects of equal stages apart", () =>
    Effect.gen(function* () {
      const drop = filter({ needs: fields, reason: "out", keep: () => false })
      const { rejects, rows: made } = yield* collect(
        pipelineOf(rows.slice(0, 3), fields).pipe(
          branch({
            by: ({ passRate }) => (passRate < 0.3 ? "a" : passRate < 0.5 ? "b" : ("none" as "a")),
            routes: { a: (some) => some.pipe(drop), b: (some) => some.pipe(drop) }
          })
        )
      )
      assert.deepStrictEqual(made, [])
      assert.deepStrictEqual(
        rejects.map(({ id, reason, stage }) => `${id} ${stage} ${reason}`).toSorted((a, b) => (a < b ? -1 : 1)),
        ["row 0 filter out", "row 1 branch no such route", "row 2 filter#2 out"]
      )
    })
  )

  it("branch says in its options which stages each route has", () => {
    assert.deepStrictEqual(
      (routed().steps.find(({ key }) => key === "branch")!.config as { readonly routes: unknown }).routes,
      { hard: ["mark", "counted"], easy: ["mark#2", "counted#2"] }
    )
  })

  it("branch refuses routes that end in different columns, and names the column", () => {
    assert.throws(
      () =>
        pipelineOf(rows, fields).pipe(
          // @ts-expect-error the second route lacks a column
          branch({ by: () => "a", routes: { a: (some) => some.pipe(mark("x")), b: (some) => some } })
        ),
      /column "mark" is string in route "a" and missing in route "b"/
    )
  })
})
