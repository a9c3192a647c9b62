import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Columns from "../../src/Columns.ts"
import type { Journal } from "../../src/Journal.ts"
import type { Pipeline } from "../../src/Pipeline.ts"
import type { Run } from "../../src/Run.ts"
import type { LanguageModel } from "../../src/services/LanguageModel.ts"
import type { Completion, ProviderSource } from "../../src/services/Provider.ts"
import type { RowOf } from "../../src/Stage.ts"
import { collect, pipelineOf, temporaryFolder } from "../stages/collect.ts"

export interface StageCase<F extends Schema.Struct.Fields, E> {
  readonly fields: F
  /** Rows that make the stage do all it can: at least four, of which some leave where it drops rows. */
  readonly rows: ReadonlyArray<RowOf<F>>
  readonly stage: (input: Pipeline<RowOf<F>>) => Pipeline<object, E, Run | LanguageModel | Journal>
  readonly provider?: ProviderSource
}

const deepFreeze = (value: unknown): void => {
  if (value === null || typeof value !== "object") return
  Object.freeze(value)
  Object.values(value).forEach(deepFreeze)
}

/** The same provider, whose models say nothing. */
const silenced = (source: ProviderSource): ProviderSource =>
  Effect.map(source, (provider) => {
    const silent = (answer: Completion): Completion => ({ ...answer, text: "", logProbs: [] })
    const routes = provider.routes.map(({ complete, samples, ...route }) => ({
      ...route,
      complete: (...asked: Parameters<typeof complete>) => Effect.map(complete(...asked), silent),
      ...(samples === undefined
        ? {}
        : {
            samples: (...asked: Parameters<typeof samples>) =>
              Effect.map(samples(...asked), (answers) => answers.map(silent))
          })
    }))
    return { ...provider, routes }
  })

/** What every stage has to do, whatever it is for. */
export const stageContract = <F extends Schema.Struct.Fields, E>(name: string, given: StageCase<F, E>): void => {
  const fields = { ...given.fields, note: Schema.String }
  const rows = given.rows.map((row, i) => Object.assign({ note: `note ${i}` }, structuredClone(row)))
  deepFreeze(rows)
  const build = (some: ReadonlyArray<unknown>, batchSize?: number) =>
    given.stage(pipelineOf(some as ReadonlyArray<RowOf<F>>, fields as unknown as F, batchSize))
  const run = (some: ReadonlyArray<unknown>, batchSize?: number) =>
    collect(build(some, batchSize), given.provider === undefined ? { seed: 3 } : { seed: 3, provider: given.provider })

  describe(`${name} as a stage`, () => {
    it.effect(`${name} delivers the columns it declares, of their types, and hands on those it does not know`, () =>
      Effect.gen(function* () {
        const { columns, steps } = build(rows)
        const made = (yield* run(rows)).rows as ReadonlyArray<Readonly<Record<string, unknown>>>
        assert.isAbove(made.length, 0)
        for (const row of made) {
          assert.sameMembers(Object.keys(row), Object.keys(columns))
          for (const column of Columns.fromFields(columns)) {
            assert.isUndefined(Columns.mismatch(column, row[column.name]), JSON.stringify(row))
          }
        }
        assert.includeMembers(Object.keys(columns), Object.keys(steps.at(-1)!.gives))
        if ("note" in columns) {
          let next = 0
          for (const { note } of made) {
            const at = rows.findIndex((row, i) => i >= next && row.note === note)
            assert.isAtLeast(at, next, `${String(note)} out of order or repeated`)
            next = at + 1
          }
        }
      })
    )

    it.effect(`${name} gives the same rows, rejects and findings for any batch size, and when run again`, () =>
      Effect.gen(function* () {
        const expected = yield* run(rows)
        for (const batchSize of [1, 3, 512]) {
          const { findings, rejects, rows: made } = yield* run(rows, batchSize)
          assert.deepStrictEqual(made, expected.rows)
          assert.deepStrictEqual(rejects, expected.rejects)
          assert.deepStrictEqual(findings, expected.findings)
        }
      })
    )

    it.effect(`${name} counts every row and takes none at all`, () =>
      Effect.gen(function* () {
        const { progress, rejects, rows: made } = yield* run(rows)
        const key = build(rows).steps.at(-1)!.key
        const counts = progress.stage(key)
        assert.deepStrictEqual([counts.rowsIn, counts.rowsOut], [rows.length, made.length])
        assert.isAtMost(counts.rejected, rejects.length)
        assert.isTrue(rejects.every((reject) => reject.stage === key && reject.reason !== ""))
        const none = yield* run([])
        assert.deepStrictEqual([none.rows, none.rejects], [[], []])
      })
    )

    if (given.provider !== undefined) {
      const well = given.provider
      it.effect(`${name} makes good for empty answers when failures are retried and the model is well again`, () =>
        Effect.gen(function* () {
          const journal = path.join(yield* temporaryFolder, "journal.sqlite")
          const running = (provider: ProviderSource, retryFailures: boolean) =>
            collect(build(rows), { seed: 3, provider, journal, retryFailures })
          yield* running(silenced(well), false)
          const made = yield* running(well, true)
          const expected = yield* run(rows)
          assert.deepStrictEqual(made.rows, expected.rows)
          assert.deepStrictEqual(made.rejects, expected.rejects)
        })
      )
    }
  })
}
