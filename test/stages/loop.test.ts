import { assert, describe, it } from "@effect/vitest"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { scripted } from "../../src/providers/scripted.ts"
import { reject } from "../../src/Rejects.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import { each, enrich, reshape } from "../../src/Stage.ts"
import { generate } from "../../src/stages/generate.ts"
import { loop } from "../../src/stages/loop.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf, temporaryFolder } from "./collect.ts"

const fields = { id: Schema.String, goal: Schema.Int }
const rowsOf = (...goals: ReadonlyArray<number>) => goals.map((goal, i) => ({ id: `row ${i}`, goal }))
const state = { level: Schema.Int }

/** Adds 1 to the level of a row. */
const climb = enrich({
  name: "climb",
  needs: state,
  gives: state,
  rows: (rows) => rows.map(({ level }) => ({ level: level + 1 }))
})
const start = () => ({ level: 0 })

stageContract("loop", {
  fields,
  rows: rowsOf(3, 1, 9, 2, 1),
  stage: loop({ state, start, body: (rows) => rows.pipe(climb), until: ({ goal, level }) => level >= goal, most: 3 })
})

describe("loop", () => {
  it.effect("loop repeats the body for each row until it is acceptable, and keeps the order of the rows", () =>
    Effect.gen(function* () {
      const { progress, rejects, rows } = yield* collect(
        pipelineOf(rowsOf(3, 1, 9, 2, 1), fields).pipe(
          loop({ state, start, body: (given) => given.pipe(climb), until: (row) => row.level >= row.goal, most: 3 })
        )
      )
      assert.deepStrictEqual(rows, [
        { id: "row 0", goal: 3, level: 3, tries: 3, accepted: true },
        { id: "row 1", goal: 1, level: 1, tries: 1, accepted: true },
        { id: "row 3", goal: 2, level: 2, tries: 2, accepted: true },
        { id: "row 4", goal: 1, level: 1, tries: 1, accepted: true }
      ])
      assert.deepStrictEqual(rejects, [
        { id: "row 2", stage: "loop", reason: "not accepted", detail: "3 of 3 tries were made" }
      ])
      // Five rows, then the three that were not done, then the two.
      assert.strictEqual(progress.stage("climb").rowsIn, 10)
      const counts = progress.stage("loop")
      assert.deepStrictEqual([counts.rowsIn, counts.rowsOut, counts.rejected], [5, 4, 1])
    })
  )

  it.effect("loop keeps the last try of a row that no try made acceptable, or the best, the first of several", () =>
    Effect.gen(function* () {
      // The distance from the goal, which the level passes at try 2.
      const score = ({ goal, level }: { goal: number; level: number }) => -Math.abs(goal - level)
      const options = { state, start, until: () => false, most: 4 } as const
      const kept = (otherwise: "last" | "best", goal: number) =>
        Effect.map(
          collect(
            pipelineOf(rowsOf(goal), fields).pipe(
              loop({ ...options, otherwise, score, body: (given) => given.pipe(climb) })
            )
          ),
          ({ rows: [row] }) => [row!.level, row!.tries, row!.accepted]
        )
      assert.deepStrictEqual(yield* kept("last", 2), [4, 4, false])
      assert.deepStrictEqual(yield* kept("best", 2), [2, 2, false])
      assert.deepStrictEqual(yield* kept("best", -5), [1, 1, false])
    })
  )

  it.effect(
    "loop keeps an earlier try of a row that a stage of the body rejects later, and drops it where none is kept",
    () =>
      Effect.gen(function* () {
        const breaks = reshape({
          name: "breaks",
          needs: { ...fields, ...state },
          gives: {},
          keeps: true,
          row: ({ goal, level }) => (level >= goal ? [reject("broken")] : [{}])
        })
        const run = (otherwise: "drop" | "last") =>
          collect(
            pipelineOf(rowsOf(1, 3), fields).pipe(
              loop({ state, start, otherwise, body: (rows) => rows.pipe(climb, breaks), until: () => false, most: 5 })
            )
          )
        const last = yield* run("last")
        assert.deepStrictEqual(
          last.rows.map(({ id, level, tries }) => [id, level, tries]),
          [["row 1", 2, 2]]
        )
        for (const { rejects } of [last, yield* run("drop")]) {
          assert.deepStrictEqual(
            rejects.map(({ id, reason, stage }) => [id, stage, reason]),
            [
              ["row 0", "breaks", "broken"],
              ["row 1", "breaks", "broken"]
            ]
          )
        }
        assert.deepStrictEqual((yield* run("drop")).rows, [])
      })
  )

  it.effect("loop carries what a row learned to its own next try and to no other row", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const provider = scripted(({ messages }) => {
        const { content } = messages[0]!
        asked.push(content)
        return content.includes("better") ? "good" : "bad"
      })
      const instruct = { instruction: Schema.String, answer: Schema.String }
      const answer = each({
        name: "answer",
        needs: { id: Schema.String, instruction: Schema.String },
        gives: instruct,
        callsPerRow: 1,
        row: ({ id, instruction }) =>
          Effect.gen(function* () {
            const { complete } = yield* LanguageModel
            const { text } = yield* complete({
              task: { kind: "generate", prompt: id, persona: null },
              messages: [{ role: "user", content: `${id}: ${instruction}` }],
              model: null,
              sampleIndex: 0
            })
            // Only the first row is told how to improve.
            return { answer: text, instruction: id === "row 0" ? `${instruction} better` : instruction }
          })
      })
      const { rows } = yield* collect(
        pipelineOf(rowsOf(1, 1), fields).pipe(
          loop({
            state: instruct,
            start: () => ({ instruction: "do", answer: "" }),
            body: (given) => given.pipe(answer),
            until: (row) => row.answer === "good",
            most: 2,
            otherwise: "last"
          })
        ),
        { provider }
      )
      // The second row asks the same again, which the journal answers.
      assert.deepStrictEqual(asked.toSorted(), ["row 0: do", "row 0: do better", "row 1: do"])
      assert.deepStrictEqual(
        rows.map(({ accepted, id }) => [id, accepted]),
        [
          ["row 0", true],
          ["row 1", false]
        ]
      )
    })
  )

  it.effect("loop samples anew in each try, asks in the first what the stages ask alone, and pays nothing twice", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const journal = path.join(yield* temporaryFolder, "journal.sqlite")
        let calls = 0
        const seeds: Array<number | undefined> = []
        const provider = scripted(({ seed }) => {
          calls++
          seeds.push(seed)
          return `answer ${seed}`
        })
        const prompts = [{ id: "a", prompt: "p" }]
        const promptFields = { id: Schema.String, prompt: Schema.String }
        const alone = yield* collect(pipelineOf(prompts, promptFields).pipe(generate({ n: 1 })), { provider, seed: 5 })
        calls = 0
        const tried = () =>
          pipelineOf(prompts, promptFields).pipe(
            loop({ body: (rows) => rows.pipe(generate({ n: 1 })), until: () => false, most: 3, otherwise: "last" })
          )
        const first = yield* collect(tried(), { provider, seed: 5, journal })
        assert.strictEqual(calls, 3)
        assert.strictEqual(new Set(seeds.slice(1)).size, 3)
        assert.strictEqual(alone.rows[0]!.candidates[0]!.text, `answer ${seeds[1]}`)
        const again = yield* collect(tried(), { provider, seed: 5, journal })
        assert.strictEqual(calls, 3)
        assert.deepStrictEqual(again.rows, first.rows)
      })
    )
  )

  it.effect("loop may stand in the body of another loop", () =>
    Effect.gen(function* () {
      const { rows } = yield* collect(
        pipelineOf([{ id: "a", goal: 5, level: 0 }], { ...fields, ...state }).pipe(
          loop({
            body: (outer) =>
              outer.pipe(
                loop({
                  body: (inner) => inner.pipe(climb),
                  until: ({ level }) => level % 2 === 0,
                  most: 2,
                  name: "inner"
                })
              ),
            until: ({ goal, level }) => level >= goal,
            most: 5
          })
        )
      )
      assert.deepStrictEqual(
        rows.map(({ level }) => level),
        [6]
      )
    })
  )

  it("loop lists the stages of its body once and says that they may be asked more often", () => {
    const { steps } = pipelineOf([{ id: "a", prompt: "p" }], { id: Schema.String, prompt: Schema.String }).pipe(
      loop({ body: (rows) => rows.pipe(generate({ n: 4 })), until: () => true, most: 3 })
    )
    assert.deepStrictEqual(
      steps.map(({ callsPerRow, key, kind }) => [key, kind, callsPerRow]),
      [
        ["rows", "source", undefined],
        ["generate", "each", "4, up to 3 times"],
        ["loop", "whole", undefined]
      ]
    )
  })

  it("loop refuses options that make no loop, and a body that ends columns", () => {
    const source = () => pipelineOf([{ ...rowsOf(1)[0]!, level: 0 }], { ...fields, ...state })
    assert.throws(() => source().pipe(loop({ body: (rows) => rows, until: () => true, most: 0 })), /found most 0/)
    assert.throws(
      () => source().pipe(loop({ body: (rows) => rows, until: () => true, most: 1, otherwise: "best" })),
      /without a score/
    )
    assert.throws(
      () => source().pipe(loop({ state, body: (rows) => rows, until: () => true, most: 1 })),
      /a state without a start/
    )
    const ends = reshape({ name: "ends", needs: {}, gives: { level: Schema.Int }, keeps: false, row: () => [] })
    assert.throws(
      () =>
        source().pipe(
          // @ts-expect-error the body ends columns that its next try needs
          loop({ body: (rows) => rows.pipe(ends), until: () => true, most: 2 })
        ),
      /column "id" is missing/
    )
  })
})
