import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { scripted } from "../../src/providers/scripted.ts"
import { simulated } from "../../src/providers/simulated.ts"
import { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { Completion, Request } from "../../src/services/Provider.ts"
import { generate } from "../../src/stages/generate.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf, temporaryFolder } from "./collect.ts"
import { promptFields, somePrompts } from "./groups.ts"

const failure = (reason: LanguageModelError["reason"]) =>
  Effect.fail(new LanguageModelError({ reason, provider: "p", model: "m", found: `found ${reason}`, remedy: "none" }))

const ended = (text: string, finishReason: "length" | "contentFilter") => ({
  text,
  finishReason,
  model: "m",
  usage: null,
  planted: null
})

stageContract("generate", {
  fields: promptFields,
  rows: somePrompts(7),
  stage: generate({ n: 2, personas: { expert: "You know.", hurried: "You run." } }),
  provider: scripted(({ task }) =>
    task.prompt === somePrompts(3)[2]!.prompt ? failure("contentFilter") : `to ${task.prompt}`
  )
})

/** Asks for candidates to some prompts and returns what came out and what was asked. */
const run = Effect.fnUntraced(function* (
  stage: ReturnType<typeof generate>,
  prompts: ReadonlyArray<string>,
  answer: Parameters<typeof scripted>[0] = (request) => `to ${request.task.prompt}`,
  seed = 0
) {
  const asked: Array<Request> = []
  const provider = scripted((request) => {
    asked.push(request)
    return answer(request)
  })
  const rows = prompts.map((prompt, i) => ({ id: `row ${i}`, domain: null, prompt, reference: null }))
  const result = yield* collect(pipelineOf(rows, promptFields).pipe(stage), { provider, seed })
  return { ...result, asked }
})

describe("generate", () => {
  it.effect("generate goes round models and personas and tells repeated samples apart", () =>
    Effect.gen(function* () {
      const personas = { expert: "You know.", hurried: "You run." }
      const { asked, rows } = yield* run(generate({ n: 6, models: ["a", "b"], personas }), ["one"], undefined, 100)
      const seen = asked.map(({ messages, model, sampleIndex, seed, task }) => [
        model,
        task.kind === "generate" ? task.persona : undefined,
        messages[0]!.content,
        sampleIndex,
        seed
      ])
      assert.sameDeepMembers(seen, [
        ["a", "expert", "You know.", 0, 100],
        ["a", "hurried", "You run.", 0, 100],
        ["b", "expert", "You know.", 0, 100],
        ["b", "hurried", "You run.", 0, 100],
        ["a", "expert", "You know.", 1, 101],
        ["a", "hurried", "You run.", 1, 101]
      ])
      assert.deepStrictEqual(
        rows[0]!.candidates.map(({ model, persona, sampleIndex }) => [model, persona, sampleIndex]),
        [
          ["a", "expert", 0],
          ["a", "hurried", 0],
          ["b", "expert", 0],
          ["b", "hurried", 0],
          ["a", "expert", 1],
          ["a", "hurried", 1]
        ]
      )
    })
  )

  it.effect("generate sends the prompt, or what the template makes of it, with the sampling it was told", () =>
    Effect.gen(function* () {
      const plain = yield* run(generate({ n: 1 }), ["one"])
      const [bare] = plain.asked
      assert.deepStrictEqual(bare!.messages, [{ role: "user", content: "one" }])
      assert.deepStrictEqual([bare!.model, bare!.temperature, bare!.topP, bare!.maxTokens], [null, 1, undefined, 1024])
      const sampling = { temperature: 0.3, topP: 0.8, maxTokens: 50 }
      const told = yield* run(generate({ n: 1, template: ({ prompt }) => `Q: ${prompt}\nA:`, ...sampling }), ["one"])
      const [asked] = told.asked
      assert.deepStrictEqual(asked!.messages, [{ role: "user", content: "Q: one\nA:" }])
      assert.deepStrictEqual([asked!.temperature, asked!.topP, asked!.maxTokens], [0.3, 0.8, 50])
      assert.deepStrictEqual(asked!.task, { kind: "generate", prompt: "one", persona: null })
    })
  )

  it.effect("generate keeps every answer with its finish reason and gives each an id of its own", () =>
    Effect.gen(function* () {
      const { rejects, rows } = yield* run(generate({ n: 3 }), ["one", "two"], ({ sampleIndex }) =>
        sampleIndex === 0 ? "same" : sampleIndex === 1 ? ended("cut o", "length") : ended("", "contentFilter")
      )
      assert.deepStrictEqual(
        rows[0]!.candidates.map(({ finishReason, text }) => [text, finishReason]),
        [
          ["same", "stop"],
          ["cut o", "length"],
          ["", "contentFilter"]
        ]
      )
      const ids = rows.flatMap((row) => row.candidates.map((candidate) => candidate.id))
      assert.strictEqual(new Set(ids).size, 6)
      assert.deepStrictEqual(rejects, [])
      const again = yield* run(generate({ n: 3 }), ["one"], ({ sampleIndex }) => (sampleIndex === 0 ? "same" : "else"))
      assert.strictEqual(new Set(again.rows[0]!.candidates.map((candidate) => candidate.id)).size, 3)
      assert.strictEqual(again.rows[0]!.candidates[0]!.id, ids[0])
      assert.notStrictEqual(again.rows[0]!.candidates[1]!.id, ids[1])
    })
  )

  it.effect("generate rejects a prompt whose answers are all empty", () =>
    Effect.gen(function* () {
      const { rejects, rows } = yield* run(generate({ n: 2 }), ["one", "two"], ({ task }) =>
        task.prompt === "one" ? ended(" \n", "length") : "something"
      )
      assert.deepStrictEqual(
        rows.map((row) => row.prompt),
        ["two"]
      )
      const [{ detail, ...reject } = {}] = rejects
      assert.deepStrictEqual(reject, { id: "row 0", stage: "generate", reason: "no text" })
      assert.match(detail!, /^all 2 answers are empty: length, length; no word came within the limit of tokens/)
      assert.lengthOf(rejects, 1)
    })
  )

  for (const options of [{ n: 3 }, { n: 3, seeds: [4, 5, 6] }, { n: 3, personas: { a: "A", b: "B" } }]) {
    it.effect(
      `generate with ${JSON.stringify(options)} asks again for rows without any text alone when rejects are retried`,
      () =>
        Effect.gen(function* () {
          const journal = path.join(yield* temporaryFolder, "journal.sqlite")
          const asked: Array<string> = []
          let isWell = false
          const provider = scripted(({ sampleIndex, task }) => {
            asked.push(task.prompt)
            const isEmpty = task.prompt === first!.prompt || (task.prompt === second!.prompt && sampleIndex === 1)
            return isEmpty && !isWell ? "" : "something"
          })
          const prompts = somePrompts(3)
          const [first, second] = prompts
          const once = (retryFailures: boolean) =>
            collect(pipelineOf(prompts, promptFields).pipe(generate(options)), { provider, journal, retryFailures })
          assert.lengthOf((yield* once(false)).rejects, 1)
          isWell = true
          asked.length = 0
          const retried = yield* once(true)
          assert.deepStrictEqual(asked, [first!.prompt, first!.prompt, first!.prompt])
          assert.deepStrictEqual(retried.rejects, [])
          // A row that was kept with an empty answer beside others stays as it is.
          const nEmpty = retried.rows.map(({ candidates }) => candidates.filter(({ text }) => text === "").length)
          assert.deepStrictEqual(nEmpty, [0, 1, 0])
          assert.isTrue(retried.rows.every(({ candidates }) => candidates.length === 3))
        })
    )
  }

  for (const reason of ["contentFilter", "contextTooLong"] as const) {
    it.effect(`generate rejects a prompt that fails with ${reason} while others go on`, () =>
      Effect.gen(function* () {
        const { asked, rejects, rows } = yield* run(generate({ n: 2 }), ["one", "two", "three"], ({ task }) =>
          task.prompt === "two" ? failure(reason) : `to ${task.prompt}`
        )
        assert.deepStrictEqual(
          rows.map((row) => row.prompt),
          ["one", "three"]
        )
        assert.deepStrictEqual(
          rejects.map(({ id, reason: why }) => [id, why]),
          [["row 1", reason]]
        )
        assert.include(rejects[0]!.detail, `found ${reason}`)
        assert.isAtLeast(asked.length, 5)
      })
    )
  }

  for (const reason of ["authentication", "outOfCredit", "unsupported"] as const) {
    it.effect(`generate stops the run on ${reason}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(
          run(generate({ n: 1 }), ["one", "two"], ({ task }) => (task.prompt === "two" ? failure(reason) : "yes"))
        )
        assert.strictEqual(error instanceof LanguageModelError && error.reason, reason)
      })
    )
  }

  it.live(
    "generate rejects each of two equal prompts, one of which waits for the other, when the filter refuses them",
    () =>
      Effect.gen(function* () {
        const { rejects, rows } = yield* run(generate({ n: 3 }), ["same", "same", "other"], ({ sampleIndex, task }) =>
          task.prompt === "same" && sampleIndex === 1
            ? Effect.delay(failure("contentFilter"), 10)
            : Effect.delay(Effect.succeed("yes"), task.prompt === "same" ? 50 : 5)
        )
        assert.deepStrictEqual(
          rows.map((row) => row.prompt),
          ["other"]
        )
        assert.deepStrictEqual(
          rejects.map(({ id, reason }) => [id, reason]),
          [
            ["row 0", "contentFilter"],
            ["row 1", "contentFilter"]
          ]
        )
      })
  )

  it.effect("generate hands on what a simulated model knows about its answers, and marks no real one", () =>
    Effect.gen(function* () {
      const pipeline = pipelineOf(somePrompts(3), promptFields).pipe(generate({ n: 2 }))
      const { rows } = yield* collect(pipeline, { provider: simulated() })
      for (const { candidates } of rows)
        assert.isTrue(candidates.every(({ plantedQuality }) => plantedQuality !== null))
      const { rows: scriptedRows } = yield* run(generate({ n: 2 }), ["one"])
      assert.isTrue(scriptedRows[0]!.candidates.every(({ plantedQuality }) => plantedQuality === null))
    })
  )

  it("generate refuses to be set up for no answers or no speakers", () => {
    assert.throws(() => generate({ n: 0 }), /n 0, expected a positive integer/)
    assert.throws(() => generate({ n: 1.5 }), /n 1.5/)
    assert.throws(() => generate({ n: 1, personas: {} }), /no persona/)
    assert.throws(() => generate({ n: 1, models: [] }), /no model/)
  })
})

/** Words as tokens: certain, a toss-up, certain. */
const chain: Completion = {
  text: "I think so.",
  finishReason: "stop",
  model: "m",
  usage: null,
  planted: null,
  logProbs: ["I ", "think ", "so."].map((token, i) => ({
    token,
    logProb: i === 1 ? -Math.LN2 : 0,
    alternatives: i === 1 ? [{ token: "know ", logProb: -Math.LN2 }] : []
  }))
}

stageContract("generate", {
  fields: promptFields,
  rows: somePrompts(5),
  stage: generate({ n: 2, alternatives: 20 }),
  provider: scripted((request) => (request.sampleIndex === 0 ? chain : "no log-probabilities"))
})

describe("generate with alternatives", () => {
  it.effect("generate keeps the entropy of each token, and the mean as a feature", () =>
    Effect.gen(function* () {
      const { rejects, rows } = yield* collect(
        pipelineOf(somePrompts(1), promptFields).pipe(generate({ n: 1, alternatives: 20 })),
        { provider: scripted(() => chain) }
      )
      const [{ ends, nats }] = rows[0]!.tokenEntropies as [(typeof rows)[0]["tokenEntropies"][0]]
      assert.strictEqual(ends.at(-1), chain.text.length)
      nats.forEach((value, i) => assert.approximately(value, i === 1 ? Math.LN2 : 0, 1e-12))
      const features = new Map(rows[0]!.candidates[0]!.features.map(({ name, value }) => [name, value]))
      assert.strictEqual(features.get("nTokens"), 3)
      assert.approximately(features.get("entropyNats")!, Math.LN2 / 3, 1e-12)
      assert.deepStrictEqual(rejects, [])
    })
  )

  it.effect("generate keeps a candidate whose tokens do not spell it, and notes it", () =>
    Effect.gen(function* () {
      const provider = scripted(() => ({ ...chain, text: "something else" }))
      const { rejects, rows } = yield* collect(
        pipelineOf(somePrompts(1), promptFields).pipe(generate({ n: 1, alternatives: 20 })),
        { provider }
      )
      assert.deepStrictEqual([rows[0]!.candidates.length, rows[0]!.tokenEntropies.length], [1, 0])
      assert.deepStrictEqual(
        rejects.map(({ reason }) => reason),
        ["no log-probabilities"]
      )
      assert.throws(() => generate({ n: 1, alternatives: 21 }), RangeError)
    })
  )

  for (const options of [
    { n: 3, alternatives: 20 },
    { n: 3, seeds: [4, 5, 6], alternatives: 20 }
  ]) {
    it.effect(`generate with ${JSON.stringify(options)} asks again for the log-probabilities that it lacks`, () =>
      Effect.gen(function* () {
        const journal = path.join(yield* temporaryFolder, "journal.sqlite")
        const asked: Array<number> = []
        let isWell = false
        const provider = scripted(({ sampleIndex }) => {
          asked.push(sampleIndex)
          if (sampleIndex === 0 || isWell) return chain
          return sampleIndex === 1 ? "without" : { ...chain, text: "something else" }
        })
        const once = (retryFailures: boolean) => {
          asked.length = 0
          const pipeline = pipelineOf(somePrompts(1), promptFields).pipe(generate(options))
          return collect(pipeline, { provider, journal, retryFailures })
        }
        const first = yield* once(false)
        assert.deepStrictEqual(
          first.rejects.map(({ reason }) => reason),
          ["no log-probabilities", "no log-probabilities"]
        )
        const again = yield* once(false)
        assert.deepStrictEqual([asked, again.rows, again.rejects], [[], first.rows, first.rejects])
        isWell = true
        const retried = yield* once(true)
        assert.sameMembers(asked, [1, 2])
        assert.deepStrictEqual(retried.rejects, [])
        assert.lengthOf(retried.rows[0]!.tokenEntropies, 3)
      })
    )
  }
})
