import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { scripted } from "../../src/providers/scripted.ts"
import { aggregate } from "../../src/stages/aggregate.ts"
import * as Check from "../../src/stages/Check.ts"
import { verify, type VerifyOptions } from "../../src/stages/verify.ts"
import { stageContract } from "../contracts/stage.ts"
import { candidateOf } from "./candidates.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields } from "./groups.ts"

const group = (reference: string | null, texts: ReadonlyArray<string>, prompt = "How many?") => ({
  id: `row ${prompt}`,
  domain: null,
  prompt,
  reference,
  candidates: texts.map((text, i) => candidateOf({ id: `c${i}`, text })),
  judgments: []
})
type Group = ReturnType<typeof group>

stageContract("verify", {
  fields: groupFields,
  rows: [
    group("4", ["It is 4", "none", "5"], "p"),
    group("7", ["7.0", "8"], "q"),
    group(null, ["1"], "r"),
    group("3", ["nothing"], "s")
  ],
  stage: verify({ checks: [Check.number()] })
})

/** The score and the reason of each candidate by one check. */
const saidOf = <E>(row: Group, check: Check.Check<E>) =>
  Effect.map(
    collect(pipelineOf([row], groupFields).pipe(verify<E>({ checks: [check], malformed: "rejected" }))),
    ({ rows }) => rows[0]!.judgments.map(({ critique, score }) => [score, critique])
  )

