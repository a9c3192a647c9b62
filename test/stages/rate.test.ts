import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Judgment } from "../../schemas/Judgment.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { simulated } from "../../src/providers/simulated.ts"
import { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { Completion, Request } from "../../src/services/Provider.ts"
import type { RowOf } from "../../src/Stage.ts"
import { generate } from "../../src/stages/generate.ts"
import { judge } from "../../src/stages/judge.ts"
import type { RateOptions } from "../../src/stages/rate.ts"
import { stageContract } from "../contracts/stage.ts"
import { candidateOf, ratingOf } from "./candidates.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, promptFields, someGroups, somePrompts } from "./groups.ts"

stageContract("judge.rate", {
  fields: groupFields,
  rows: someGroups(5),
  stage: judge.rate({ annotators: ["scorer", { name: "ada", share: 0.5 }], axis: "style" }),
  provider: simulated()
})

stageContract("judge.rate with all it can", {
  fields: groupFields,
  rows: someGroups(5),
  stage: judge.rate({
    annotators: ["scorer"],
    slots: { reference: Schema.NullOr(Schema.String) },
    evidence: "reference",
    axes: [
      { axis: "brief", rubric: "how wordy it is", negated: true },
      { axis: "right", rubric: "how right it is" }
    ],
    samples: 2,
    critique: "suggestion",
    levels: { poor: 0, good: 1 }
  }),
  provider: simulated()
})

type Row = RowOf<typeof groupFields>

const rowOf = (id: string, texts: ReadonlyArray<string>, judgments: ReadonlyArray<Judgment> = []): Row => ({
  id,
  domain: null,
  prompt: `prompt of ${id}`,
  reference: null,
  candidates: texts.map((text, i) => candidateOf({ id: `${id} ${i}`, text })),
  judgments
})

const run = Effect.fnUntraced(function* (
  options: RateOptions,
  rows: ReadonlyArray<Row>,
  answer: (request: Request) => string | Completion | Effect.Effect<string, LanguageModelError> = () => '{"score": 7}'
) {
  const asked: Array<Request> = []
  const provider = scripted((request) => {
    asked.push(request)
    return answer(request)
  })
  const result = yield* collect(pipelineOf(rows, groupFields).pipe(judge.rate(options)), { provider, seed: 4 })
  return { ...result, asked, judgments: result.rows.flatMap((row) => row.judgments) }
})

const failure = (reason: LanguageModelError["reason"]) =>
  Effect.fail(new LanguageModelError({ reason, provider: "p", model: "m", found: "f", remedy: "r" }))

describe("judge.rate", () => {
  it.effect("judge.rate asks each annotator about each text, on the rubric and scale given", () =>
    Effect.gen(function* () {
      const { asked, judgments } = yield* run(
        {
          annotators: ["plain", { name: "strict", instruction: "You are strict.", model: "judge-model" }],
          rubric: "how funny it is",
          axis: "humour",
          scale: [0, 5]
        },
        [rowOf("r", ["one", "two"])],
        ({ model }) => (model === null ? '{"score": 0}' : '{"score": 4.5}')
      )
      assert.deepStrictEqual(
        asked.map(({ messages, model, seed, temperature }) => [
          messages.map(({ role }) => role).join(),
          model,
          seed,
          temperature
        ]),
        [
          ["user", null, 4, 0],
          ["user", null, 4, 0],
          ["system,user", "judge-model", 4, 0],
          ["system,user", "judge-model", 4, 0]
        ]
      )
      assert.strictEqual(asked[2]!.messages[0]!.content, "You are strict.")
      for (const part of ["how funny it is", "from 0 (worst) to 5 (best)", "prompt of r", "\none\n"]) {
        assert.include(asked[2]!.messages[1]!.content, part)
      }
      assert.deepStrictEqual(asked[0]!.answer, {
        name: "rating",
        schema: {
          type: "object",
          properties: { score: { type: "number", minimum: 0, maximum: 5 } },
          required: ["score"],
          additionalProperties: false
        }
      })
      const ratings = [
        ratingOf("plain", "r 0", 0),
        ratingOf("plain", "r 1", 0),
        ratingOf("strict", "r 0", 4.5),
        ratingOf("strict", "r 1", 4.5)
      ]
      for (const [i, rating] of ratings.entries()) assert.deepStrictEqual(judgments[i], { ...rating, axis: "humour" })
      assert.strictEqual(judgments.length, 4)
    })
  )

  const answers: ReadonlyArray<readonly [answer: string, score: number | null]> = [
    ['{"score": 1}', 1],
    ['{"score": 10}', 10],
    ['```json\n{"score": 3.25}\n```', 3.25],
    ['{"score": 6, "why": "good"}', 6],
    ['I give it {"score": 4,}.', 4],
    ['{"score": 0.99}', null],
    ['{"score": 11}', null],
    ['{"score": "7"}', null],
    ['{"score": null}', null],
    ['{"score": 1e999}', null],
    ['{"score": 7', null],
    ['{"score": 1, "score": 10}', null],
    ['{"score": 1} or {"score": 10}', null],
    ["7", null],
    ["I give it 7", null],
    ["", null]
  ]
  for (const [answer, score] of answers) {
    it.effect(`judge.rate takes ${JSON.stringify(answer)} for ${score === null ? "invalid" : score}`, () =>
      Effect.gen(function* () {
        const { asked, judgments, rejects } = yield* run({ annotators: ["a"] }, [rowOf("r", ["one"])], () => answer)
        assert.deepStrictEqual(
          judgments.map((judgment) => [judgment.score, judgment.verdict]),
          [[score, score === null ? "invalid" : null]]
        )
        assert.strictEqual(asked.length, score === null ? 2 : 1)
        assert.deepStrictEqual(
          rejects.map(({ id, reason }) => [id, reason]),
          score === null ? [["r", "judgment: malformed answer"]] : []
        )
      })
    )
  }

  it.effect(
    "judge.rate takes the answer to its follow-up, and says in the rejects what was wrong with the last one",
    () =>
      Effect.gen(function* () {
        const { judgments, rejects, rows } = yield* run(
          { annotators: ["a"] },
          [rowOf("r", ["one", "two"])],
          ({ messages, task }) =>
            messages.length > 1 && task.kind === "rate" && task.text === "one" ? '{"score": 7}' : '{"score": 70}'
        )
        assert.strictEqual(rows.length, 1)
        assert.deepStrictEqual(judgments, [ratingOf("a", "r 0", 7), ratingOf("a", "r 1", null)])
        assert.deepStrictEqual(rejects, [
          {
            id: "r",
            stage: "judge.rate",
            reason: "judgment: malformed answer",
            detail: 'a on r 1: at "score": found 70, expected a value between 1 and 10'
          }
        ])
      })
  )

  it.effect("judge.rate tells a refusal from an answer it cannot read", () =>
    Effect.gen(function* () {
      const { asked, judgments, rejects } = yield* run({ annotators: ["a"] }, [rowOf("r", ["one"])], () => ({
        text: "No.",
        finishReason: "refusal",
        model: "m",
        usage: null,
        planted: null
      }))
      assert.deepStrictEqual([judgments[0]!.score, judgments[0]!.verdict], [null, "refused"])
      assert.deepStrictEqual([asked.length, rejects.map(({ reason }) => reason)], [1, ["judgment: refused"]])
    })
  )

  it.effect(
    "judge.rate rates on a second pass what is new, on this axis and by this annotator, and keeps the rest",
    () =>
      Effect.gen(function* () {
        const before = [ratingOf("a", "r 0", 2), ratingOf("b", "r 1", 3), ratingOf("a", "r 2", null)]
        const { asked, judgments } = yield* run({ annotators: ["a"] }, [rowOf("r", ["x", "y", "z"], before)])
        assert.deepStrictEqual(
          asked.map(({ task }) => (task.kind === "rate" ? task.text : "")),
          ["y"]
        )
        assert.deepStrictEqual(judgments.slice(0, 3), before)
        assert.deepStrictEqual(judgments.slice(3), [ratingOf("a", "r 1", 7)])
        const other = yield* run({ annotators: ["a"], axis: "style" }, [rowOf("r", ["x", "y", "z"], before)])
        assert.strictEqual(other.asked.length, 3)
      })
  )

  it.effect("judge.rate rates no empty text and starts judgments where there are none", () =>
    Effect.gen(function* () {
      const provider = scripted(({ task, sampleIndex }) =>
        task.kind === "rate" ? '{"score": 7}' : sampleIndex === 0 ? "one" : " \n"
      )
      const pipeline = pipelineOf(somePrompts(1), promptFields).pipe(
        generate({ n: 2 }),
        judge.rate({ annotators: ["a"] })
      )
      const { rows } = yield* collect(pipeline, { provider })
      assert.deepStrictEqual(
        rows[0]!.judgments.map(({ firstId, score }) => [firstId, score]),
        [[rows[0]!.candidates[0]!.id, 7]]
      )
    })
  )

  it.effect("judge.rate asks an annotator with a share about that share of the prompts, the same on every pass", () =>
    Effect.gen(function* () {
      const n = 1500
      const rows = Array.from({ length: n }, (_, i) => rowOf(`row ${i}`, ["one"]))
      const some = { name: "some", share: 0.3 }
      const provider = scripted(() => '{"score": 7}')
      const pipeline = pipelineOf(rows, groupFields).pipe(
        judge.rate({ annotators: [some, { name: "others", share: 0.3 }] }),
        judge.rate({ annotators: [some], axis: "style" }),
        judge.rate({
          annotators: [
            { name: "none", share: 0 },
            { name: "all", share: 1 }
          ],
          axis: "style"
        })
      )
      const { rows: made } = yield* collect(pipeline, { provider })
      const promptsOf = (annotator: string, axis: string) =>
        made
          .filter((row) => row.judgments.some((judgment) => judgment.annotator === annotator && judgment.axis === axis))
          .map((row) => row.id)
      const drawn = promptsOf("some", "overall")
      assert.closeTo(drawn.length / n, 0.3, 4 * Math.sqrt(0.21 / n))
      assert.deepStrictEqual(promptsOf("some", "style"), drawn)
      const others = new Set(promptsOf("others", "overall"))
      const both = drawn.filter((id) => others.has(id))
      assert.closeTo(both.length / n, 0.09, 4 * Math.sqrt((0.09 * 0.91) / n))
      assert.strictEqual(promptsOf("all", "style").length, n)
      assert.strictEqual(promptsOf("none", "style").length, 0)
    })
  )

  it.effect("judge.rate notes a question that the filter refused and goes on", () =>
    Effect.gen(function* () {
      const texts = ["good", "bad"]
      const { judgments, rejects, rows } = yield* run({ annotators: ["a"] }, [rowOf("r", texts)], ({ task }) =>
        task.kind === "rate" && task.text === "bad" ? failure("contextTooLong") : '{"score": 7}'
      )
      assert.strictEqual(rows.length, 1)
      assert.deepStrictEqual(
        judgments.map(({ firstId }) => firstId),
        ["r 0"]
      )
      assert.deepStrictEqual(
        rejects.map(({ id, reason }) => [id, reason]),
        [["r", "judgment: contextTooLong"]]
      )
      const error = yield* Effect.flip(run({ annotators: ["a"] }, [rowOf("r", ["x"])], () => failure("authentication")))
      assert.strictEqual(error instanceof LanguageModelError && error.reason, "authentication")
    })
  )

  it("judge.rate refuses two annotators of one name", () => {
    assert.throws(() => judge.rate({ annotators: ["a", { name: "a" }] }), /found the name "a" twice/)
    assert.throws(() => judge.compare({ annotators: ["a", "b", "a"] }), /found the name "a" twice/)
  })

  it.effect("judge.rate marks the judgments of a real model as a model's", () =>
    Effect.gen(function* () {
      const real = Effect.map(
        scripted(() => '{"score": 7}'),
        (provider) => ({ ...provider, simulated: false })
      )
      const pipeline = pipelineOf([rowOf("r", ["one", "two"])], groupFields).pipe(judge.rate({ annotators: ["a"] }))
      const { rows } = yield* collect(pipeline, { provider: real })
      assert.deepStrictEqual(
        rows[0]!.judgments.map(({ annotatorKind }) => annotatorKind),
        ["model", "model"]
      )
    })
  )

  it.effect("judge.rate asks by every axis with the evidence of that axis", () =>
    Effect.gen(function* () {
      const fields = { ...groupFields, soon: Schema.NullOr(Schema.String), later: Schema.String }
      const asked: Array<string> = []
      const provider = scripted(({ messages }) => {
        asked.push(messages[0]!.content)
        return messages[0]!.content.includes("broke") ? '{"score": 2}' : '{"score": 9}'
      })
      const stage = judge.rate({
        annotators: ["customer"],
        slots: { soon: Schema.NullOr(Schema.String), later: Schema.String },
        evidence: "soon",
        axes: [
          { axis: "immediate", rubric: "how content you are" },
          { axis: "full", rubric: "how content you are", evidence: ({ later }, shown) => `${shown.id}: ${later}` }
        ]
      })
      const row = { ...rowOf("r", ["buy it"]), soon: null, later: "It broke." }
      const { rows } = yield* collect(pipelineOf([row], fields).pipe(stage), { provider })
      assert.deepStrictEqual(
        rows[0]!.judgments.map(({ axis, score }) => [axis, score]),
        [
          ["immediate", 9],
          ["full", 2]
        ]
      )
      assert.notInclude(asked[0], "evidence")
      assert.include(asked[1], "<evidence>\nr 0: It broke.\n</evidence>")
      const without = pipelineOf([rowOf("r", ["x"])], groupFields)
      // @ts-expect-error the columns of the evidence are missing
      assert.throws(() => without.pipe(stage), /column "soon" is missing/)
    })
  )

  it.effect("judge.rate mirrors what is said by a negated rubric, and so does the simulated model", () =>
    Effect.gen(function* () {
      const axes = [{ axis: "brief", rubric: "how wordy it is", negated: true }]
      const { asked, judgments } = yield* run(
        { annotators: ["a"], scale: [0, 4], axes },
        [rowOf("r", ["one"])],
        () => '{"score": 3}'
      )
      assert.deepStrictEqual(judgments, [{ ...ratingOf("a", "r 0", 1), axis: "brief" }])
      assert.include(asked[0]!.messages[0]!.content, "by how wordy it is")
      const perfect = simulated({ annotators: { perfect: { reliability: 1, ratingNoise: 0 } } })
      const stage = judge.rate({ annotators: ["perfect"], scale: [0, 1], axes })
      const { rows } = yield* collect(pipelineOf(someGroups(3), groupFields).pipe(stage), { provider: perfect })
      for (const { candidates, judgments: made } of rows) {
        for (const { id, plantedQuality } of candidates) {
          const rating = made.find(({ annotator, firstId }) => annotator === "perfect" && firstId === id)
          assert.closeTo(rating!.score!, plantedQuality!, 0.005 + 1e-9)
        }
      }
    })
  )

  it.effect("judge.rate takes several samples, and asks for those that are missing later", () =>
    Effect.gen(function* () {
      const provider = scripted(({ sampleIndex }) => `{"score": ${sampleIndex + 1}}`)
      const pipeline = pipelineOf([rowOf("r", ["one"])], groupFields).pipe(
        judge.rate({ annotators: ["a"], samples: 2 }),
        judge.rate({ annotators: ["a"], samples: 3 })
      )
      const { rows } = yield* collect(pipeline, { provider })
      assert.deepStrictEqual(
        rows[0]!.judgments,
        [1, 2, 3].map((score) => ratingOf("a", "r 0", score))
      )
      const noisy = pipelineOf(someGroups(1), groupFields).pipe(judge.rate({ annotators: ["noisy"], samples: 4 }))
      const { rows: drawn } = yield* collect(noisy, { provider: simulated() })
      const scores = drawn[0]!.judgments.flatMap(({ annotator, score }) => (annotator === "noisy" ? [score] : []))
      assert.isAbove(new Set(scores.slice(0, 4)).size, 1)
    })
  )

  it.effect("judge.rate keeps the words of a judge, and null where nothing was wrong", () =>
    Effect.gen(function* () {
      const { asked, judgments } = yield* run(
        { annotators: ["a"], critique: "faults" },
        [rowOf("r", ["good", "bad"])],
        ({ task }) =>
          task.kind === "rate" && task.text === "bad"
            ? '{"critique": "It is wrong.", "score": 2}'
            : '{"critique": null, "score": 9}'
      )
      assert.deepStrictEqual(
        judgments.map(({ critique, score }) => [critique, score]),
        [
          [null, 9],
          ["It is wrong.", 2]
        ]
      )
      assert.strictEqual(asked[0]!.maxTokens, 512)
      const missing = yield* run({ annotators: ["a"], critique: true }, [rowOf("r", ["x"])])
      assert.deepStrictEqual([missing.judgments[0]!.verdict, missing.asked.length], ["invalid", 2])
      const { rows } = yield* collect(
        pipelineOf([rowOf("r", ["x"])], groupFields).pipe(judge.rate({ annotators: ["a"], critique: true })),
        { provider: simulated() }
      )
      assert.match(rows[0]!.judgments[0]!.critique!, /^Simulated critique/)
    })
  )

  it.effect("judge.rate takes one of a fixed set of verdicts for its score, and no other", () =>
    Effect.gen(function* () {
      const options = { annotators: ["a"], levels: { wrong: 0, right: 1 } }
      const { judgments } = yield* run(options, [rowOf("r", ["4", "5", "6"])], ({ task }) =>
        task.kind !== "rate" || task.text === "6"
          ? '{"level": "maybe"}'
          : `{"level": "${task.text === "4" ? "right" : "wrong"}"}`
      )
      assert.deepStrictEqual(judgments, [ratingOf("a", "r 0", 1), ratingOf("a", "r 1", 0), ratingOf("a", "r 2", null)])
      const perfect = simulated({ annotators: { perfect: { reliability: 1, ratingNoise: 0 } } })
      const stage = judge.rate({ annotators: ["perfect"], levels: { poor: 0, fair: 0.5, good: 1 } })
      const { rows } = yield* collect(pipelineOf(someGroups(3), groupFields).pipe(stage), { provider: perfect })
      for (const { candidates, judgments: made } of rows) {
        for (const { id, plantedQuality } of candidates) {
          const { score } = made.find(({ annotator, firstId }) => annotator === "perfect" && firstId === id)!
          assert.isAtMost(Math.abs(score! - plantedQuality!), 0.25 + 0.005)
        }
      }
    })
  )
})
