import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Judgment } from "../../schemas/Judgment.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { simulated } from "../../src/providers/simulated.ts"
import { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { Completion, Request } from "../../src/services/Provider.ts"
import type { RowOf } from "../../src/Stage.ts"
import type { CompareOptions } from "../../src/stages/compare.ts"
import { judge } from "../../src/stages/judge.ts"
import { stageContract } from "../contracts/stage.ts"
import { candidateOf, ratingOf, verdictOf } from "./candidates.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, someGroups } from "./groups.ts"

stageContract("judge.compare", {
  fields: groupFields,
  rows: someGroups(5),
  stage: judge.compare({ annotators: ["bram", { name: "gold", share: 0.5 }], pairs: 3, orders: "one", axis: "style" }),
  provider: simulated()
})

/** Likes the answer that is shown first, the more so the longer it is; the orders agree now and then. */
const softJudge = scripted(({ task }) => {
  const p = task.kind === "compare" ? 0.6 + (0.3 * (task.first.length - task.second.length)) / 1000 : 0.5
  const logProbs = [{ token: "1", logProb: Math.log(p), alternatives: [{ token: "2", logProb: Math.log(1 - p) }] }]
  return { text: "1", finishReason: "stop", model: "m", usage: null, planted: null, logProbs }
})

stageContract("judge.compare with soft verdicts", {
  fields: groupFields,
  rows: someGroups(5),
  stage: judge.compare({ annotators: ["a", "b"], soft: true, pairs: 3 }),
  provider: softJudge
})

type Row = RowOf<typeof groupFields>

const rowOf = (id: string, texts: ReadonlyArray<string>, judgments: ReadonlyArray<Judgment> = []): Row => ({
  id,
  domain: null,
  prompt: `prompt of ${id}`,
  reference: null,
  candidates: texts.map((text, i) => candidateOf({ id: String(i), text })),
  judgments
})

/** Compares by a script; returns also which texts were shown, in order. */
const run = Effect.fnUntraced(function* (
  options: CompareOptions,
  rows: ReadonlyArray<Row>,
  answer: (request: Request) => string | Completion | Effect.Effect<string, LanguageModelError> = () =>
    '{"verdict": "first"}',
  seed = 0
) {
  const asked: Array<Request> = []
  const provider = scripted((request) => {
    asked.push(request)
    return answer(request)
  })
  const result = yield* collect(pipelineOf(rows, groupFields).pipe(judge.compare(options)), { provider, seed })
  const judgments = result.rows.flatMap((row) => row.judgments)
  return { ...result, asked, judgments, shown: judgments.map(({ firstId, secondId }) => `${firstId}${secondId}`) }
})

const byRow = (list: ReadonlyArray<string>, size: number) =>
  Array.from({ length: list.length / size }, (_, i) => list.slice(size * i, size * (i + 1)))

/** The pair that was shown, whatever the order. */
const unordered = (pair: string): string => Array.from(pair).toSorted().join("")

describe("judge.compare", () => {
  it.effect("judge.compare shows every pair in both orders and records which was first", () =>
    Effect.gen(function* () {
      const { asked, judgments, shown } = yield* run(
        {
          annotators: [{ name: "a", instruction: "You are fair.", model: "judge-model" }],
          rubric: "which is funnier",
          axis: "humour"
        },
        [rowOf("r", ["x", "y", "z"])],
        ({ task }) =>
          task.kind === "compare" && task.first < task.second ? '{"verdict": "second"}' : '{"verdict": "tie"}'
      )
      assert.deepStrictEqual(shown, ["01", "10", "02", "20", "12", "21"])
      assert.deepStrictEqual(
        judgments.map(({ verdict }) => verdict),
        ["second", "tie", "second", "tie", "second", "tie"]
      )
      assert.deepStrictEqual(judgments[0], {
        annotator: "a",
        annotatorKind: "simulated",
        axis: "humour",
        firstId: "0",
        secondId: "1",
        score: null,
        verdict: "second",
        critique: null,
        plantedCorrect: null
      })
      const [{ answer, messages, model, temperature }] = asked as [Request]
      assert.deepStrictEqual([messages[0]!.content, model, temperature], ["You are fair.", "judge-model", 0])
      assert.match(messages[1]!.content, /which is funnier[\s\S]*prompt of r[\s\S]*<first>\nx\n[\s\S]*<second>\ny\n/)
      assert.deepStrictEqual(answer, {
        name: "comparison",
        schema: {
          type: "object",
          properties: { verdict: { type: "string", enum: ["first", "second", "tie"] } },
          required: ["verdict"],
          additionalProperties: false
        }
      })
    })
  )

  it.effect("judge.compare with one order shows each pair once, turned or not with equal chances by seed and row", () =>
    Effect.gen(function* () {
      const n = 500
      const rows = Array.from({ length: n }, (_, i) => rowOf(`row ${i}`, ["x", "y", "z"]))
      const { shown } = yield* run({ annotators: ["a"], orders: "one" }, rows)
      assert.strictEqual(shown.length, 3 * n)
      for (const [straight, turned] of [
        ["01", "10"],
        ["02", "20"],
        ["12", "21"]
      ] as const) {
        const nStraight = shown.filter((pair) => pair === straight).length
        assert.strictEqual(nStraight + shown.filter((pair) => pair === turned).length, n)
        assert.closeTo(nStraight / n, 0.5, 2 / Math.sqrt(n))
      }
      const some = yield* run({ annotators: ["a", "b"], orders: "one" }, rows.slice(0, 20).toReversed())
      const shownAgain = byRow(some.shown, 6).toReversed()
      for (const [i, pairs] of byRow(shown, 3).slice(0, 20).entries()) {
        assert.deepStrictEqual(shownAgain[i], [...pairs, ...pairs], "every annotator sees the same order")
      }
      const other = yield* run({ annotators: ["a"], orders: "one" }, rows.slice(0, 20), undefined, 1)
      assert.notDeepEqual(other.shown, shown.slice(0, 60))
    })
  )

  it.effect("judge.compare draws as many different pairs as asked for, each equally often", () =>
    Effect.gen(function* () {
      const n = 400
      const rows = Array.from({ length: n }, (_, i) => rowOf(`row ${i}`, ["w", "x", "y", "z"]))
      const { shown } = yield* run({ annotators: ["a"], pairs: 2, orders: "one" }, rows)
      assert.strictEqual(shown.length, 2 * n)
      const counts = new Map<string, number>()
      for (const pair of shown) {
        const name = unordered(pair)
        counts.set(name, (counts.get(name) ?? 0) + 1)
      }
      assert.strictEqual(counts.size, 6)
      for (const count of counts.values()) assert.closeTo(count / n, 1 / 3, 4 * Math.sqrt(2 / 9 / n))
      for (let i = 0; i < n; i++) {
        const [first, second] = shown.slice(2 * i, 2 * i + 2).map(unordered)
        assert.notStrictEqual(first, second)
      }
      const all = yield* run({ annotators: ["a"], pairs: 99 }, rows.slice(0, 1))
      assert.strictEqual(all.shown.length, 12)
    })
  )

  it.effect("judge.compare lets one of equal texts stand for all, and leaves empty ones out", () =>
    Effect.gen(function* () {
      const { shown } = yield* run({ annotators: ["a"] }, [rowOf("r", ["x", "y", "x", " ", "y", "z"])])
      assert.deepStrictEqual(shown, ["01", "10", "05", "50", "15", "51"])
      const none = yield* run({ annotators: ["a"] }, [rowOf("r", ["x", "x"]), rowOf("s", [])])
      assert.deepStrictEqual([none.shown, none.rows.length], [[], 2])
    })
  )

  it.effect("judge.compare keeps ties, unreadable answers and refusals apart", () =>
    Effect.gen(function* () {
      const answers: Readonly<Record<string, string | Completion>> = {
        "x y": '{"verdict": "tie"}',
        "y x": "Both are good.",
        "x z": { text: "No.", finishReason: "refusal", model: "m", usage: null, planted: null },
        "z x": '{"verdict": "both"}',
        "y z": '```\n{"verdict": "second"}\n```',
        "z y": { text: '{"verdict": "fir', finishReason: "length", model: "m", usage: null, planted: null }
      }
      const { asked, judgments, rejects } = yield* run(
        { annotators: ["a"] },
        [rowOf("r", ["x", "y", "z"])],
        ({ task }) => (task.kind === "compare" ? answers[`${task.first} ${task.second}`]! : assert.fail())
      )
      assert.deepStrictEqual(
        judgments.map(({ verdict }) => verdict),
        ["tie", "invalid", "refused", "invalid", "second", "invalid"]
      )
      assert.isTrue(judgments.every(({ score }) => score === null))
      assert.deepStrictEqual(
        rejects.map(({ detail, reason }) => `${reason}: ${detail}`),
        [
          'judgment: malformed answer: a on 1 and 0: found "Both are good.", expected JSON',
          "judgment: refused: a on 0 and 2: the model refused to answer",
          'judgment: malformed answer: a on 2 and 0: at "verdict": found "both", expected "first" | "second" | "tie"',
          "judgment: cut off: a on 2 and 1: cut off at the limit of 128 tokens"
        ]
      )
      assert.strictEqual(asked.length, 6 + 3)
    })
  )

  it.effect("judge.compare takes the answer to its follow-up", () =>
    Effect.gen(function* () {
      const { asked, rejects, judgments } = yield* run(
        { annotators: ["a"] },
        [rowOf("r", ["x", "y"])],
        ({ messages }) => (messages.length === 1 ? "The first one." : '{"verdict": "first"}')
      )
      assert.deepStrictEqual(
        judgments.map(({ verdict }) => verdict),
        ["first", "first"]
      )
      assert.deepStrictEqual([asked.length, rejects], [4, []])
    })
  )

  it.effect("judge.compare appends to what was judged before and asks nothing twice", () =>
    Effect.gen(function* () {
      const before = [ratingOf("a", "0", 5), verdictOf("a", "0", "1", "second"), verdictOf("b", "1", "0", "tie")]
      const { judgments, shown } = yield* run({ annotators: ["a", "b"] }, [rowOf("r", ["x", "y"], before)])
      assert.deepStrictEqual(judgments.slice(0, 3), before)
      assert.deepStrictEqual(shown.slice(3), ["10", "01"])
      assert.deepStrictEqual(
        judgments.slice(3).map(({ annotator }) => annotator),
        ["a", "b"]
      )
      const other = yield* run({ annotators: ["a", "b"], axis: "style" }, [rowOf("r", ["x", "y"], before)])
      assert.strictEqual(other.asked.length, 4)
    })
  )

  it.effect("judge.compare asks an annotator with a share about the same prompts as judge.rate does", () =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 200 }, (_, i) => rowOf(`row ${i}`, ["x", "y"]))
      const annotators = [{ name: "some", share: 0.4 }]
      const provider = scripted(({ task }) => (task.kind === "rate" ? '{"score": 5}' : '{"verdict": "tie"}'))
      const pipeline = pipelineOf(rows, groupFields).pipe(judge.compare({ annotators }), judge.rate({ annotators }))
      const { rows: made } = yield* collect(pipeline, { provider })
      assert.isTrue(made.every((row) => row.judgments.length === 0 || row.judgments.length === 4))
      const n = made.filter((row) => row.judgments.length === 4).length
      assert.closeTo(n / 200, 0.4, 4 * Math.sqrt(0.24 / 200))
    })
  )

  it.effect("judge.compare notes a question that the filter refused and goes on", () =>
    Effect.gen(function* () {
      const error = new LanguageModelError({
        reason: "contentFilter",
        provider: "p",
        model: "m",
        found: "f",
        remedy: "r"
      })
      const { rejects, shown } = yield* run({ annotators: ["a"] }, [rowOf("r", ["x", "y"])], ({ task }) =>
        task.kind === "compare" && task.first === "x" ? Effect.fail(error) : '{"verdict": "tie"}'
      )
      assert.deepStrictEqual(shown, ["10"])
      assert.deepStrictEqual(
        rejects.map(({ detail, reason }) => [reason, detail]),
        [["judgment: contentFilter", error.message]]
      )
    })
  )

  it.effect("judge.compare records whether a simulated annotator was right", () =>
    Effect.gen(function* () {
      const groups = someGroups(6).map((group) => ({ ...group, judgments: [] }))
      const pipeline = pipelineOf(groups, groupFields).pipe(judge.compare({ annotators: ["gold", "emil"] }))
      const { rows } = yield* collect(pipeline, { provider: simulated() })
      for (const { candidates, judgments } of rows) {
        const quality = (id: string | null) => candidates.find((candidate) => candidate.id === id)!.plantedQuality!
        for (const { annotator, firstId, plantedCorrect, secondId, verdict } of judgments) {
          if (verdict !== "first" && verdict !== "second") assert.isNull(plantedCorrect)
          else assert.strictEqual(plantedCorrect, (verdict === "first") === quality(firstId) > quality(secondId))
          if (annotator === "gold" && verdict !== "tie") assert.isTrue(plantedCorrect)
        }
      }
    })
  )

  it.effect("judge.compare turns round what is said by a negated rubric, and keeps the reasons", () =>
    Effect.gen(function* () {
      const axes = [
        { axis: "brief", rubric: "which is wordier", negated: true },
        { axis: "kind", rubric: "which is kinder" }
      ]
      const { asked, judgments } = yield* run(
        { annotators: ["a"], orders: "one", axes, critique: true },
        [rowOf("r", ["x", "y"])],
        () => '{"critique": "It goes on.", "verdict": "first"}'
      )
      assert.deepStrictEqual(
        judgments.map(({ axis, critique, verdict }) => [axis, critique, verdict]),
        [
          ["brief", "It goes on.", "second"],
          ["kind", "It goes on.", "first"]
        ]
      )
      assert.include(asked[0]!.messages[0]!.content, "decide which is wordier")
      const stage = judge.compare({ annotators: ["perfect"], axes, critique: true })
      const { rows } = yield* collect(pipelineOf(someGroups(3), groupFields).pipe(stage), {
        provider: simulated({ annotators: { perfect: { reliability: 1 } } })
      })
      const made = rows.flatMap((row) => row.judgments.filter(({ annotator }) => annotator === "perfect"))
      assert.isTrue(made.every(({ plantedCorrect, verdict }) => plantedCorrect === true || verdict === "tie"))
      for (const { candidates, judgments: all } of rows) {
        const quality = new Map(candidates.map(({ id, plantedQuality }) => [id, plantedQuality!]))
        for (const { annotator, firstId, secondId, verdict } of all) {
          if (annotator !== "perfect" || verdict === "tie") continue
          assert.strictEqual(verdict, quality.get(firstId)! > quality.get(secondId!)! ? "first" : "second")
        }
      }
    })
  )

  it.effect("judge.compare takes several samples of every order", () =>
    Effect.gen(function* () {
      const { asked, shown } = yield* run({ annotators: ["a"], samples: 2 }, [rowOf("r", ["x", "y"])])
      assert.deepStrictEqual(shown, ["01", "01", "10", "10"])
      assert.deepStrictEqual(
        asked.map(({ sampleIndex, seed, temperature }) => [sampleIndex, seed, temperature]),
        [
          [0, 0, 1],
          [1, 1, 1],
          [0, 0, 1],
          [1, 1, 1]
        ]
      )
    })
  )

  /** Answers "1" with the stated probability, else "2". */
  const softly = (p: number): Completion => {
    const alternatives = [
      { token: "1", logProb: Math.log(p) },
      { token: "2", logProb: Math.log(1 - p) }
    ]
    const logProbs = [{ ...alternatives[0]!, alternatives }]
    return { text: "1", finishReason: "length", model: "m", usage: null, planted: null, logProbs }
  }

  it.effect("judge.compare with soft verdicts files gaps, and a verdict only where both orders agree", () =>
    Effect.gen(function* () {
      const liking: Readonly<Record<string, number>> = { xy: 0.9, yx: 0.2, xz: 0.9, zx: 0.6, yz: 0.3, zy: 0.8 }
      const { asked, judgments, rejects } = yield* run(
        { annotators: ["a"], soft: true },
        [rowOf("r", ["x", "y", "z"])],
        ({ task }) => (task.kind === "compare" ? softly(liking[task.first + task.second]!) : "")
      )
      assert.deepStrictEqual(
        judgments.map(({ firstId, secondId, verdict }) => [firstId, secondId, verdict]),
        [
          ["0", "1", "first"],
          ["1", "0", "second"],
          ["0", "2", null],
          ["2", "0", null],
          ["1", "2", "second"],
          ["2", "1", "first"]
        ]
      )
      const gaps = Object.values(liking).map((p) => Math.log(p / (1 - p)))
      for (const [i, { score }] of judgments.entries()) assert.closeTo(score!, gaps[i]!, 1e-12)
      assert.deepStrictEqual(
        rejects.map(({ reason }) => reason),
        ["judgment: orders disagree"]
      )
      assert.deepStrictEqual([asked[0]!.answer, asked[0]!.topLogProbs, asked[0]!.temperature], [undefined, 20, 0])
      assert.include(asked[0]!.messages[0]!.content, "1 for the first answer")
    })
  )

  it.effect("judge.compare with soft verdicts in one order takes the sign, turned round on a negated axis", () =>
    Effect.gen(function* () {
      const axes = [
        { axis: "brief", rubric: "which is wordier", negated: true },
        { axis: "kind", rubric: "which is kinder" }
      ]
      const { judgments } = yield* run(
        { annotators: ["a"], soft: true, orders: "one", axes },
        [rowOf("r", ["x", "y"])],
        () => softly(0.8)
      )
      assert.deepStrictEqual(
        judgments.map(({ score, verdict }) => [Math.round(score! * 1e6) / 1e6, verdict]),
        [
          [-1.386294, "second"],
          [1.386294, "first"]
        ]
      )
    })
  )

  it.effect("judge.compare says why there is no soft verdict", () =>
    Effect.gen(function* () {
      const { asked, judgments, rejects } = yield* run(
        { annotators: ["a"], soft: true },
        [rowOf("r", ["x", "y"])],
        ({ task }) =>
          task.kind === "compare" && task.first === "x" ? "1" : { ...softly(0.5), finishReason: "refusal" as const }
      )
      assert.deepStrictEqual(
        judgments.map(({ score, verdict }) => [score, verdict]),
        [
          [null, "invalid"],
          [null, "refused"]
        ]
      )
      assert.deepStrictEqual(
        rejects.map(({ reason }) => reason),
        ["judgment: malformed answer", "judgment: refused"]
      )
      assert.strictEqual(asked.length, 2)
    })
  )

  it("judge.compare names what soft verdicts need, and takes no words or samples with them", () => {
    const soft = pipelineOf([rowOf("r", ["x"])], groupFields).pipe(judge.compare({ annotators: ["a"], soft: true }))
    assert.deepStrictEqual(soft.steps.at(-1)!.capabilities, ["topLogProbs"])
    assert.throws(() => judge.compare({ annotators: ["a"], soft: true, critique: true }), /soft beside a critique/)
    assert.throws(
      () => judge.compare({ annotators: ["a"], soft: true, samples: 2 }),
      /soft beside a critique or samples/
    )
  })
})
