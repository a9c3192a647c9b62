import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { execute } from "../../src/execute.ts"
import { into, using } from "../../src/Plan.ts"
import { Progress } from "../../src/Progress.ts"
import { scripted, type ScriptedOptions } from "../../src/providers/scripted.ts"
import { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { ScoreRequest } from "../../src/services/Provider.ts"
import { memory } from "../../src/sinks/memory.ts"
import { flag } from "../../src/stages/flag.ts"
import { logProb } from "../../src/stages/logProb.ts"
import { treat } from "../../src/stages/treat.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf, temporaryFolder } from "./collect.ts"

const fields = { id: Schema.String, prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }
const pairOf = (i: number, more: { readonly chosen?: string; readonly rejected?: string } = {}) => ({
  id: `row ${i}`,
  prompt: `prompt ${i}`,
  chosen: `a good answer ${i}`,
  rejected: `bad ${i}`,
  ...more
})
const rows = Array.from({ length: 6 }, (_, i) => pairOf(i, i === 4 ? { rejected: " " } : {}))

const isAlone = ({ context }: ScoreRequest) =>
  typeof context === "string" ? context === "" : context.every(({ content }) => content === "")

/** Words as tokens: -2 each alone, -1 behind a prompt. */
const words = (request: ScoreRequest) =>
  request.text.split(" ").map((token) => ({ token, logProb: isAlone(request) ? -2 : -1 }))

const unasked = () => {
  throw new Error("Cannot run the test: found a completion asked, expected none")
}
const scoring = (score: NonNullable<ScriptedOptions["score"]>) => {
  const asked: Array<ScoreRequest> = []
  const provider = scripted(unasked, {
    score: (request) => {
      asked.push(request)
      return score(request)
    }
  })
  return { asked, provider }
}

stageContract("logProb.pairs", { fields, rows, stage: logProb.pairs(), provider: scoring(words).provider })
stageContract("logProb.gaps", {
  fields,
  rows,
  stage: logProb.gaps({ models: [{ name: "one" }, { name: "two", model: "two" }], reference: "base" }),
  provider: scoring(words).provider
})
stageContract("logProb.byModel", {
  fields,
  rows,
  stage: logProb.byModel({ models: ["one", "two"] }),
  provider: scoring(words).provider
})

const columns = {
  chosen: { givenPrompt: "chosenGivenPrompt", alone: "chosenAlone", nTokens: "chosenTokens" },
  rejected: { givenPrompt: "rejectedGivenPrompt", alone: "rejectedAlone", nTokens: "rejectedTokens" }
} as const

describe("logProb.pairs", () => {
  it.effect("logProb.pairs sums the log-probabilities of each response behind its prompt and alone", () =>
    Effect.gen(function* () {
      const { asked, provider } = scoring(words)
      const { rejects, rows: made } = yield* collect(
        pipelineOf([pairOf(1)], fields).pipe(logProb.pairs({ model: "base" })),
        { provider }
      )
      assert.sameDeepMembers(asked, [
        { context: "prompt 1\n\n", text: "a good answer 1", model: "base" },
        { context: "", text: "a good answer 1", model: "base" },
        { context: "prompt 1\n\n", text: "bad 1", model: "base" },
        { context: "", text: "bad 1", model: "base" }
      ])
      const expected = {
        chosenGivenPrompt: -4,
        chosenAlone: -8,
        chosenTokens: 4,
        rejectedGivenPrompt: -2,
        rejectedAlone: -4,
        rejectedTokens: 2
      }
      assert.deepStrictEqual(made, [{ ...pairOf(1), ...expected }])
      assert.deepStrictEqual(rejects, [])
    })
  )

  it.effect("logProb.pairs sums over the tokens that both readings have in common, from the end", () =>
    Effect.gen(function* () {
      const tokens = (...list: ReadonlyArray<readonly [string, number]>) =>
        list.map(([token, nats]) => ({ token, logProb: nats }))
      const { provider } = scoring((request) => {
        if (request.text === "no first") {
          // As a server that has nothing to say about the first token of all.
          return isAlone(request) ? tokens([" first", -8]) : tokens(["no", -1], [" first", -2])
        }
        return isAlone(request)
          ? tokens(["cut", -32], [" here", -64], [" now", -128])
          : tokens(["\ncu", -4], ["t", -8], [" here", -16], [" now", -1])
      })
      const { rows: made } = yield* collect(
        pipelineOf([pairOf(0, { chosen: "no first", rejected: "cut here now" })], fields).pipe(logProb.pairs()),
        { provider }
      )
      const [row] = made
      assert.deepStrictEqual([row!.chosenGivenPrompt, row!.chosenAlone, row!.chosenTokens], [-2, -8, 1])
      assert.deepStrictEqual([row!.rejectedGivenPrompt, row!.rejectedAlone, row!.rejectedTokens], [-17, -192, 2])
    })
  )

  it.effect("logProb.pairs leaves null what has no tokens in common, no text or no answer, with a note", () =>
    Effect.gen(function* () {
      const { provider } = scoring((request) =>
        request.text === "other" ? [{ token: isAlone(request) ? "a" : "b", logProb: -1 }] : words(request)
      )
      const failing = Effect.map(provider, (given) => ({
        ...given,
        routes: given.routes.map((route) => ({
          ...route,
          score: (request: ScoreRequest, call: Parameters<NonNullable<typeof route.score>>[1]) =>
            request.text === "long" && !isAlone(request)
              ? Effect.fail(
                  new LanguageModelError({
                    reason: "contextTooLong",
                    provider: "p",
                    model: "m",
                    found: "f",
                    remedy: "r"
                  })
                )
              : route.score!(request, call)
        }))
      }))
      const given = [pairOf(0, { chosen: "other" }), pairOf(1, { chosen: "" }), pairOf(2, { chosen: "long" })]
      const { rejects, rows: made } = yield* collect(pipelineOf(given, fields).pipe(logProb.pairs()), {
        provider: failing
      })
      for (const row of made) {
        assert.deepStrictEqual([row.chosenGivenPrompt, row.chosenAlone, row.chosenTokens], [null, null, null])
        assert.strictEqual(row.rejectedTokens, 2)
      }
      assert.deepStrictEqual(
        rejects.map(({ id, reason }) => [id, reason]),
        [
          ["row 0", "log-prob: other tokens"],
          ["row 1", "log-prob: no text"],
          ["row 2", "log-prob: contextTooLong"]
        ]
      )
    })
  )

  it.effect("logProb.pairs reads a chat as turns, alone behind an empty one, and a template as it is told", () =>
    Effect.gen(function* () {
      const chat = scoring(words)
      const { rows: made } = yield* collect(pipelineOf([pairOf(1)], fields).pipe(logProb.pairs({ as: "chat" })), chat)
      assert.sameDeepMembers(
        chat.asked.filter(({ text }) => text === "bad 1").map(({ context }) => context),
        [[{ role: "user", content: "prompt 1" }], [{ role: "user", content: "" }]]
      )
      assert.deepStrictEqual([made[0]!.rejectedGivenPrompt, made[0]!.rejectedAlone], [-2, -4])
      const text = scoring(words)
      const template = ({ prompt }: { readonly prompt: string }) => `Q: ${prompt}\nA: `
      yield* collect(pipelineOf([pairOf(1)], fields).pipe(logProb.pairs({ template })), text)
      assert.sameMembers(
        text.asked.map(({ context }) => context as string),
        ["Q: prompt 1\nA: ", "", "Q: prompt 1\nA: ", ""]
      )
    })
  )

  it.effect("logProb.pairs makes what the rules of IFD read, and what changes places when a pair is flipped", () =>
    Effect.gen(function* () {
      const pipeline = pipelineOf(rows.slice(0, 3), fields).pipe(
        logProb.pairs(),
        flag({ rule: "ifdGap", ...columns, amount: { fraction: 1 } }),
        treat({ treatment: "flip" })
      )
      const { rows: made } = yield* collect(pipeline, scoring(words))
      for (const row of made) {
        assert.strictEqual(row.flipped, true)
        assert.deepStrictEqual([row.chosenTokens, row.rejectedTokens], [2, 4])
        // Every token is e times as likely behind the prompt, on both sides, so the gap of the two perplexity ratios is 0.
        assert.closeTo(row.suspicion!, 0, 1e-12)
      }
    })
  )

  it.effect("logProb.pairs is refused before the first row by a provider without the reading it wants", () =>
    Effect.gen(function* () {
      const out = yield* temporaryFolder
      const { asked, provider } = scoring(words)
      const textAlone = Effect.map(provider, (given) => ({
        ...given,
        capabilities: given.capabilities.filter((name) => name !== "scoreChat")
      }))
      const options = { name: "test", out, seed: 0, limit: null, fresh: false }
      const run = (as: "text" | "chat") =>
        execute(pipelineOf(rows, fields).pipe(logProb.pairs({ as }), into(memory()), using(textAlone)), {
          ...options,
          progress: new Progress()
        })
      const failed = yield* Effect.flip(run("chat"))
      assert.match(failed.message, /Cannot run stage "logProb.pairs": provider "scripted" cannot do "scoreChat"/)
      assert.strictEqual(asked.length, 0)
      yield* run("text")
      assert.isAbove(asked.length, 0)
    }).pipe(Effect.scoped)
  )
})

describe("logProb.gaps", () => {
  const sums: Readonly<Record<string, readonly [chosen: number, rejected: number]>> = {
    base: [-10, -20],
    dpo: [-7, -25],
    worse: [-12, -19]
  }
  const bySum = ({ model, text }: ScoreRequest) => [
    { token: text, logProb: sums[model!]![text.startsWith("bad") ? 1 : 0] }
  ]
  const models = [
    { name: "a", model: "dpo" },
    { name: "b", model: "worse" }
  ] as const

  it.effect("logProb.gaps gives by how much each model prefers the chosen response more than the reference does", () =>
    Effect.gen(function* () {
      const { asked, provider } = scoring(bySum)
      const { rows: made } = yield* collect(
        pipelineOf([pairOf(1)], fields).pipe(logProb.gaps({ models, reference: "base" })),
        { provider }
      )
      // (-7 + 10) - (-25 + 20) and (-12 + 10) - (-19 + 20)
      assert.deepStrictEqual([made[0]!.aGap, made[0]!.bGap], [8, -3])
      assert.strictEqual(asked.length, 6)
    })
  )

  it.effect("logProb.gaps leaves null the gaps that lack a sum: one of its own, or the reference's", () =>
    Effect.gen(function* () {
      const run = (silent: string) =>
        collect(
          pipelineOf([pairOf(1)], fields).pipe(logProb.gaps({ models, reference: "base" })),
          scoring((request) => (request.model === silent ? [] : bySum(request)))
        )
      const one = yield* run("dpo")
      assert.deepStrictEqual([one.rows[0]!.aGap, one.rows[0]!.bGap], [null, -3])
      assert.deepStrictEqual(
        one.rejects.map(({ reason }) => reason),
        ["log-prob: no tokens", "log-prob: no tokens"]
      )
      assert.match(one.rejects[0]!.detail, /^a on chosen: /)
      const all = yield* run("base")
      assert.deepStrictEqual([all.rows[0]!.aGap, all.rows[0]!.bGap], [null, null])
    })
  )

  it("logProb.gaps refuses names that make no columns", () => {
    assert.throws(() => logProb.gaps({ models: [{ name: "x y" }], reference: "base" }), /"logProb.gaps"/)
    assert.throws(() => logProb.gaps({ models: [], reference: "base" }), /found no model/)
  })
})

describe("logProb.byModel", () => {
  it.effect("logProb.byModel gives each model's sum and tokens behind the prompt, null where it says nothing", () =>
    Effect.gen(function* () {
      const { asked, provider } = scoring(({ model, text }) =>
        text.split(" ").map((token) => ({ token, logProb: model === "new" ? -1 : -3 }))
      )
      const { rejects, rows: made } = yield* collect(
        pipelineOf([pairOf(1, { rejected: " " })], fields).pipe(logProb.byModel({ models: ["base", "new"] })),
        { provider }
      )
      assert.deepStrictEqual(made[0]!.chosenLogProbs, [
        { model: "base", logProb: -12, nTokens: 4 },
        { model: "new", logProb: -4, nTokens: 4 }
      ])
      assert.deepStrictEqual(
        made[0]!.rejectedLogProbs,
        ["base", "new"].map((model) => ({ model, logProb: null, nTokens: null }))
      )
      assert.deepStrictEqual(
        rejects.map(({ detail }) => detail.split(":")[0]),
        ["base on rejected", "new on rejected"]
      )
      assert.sameDeepMembers(
        asked,
        ["base", "new"].map((model) => ({ context: "prompt 1\n\n", text: "a good answer 1", model }))
      )
    })
  )

  it("logProb.byModel refuses no model, and one model twice", () => {
    assert.throws(() => logProb.byModel({ models: [] }), "found no model, expected one or more, each once")
    assert.throws(() => logProb.byModel({ models: ["a", "a"] }), "found the models a, a")
  })
})
