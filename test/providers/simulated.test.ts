import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { TestClock } from "effect/testing"
import { Candidates } from "../../schemas/Candidate.ts"
import { Prompt } from "../../schemas/Prompt.ts"
import { checkInjection } from "../../src/corruptions/checkInjection.ts"
import { record } from "../../src/providers/record.ts"
import { replay } from "../../src/providers/replay.ts"
import {
  defaultAnnotators,
  defaultPersonas,
  simulated,
  type SimulatedAnnotator,
  type SimulatedOptions
} from "../../src/providers/simulated.ts"
import { placeholder } from "../../src/providers/SimulatedBank.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import type { Provider, Request, Task } from "../../src/services/Provider.ts"
import { seaPoErrorTypes } from "../../src/stages/ErrorType.ts"
import { generate } from "../../src/stages/generate.ts"
import { judge } from "../../src/stages/judge.ts"
import { providerContract, requestFor } from "../contracts/provider.ts"
import { askRoute } from "./askRoute.ts"
import { candidateOf } from "../stages/candidates.ts"
import { collect, pipelineOf, services, temporaryFolder } from "../stages/collect.ts"
import { ownBank, ownEntries } from "./ownBank.ts"
import { watch } from "./watched.ts"

const taskRequest = (task: Task, more: Partial<Request> = {}): Request => ({
  task,
  messages: [],
  model: null,
  sampleIndex: 0,
  ...more
})

const injectRequests = ownEntries.flatMap(({ answers, prompt }) =>
  seaPoErrorTypes.map((type) => taskRequest({ kind: "inject", prompt, original: answers[0]!.text, errorType: type.id }))
)

const provider = Effect.runSync(Effect.scoped(simulated()))
const start = (options: SimulatedOptions) => Effect.scoped(simulated(options))
const say = (model: Provider, request: Request) => Effect.runSync(askRoute(model, request))

const cutOff = injectRequests.find((request) => say(provider, request).finishReason === "length")!

providerContract("simulated", {
  make: (setup) =>
    Effect.sync(() => {
      const { calls, mostAtOnce, watched } = watch()
      const options = { concurrency: setup.concurrency ?? 64, latencyMs: setup.latencyMs ?? 0 }
      return {
        source: watched(simulated(options)),
        elsewhere: watched(simulated({ ...options, seed: 1 })),
        calls,
        mostAtOnce
      }
    }),
  secrets: [],
  endings: [
    [requestFor("one"), "stop"],
    [cutOff, "length"]
  ]
})

/** One request of each kind about the first prompts of the bank. */
const someRequests = ownEntries.slice(0, 4).flatMap(({ answers, prompt }): ReadonlyArray<Request> => {
  const [first, second] = [answers[0]!.text, answers[1]!.text]
  return [
    taskRequest({ kind: "generate", prompt, persona: "student" }),
    taskRequest({ kind: "inject", prompt, original: first, errorType: "logic" }),
    taskRequest({ kind: "rate", prompt, text: first, annotator: "scorer", axis: "overall", scale: [1, 10] }),
    taskRequest({ kind: "compare", prompt, first, second, annotator: "emil", axis: "overall" }),
    taskRequest({ kind: "ratePair", prompt, first, second, annotator: "scorer", scale: [1, 10] }),
    taskRequest({ kind: "ratePreference", prompt, first, second, annotator: "scorer", scale: [1, 10], critique: true }),
    taskRequest({ kind: "tag", prompt, vocabulary: null })
  ]
})

const turned = (task: Task): Task => {
  const entries: ReadonlyArray<readonly [string, unknown]> = Object.entries(task).toReversed()
  return Object.fromEntries(entries) as Task
}

/** What the student says to every prompt of the bank. */
const texts = (model: Provider, more: Partial<Request>) =>
  ownEntries
    .map(({ prompt }) => say(model, taskRequest({ kind: "generate", prompt, persona: "student" }, more)).text)
    .join("\n")

/** Checks a count of events among the requests to corrupt, at four standard deviations. */
const assertShare = (count: number, p: number) => {
  const n = injectRequests.length
  assert.closeTo(count, n * p, 4 * Math.sqrt(n * p * (1 - p)))
}

