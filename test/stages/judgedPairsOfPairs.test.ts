import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Journal } from "../../src/Journal.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { originsOf } from "../../src/originsOf.ts"
import { Provenance } from "../../src/Provenance.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { Run } from "../../src/Run.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import type { Request } from "../../src/services/Provider.ts"
import { compareGaps } from "../../src/stages/compareGaps.ts"
import type { JudgedPairsOfPairsOptions } from "../../src/stages/judgedPairsOfPairs.ts"
import { pairOfPairs } from "../../src/stages/pairOfPairs.ts"
import { pairStrengths } from "../../src/stages/pairStrengths.ts"
import { stageContract } from "../contracts/stage.ts"
import { rankCorrelation } from "../pairings/rankCorrelation.ts"
import { collect, type CollectOptions, pipelineOf, temporaryFolder } from "./collect.ts"

const fields = {
  id: Schema.String,
  prompt: Schema.String,
  chosen: Schema.String,
  rejected: Schema.String,
  split: Schema.String
}

/** Pairs whose names are numbers: the larger, the stronger. Their order has nothing to do with it. */
const pairsOf = (n: number, split = "train", from = 0) => {
  const random = keyedRandom("order", n)
  return Array.from({ length: n }, (_, i) => ({ at: random(), name: String(from + i) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ name }) => ({
      id: name,
      prompt: `question ${name}`,
      chosen: `good ${name}`,
      rejected: `bad ${name}`,
      split
    }))
}

const namesIn = ({ messages }: Request): readonly [number, number] => {
  const found = [
    ...messages
      .map(({ content }) => content)
      .join("\n")
      .matchAll(/question (\d+)/g)
  ].map((match) => Number(match[1]))
  return [found[0]!, found[1]!]
}
const say = (verdict: string) => JSON.stringify({ verdict })

/** Always right, whichever comes first. */
const right = (request: Request): string => {
  const [first, second] = namesIn(request)
  return say(first > second ? "first" : "second")
}

/** Wrong about a tenth of the comparisons, in both orders. */
const fallible =
  (seed: number) =>
  (request: Request): string => {
    const [first, second] = namesIn(request)
    const isWrong = keyedRandom("wrong", seed, Math.min(first, second), Math.max(first, second))() < 0.1
    return say(first > second !== isWrong ? "first" : "second")
  }

const judge: JudgedPairsOfPairsOptions = { sampler: "active", annotators: ["judge"] }

stageContract("pairOfPairs with annotators", {
  fields,
  rows: [...pairsOf(9), ...pairsOf(5, "test", 20)],
  stage: pairOfPairs({ ...judge, k: 2 }),
  provider: scripted(right)
})

const run = Effect.fnUntraced(function* (
  answer: (request: Request) => string,
  options: Partial<JudgedPairsOfPairsOptions> = {},
  rows = pairsOf(20),
  more: CollectOptions = {}
) {
  const asked: Array<string> = []
  const limits = new Set<number | undefined>()
  const provider = scripted((request) => {
    const text = answer(request)
    limits.add(request.maxTokens)
    asked.push(`${request.messages[0]!.content}|${namesIn(request).join(" ")}`)
    return text
  })
  const result = yield* collect(pipelineOf(rows, fields).pipe(pairOfPairs({ ...judge, ...options })), {
    provider,
    ...more
  })
  return {
    ...result,
    asked,
    limits: [...limits],
    named: result.rows.map(({ strong, tie, weak }) => `${strong.id}${tie ? "=" : ">"}${weak.id}`),
    reasons: result.rejects.map(({ reason }) => reason),
    finding: result.findings.get("pairOfPairs")
  }
})

const keyOf = (a: string, b: string) => [a, b].toSorted((x, y) => Number(x) - Number(y)).join(" ")

