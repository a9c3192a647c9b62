import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { execute } from "../../src/execute.ts"
import { into, using } from "../../src/Plan.ts"
import { Progress } from "../../src/Progress.ts"
import { scripted, type ScriptedOptions } from "../../src/providers/scripted.ts"
import { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { RewardRequest } from "../../src/services/Provider.ts"
import { memory } from "../../src/sinks/memory.ts"
import type { RowOf } from "../../src/Stage.ts"
import { clean } from "../../src/stages/clean.ts"
import { flag } from "../../src/stages/flag.ts"
import { checkNames, score } from "../../src/stages/score.ts"
import { treat } from "../../src/stages/treat.ts"
import { stageContract } from "../contracts/stage.ts"
import { candidateOf, ratingOf } from "./candidates.ts"
import { collect, pipelineOf, temporaryFolder } from "./collect.ts"
import { groupFields, someGroups } from "./groups.ts"

const fields = { id: Schema.String, prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }
type Row = RowOf<typeof fields>

const pairOf = (i: number, more: Partial<Row> = {}): Row => ({
  id: `row ${i}`,
  prompt: `prompt ${i}`,
  chosen: `chosen ${i}`,
  rejected: `rejected number ${i}`,
  ...more
})
const rows = Array.from({ length: 6 }, (_, i) => pairOf(i, i === 4 ? { rejected: " " } : {}))

/** Rewards the length of a text, each model on its own scale. */
const byLength = ({ model, text }: RewardRequest) => [text.length * (model === "big" ? 10 : 1)]
const unasked = () => {
  throw new Error("Cannot run the test: found a completion asked, expected none")
}
const rewarding = (reward: NonNullable<ScriptedOptions["reward"]>) => scripted(unasked, { reward })

const models = [{ name: "small" }, { name: "large", model: "big" }] as const

stageContract("score.pairs", { fields, rows, stage: score.pairs({ models }), provider: rewarding(byLength) })
stageContract("score.gaps", { fields, rows, stage: score.gaps({ models }), provider: rewarding(byLength) })
stageContract("score.candidates", {
  fields: groupFields,
  rows: someGroups(5),
  stage: score.candidates({ models }),
  provider: rewarding(byLength)
})
const watching = (reward: NonNullable<ScriptedOptions["reward"]>) => {
  const asked: Array<RewardRequest> = []
  const provider = rewarding((request) => {
    asked.push(request)
    return reward(request)
  })
  return { asked, provider }
}

/** The error of a provider that fails at some texts. */
const failingAt = (isBad: (text: string) => boolean, reason: LanguageModelError["reason"]) =>
  Effect.map(rewarding(byLength), (provider) => ({
    ...provider,
    routes: provider.routes.map((route) => ({
      ...route,
      reward: (request: RewardRequest, call: Parameters<NonNullable<typeof route.reward>>[1]) =>
        isBad(request.text)
          ? Effect.fail(new LanguageModelError({ reason, provider: "p", model: "m", found: "f", remedy: "r" }))
          : route.reward!(request, call)
    }))
  }))

describe("score.pairs", () => {
  it.effect(
    "score.pairs asks every model about both sides, as answers to the prompt, and names the columns by it",
    () =>
      Effect.gen(function* () {
        const { asked, provider } = watching(byLength)
        const { rejects, rows: made } = yield* collect(pipelineOf([pairOf(7)], fields).pipe(score.pairs({ models })), {
          provider
        })
        const messages = [{ role: "user" as const, content: "prompt 7" }]
        assert.sameDeepMembers(asked, [
          { messages, text: "chosen 7", model: null },
          { messages, text: "rejected number 7", model: null },
          { messages, text: "chosen 7", model: "big" },
          { messages, text: "rejected number 7", model: "big" }
        ])
        assert.deepStrictEqual(made, [
          { ...pairOf(7), smallChosen: 8, smallRejected: 17, largeChosen: 80, largeRejected: 170 }
        ])
        assert.deepStrictEqual(rejects, [])
      })
  )

  it.effect("score.pairs leaves null what cannot be scored, with a note, and goes on", () =>
    Effect.gen(function* () {
      const provider = failingAt((text) => text === "too long", "contextTooLong")
      const given = [pairOf(0, { chosen: "too long" }), pairOf(1, { rejected: "\n" })]
      const { rejects, rows: made } = yield* collect(
        pipelineOf(given, fields).pipe(score.pairs({ models: [{ name: "m" }] })),
        { provider }
      )
      assert.deepStrictEqual(
        made.map(({ mChosen, mRejected }) => [mChosen, mRejected]),
        [
          [null, 17],
          [8, null]
        ]
      )
      assert.deepStrictEqual(
        rejects.map(({ id, reason, stage }) => [id, reason, stage]),
        [
          ["row 0", "score: contextTooLong", "score.pairs"],
          ["row 1", "score: no text", "score.pairs"]
        ]
      )
      assert.match(rejects[0]!.detail, /^m on chosen: /)
      assert.match(rejects[1]!.detail, /^m on rejected: /)
    })
  )

  it.effect("score.pairs stops at an error that concerns every row", () =>
    Effect.gen(function* () {
      const provider = failingAt(() => true, "authentication")
      const error = yield* Effect.flip(collect(pipelineOf(rows, fields).pipe(score.pairs({ models })), { provider }))
      assert.strictEqual(error instanceof LanguageModelError && error.reason, "authentication")
    })
  )

  it.effect("score.pairs takes the output it is told of a model with several, and stops where it is not told", () =>
    Effect.gen(function* () {
      const provider = rewarding(({ text }) => [-1, text.length])
      const run = (output?: number) =>
        collect(
          pipelineOf([pairOf(1)], fields).pipe(
            score.pairs({ models: [{ name: "m", ...(output === undefined ? {} : { output }) }] })
          ),
          { provider }
        )
      const { rows: made } = yield* run(1)
      assert.deepStrictEqual([made[0]!.mChosen, made[0]!.mRejected], [8, 17])
      const untold = yield* Effect.flip(run())
      assert.match(String(untold), /found 2 scores for one text, expected one; set "output" of the model "m"/)
      const beyond = yield* Effect.flip(run(2))
      assert.match(String(beyond), /found 2 scores for one text, expected more than 2/)
    })
  )

  it.effect("score.pairs gives columns that change places when a pair is flipped", () =>
    Effect.gen(function* () {
      const scores = score.pairs({ models: [{ name: "m" }] })
      const pipeline = pipelineOf(rows.slice(0, 2), fields).pipe(
        scores,
        flag({ rule: "voteMaj", chosen: ["mChosen"], rejected: ["mRejected"] }),
        treat({ treatment: "flip" })
      )
      const { rows: made } = yield* collect(pipeline, { provider: rewarding(byLength) })
      assert.isTrue(made.every(({ flipped }) => flipped))
      for (const row of made) {
        assert.deepStrictEqual([row.mChosen, row.mRejected], [row.chosen.length, row.rejected.length])
      }
    })
  )

  it("score.pairs refuses names that make no columns of a side, and outputs that are no place", () => {
    assert.throws(() => score.pairs({ models: [] }), /"score.pairs": found no model/)
    assert.throws(() => score.pairs({ models: [{ name: "a" }, { name: "a" }] }), /found the name "a" twice/)
    for (const name of ["", "a b", "org/model", "wellChosen", "rejected_model"]) {
      assert.throws(() => score.pairs({ models: [{ name }] }), `found the name "${name}"`)
    }
    for (const output of [-1, 0.5, Number.NaN]) {
      assert.throws(() => score.gaps({ models: [{ name: "a", output }] }), `found output ${output} of the model "a"`)
    }
    assert.throws(() => checkNames("some stage", [{ name: "-" }]), /"some stage"/)
  })

  it("score.pairs gives the columns that rules of flag read, and no others, to the compiler", () => {
    const scored = pipelineOf(rows, fields).pipe(score.pairs({ models }))
    flag({ rule: "voteAll", chosen: ["smallChosen", "largeChosen"], rejected: ["smallRejected", "largeRejected"] })(
      scored
    )
    assert.throws(
      // @ts-expect-error no model of this name scored
      () => flag({ rule: "voteAll", chosen: ["hugeChosen"], rejected: ["hugeRejected"] })(scored),
      /hugeChosen/
    )
  })

  it.effect("score.pairs is refused before the first row by a provider without rewards", () =>
    Effect.gen(function* () {
      const out = yield* temporaryFolder
      let nAsked = 0
      const provider = scripted(() => {
        nAsked++
        return ""
      })
      const plan = pipelineOf(rows, fields).pipe(score.pairs({ models }), into(memory()), using(provider))
      const options = { name: "test", out, seed: 0, limit: null, fresh: false, progress: new Progress() }
      const failed = yield* Effect.flip(execute(plan, options))
      assert.match(failed.message, /Cannot run stage "score.pairs": provider "scripted" cannot do "reward"/)
      assert.strictEqual(nAsked, 0)
    }).pipe(Effect.scoped)
  )
})

describe("score.gaps", () => {
  it.effect("score.gaps gives chosen less rejected, null where one is missing, from the calls of score.pairs", () =>
    Effect.gen(function* () {
      const { asked, provider } = watching(byLength)
      const pipeline = pipelineOf(rows, fields).pipe(score.pairs({ models }), score.gaps({ models }))
      const { rows: made } = yield* collect(pipeline, { provider })
      for (const [i, row] of made.entries()) {
        assert.strictEqual(row.smallGap, i === 4 ? null : row.smallChosen! - row.smallRejected!)
        assert.strictEqual(row.largeGap, i === 4 ? null : 10 * row.smallGap!)
      }
      // Six rows with two sides, one of them blank, and two models.
      assert.strictEqual(asked.length, 2 * (2 * 6 - 1))
    })
  )
})

describe("score.candidates", () => {
  const group = {
    id: "g",
    domain: null,
    prompt: "p",
    reference: null,
    candidates: ["one", "three", ""].map((text, i) => candidateOf({ id: `c${i}`, text })),
    judgments: [ratingOf("small", "c0", 2), { ...ratingOf("small", "c1", 9), axis: "style" }]
  }

  it.effect("score.candidates appends a judgment for each model and candidate that has none on the axis", () =>
    Effect.gen(function* () {
      const { asked, provider } = watching(byLength)
      const { rejects, rows: made } = yield* collect(
        pipelineOf([group], groupFields).pipe(score.candidates({ models })),
        { provider }
      )
      assert.deepStrictEqual(made[0]!.judgments, [
        ...group.judgments,
        ratingOf("small", "c1", 5),
        ratingOf("large", "c0", 30),
        ratingOf("large", "c1", 50)
      ])
      assert.strictEqual(asked.length, 3)
      assert.deepStrictEqual(
        rejects.map(({ reason, detail }) => [reason, detail]),
        [
          ["judgment: no text", "small on c2: the response is empty"],
          ["judgment: no text", "large on c2: the response is empty"]
        ]
      )
    })
  )

  it.effect("score.candidates marks the judgments of a real model as a model's, and on which axis they are", () =>
    Effect.gen(function* () {
      const real = Effect.map(rewarding(byLength), (provider) => ({ ...provider, simulated: false }))
      const { rows: made } = yield* collect(
        pipelineOf([{ ...group, judgments: [] }], groupFields).pipe(
          score.candidates({ models: [{ name: "m" }], axis: "style" })
        ),
        { provider: real }
      )
      assert.deepStrictEqual(
        made[0]!.judgments.map(({ annotatorKind, axis }) => [annotatorKind, axis]),
        [
          ["model", "style"],
          ["model", "style"]
        ]
      )
    })
  )

  it.effect("score.candidates looks at its own axis alone for what is scored already", () =>
    Effect.gen(function* () {
      const { asked, provider } = watching(byLength)
      const stage = score.candidates({ models: [{ name: "small" }], axis: "style" })
      const { rows: made } = yield* collect(pipelineOf([group], groupFields).pipe(stage), { provider })
      assert.deepStrictEqual(
        asked.map(({ text }) => text),
        ["one"]
      )
      assert.deepStrictEqual(made[0]!.judgments.slice(2), [{ ...ratingOf("small", "c0", 3), axis: "style" }])
    })
  )

  it.effect("score.candidates makes evidence that clean reads", () =>
    Effect.gen(function* () {
      const groups = someGroups(10)
      const quality = new Map(
        groups.flatMap(({ candidates }) => candidates.map(({ plantedQuality, text }) => [text, plantedQuality!]))
      )
      const provider = rewarding(({ text }) => [quality.get(text)!])
      const pipeline = pipelineOf(groups, groupFields).pipe(
        score.candidates({ models: [{ name: "rm" }] }),
        clean({ evidence: ["rm"], trusted: ["gold"] })
      )
      const { rows: made } = yield* collect(pipeline, { provider })
      // The reward model knows the planted truth, so its probability of a label says whether the label has it.
      for (const { candidates, labels } of made) {
        assert.isAbove(labels.length, 0)
        for (const { betterId, pModel, worseId } of labels) {
          const of = (id: string) => candidates.find((one) => one.id === id)!.plantedQuality!
          if (of(betterId) !== of(worseId)) assert.strictEqual(pModel > 0.5, of(betterId) > of(worseId))
        }
      }
    })
  )
})
