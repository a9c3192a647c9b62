import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Candidate } from "../../schemas/Candidate.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { simulated } from "../../src/providers/simulated.ts"
import type { Finding } from "../../src/Findings.ts"
import { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { Completion, Request } from "../../src/services/Provider.ts"
import { seaPoErrorTypes } from "../../src/stages/ErrorType.ts"
import type { RowOf } from "../../src/Stage.ts"
import { injected } from "../../src/pairings/injected.ts"
import { inject, type InjectOptions } from "../../src/stages/inject.ts"
import { pair } from "../../src/stages/pair.ts"
import { stageContract } from "../contracts/stage.ts"
import { candidateOf, ratingOf } from "./candidates.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, someGroups } from "./groups.ts"

stageContract("inject", {
  fields: groupFields,
  rows: someGroups(40),
  stage: inject({ draw: "all" }),
  provider: simulated()
})

const original = "The sky is blue today and the grass is green"
const worse = "The sky is green today and the grass is green"

type Row = RowOf<typeof groupFields>

const rowOf = (id: string, more: Partial<Row> = {}): Row => ({
  id,
  domain: null,
  prompt: `prompt of ${id}`,
  reference: null,
  candidates: [candidateOf({ id: `${id} a`, text: original })],
  judgments: [],
  ...more
})

type Answer = string | Completion | Effect.Effect<string, LanguageModelError>

const typeOf = ({ task }: Request): string => (task.kind === "inject" ? task.errorType : assert.fail(task.kind))

/** Corrupts rows by a script; returns the new candidates of each row beside what came out. */
const run = Effect.fnUntraced(function* (
  options: InjectOptions,
  rows: ReadonlyArray<Row>,
  answer: (request: Request) => Answer = () => worse,
  seed = 0
) {
  const asked: Array<Request> = []
  const provider = scripted((request) => {
    asked.push(request)
    return answer(request)
  })
  const result = yield* collect(pipelineOf(rows, groupFields).pipe(inject(options)), { provider, seed })
  const children = result.rows.map((row) => row.candidates.filter((candidate) => candidate.parentId !== null))
  return { ...result, asked, children, types: injections(result.findings.get("inject")) }
})

const injections = (finding: Finding | undefined) =>
  finding?.kind === "injections" ? finding.types : assert.fail("no finding about injections")

const ended = (text: string, finishReason: Completion["finishReason"]): Completion => ({
  text,
  finishReason,
  model: "m",
  usage: null,
  planted: null
})

const kindsOf = (children: ReadonlyArray<ReadonlyArray<Candidate>>) =>
  children.map((list) => list.map((child) => child.injection!.errorType).join())

const reasonFor = (limits: NonNullable<InjectOptions["limits"]>) =>
  Effect.map(run({ limits, types: [seaPoErrorTypes[0]] }, [rowOf("r")]), ({ rejects }) => rejects[0]?.reason)

describe("inject", () => {
  it.effect("inject adds a candidate that names its parent, its error and how much survived", () =>
    Effect.gen(function* () {
      const { asked, children, rejects, rows } = yield* run({ types: [seaPoErrorTypes[1]] }, [rowOf("r")])
      assert.strictEqual(rows[0]!.candidates.length, 2)
      const { id, ...child } = children[0]![0]!
      assert.match(id, /^[0-9a-f]{24}$/)
      assert.deepStrictEqual(child, {
        text: worse,
        kind: "answer",
        model: "scripted",
        persona: null,
        sampleIndex: 0,
        finishReason: "stop",
        parentId: "r a",
        operation: "inject",
        sharedPrefix: "The sky is ".length,
        injection: { errorType: "logic", injector: "scripted", similarity: 0.9, lengthRatio: 45 / 44 },
        tier: null,
        features: [],
        plantedQuality: null
      })
      assert.deepStrictEqual(rejects, [])
      const [request] = asked
      assert.deepStrictEqual(
        [request!.temperature, request!.sampleIndex, request!.model, request!.maxTokens],
        [0, 0, null, 1024]
      )
      assert.strictEqual(request!.messages.length, 1)
      for (const part of [seaPoErrorTypes[1].definition, "prompt of r", original]) {
        assert.include(request!.messages[0]!.content, part)
      }
    })
  )

  it.effect("inject with draw all injects each of the three types of SeaPO", () =>
    Effect.gen(function* () {
      const { asked, children, types } = yield* run({ draw: "all", model: "injector", maxTokens: 9 }, [rowOf("r")])
      assert.deepStrictEqual(kindsOf(children), ["correctness,logic,hallucination"])
      assert.strictEqual(new Set(children[0]!.map((child) => child.id)).size, 3)
      assert.deepStrictEqual(
        asked.map(({ maxTokens, model }) => [maxTokens, model]),
        Array.from({ length: 3 }, () => [9, "injector"])
      )
      assert.deepStrictEqual(
        types.map(({ asked: n, errorType, kept }) => [errorType, n, kept]),
        [
          ["correctness", 1, 1],
          ["logic", 1, 1],
          ["hallucination", 1, 1]
        ]
      )
    })
  )

  it.effect("inject draws each type equally often, by seed and row alone", () =>
    Effect.gen(function* () {
      const n = 2400
      const rows = Array.from({ length: n }, (_, i) => rowOf(`row ${i}`))
      const first = yield* run({}, rows)
      const counts = seaPoErrorTypes.map(({ id }) => kindsOf(first.children).filter((kind) => kind === id).length)
      for (const count of counts) assert.closeTo(count / n, 1 / 3, 4 * Math.sqrt(2 / 9 / n), counts.join(" "))
      const some = yield* run({}, rows.slice(100, 160).toReversed())
      assert.deepStrictEqual(kindsOf(some.children).toReversed(), kindsOf(first.children).slice(100, 160))
      const other = yield* run({}, rows.slice(0, 60), undefined, 1)
      assert.notDeepEqual(kindsOf(other.children), kindsOf(first.children).slice(0, 60))
    })
  )

  it.effect("inject takes types of the user", () =>
    Effect.gen(function* () {
      const types = [{ id: "tone: rude", definition: "The answer insults the reader." }]
      const {
        asked,
        children,
        types: found
      } = yield* run({ types }, [rowOf("r"), rowOf("s")], ({ task }) =>
        task.prompt === "prompt of s" ? original : worse
      )
      assert.deepStrictEqual(kindsOf(children), ["tone: rude", ""])
      assert.include(asked[0]!.messages[0]!.content, "tone: rude. The answer insults the reader.")
      assert.deepStrictEqual([found[0]!.kept, found[0]!.refused], [1, { unchanged: 1 }])
      assert.throws(() => inject({ types: [] }), /no error type/)
    })
  )

  it.effect("inject corrupts the original with the best mean rating, the first among equals or without ratings", () =>
    Effect.gen(function* () {
      const candidates = ["a", "b", "c", "d"].map((id) => candidateOf({ id, text: `${original} ${id}` }))
      candidates.push(candidateOf({ id: "e", text: original, parentId: "a" }), candidateOf({ id: "f", text: " " }))
      const parentFor = Effect.fnUntraced(function* (
        target: "best" | "first",
        judgments: Row["judgments"],
        order = candidates
      ) {
        const { asked, rows } = yield* run({ target }, [rowOf("r", { candidates: order, judgments })])
        assert.strictEqual(asked.length, 1)
        return rows[0]!.candidates.at(-1)!.parentId
      })
      const ratings = [
        ratingOf("one", "a", 3),
        ratingOf("one", "b", 2),
        ratingOf("two", "b", 9),
        ratingOf("one", "c", 5.5),
        ratingOf("two", "c", null),
        ratingOf("one", "e", 10),
        ratingOf("one", "f", 10)
      ]
      assert.strictEqual(yield* parentFor("best", ratings), "b")
      assert.strictEqual(yield* parentFor("best", []), "a")
      assert.strictEqual(yield* parentFor("best", [ratingOf("one", "d", 1)]), "d")
      assert.strictEqual(yield* parentFor("first", ratings), "a")
      assert.strictEqual(yield* parentFor("first", ratings, candidates.toReversed()), "d")
    })
  )

  const refusals: ReadonlyArray<readonly [reason: string, answer: Answer, detail: RegExp]> = [
    ["unchanged", ` ${original.replace(" ", "\n")}`, /equals the original/],
    ["tooSmall", `${original.toLowerCase()}.`, /case or punctuation/],
    ["tooLarge", "Something else entirely was written here by someone", /Similarity is 0\.\d+, expected at least 0.3/],
    ["truncated", ended("The sky is green today and", "length"), /finish reason "length"/],
    ["refusal", "I'm sorry, but I can't help with that.", /declines/],
    ["refusal", ended("The sky is green today and the", "contentFilter"), /withheld/],
    ["refusal", ended("No.", "refusal"), /withheld/],
    ["empty", "  \n", /no text/]
  ]
  for (const [i, [reason, answer, detail]] of refusals.entries()) {
    it.effect(`inject notes a ${reason} text with its reason and counts it (${i})`, () =>
      Effect.gen(function* () {
        const rows = [rowOf("good"), rowOf("bad")]
        const result = yield* run({ types: [seaPoErrorTypes[0]] }, rows, ({ task }) =>
          task.prompt === "prompt of bad" ? answer : worse
        )
        assert.deepStrictEqual(kindsOf(result.children), ["correctness", ""])
        assert.deepStrictEqual(
          result.rejects.map(({ id, reason: why, stage }) => [id, stage, why]),
          [["bad", "inject", `inject correctness: ${reason}`]]
        )
        assert.match(result.rejects[0]!.detail, detail)
        const [found] = result.types
        assert.deepStrictEqual([found!.asked, found!.kept, found!.refused], [2, 1, { [reason]: 1 }])
      })
    )
  }

  it.effect("inject notes a request that the filter refused, and counts it", () =>
    Effect.gen(function* () {
      const error = new LanguageModelError({
        reason: "contentFilter",
        provider: "p",
        model: "m",
        found: "f",
        remedy: "r"
      })
      const { children, rejects, types } = yield* run({ draw: "all" }, [rowOf("r")], (request) =>
        typeOf(request) === "logic" ? Effect.fail(error) : worse
      )
      assert.deepStrictEqual(kindsOf(children), ["correctness,hallucination"])
      assert.deepStrictEqual(
        rejects.map(({ reason }) => reason),
        ["inject logic: contentFilter"]
      )
      assert.deepStrictEqual([types[1]!.asked, types[1]!.refused], [1, { contentFilter: 1 }])
    })
  )

  it.effect("inject stops the run when the key is refused", () =>
    Effect.gen(function* () {
      const error = new LanguageModelError({
        reason: "authentication",
        provider: "p",
        model: "m",
        found: "f",
        remedy: "r"
      })
      const failed = yield* Effect.flip(run({}, [rowOf("r")], () => Effect.fail(error)))
      assert.strictEqual(failed.message, error.message)
    })
  )

  it.effect("inject keeps what fails a check when told so, measured like the rest", () =>
    Effect.gen(function* () {
      const texts: Readonly<Record<string, Answer>> = {
        same: original,
        cut: ended("The sky is green today", "length"),
        empty: "",
        good: worse
      }
      const rows = Object.keys(texts).map((id) => rowOf(id))
      const { children, rejects, types } = yield* run(
        { keepFailed: true, types: [seaPoErrorTypes[0]] },
        rows,
        ({ task }) => texts[task.prompt.slice("prompt of ".length)]!
      )
      assert.deepStrictEqual(rejects, [])
      assert.deepStrictEqual(
        children.map(([child]) => [child!.injection!.similarity, child!.injection!.lengthRatio]),
        [
          [1, 1],
          [0.4, 0.5],
          [0, 0],
          [0.9, 45 / 44]
        ]
      )
      assert.strictEqual(types[0]!.kept, 4)
      assert.closeTo(types[0]!.meanLogLengthRatio!, (Math.log(0.5) + Math.log(45 / 44)) / 3, 1e-12)
    })
  )

  it.effect("inject uses the text without its lead-in", () =>
    Effect.gen(function* () {
      const { children } = yield* run({}, [rowOf("r")], () => `Sure! Here is the revised answer:\n\n${worse}`)
      assert.strictEqual(children[0]![0]!.text, worse)
    })
  )

  it.effect("inject holds texts to the limits it was given", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* reasonFor({}))
      assert.strictEqual(yield* reasonFor({ maxSimilarity: 0.85 }), "inject correctness: tooSmall")
      assert.strictEqual(yield* reasonFor({ minSimilarity: 0.95 }), "inject correctness: tooLarge")
      assert.strictEqual(yield* reasonFor({ maxLengthRatio: 1.01 }), "inject correctness: tooLarge")
    })
  )

  it.effect("inject lets a row without a usable text pass, with a note", () =>
    Effect.gen(function* () {
      const rows = [rowOf("r", { candidates: [] }), rowOf("s", { candidates: [candidateOf({ id: "x", text: "" })] })]
      const { asked, rejects, rows: made } = yield* run({}, rows)
      assert.strictEqual(asked.length, 0)
      assert.deepStrictEqual(
        made.map((row) => row.candidates.length),
        [0, 1]
      )
      assert.deepStrictEqual(
        rejects.map(({ reason }) => reason),
        ["inject: nothing to corrupt", "inject: nothing to corrupt"]
      )
    })
  )

  it.effect("inject reports the mean log length ratio and the planted quality lost, by type", () =>
    Effect.gen(function* () {
      const parent = candidateOf({ id: "a", text: original, plantedQuality: 0.9 })
      const quality = [0.5, 0.7]
      const { types } = yield* run(
        { types: [seaPoErrorTypes[2]] },
        [0, 1].map((i) => rowOf(`r${i}`, { candidates: [parent], prompt: String(i) })),
        ({ task }) => {
          const i = Number(task.prompt)
          const text = i === 0 ? worse : `${worse} and wet`
          return { ...ended(text, "stop"), planted: { quality: quality[i]!, correct: null } }
        }
      )
      assert.closeTo(types[0]!.meanLogLengthRatio!, (Math.log(45 / 44) + Math.log(53 / 44)) / 2, 1e-12)
      assert.closeTo(types[0]!.plantedLoss!, 0.3, 1e-12)
      const { types: unknown } = yield* run({}, [rowOf("r")], () => original)
      assert.isTrue(unknown.every((type) => type.meanLogLengthRatio === null && type.plantedLoss === null))
    })
  )

  it.effect("inject counts only what it made itself when it stands twice", () =>
    Effect.gen(function* () {
      const of = (model: string) => inject({ types: [seaPoErrorTypes[0]], target: "first", model })
      const provider = scripted(({ model }) => `${worse} ${model}`)
      const { findings } = yield* collect(pipelineOf([rowOf("r")], groupFields).pipe(of("a"), of("b"), of("c")), {
        provider
      })
      for (const key of ["inject", "inject#2", "inject#3"]) {
        assert.strictEqual(injections(findings.get(key))[0]!.kept, 1, key)
      }
    })
  )

  it.effect("inject leaves out what a stage before it made of the row, so that every group makes its pairs", () =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 60 }, (_, i) => rowOf(`r${i}`))
      const provider = scripted((request) => `${worse} ${typeOf(request)}`)
      const once = yield* collect(pipelineOf(rows, groupFields).pipe(inject()), { provider })
      const {
        findings,
        rejects,
        rows: made
      } = yield* collect(pipelineOf(rows, groupFields).pipe(inject(), inject(), pair({ rules: [injected()] })), {
        provider
      })
      const repeated = rejects.filter(({ reason }) => reason.endsWith(": repeated"))
      // Two draws of three types are the same in a third of the rows.
      assert.closeTo(repeated.length / 60, 1 / 3, 4 * Math.sqrt(2 / 9 / 60))
      assert.lengthOf(rejects, repeated.length)
      assert.lengthOf(made, 120 - repeated.length)
      assert.lengthOf(new Set(made.map(({ promptId }) => promptId)), 60)
      assert.lengthOf(new Set(made.map(({ promptId, rejected }) => `${promptId} ${rejected}`)), made.length)
      const typeBefore = new Map(once.rows.map(({ candidates, id }) => [id, candidates[1]!.injection!.errorType]))
      for (const { id, reason, stage } of repeated) {
        assert.deepStrictEqual([stage, reason], ["inject#2", `inject ${typeBefore.get(id)!}: repeated`])
      }
      const counts = injections(findings.get("inject#2"))
      assert.strictEqual(
        counts.reduce((sum, { refused }) => sum + (refused["repeated"] ?? 0), 0),
        repeated.length
      )
      assert.strictEqual(
        counts.reduce((sum, { kept }) => sum + kept, 0),
        60 - repeated.length
      )
    })
  )

  it.effect("inject gives the same bytes on a second run", () =>
    Effect.gen(function* () {
      const once = collect(pipelineOf(someGroups(60), groupFields).pipe(inject()), { provider: simulated(), seed: 5 })
      const first = yield* once
      const second = yield* once
      assert.strictEqual(JSON.stringify(second.rows), JSON.stringify(first.rows))
      assert.strictEqual(JSON.stringify(second.rejects), JSON.stringify(first.rejects))
      assert.isAbove(first.rows.filter((row) => row.candidates.length === 6).length, 40)
    })
  )

  it.effect("inject with a simulated model takes 0.28 of the planted quality away", () =>
    Effect.gen(function* () {
      const { findings, rows } = yield* collect(pipelineOf(someGroups(60), groupFields).pipe(inject({ draw: "all" })), {
        provider: simulated()
      })
      for (const type of injections(findings.get("inject"))) {
        assert.strictEqual(type.asked, 60)
        assert.closeTo(type.plantedLoss!, 0.28, 1e-9)
        assert.strictEqual(type.kept + Object.values(type.refused).reduce((sum, n) => sum + n, 0), 60)
      }
      assert.isTrue(
        rows.every((row) => row.candidates.slice(5).every((child) => child.parentId === row.candidates[0]!.id))
      )
    })
  )
})
