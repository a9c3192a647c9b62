import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Spans } from "../../schemas/Span.ts"
import { TokenEntropies } from "../../schemas/TokenEntropy.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { splitSentences } from "../../src/segments/splitSentences.ts"
import { splitToolCalls } from "../../src/segments/splitToolCalls.ts"
import type { Completion, Request } from "../../src/services/Provider.ts"
import { generate } from "../../src/stages/generate.ts"
import { type Peaks, resume, type ResumeOptions } from "../../src/stages/resume.ts"
import { segment } from "../../src/stages/segment.ts"
import { stageContract } from "../contracts/stage.ts"
import { candidateOf } from "./candidates.ts"
import { collect, pipelineOf, temporaryFolder } from "./collect.ts"
import { groupFields, promptFields, someGroups, somePrompts } from "./groups.ts"

const goOn = scripted(({ prefix = "", sampleIndex }) => `on ${sampleIndex} after ${prefix.length}`)
const half = ({ candidate }: { readonly candidate: { readonly text: string } }) => [
  { at: Math.floor(candidate.text.length / 2) }
]

stageContract("resume", {
  fields: groupFields,
  rows: someGroups(5),
  stage: resume({ from: half, n: 2 }),
  provider: goOn
})

const row = {
  id: "r",
  domain: null,
  prompt: "why",
  reference: null,
  candidates: [candidateOf({ id: "a", text: "One. Two. Three.", persona: "p", kind: "trace" })],
  judgments: []
}

const run = Effect.fnUntraced(function* (options: ResumeOptions, answer: (request: Request) => string = () => "Go.") {
  const asked: Array<Request> = []
  const provider = scripted((request) => {
    asked.push(request)
    return answer(request)
  })
  const pipeline = pipelineOf([row], groupFields).pipe(segment({ by: splitSentences }), resume(options))
  const { rejects, rows } = yield* collect(pipeline, { provider })
  return { asked, made: rows[0]!.candidates.slice(1), reasons: rejects.map(({ reason }) => reason) }
})

describe("resume", () => {
  it.effect("resume leaves a text at a span and lets the model go on from there", () =>
    Effect.gen(function* () {
      const { asked, made } = yield* run(
        { from: ({ spans }) => [{ at: spans[0]!.end }], n: 2, system: "Be kind." },
        ({ sampleIndex }) => (sampleIndex === 0 ? "Twice." : "Never.")
      )
      assert.deepStrictEqual(
        made.map(({ text }) => text),
        ["One. Twice.", "One. Never."]
      )
      const { id, ...first } = made[0]!
      assert.deepStrictEqual(
        { ...first, id },
        candidateOf({
          id,
          text: "One. Twice.",
          kind: "trace",
          model: "scripted",
          persona: "p",
          parentId: "a",
          operation: "continue",
          features: [{ name: "continuedAt", value: 5 }],
          // "One. Tw" of "One. Two."
          sharedPrefix: 7
        })
      )
      assert.strictEqual(asked[0]!.prefix, "One. ")
      assert.deepStrictEqual(asked[0]!.messages, [
        { role: "system", content: "Be kind." },
        { role: "user", content: "why" }
      ])
    })
  )

  it.effect("resume puts a text in first, and counts what is shared before it", () =>
    Effect.gen(function* () {
      const { asked, made } = yield* run({ from: () => [{ at: 5, insert: "But stop. " }] })
      assert.strictEqual(asked[0]!.prefix, "One. But stop. ")
      assert.deepInclude(made[0], { text: "One. But stop. Go.", operation: "insert", sharedPrefix: 5 })
      assert.deepStrictEqual(made[0]!.features, [{ name: "continuedAt", value: 15 }])
    })
  )

  it.effect("resume notes a place outside the text, a continuation without text, and a group without a place", () =>
    Effect.gen(function* () {
      const reasonsOf = (options: ResumeOptions, answer?: () => string) =>
        Effect.map(run(options, answer), ({ reasons }) => reasons)
      assert.deepStrictEqual(yield* reasonsOf({ from: () => [{ at: 99 }] }), ["continue: no such place"])
      assert.deepStrictEqual(yield* reasonsOf({ from: () => [{ at: 5 }] }, () => " "), ["continue: no text"])
      assert.deepStrictEqual(yield* reasonsOf({ from: () => [] }), ["resume: no place"])
      assert.throws(() => resume({ from: half, n: 0 }), RangeError)
    })
  )

  it("resume needs a provider that can go on from a prefix", () => {
    assert.deepStrictEqual(
      pipelineOf([row], groupFields)
        .pipe(resume({ from: half }))
        .steps.at(-1)!.capabilities,
      ["prefix"]
    )
  })
})

/** An answer whose words are its tokens, with the chance of each; what is left goes to one other token. */
const spoken = (words: ReadonlyArray<readonly [word: string, p: number]>): Completion => ({
  text: words.map(([word]) => word).join(""),
  finishReason: "stop",
  model: "m",
  usage: null,
  planted: null,
  logProbs: words.map(([token, p]) => ({
    token,
    logProb: Math.log(p),
    alternatives: p === 1 ? [] : [{ token: "other", logProb: Math.log(1 - p) }]
  }))
})

const chain = spoken([
  ["I ", 1],
  ["think. ", 1],
  ["<search>", 1],
  ["q", 1],
  ["</search>", 1],
  ["<result>r</result>", 1],
  ["So ", 0.5],
  ["it ", 0.5],
  ["is.", 1]
])