describe("simulated", () => {
  it.effect(
    "simulated gives equal requests equal answers, whatever was asked before and however keys are ordered",
    () =>
      Effect.gen(function* () {
        const answers = someRequests.map((request) => say(provider, request))
        const other = yield* start({})
        const backwards = someRequests
          .toReversed()
          .map((request) => say(other, { ...request, task: turned(request.task) }))
        assert.deepStrictEqual(backwards.toReversed(), answers)
      })
  )

  it.effect("simulated draws anew for another seed, sample or seed of its own", () =>
    Effect.gen(function* () {
      const all = [
        texts(provider, {}),
        texts(provider, { sampleIndex: 1 }),
        texts(provider, { seed: 1 }),
        texts(provider, { model: "another" }),
        texts(yield* start({ seed: 1 }), {})
      ]
      assert.strictEqual(new Set(all).size, all.length)
    })
  )

  it.live("simulated is asked under a cap of no money at all, and so are record and replay of it", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "answers.jsonl")
      const asked = { ...requestFor("one"), maxTokens: 100 }
      for (const source of [simulated(), record(simulated(), file), replay(simulated(), file)]) {
        const { text } = yield* Effect.flatMap(LanguageModel, (model) => model.complete(asked)).pipe(
          Effect.provide(services({ provider: source, caps: { usd: 0 } }))
        )
        assert.strictEqual(text, say(provider, asked).text)
      }
    })
  )

  it.effect("simulated takes as long as it is told", () =>
    Effect.gen(function* () {
      const slow = yield* start({ latencyMs: 100 })
      const fiber = yield* Effect.forkChild(askRoute(slow, someRequests[0]!))
      yield* TestClock.adjust(99)
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* Fiber.join(fiber), say(provider, someRequests[0]!))
    })
  )

  it("simulated says of an answer it generates just the quality that its text has", () => {
    for (const { prompt } of [...ownEntries, { prompt: "A prompt of somebody else" }]) {
      for (const persona of Object.keys(defaultPersonas)) {
        const { planted, text } = say(provider, taskRequest({ kind: "generate", prompt, persona }))
        assert.strictEqual(planted?.quality, ownBank.quality(prompt, text))
      }
    }
  })

  it("simulated says of a text it corrupts just the quality that is left, lead-ins aside", () => {
    let nLeadIns = 0
    const reasons: Record<string, number> = {}
    for (const request of injectRequests) {
      const { task } = request
      if (task.kind !== "inject") assert.fail()
      const { finishReason, planted, text } = say(provider, request)
      const check = checkInjection({ original: task.original, corrupted: text, finishReason })
      const used = check.ok ? check.text : text
      assert.strictEqual(planted?.quality, ownBank.quality(task.prompt, used), text)
      if (used !== text) nLeadIns++
      const reason = check.ok ? "ok" : check.reason
      reasons[reason] = (reasons[reason] ?? 0) + 1
      if (check.ok) assert.closeTo(ownBank.quality(task.prompt, task.original) - planted!.quality!, 0.28, 1e-9)
    }
    assertShare(nLeadIns, 0.03)
    assertShare(reasons["refusal"] ?? 0, 0.02)
    assertShare(reasons["unchanged"] ?? 0, 0.02)
    assertShare(reasons["truncated"] ?? 0, 0.02)
    assert.sameMembers(Object.keys(reasons), ["ok", "refusal", "unchanged", "truncated"])
  })

  it("simulated gives a more skilled persona better answers on average", () => {
    const means = ["expert", "teacher", "student", "hurried"].map((persona) => {
      const qualities = ownEntries.map(
        ({ prompt }) => say(provider, taskRequest({ kind: "generate", prompt, persona })).planted!.quality!
      )
      return qualities.reduce((sum, quality) => sum + quality, 0) / qualities.length
    })
    for (let i = 1; i < means.length; i++) assert.isAbove(means[i - 1]!, means[i]!, means.join(" "))
  })

  it("simulated tells plainly that it simulates where it does not know the prompt", () => {
    const prompt = "A prompt of somebody else"
    const qualities = Array.from({ length: 200 }, (_, sampleIndex) => {
      const { planted, text } = say(provider, taskRequest({ kind: "generate", prompt, persona: null }, { sampleIndex }))
      assert.match(text, /^This is a simulated answer.*Use a real model for answers to this prompt\.$/)
      assert.include(text, `of planted quality ${planted!.quality!.toFixed(2)}.`)
      return planted!.quality!
    })
    assert.closeTo(qualities.reduce((sum, quality) => sum + quality, 0) / 200, 0.6, (4 * 0.2) / Math.sqrt(200))
    const [best, worst] = [Math.max(...qualities), Math.min(...qualities)]
    const [first, second] = [best, worst].map(
      (quality) => `This is a simulated answer, of planted quality ${quality.toFixed(2)}.`
    )
    const verdict = say(
      provider,
      taskRequest({ kind: "compare", prompt, first: first!, second: second!, annotator: "gold", axis: "overall" })
    )
    assert.deepStrictEqual(verdict.planted, { quality: null, correct: true })
    assert.strictEqual(verdict.text, '{"verdict":"first"}')
  })

  /** All comparisons of two answers of the bank in both orders. */
  const comparisons = ownEntries.flatMap(({ answers, prompt }) =>
    answers.flatMap((first) =>
      answers.filter((second) => second !== first).map((second) => ({ prompt, first, second }))
    )
  )

  const biased = { reliability: 0.7, positionBias: 0.3, lengthBias: 0.2 }
  const peculiar = Effect.runSync(start({ annotators: { biased } }))

  const annotators: Readonly<Record<string, SimulatedAnnotator>> = { ...defaultAnnotators, biased }
  for (const [name, annotator] of Object.entries(annotators)) {
    it(`simulated annotator ${name} is right as often as the settings say`, () => {
      const { lengthBias = 0, positionBias = 0, reliability } = annotator
      // Four kinds of comparisons, by whether the better text is first and whether it is longer.
      const cells = new Map<string, { n: number; right: number; expected: number; variance: number }>()
      let nAsked = 0
      let nInvalid = 0
      for (const { first, prompt, second } of comparisons) {
        const gap = first.quality - second.quality
        if (Math.abs(gap) < 0.03) continue
        const { planted, text } = say(
          peculiar,
          taskRequest({ kind: "compare", prompt, first: first.text, second: second.text, annotator: name, axis: "a" })
        )
        nAsked++
        if (!text.startsWith("{")) {
          nInvalid++
          continue
        }
        assert.strictEqual(text, gap > 0 === planted!.correct ? '{"verdict":"first"}' : '{"verdict":"second"}')
        const longer = first.text.length > second.text.length === gap > 0
        const p =
          positionBias * Number(gap > 0) + lengthBias * Number(longer) + (1 - positionBias - lengthBias) * reliability
        const kind = `first ${gap > 0}, longer ${longer}`
        const cell = cells.get(kind) ?? { n: 0, right: 0, expected: 0, variance: 0 }
        cells.set(kind, {
          n: cell.n + 1,
          right: cell.right + Number(planted!.correct),
          expected: cell.expected + p,
          variance: cell.variance + p * (1 - p)
        })
      }
      assert.strictEqual(cells.size, 4)
      for (const [kind, { expected, n, right, variance }] of cells) {
        assert.isAbove(n, 200, kind)
        assert.closeTo(right, expected, 4 * Math.sqrt(variance) + 1e-9, kind)
      }
      const slips = reliability < 1 ? 0.005 : 0
      assert.closeTo(nInvalid, nAsked * slips, 4 * Math.sqrt(nAsked * slips * (1 - slips)))
    })
  }

  it("simulated annotators who err call three in ten close comparisons a tie, and all of them equal ones", () => {
    const prompt = "A prompt of somebody else"
    const [first, second] = [placeholder(0.52, "a"), placeholder(0.5, "b")]
    const n = 800
    const nTies = (annotator: string, better: string, other: string) =>
      Array.from({ length: n }, (_, seed) => seed).filter((seed) => {
        const task = { kind: "compare", prompt, first: better, second: other, annotator, axis: "a" } as const
        const { planted, text } = say(provider, taskRequest(task, { seed }))
        if (text === '{"verdict":"tie"}') assert.isNull(planted!.correct)
        return text === '{"verdict":"tie"}'
      }).length
    assert.closeTo(nTies("emil", first, second) / n, 0.3, 4 * Math.sqrt(0.21 / n))
    assert.strictEqual(nTies("gold", first, second), 0)
    assert.strictEqual(nTies("gold", first, placeholder(0.52, "c")), n)
    assert.closeTo(nTies("emil", first, placeholder(0.52, "c")) / n, 0.995, 4 * Math.sqrt(0.005 / n))
  })

  it("simulated annotators with a position bias prefer what they see first, without one they do not", () => {
    for (const [name, bias] of [
      ["dunja", 0.12],
      ["emil", 0]
    ] as const) {
      let firsts = 0
      let n = 0
      for (const { first, prompt, second } of comparisons) {
        const { text } = say(
          provider,
          taskRequest({ kind: "compare", prompt, first: first.text, second: second.text, annotator: name, axis: "b" })
        )
        if (text === '{"verdict":"first"}') firsts++
        if (text === '{"verdict":"first"}' || text === '{"verdict":"second"}') n++
      }
      assert.closeTo(firsts / n, 0.5 + bias / 2, 2 / Math.sqrt(n), name)
    }
  })

  it.effect("simulated ratings lie round the planted quality with the stated noise", () =>
    Effect.gen(function* () {
      const model = yield* start({ annotators: { fine: { reliability: 0.8, ratingNoise: 0.05 } } })
      for (const [annotator, noise] of [
        ["fine", 0.05],
        ["nobody known", 0.1]
      ] as const) {
        const errors: Array<number> = []
        for (const { answers, prompt } of ownEntries) {
          for (const { quality, text } of answers) {
            // Where the scale does not cut the noise off.
            if (Math.abs(quality - 0.5) > 0.5 - 4 * noise) continue
            for (const seed of [1, 2, 3, 4]) {
              const answer = say(
                model,
                taskRequest({ kind: "rate", prompt, text, annotator, axis: "a", scale: [1, 10] }, { seed })
              )
              const { score } = JSON.parse(answer.text) as { readonly score: number }
              assert.strictEqual(answer.planted?.quality, quality)
              errors.push((score - 1) / 9 - quality)
            }
          }
        }
        const n = errors.length
        assert.isAbove(n, 200)
        const mean = errors.reduce((sum, error) => sum + error, 0) / n
        const sd = Math.sqrt(errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / (n - 1))
        assert.closeTo(mean, 0, (4 * noise) / Math.sqrt(n), annotator)
        assert.closeTo(sd, noise, (4 * noise) / Math.sqrt(2 * n), annotator)
      }
    })
  )

  it("simulated ratings stay on the scale that was asked for", () => {
    for (const { answers, prompt } of ownEntries.slice(0, 30)) {
      for (const { text } of answers) {
        const answer = say(
          provider,
          taskRequest({ kind: "rate", prompt, text, annotator: "scorer", axis: "a", scale: [-2, 2] })
        )
        const { score } = JSON.parse(answer.text) as { readonly score: number }
        assert.isAtLeast(score, -2)
        assert.isAtMost(score, 2)
      }
    }
  })

  it.effect("simulated gives points to both texts of a pair by their planted quality, whichever is first", () =>
    Effect.gen(function* () {
      const model = yield* start({ annotators: { exact: { reliability: 1, ratingNoise: 0 } } })
      for (const { first, prompt, second } of comparisons.slice(0, 200)) {
        const task = { prompt, first: first.text, second: second.text, annotator: "exact", scale: [1, 10] } as const
        const answer = say(model, taskRequest({ kind: "ratePair", ...task }))
        const points = JSON.parse(answer.text) as { readonly first: number; readonly second: number }
        // Points are rounded to two places.
        assert.closeTo(points.first, 1 + 9 * first.quality, 0.0051)
        assert.closeTo(points.second, 1 + 9 * second.quality, 0.0051)
      }
    })
  )

  it("simulated tags with one to four different words of the vocabulary, or else of the prompt", () => {
    const vocabulary = ["coding", "planning", "translation", "travel", "writing", "coding"]
    const counts = new Set<number>()
    const tagsOf = (prompt: string, from: ReadonlyArray<string> | null) => {
      const { text } = say(provider, taskRequest({ kind: "tag", prompt, vocabulary: from }))
      return (JSON.parse(text) as { readonly tags: ReadonlyArray<string> }).tags
    }
    for (const { prompt } of ownEntries) {
      const tags = tagsOf(prompt, vocabulary)
      counts.add(tags.length)
      assert.includeMembers(vocabulary, [...tags])
      assert.strictEqual(new Set(tags).size, tags.length)
      for (const word of tagsOf(prompt, null)) assert.include(prompt.toLowerCase(), word)
    }
    assert.sameMembers([...counts], [1, 2, 3, 4])
    assert.deepStrictEqual(tagsOf("Why?", null), [])
  })

  it.live("simulated is asked again only for the annotator or persona whose settings changed", () =>
    Effect.gen(function* () {
      const journal = path.join(yield* temporaryFolder, "journal.sqlite")
      const { calls, watched } = watch()
      const rows = ownEntries.slice(0, 3).map(({ answers, prompt }, i) => ({
        id: `row ${i}`,
        domain: null,
        prompt,
        reference: null,
        candidates: answers.slice(0, 3).map(({ text }, k) => candidateOf({ id: `${i} ${k}`, text }))
      }))
      const asked = Effect.fnUntraced(function* (options: SimulatedOptions) {
        const before = calls()
        const pipeline = pipelineOf(rows, { ...Prompt, ...Candidates }).pipe(
          judge.rate({ annotators: ["scorer"] }),
          judge.compare({ annotators: ["ada", "emil"] }),
          generate({ n: 2, personas: { expert: "a", student: "b" } })
        )
        yield* collect(pipeline, { provider: watched(simulated(options)), journal })
        return calls() - before
      })
      const nRatings = 9
      const nComparisons = 3 * 3 * 2
      assert.strictEqual(yield* asked({}), nRatings + 2 * nComparisons + 6)
      assert.strictEqual(yield* asked({}), 0)
      assert.strictEqual(yield* asked({ annotators: { emil: { reliability: 0.7 } } }), nComparisons)
      assert.strictEqual(yield* asked({ annotators: { scorer: { reliability: 0.9, ratingNoise: 0.2 } } }), nRatings)
      assert.strictEqual(yield* asked({ personas: { student: 0.6 } }), 3)
      assert.strictEqual(yield* asked({ annotators: { someone: { reliability: 0.7 } } }), 0)
    })
  )
})