describe("verify", () => {
  it.effect("verify appends what it finds as ratings by the check, with the reason where it fails", () =>
    Effect.gen(function* () {
      const { rows } = yield* collect(
        pipelineOf([group("4", ["It is 4.", "It is 5."])], groupFields).pipe(verify({ checks: [Check.number()] }))
      )
      assert.deepStrictEqual(
        rows[0]!.judgments.map(({ annotator, axis, critique, firstId, score }) => [
          annotator,
          axis,
          firstId,
          score,
          critique
        ]),
        [
          ["verify:number", "number", "c0", 1, null],
          ["verify:number", "number", "c1", 0, "found 5, expected 4"]
        ]
      )
    })
  )

  it.effect("verify lets malformed candidates leave, their groups leave, or sink to the bottom", () =>
    Effect.gen(function* () {
      const groups = [group("4", ["4", "what?"], "p"), group("5", ["5"], "q"), group("6", ["hm"], "s")]
      const by = (malformed: NonNullable<VerifyOptions<never, never>["malformed"]>) =>
        Effect.map(
          collect(pipelineOf(groups, groupFields).pipe(verify({ checks: [Check.number()], malformed }))),
          ({ rejects, rows }) => ({
            rows: rows.map(({ candidates, id, judgments }) => [
              id,
              candidates.length,
              ...judgments.map(({ score }) => score)
            ]),
            rejects: rejects.map(({ id, reason }) => [id, reason])
          })
        )
      const noted = ["row p", "verify number: malformed"]
      assert.deepStrictEqual(yield* by("drop"), {
        rows: [
          ["row p", 1, 1],
          ["row q", 1, 1]
        ],
        rejects: [noted, ["row s", "no candidate left"]]
      })
      assert.deepStrictEqual(yield* by("quarantine"), {
        rows: [["row q", 1, 1]],
        rejects: [noted, ["row s", "verify number: malformed"]]
      })
      assert.deepStrictEqual(yield* by("rejected"), {
        rows: [
          ["row p", 2, 1, 0],
          ["row q", 1, 1],
          ["row s", 1, 0]
        ],
        rejects: [noted, ["row s", "verify number: malformed"]]
      })
    })
  )

  it.effect("verify compares numbers, choices and words with the reference, and says nothing without one", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* saidOf(group("0.75", ["\\boxed{\\frac{3}{4}}", "75%", "0.76"]), Check.number()), [
        [1, null],
        [1, null],
        [0, "found 0.76, expected 0.75"]
      ])
      assert.deepStrictEqual(yield* saidOf(group("B", ["The answer is (b)", "C", "maybe"]), Check.choice()), [
        [1, null],
        [0, "found C, expected B"],
        [0, "found no choice of ABCDE, expected B"]
      ])
      const texts = ["the Eiffel tower!", "It is the Eiffel Tower in Paris"]
      const reference = "Eiffel Tower"
      assert.deepStrictEqual(
        (yield* saidOf(group(reference, texts), Check.answer())).map(([score]) => score),
        [1, 0]
      )
      assert.deepStrictEqual(
        (yield* saidOf(group(reference, texts), Check.answer({ by: "contained" }))).map(([score]) => score),
        [1, 1]
      )
      const f1 = yield* saidOf(group(reference, texts), Check.answer({ by: "f1", atLeast: 0.5 }))
      // Two of six words (it is eiffel tower in paris), two of two.
      assert.deepStrictEqual(f1, [
        [1, null],
        [0.5, null]
      ])
      const { rejects, rows } = yield* collect(
        pipelineOf([group(null, ["4"])], groupFields).pipe(verify({ checks: [Check.number()] }))
      )
      assert.deepStrictEqual(rows[0]!.judgments, [])
      assert.strictEqual(rejects[0]!.reason, "verify number: no reference")
    })
  )

  it.effect("verify checks length, language, schema and a rule of one's own", () =>
    Effect.gen(function* () {
      const words = Check.length({ min: 2, max: 3, unit: "words" })
      assert.deepStrictEqual(yield* saidOf(group(null, ["one", "one, two!", "a b c d"]), words), [
        [0, "found 1 words, expected 2 to 3"],
        [1, null],
        [0, "found 4 words, expected 2 to 3"]
      ])
      const english = "What is the name of the king who was there?"
      const german = "Das ist der König, und er war nicht allein mit den anderen."
      assert.deepStrictEqual(yield* saidOf(group(null, [english, german], english), Check.language()), [
        [1, null],
        [0, "found de, expected en"]
      ])
      const graded = Check.schema("graded", Schema.Struct({ grade: Schema.Int }))
      const said = yield* saidOf(group(null, ['```json\n{"grade": 3}\n```', '{"grade": "x"}', "none"]), graded)
      assert.deepStrictEqual(
        said.map(([score]) => score),
        [1, 0, 0]
      )
      const calm = Check.rule("calm", ({ candidate }) => !candidate.text.includes("!"))
      assert.deepStrictEqual(yield* saidOf(group(null, ["ok", "ok!"]), calm), [
        [1, null],
        [0, "calm does not hold"]
      ])
    })
  )

  it.live.skipIf(process.platform !== "linux")("verify runs code against tests in the sandbox", () =>
    Effect.gen(function* () {
      const check = Check.code({
        tests: ({ reference }) => `if (double(21) !== ${reference}) throw new Error("wrong")`,
        limits: { timeoutMs: 3000 }
      })
      const said = yield* saidOf(
        group("42", [
          "Here you are:\n```js\nconst double = (x) => 2 * x\n```",
          "const double = (x) => x",
          "const double = (",
          "process.exit(0)",
          "const double = require('node:fs').readFileSync"
        ]),
        check
      )
      assert.deepStrictEqual(
        said.map(([score]) => score),
        [1, 0, 0, 0, 0]
      )
      assert.strictEqual(said[1]![1], "Error: wrong")
      assert.match(String(said[2]![1]), /SyntaxError/)
      assert.strictEqual(said[3]![1], "ended early with code 0")
    })
  )

  it.live.skipIf(process.platform !== "linux")("verify says nothing of code in another language, and notes it", () =>
    Effect.gen(function* () {
      const check = Check.code({ tests: () => "if (double(21) !== 42) throw new Error('wrong')" })
      const python = "```python\ndef double(x):\n    return 2 * x\n```"
      const both = `${python}\n\n\`\`\`JS\nconst double = (x) => 2 * x\n\`\`\``
      const row = group(null, [python, both])
      const stage = verify({ checks: [check], malformed: "rejected" })
      const { rejects, rows } = yield* collect(pipelineOf([row], groupFields).pipe(stage))
      assert.deepStrictEqual(
        rows[0]!.judgments.map(({ firstId, score }) => [firstId, score]),
        [[row.candidates[1]!.id, 1]]
      )
      assert.deepStrictEqual(
        rejects.map(({ detail, reason }) => [reason, detail]),
        [["verify code: code in another language", `${row.candidates[0]!.id}: found python`]]
      )
    })
  )

  it.effect("verify values a prefix by the share of its continuations that pass", () =>
    Effect.gen(function* () {
      // Continuations of the good beginning are right three times of four, those of the bad one never.
      const provider = scripted(({ prefix, sampleIndex }) =>
        prefix === "good" && sampleIndex !== 2 ? " so the answer is 4" : " so the answer is 5"
      )
      const check = Check.downstream({ n: 4, check: Check.number() })
      const made = pipelineOf([group("4", ["good", "bad"])], groupFields).pipe(verify({ checks: [check] }))
      const { rows } = yield* collect(made, { provider })
      assert.deepStrictEqual(
        rows[0]!.judgments.map(({ annotator, score }) => [annotator, score]),
        [
          ["verify:downstream number", 0.75],
          ["verify:downstream number", 0]
        ]
      )
      const step = made.steps.at(-1)!
      assert.deepStrictEqual([step.capabilities, step.callsPerRow], [["prefix"], "4 × candidates"])
    })
  )

  it.effect("verify judges a thought by both answers it leads to, and their conjunction", () =>
    Effect.gen(function* () {
      const provider = scripted(({ messages, prefix }) => {
        const { content } = messages[0]!
        assert.isUndefined(prefix)
        return content.startsWith("documents") === content.includes("half") ? "4" : "9"
      })
      const direct = Check.downstream({ n: 1, check: Check.number(), ask: ({ candidate }) => candidate.text })
      const searched = {
        ...Check.downstream({ n: 1, check: Check.number(), ask: ({ candidate }) => `documents on ${candidate.text}` }),
        name: "downstream with documents"
      }
      const { rows } = yield* collect(
        pipelineOf([group("4", ["whole thought", "half thought"])], groupFields).pipe(
          verify({ checks: [direct, searched] }),
          aggregate({ by: "min" })
        ),
        { provider }
      )
      const scores = rows[0]!.judgments.map(({ annotator, firstId, score }) => [annotator, firstId, score])
      assert.deepStrictEqual(scores, [
        ["verify:downstream number", "c0", 1],
        ["verify:downstream with documents", "c0", 0],
        ["verify:downstream number", "c1", 0],
        ["verify:downstream with documents", "c1", 1],
        ["aggregate:min", "c0", 0],
        ["aggregate:min", "c1", 0]
      ])
    })
  )

  it.effect("verify looks at the kinds it is told and at nothing twice", () =>
    Effect.gen(function* () {
      let n = 0
      const counted = Check.rule("counted", () => ++n > 0)
      const row = group(null, ["a", "b"])
      const mixed = { ...row, candidates: [row.candidates[0]!, { ...row.candidates[1]!, kind: "thought" }] }
      const { rows } = yield* collect(
        pipelineOf([mixed], groupFields).pipe(
          verify({ checks: [counted], kinds: ["thought"] }),
          verify({ checks: [counted] })
        )
      )
      assert.strictEqual(n, 2)
      assert.deepStrictEqual(
        rows[0]!.judgments.map(({ firstId }) => firstId),
        ["c1", "c0"]
      )
    })
  )

  it("verify refuses no check and two of one name", () => {
    assert.throws(() => verify({ checks: [] }), /found no check/)
    assert.throws(() => verify({ checks: [Check.number(), Check.number()] }), /found the check "number" twice/)
    assert.throws(() => Check.downstream({ n: 0, check: Check.number() }), /found n 0/)
  })
})