/** The main chain, and a branch that is certain. */
const branching = scripted(({ prefix }) =>
  prefix === undefined
    ? chain
    : spoken([
        ["not ", 1],
        ["so.", 1]
      ])
)

const valuesOf = (features: ReadonlyArray<{ readonly name: string; readonly value: number }>) =>
  Object.fromEntries(features.map(({ name, value }) => [name, value]))

const chains = pipelineOf(somePrompts(5), promptFields).pipe(
  generate({ n: 1, alternatives: 20 }),
  segment({ by: splitToolCalls(), windows: [1, 2, 3] })
)

describe("resume at peaks", () => {
  it.effect("resume branches each chain from where it was least decided", () =>
    Effect.gen(function* () {
      const asked: Array<Request> = []
      const provider = scripted((request) => {
        asked.push(request)
        return request.prefix === undefined
          ? chain
          : spoken([
              ["not ", 1],
              ["so.", 1]
            ])
      })
      const { rows } = yield* collect(chains.pipe(resume({ peaks: { top: 1 }, n: 2 })), { provider })
      const [main, ...branches] = rows[0]!.candidates
      // The last text is where chances are even; its first token alone has the highest mean, and stays.
      const prefix = chain.text.slice(0, chain.text.indexOf("it "))
      assert.deepStrictEqual([...new Set(asked.flatMap((request) => request.prefix ?? []))], [prefix])
      assert.strictEqual(branches.length, 2)
      for (const branch of branches) {
        assert.deepInclude(branch, { text: `${prefix}not so.`, parentId: main!.id, operation: "branch" })
        assert.strictEqual(branch.sharedPrefix, prefix.length)
        // Seven tokens of the chain, of which one is undecided, and two of its own.
        const entropy = rows[0]!.tokenEntropies.find(({ candidateId }) => candidateId === branch.id)!
        assert.strictEqual(entropy.ends.at(-1), branch.text.length)
        assert.approximately(valuesOf(branch.features)["entropyNats"]!, Math.LN2 / 9, 1e-12)
      }
    })
  )

  it.effect("resume asks again for the log-probabilities that a continuation lacks when rejects are retried", () =>
    Effect.gen(function* () {
      const journal = path.join(yield* temporaryFolder, "journal.sqlite")
      const branches: Array<number> = []
      let isWell = false
      const provider = scripted(({ prefix, sampleIndex }) => {
        if (prefix === undefined) return chain
        branches.push(sampleIndex)
        return isWell || sampleIndex === 0 ? spoken([["not so.", 1]]) : "not so."
      })
      const one = pipelineOf(somePrompts(1), promptFields).pipe(
        generate({ n: 1, alternatives: 20 }),
        segment({ by: splitToolCalls(), windows: [1, 2, 3] }),
        resume({ peaks: { top: 1 }, n: 2 })
      )
      const once = (retryFailures: boolean) => collect(one, { provider, journal, retryFailures })
      const { rejects } = yield* once(false)
      assert.deepStrictEqual(
        rejects.map(({ reason }) => reason),
        ["no log-probabilities"]
      )
      isWell = true
      branches.length = 0
      const retried = yield* once(true)
      assert.deepStrictEqual([branches, retried.rejects], [[1], []])
      assert.lengthOf(retried.rows[0]!.tokenEntropies, 3)
    })
  )

  it("resume at peaks does not compile, nor build, where nothing was cut into spans", () => {
    const uncut = pipelineOf(somePrompts(1), promptFields).pipe(generate({ n: 1, alternatives: 20 }))
    assert.throws(
      // @ts-expect-error: the column "spans" is missing
      () => uncut.pipe(resume({ peaks: {} })),
      /Cannot put stage "resume" after .*: column "spans" is missing/
    )
  })

  it.effect("resume takes the highest spans that it may, and never the end of a chain", () =>
    Effect.gen(function* () {
      const places = Effect.fnUntraced(function* (peaks: Peaks) {
        const { rejects, rows } = yield* collect(chains.pipe(resume({ peaks })), { provider: branching })
        const made = rows[0]!.candidates.slice(1)
        return {
          at: made.map(({ features }) => valuesOf(features)["continuedAt"]),
          reasons: rejects.map((one) => one.reason)
        }
      })
      const starts = [chain.text.indexOf("it "), 2, chain.text.indexOf("q")]
      assert.deepStrictEqual((yield* places({ top: 3 })).at, starts)
      const results = yield* places({ where: ({ kind }) => kind === "toolResult" })
      assert.deepStrictEqual(results.at, [chain.text.indexOf("So ")])
      const none = yield* places({ by: "unknown" })
      assert.deepStrictEqual([none.at, none.reasons[0]], [[], "resume: no place"])
      assert.throws(() => resume({ peaks: { top: 0 } }), RangeError)
    })
  )
})

stageContract("resume", {
  fields: { ...groupFields, ...Spans, ...TokenEntropies },
  rows: someGroups(4).map((group) => ({
    ...group,
    spans: group.candidates.map(({ id, text }) => ({
      candidateId: id,
      index: 0,
      start: 0,
      end: text.length,
      kind: "text",
      features: [{ name: "peakEntropyNats", value: 1 }]
    })),
    tokenEntropies: []
  })),
  stage: resume({ peaks: { top: 1 }, n: 2 }),
  provider: goOn
})
