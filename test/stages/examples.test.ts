import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { bestWorst } from "../../src/pairings/bestWorst.ts"
import { threshold } from "../../src/pairings/threshold.ts"
import { examples, type ExamplesOptions } from "../../src/stages/examples.ts"
import { pair } from "../../src/stages/pair.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, groupOf, labelledFields, someLabelledGroups } from "./groups.ts"
import { pairFields, somePairs } from "./pairs.ts"

const groups = someLabelledGroups(8).map((row, i) => (i === 2 ? { ...row, candidates: [] } : row))
stageContract("examples.candidates", { fields: labelledFields, rows: groups, stage: examples.candidates() })
stageContract("examples.candidates of all", {
  fields: labelledFields,
  rows: groups,
  stage: examples.candidates({ keep: "all" })
})
stageContract("examples.pairs", {
  fields: pairFields,
  rows: somePairs(8).map((row, i) =>
    i === 5 ? { ...row, prompt: "question 1", chosen: "Answer 1  and more of it" } : row
  ),
  stage: examples.pairs()
})

const run = (options: ExamplesOptions, row: ReturnType<typeof groupOf>, seed = 0) =>
  collect(pipelineOf([row], groupFields).pipe(examples.candidates(options)), { seed })
const textsOf = (rows: ReadonlyArray<{ readonly completion: string }>) => rows.map(({ completion }) => completion)

describe("examples", () => {
  it.effect("examples.candidates takes the best one with its model and score", () =>
    Effect.gen(function* () {
      const { rows } = yield* run({}, groupOf("r", { a: 2, b: 9, c: null }, { b: { model: "n" } }))
      const [{ id, ...row }] = [rows[0]!]
      assert.match(id, /^[0-9a-f]{24}$/)
      assert.deepStrictEqual(row, { promptId: "r", prompt: "prompt of r", completion: "text b", model: "n", score: 9 })
      assert.strictEqual(rows.length, 1)
    })
  )

  it.effect("examples.candidates takes one of equally good ones, by the seed and not by their places", () =>
    Effect.gen(function* () {
      const row = groupOf("r", { a: 5, b: 5, c: 1 })
      const drawn = new Set<string>()
      for (let seed = 0; seed < 20; seed++) {
        const { rows } = yield* run({}, row, seed)
        const { rows: again } = yield* run({}, { ...row, candidates: row.candidates.toReversed() }, seed)
        assert.deepStrictEqual(again, rows)
        drawn.add(textsOf(rows).join())
      }
      assert.deepStrictEqual([...drawn].toSorted(), ["text a", "text b"])
    })
  )

  it.effect("examples.candidates takes all from a score up, or all, each text once and none that is cut off", () =>
    Effect.gen(function* () {
      const row = groupOf(
        "r",
        { a: 5, b: 4.9, c: 8, d: null, e: 9, f: 7 },
        { e: { finishReason: "length" }, f: { text: "TEXT  c" } }
      )
      assert.deepStrictEqual(textsOf((yield* run({ keep: { atLeast: 5 } }, row)).rows), ["text a", "text c"])
      assert.deepStrictEqual(textsOf((yield* run({ keep: "all" }, row)).rows), ["text a", "text b", "text c", "text d"])
    })
  )

  it.effect("examples.candidates rejects a prompt without an example and says what was wanted", () =>
    Effect.gen(function* () {
      const details = yield* Effect.all(
        ([{}, { keep: { atLeast: 3 } }, { keep: "all" }] as const).map((options, i) =>
          Effect.map(
            run(options, groupOf("r", i === 2 ? {} : i === 1 ? { a: 2 } : { a: null })),
            ({ rejects, rows }) => [rows.length, rejects[0]!.reason, rejects[0]!.detail]
          )
        )
      )
      assert.deepStrictEqual(details, [
        [0, "no example", "none of 1 candidates has a score"],
        [0, "no example", "none of 1 candidates has 3 or more"],
        [0, "no example", "none of 0 candidates has a text that is whole"]
      ])
      assert.throws(() => examples.candidates({ keep: { atLeast: Number.NaN } }), /atLeast NaN/)
    })
  )

  it.effect("examples.pairs takes a chosen text once for its prompt, with what a pair knows of it", () =>
    Effect.gen(function* () {
      const all = pipelineOf([groupOf("r", { a: 9, b: 1, c: 2 }), groupOf("s", { a: 9, b: 1 })], groupFields)
      const { rejects, rows } = yield* collect(
        all.pipe(pair({ rules: [bestWorst(), threshold({ high: 5, low: 3 })] }), examples.pairs())
      )
      assert.deepStrictEqual(
        rows.map(({ id: _id, ...row }) => row),
        ["r", "s"].map((promptId) => ({
          promptId,
          prompt: `prompt of ${promptId}`,
          completion: "text a",
          model: "m",
          score: 9
        }))
      )
      assert.isAbove(rejects.length, 0)
      assert.isTrue(rejects.every(({ reason }) => reason === "copy"))
    })
  )

  it.effect("examples.pairs needs no more than a prompt and a chosen text", () =>
    Effect.gen(function* () {
      const fields = { id: Schema.String, prompt: Schema.String, chosen: Schema.String }
      const given = ["yes", " ", "yes"].map((chosen, i) => ({ id: `row ${i}`, prompt: i === 2 ? "b" : "a", chosen }))
      const { rejects, rows } = yield* collect(pipelineOf(given, fields).pipe(examples.pairs()))
      assert.deepStrictEqual(
        rows.map(({ id: _id, ...row }) => row),
        [
          { promptId: "row 0", prompt: "a", completion: "yes", model: null, score: null },
          { promptId: "row 2", prompt: "b", completion: "yes", model: null, score: null }
        ]
      )
      assert.deepStrictEqual(
        rejects.map(({ id, reason }) => [id, reason]),
        [["row 1", "no text"]]
      )
    })
  )

  it.effect("examples.pairs leaves messages messages", () =>
    Effect.gen(function* () {
      const Messages = Schema.Array(Schema.Struct({ role: Schema.String, content: Schema.String }))
      const fields = { id: Schema.String, prompt: Messages, chosen: Messages }
      const prompt = [{ role: "user", content: "Why?" }]
      const chosen = [{ role: "assistant", content: "So." }]
      const given = [chosen, chosen, []].map((one, i) => ({ id: `row ${i}`, prompt, chosen: one }))
      const { rejects, rows } = yield* collect(pipelineOf(given, fields).pipe(examples.pairs({ of: Messages })))
      assert.deepStrictEqual(
        rows.map(({ completion, prompt: asked }) => ({ prompt: asked, completion })),
        [{ prompt, completion: chosen }]
      )
      assert.deepStrictEqual(
        rejects.map(({ reason }) => reason),
        ["copy", "no text"]
      )
    })
  )
})

/** Checked by the compiler alone. */
export const ordersThatDoNotFit = () => {
  const rows = pipelineOf([groupOf("r", { a: 1 })], groupFields)
  return [
    // @ts-expect-error a group has no chosen text yet
    rows.pipe(examples.pairs()),
    // @ts-expect-error a pair has no candidates any more
    rows.pipe(pair({ rules: [bestWorst()] }), examples.candidates())
  ]
}