describe("judgedPairsOfPairs", () => {
  it.effect("judgedPairsOfPairs allows as many tokens as it is told", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* run(right)).limits, [64])
      assert.deepStrictEqual((yield* run(right, { maxTokens: 2000 })).limits, [2000])
      assert.notProperty(pairOfPairs(judge).config, "maxTokens")
    })
  )

  it.effect("judgedPairsOfPairs has each comparison labelled in both orders, in its split, none twice", () =>
    Effect.gen(function* () {
      const rows = [...pairsOf(20), ...pairsOf(10, "test", 50)]
      const { asked, finding, rejects, rows: made } = yield* run(right, { k: 3 }, rows)
      assert.deepStrictEqual([made.length, rejects, asked.length], [90, [], 180])
      assert.strictEqual(new Set(asked).size, 180)
      assert.strictEqual(new Set(made.map(({ strong, weak }) => keyOf(strong.id, weak.id))).size, 90)
      assert.strictEqual(new Set(made.map(({ id }) => id)).size, 90)
      const splitOf = new Map(rows.map(({ id, split }) => [id, split]))
      for (const { flipped, labelSource, split, strong, tie, weak } of made) {
        assert.isAbove(Number(strong.id), Number(weak.id))
        assert.deepStrictEqual([splitOf.get(strong.id), splitOf.get(weak.id)], [split, split])
        assert.deepStrictEqual([flipped, labelSource, tie, strong.margin], [false, "judge", false, null])
      }
      assert.deepInclude(finding, { sampler: "active(3)", nComparisons: 90, ties: 0 })
    })
  )

  it.effect("judgedPairsOfPairs draws later rounds by what was said before", () =>
    Effect.gen(function* () {
      const gapOf = (asked: ReadonlyArray<string>) => {
        const gaps = asked
          .map((key) => key.split("|").at(-1)!.split(" ").map(Number))
          .map(([a, b]) => Math.abs(a! - b!))
        return gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
      }
      const { asked } = yield* run(right, { k: 5 }, pairsOf(40))
      // 20 comparisons a round. Of two drawn from 40 the mean distance is 41 / 3.
      const [start, end] = [gapOf(asked.slice(0, 40)), gapOf(asked.slice(-80))]
      assert.isBelow(end, 41 / 6)
      assert.isBelow(end, start)
    })
  )

  it.effect("judgedPairsOfPairs find the planted order better than more comparisons drawn at random", () =>
    Effect.gen(function* () {
      const rows = pairsOf(60)
      const repeats = 6
      const sums = { active: 0, random: 0 }
      const calls = { active: 0, random: 0 }
      for (let seed = 0; seed < repeats; seed++) {
        const provider = (sampler: "active" | "random") =>
          scripted((request) => {
            calls[sampler]++
            return fallible(seed)(request)
          })
        const correlation = (made: ReadonlyArray<{ readonly id: string; readonly strength: number }>) =>
          rankCorrelation(
            made.map(({ strength }) => strength),
            made.map(({ id }) => Number(id))
          )
        const pairs = pipelineOf(rows, fields)
        const active = yield* collect(pairs.pipe(pairOfPairs({ ...judge, k: 5 }), pairStrengths()), {
          seed,
          provider: provider("active")
        })
        const random = yield* collect(
          pairs.pipe(pairOfPairs({ column: null, k: 6 }), compareGaps({ annotators: ["judge"] }), pairStrengths()),
          { seed, provider: provider("random") }
        )
        assert.strictEqual(active.rows.length, 60)
        sums.active += correlation(active.rows)
        sums.random += correlation(random.rows)
      }
      assert.strictEqual(calls.active, repeats * 2 * 5 * 60)
      assert.isBelow(calls.active, calls.random)
      assert.isAbove(sums.active / repeats, sums.random / repeats)
    })
  )

  it.effect("judgedPairsOfPairs goes on after a kill with the same comparisons and asks nothing twice", () =>
    Effect.gen(function* () {
      const whole = yield* run(right, { k: 4 })
      const folder = yield* temporaryFolder
      const journal = path.join(folder, "journal.sqlite")
      const before: Array<string> = []
      const dying = (request: Request) => {
        if (before.length === 70) throw new Error("killed")
        before.push(`${request.messages[0]!.content}|${namesIn(request).join(" ")}`)
        return right(request)
      }
      const exit = yield* Effect.exit(run(dying, { k: 4 }, pairsOf(20), { journal }))
      assert.isTrue(Exit.isFailure(exit))
      const after = yield* run(right, { k: 4 }, pairsOf(20), { journal })
      assert.deepStrictEqual(after.rows, whole.rows)
      assert.strictEqual(before.length + after.asked.length, whole.asked.length)
      assert.deepStrictEqual([...before, ...after.asked].toSorted(), whole.asked.toSorted())
    })
  )

  it.effect("judgedPairsOfPairs asks nothing again about the same rows in another order", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const journal = path.join(folder, "journal.sqlite")
      const rows = [...pairsOf(20), ...pairsOf(11, "test", 50)]
      const first = yield* run(fallible(1), { k: 4 }, rows, { journal })
      const again = yield* run(fallible(1), { k: 4 }, rows.toReversed(), { journal })
      assert.deepStrictEqual([first.asked.length, again.asked.length], [2 * 4 * 31, 0])
      assert.sameMembers(again.named, first.named)
    })
  )

  it.effect(
    "judgedPairsOfPairs rejects comparisons whose orders disagree, counts them, and asks no more for them",
    () =>
      Effect.gen(function* () {
        const shaky = (request: Request) => (namesIn(request).includes(7) ? say("first") : right(request))
        const { asked, finding, named, reasons, rejects } = yield* run(shaky, { k: 3 })
        assert.strictEqual(asked.length, 2 * 3 * 20)
        assert.isAbove(reasons.length, 0)
        assert.isTrue(reasons.every((reason) => reason === "orders disagree"))
        assert.isTrue(rejects.every(({ detail, id }) => id === "7" || detail.startsWith("beside pair 7: ")))
        assert.isTrue(named.every((name) => !name.split(">").includes("7")))
        assert.strictEqual(named.length + reasons.length, 60)
        assert.deepInclude(finding, { nComparisons: named.length })
      })
  )

  it.effect("judgedPairsOfPairs drops ties or keeps them", () =>
    Effect.gen(function* () {
      const even = (request: Request) => {
        const [first, second] = namesIn(request)
        return Math.floor(first / 2) === Math.floor(second / 2) ? say("tie") : right(request)
      }
      const dropped = yield* run(even, { k: 8 }, pairsOf(10))
      const kept = yield* run(even, { k: 8, tie: "keep" }, pairsOf(10))
      // All 45 comparisons are asked about, of which five are ties.
      assert.deepStrictEqual(dropped.reasons, ["tie", "tie", "tie", "tie", "tie"])
      assert.deepStrictEqual([dropped.named.length, kept.named.length, kept.reasons], [40, 45, []])
      const ties = kept.rows.filter(({ tie }) => tie).map(({ strong, weak }) => keyOf(strong.id, weak.id))
      assert.sameMembers(ties, ["0 1", "2 3", "4 5", "6 7", "8 9"])
      assert.deepInclude(dropped.finding, { nComparisons: 40, ties: 5 })
      assert.deepInclude(kept.finding, { nComparisons: 45, ties: 5 })
    })
  )

  it.effect("judgedPairsOfPairs asks every annotator about every comparison, each in its words", () =>
    Effect.gen(function* () {
      const annotators = ["ada", { name: "bea", instruction: "You are bea." }] as const
      const contrary = (request: Request) => {
        const [first, second] = namesIn(request)
        return request.messages[0]!.role === "system" ? say(first < second ? "first" : "second") : right(request)
      }
      const { asked, rows: made } = yield* run(contrary, { annotators, k: 2 })
      assert.deepStrictEqual([made.length, asked.length], [80, 160])
      assert.strictEqual(new Set(made.map(({ id }) => id)).size, 80)
      for (const { labelSource, strong, weak } of made) {
        assert.strictEqual(Number(strong.id) > Number(weak.id), labelSource === "ada")
      }
    })
  )

  it.effect("judgedPairsOfPairs notes which calls each comparison asked for", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = path.join(folder, "provenance.jsonl")
      const provenance = new Provenance(file)
      const pipeline = pipelineOf(pairsOf(6), fields).pipe(pairOfPairs(judge))
      const services = LanguageModel.layer(scripted(right)).pipe(
        Layer.provideMerge(Journal.layer(":memory:")),
        Layer.provideMerge(Run.layer({ folder, provenance }))
      )
      const batches = yield* Effect.provide(Stream.runCollect(pipeline.batches), services)
      provenance.flush()
      const made = batches.flatMap(({ rows }) => rows)
      assert.strictEqual(made.length, 6)
      const calls = made.flatMap(({ id }) => originsOf(file, [id]).asked.map((line) => line.calls))
      assert.deepStrictEqual(
        calls.map(({ length }) => length),
        made.map(() => 2)
      )
      assert.strictEqual(new Set(calls.flat()).size, 12)
    })
  )

  it("judgedPairsOfPairs says beforehand how many calls a pair takes, and refuses options out of range", () => {
    const steps = pipelineOf(pairsOf(3), fields).pipe(
      pairOfPairs({ sampler: "active", annotators: ["ada", "bea"], k: 3 })
    ).steps
    assert.strictEqual(steps.at(-1)!.callsPerRow, 12)
    assert.throws(() => pairOfPairs({ ...judge, k: 0 }), /k 0/)
    assert.throws(() => pairOfPairs({ sampler: "active", annotators: ["ada", "ada"] }), /"ada" twice/)
  })
})
