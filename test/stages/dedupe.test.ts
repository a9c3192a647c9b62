import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { dedupe } from "../../src/stages/dedupe.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"

const fields = { id: Schema.String, prompt: Schema.String, chosen: Schema.String }
const rowsOf = (...prompts: ReadonlyArray<string>) =>
  prompts.map((prompt, i) => ({ id: `row ${i}`, prompt, chosen: `answer ${i % 2}` }))

const mixed = rowsOf(
  "Why is the sky blue?",
  "why is  the SKY blue?",
  "Name a river.",
  "Why is the sky blue",
  "Name a river."
)
/** Twenty words; `word` stands in the last place, so that two of them share 17 of 19 sequences of three words. */
const long = (word: string) => `${Array.from({ length: 19 }, (_, i) => `w${i}`).join(" ")} ${word}`

stageContract("dedupe", { fields, rows: mixed, stage: dedupe() })
stageContract("dedupe", { fields, rows: rowsOf(long("a"), long("b"), "c"), stage: dedupe({ nearDuplicates: 0.8 }) })

const idsOf = (rows: ReadonlyArray<{ readonly id: string }>) => rows.map(({ id }) => id)

describe("dedupe", () => {
  for (const batchSize of [1, 2, 512]) {
    it.effect(
      `dedupe keeps the first of equal prompts and says what the others repeat, in batches of ${batchSize}`,
      () =>
        Effect.gen(function* () {
          const { rejects, rows } = yield* collect(pipelineOf(mixed, fields, batchSize).pipe(dedupe()))
          assert.deepStrictEqual(idsOf(rows), ["row 0", "row 2", "row 3"])
          assert.deepStrictEqual(
            rejects.map(({ detail, id, reason }) => `${id} ${reason}: ${detail}`),
            ['row 1 copy: the same text as "row 0"', 'row 4 copy: the same text as "row 2"']
          )
        })
    )
  }

  it.effect("dedupe by several columns leaves out rows that agree in all of them, and no others", () =>
    Effect.gen(function* () {
      const rows = rowsOf("a", "a", "a", "b", "a b")
      const pairs = [...rows, { id: "row 5", prompt: "a", chosen: "b answer 0" }]
      const made = yield* collect(pipelineOf(pairs, fields).pipe(dedupe({ by: ["prompt", "chosen"] })))
      assert.deepStrictEqual(idsOf(made.rows), ["row 0", "row 1", "row 3", "row 4", "row 5"])
    })
  )

  it.effect("dedupe with nearDuplicates leaves out what shares most of its word sequences, chains as one", () =>
    Effect.gen(function* () {
      const rows = rowsOf(long("a"), "something else entirely here", long("b"), long("a"), "two words")
      const exact = yield* collect(pipelineOf(rows, fields).pipe(dedupe()))
      assert.deepStrictEqual(idsOf(exact.rows), ["row 0", "row 1", "row 2", "row 4"])
      const { rejects, rows: kept } = yield* collect(pipelineOf(rows, fields).pipe(dedupe({ nearDuplicates: 0.8 })))
      assert.deepStrictEqual(idsOf(kept), ["row 0", "row 1", "row 4"])
      assert.deepStrictEqual(
        rejects.map(({ detail, id }) => `${id}: ${detail}`),
        ['row 2: a text alike to that of "row 0"', 'row 3: the same text as "row 0"']
      )
      // 17 of 19 is 0.895.
      const strict = yield* collect(pipelineOf(rows, fields).pipe(dedupe({ nearDuplicates: 1 })))
      assert.deepStrictEqual(idsOf(strict.rows), idsOf(exact.rows))
    })
  )

  it.effect("dedupe forgets what it saw between two runs of one pipeline", () =>
    Effect.gen(function* () {
      const pipeline = pipelineOf(mixed, fields).pipe(dedupe())
      const first = yield* collect(pipeline)
      const second = yield* collect(pipeline)
      assert.deepStrictEqual(first.rows, second.rows)
    })
  )

  it("dedupe refuses a similarity out of range", () => {
    for (const nearDuplicates of [0, -1, 1.1, Number.NaN])
      assert.throws(() => dedupe({ nearDuplicates }), /expected above 0 and at most 1/)
  })
})
