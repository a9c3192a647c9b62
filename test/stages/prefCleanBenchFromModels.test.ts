import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { prefCleanBench as methods } from "../../src/cleaners/prefCleanBench.ts"
import type { JournalError } from "../../src/Journal.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { normal } from "../../src/math/normal.ts"
import type { Pipeline } from "../../src/Pipeline.ts"
import { scripted } from "../../src/providers/scripted.ts"
import type { Run } from "../../src/Run.ts"
import type { LanguageModel } from "../../src/services/LanguageModel.ts"
import type { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import { logProb } from "../../src/stages/logProb.ts"
import { plantNoise } from "../../src/stages/plantNoise.ts"
import { prefCleanBench } from "../../src/stages/prefCleanBench.ts"
import { score } from "../../src/stages/score.ts"
import { judge } from "../../src/stages/judge.ts"
import { collect, pipelineOf, temporaryFolder } from "./collect.ts"

const nRows = 500
const fields = {
  id: Schema.String,
  domain: Schema.String,
  prompt: Schema.String,
  chosen: Schema.String,
  rejected: Schema.String
}

/** Every other prompt asks for one thing that all ask for, the others for three of their own. */
const rows = Array.from({ length: nRows }, (_, i) => {
  const domain = i % 2 === 0 ? "plain" : "rich"
  return { id: `row ${i}`, domain, prompt: `${domain} prompt ${i}`, chosen: `better ${i}`, rejected: `worse ${i}` }
})
const nRich = nRows / 2

const isBetter = (text: string) => text.startsWith("better")
const noiseOf = (...keys: ReadonlyArray<string>) => normal(keyedRandom("noise", ...keys))

/** What decides how well the scripted models know the truth. */
const judgeErrs = 0.1
const rewardNoise = 0.84
const ifdNoise = 0.4
const meanLogIfd = { better: -1, worse: -2.4 }

/** The probability that a standard normal number is above z, by Simpson's rule. */
const tail = (z: number): number => {
  const nSteps = 2000
  const width = (12 - z) / nSteps
  let sum = 0
  for (let k = 0; k <= nSteps; k++) {
    const weight = k === 0 || k === nSteps ? 1 : k % 2 === 1 ? 4 : 2
    sum += weight * Math.exp(-((z + k * width) ** 2) / 2)
  }
  return (sum * width) / 3 / Math.sqrt(2 * Math.PI)
}

const voters = ["one", "two", "three", "four", "five", "six"] as const
const models = voters.map((name) => ({ name, model: `model ${name}` }))

/** A reward is 1 for the better text and 0 for the worse, with noise of its own for every model and text. */
const endpoint = () => {
  let nCalls = 0
  const counted = <A>(answer: A): A => {
    nCalls++
    return answer
  }
  const provider = scripted(
    ({ task }) => {
      if (task.kind === "tag") {
        const topics = ["first", "second", "third"].map((part) => `${part} topic of ${task.prompt}`)
        return counted(JSON.stringify({ tags: task.prompt.startsWith("rich") ? topics : ["chat"] }))
      }
      if (task.kind !== "ratePair") throw new Error(`Cannot run the test: found a task "${task.kind}"`)
      const isMistaken = keyedRandom("judge", task.prompt)() < judgeErrs
      const pointsOf = (text: string) => (isBetter(text) === isMistaken ? 4 : 7)
      return counted(JSON.stringify({ first: pointsOf(task.first), second: pointsOf(task.second) }))
    },
    {
      reward: ({ model, text }) => counted([Number(isBetter(text)) + rewardNoise * noiseOf(model!, text)]),
      // Each token is exp(logIfd) times as perplexing behind the prompt: the worse text repeats what the prompt says.
      score: ({ context, text }) => {
        const logIfd = (isBetter(text) ? meanLogIfd.better : meanLogIfd.worse) + ifdNoise * noiseOf("ifd", text)
        const nats = context === "" ? -3 : -3 - logIfd
        return counted(text.split(" ").map((token) => ({ token, logProb: nats })))
      }
    }
  )
  return { provider, calls: () => nCalls }
}

type Noise = "perClass" | "uniform"
const noisy = (noise: Noise) => {
  const input = pipelineOf(rows, fields)
  return noise === "uniform"
    ? input.pipe(plantNoise({ kind: "uniform", rate: 0.2 }))
    : input.pipe(plantNoise({ kind: "perClass", column: "domain", rates: { plain: 0.35, rich: 0.05 } }))
}

const judged = { chosen: "judgeChosen", rejected: "judgeRejected" } as const
const points = judge.pairs({ annotator: "judge", as: "judge", sides: true })
const tag = judge.classify({ annotator: "tagger", as: "tags", many: true })
const votes = {
  chosen: voters.map((name) => `${name}Chosen` as const),
  rejected: voters.map((name) => `${name}Rejected` as const)
}
const rewards = score.pairs({ models })
const gaps = voters.map((name) => `${name}Gap` as const)
const selection = { tags: "tags", nSelected: nRich } as const
const chosen = { givenPrompt: "chosenGivenPrompt", alone: "chosenAlone", nTokens: "chosenTokens" } as const
const rejected = { givenPrompt: "rejectedGivenPrompt", alone: "rejectedAlone", nTokens: "rejectedTokens" } as const

type Cleaned = () => Pipeline<Outcome, LanguageModelError | JournalError, LanguageModel | Run>

/** The thirteen pipelines; those that take an amount get as many rows as were flipped. */
const cleaned = (noise: Noise, budget: number): Readonly<Record<string, Cleaned>> => {
  const input = () => noisy(noise)
  const amount = { budget }
  return {
    "LLM-Judge-R": () => input().pipe(points, prefCleanBench("LLM-Judge-R", judged)),
    "LLM-Judge-F": () => input().pipe(points, prefCleanBench("LLM-Judge-F", judged)),
    "RwGap-R": () => input().pipe(score.gaps({ models }), prefCleanBench("RwGap-R", { gaps, amount })),
    "RwGap-F": () => input().pipe(score.gaps({ models }), prefCleanBench("RwGap-F", { gaps, amount })),
    "Vote-Maj-R": () => input().pipe(rewards, prefCleanBench("Vote-Maj-R", votes)),
    "Vote-Maj-F": () => input().pipe(rewards, prefCleanBench("Vote-Maj-F", votes)),
    "Vote-All-R": () => input().pipe(rewards, prefCleanBench("Vote-All-R", votes)),
    "Vote-All-F": () => input().pipe(rewards, prefCleanBench("Vote-All-F", votes)),
    "Tag-Cmp": () => input().pipe(tag, prefCleanBench("Tag-Cmp", selection)),
    "Tag-Div": () => input().pipe(tag, prefCleanBench("Tag-Div", selection)),
    "IFD-R": () => input().pipe(logProb.pairs(), prefCleanBench("IFD-R", { chosen, amount })),
    "IFD-Gap-R": () => input().pipe(logProb.pairs(), prefCleanBench("IFD-Gap-R", { chosen, rejected, amount })),
    "IFD-Gap-F": () => input().pipe(logProb.pairs(), prefCleanBench("IFD-Gap-F", { chosen, rejected, amount }))
  }
}

interface Outcome {
  readonly id: string
  readonly plantedFlip: boolean
  readonly flagged: boolean
}

/** Share of the flipped pairs that are flagged, and of the others. */
const sharesOf = (outcomes: ReadonlyArray<Outcome>) => {
  const share = (isFlip: boolean) => {
    const some = outcomes.filter(({ plantedFlip }) => plantedFlip === isFlip)
    return some.filter(({ flagged }) => flagged).length / some.length
  }
  return { flips: share(true), others: share(false) }
}

const within = (share: number, p: number, n: number, name: string) =>
  assert.closeTo(share, p, 4 * Math.sqrt((p * (1 - p)) / n), name)

/** The probability of at most k successes in six draws. */
const atMost = (k: number, p: number): number => {
  const choices = [1, 6, 15, 20, 15, 6, 1]
  return choices.slice(0, k + 1).reduce((sum, choice, i) => sum + choice * p ** i * (1 - p) ** (6 - i), 0)
}

const run = Effect.fnUntraced(function* (noise: Noise) {
  const journal = path.join(yield* temporaryFolder, "journal.sqlite")
  const { calls, provider } = endpoint()
  const planted = (yield* collect(noisy(noise), { seed: 1 })).rows
  const flips = new Set(planted.filter(({ plantedFlip }) => plantedFlip).map(({ id }) => id))
  const outcomes = new Map<string, ReadonlyArray<Outcome>>()
  for (const [name, pipeline] of Object.entries(cleaned(noise, flips.size))) {
    const { rejects, rows: kept } = yield* collect(pipeline(), { provider, journal, seed: 1 })
    outcomes.set(name, [...kept, ...rejects.map(({ detail }) => JSON.parse(detail) as Outcome)])
  }
  return { flips, outcomes, nCalls: calls() }
})

describe("prefCleanBench from models", () => {
  it.live(
    "prefCleanBench flags what each of its thirteen methods can know, on evidence that models were asked for once",
    () =>
      Effect.gen(function* () {
        const { flips, nCalls, outcomes } = yield* run("perClass")
        const nOthers = nRows - flips.size
        assert.sameMembers(
          [...outcomes.keys()],
          methods.map(({ name }) => name)
        )
        // Six rewards of two texts, a judge, a tagger, and both texts with and without their prompt.
        assert.strictEqual(nCalls, nRows * (6 * 2 + 1 + 1 + 4))

        // A voter is right when the difference of two noises is below 1.
        const right = 1 - tail(1 / (rewardNoise * Math.SQRT2))
        const expected: Readonly<Record<string, readonly [flips: number, others: number]>> = {
          llmJudge: [1 - judgeErrs, judgeErrs],
          voteMaj: [atMost(2, 1 - right), atMost(2, right)],
          voteAll: [atMost(0, 1 - right), atMost(0, right)],
          // Selection keeps the rich prompts, so it flags just the plain ones: 0.35 of 0.4 flips, 0.65 of 1.6 others.
          tagCmp: [0.35 / 0.4, 0.65 / 1.6],
          tagDiv: [0.35 / 0.4, 0.65 / 1.6]
        }
        // The lowest F of N scores are flagged, F being the number of flips. Whatever the threshold, no more flips are missed than
        // the larger of two numbers: flips above it, and others below it. At half the way both are this unlikely for one row.
        const wrongSide: Readonly<Record<string, number>> = {
          rwGap: tail(1 / ((rewardNoise * Math.SQRT2) / Math.sqrt(6))),
          ifd: tail((meanLogIfd.better - meanLogIfd.worse) / 2 / ifdNoise),
          ifdGap: tail((meanLogIfd.better - meanLogIfd.worse) / (ifdNoise * Math.SQRT2))
        }
        for (const { name, rule } of methods) {
          const shares = sharesOf(outcomes.get(name)!)
          assert.strictEqual(outcomes.get(name)!.length, nRows, name)
          assert.isAbove(shares.flips, shares.others, name)
          if (rule in expected) {
            const [ofFlips, ofOthers] = expected[rule]!
            within(shares.flips, ofFlips, flips.size, name)
            within(shares.others, ofOthers, nOthers, name)
          } else {
            const p = wrongSide[rule]!
            const most = p * nOthers + 4 * Math.sqrt(p * (1 - p) * nOthers)
            assert.isAtLeast(shares.flips, 1 - most / flips.size, name)
            // Chance would flag flips and others alike.
            assert.isAbove(1 - most / flips.size, 2 * (flips.size / nRows), name)
          }
        }
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "prefCleanBench selects by tags no better than chance where the noise has nothing to do with prompts",
    () =>
      Effect.gen(function* () {
        const { flips, outcomes } = yield* run("uniform")
        for (const name of ["Tag-Cmp", "Tag-Div"]) {
          const shares = sharesOf(outcomes.get(name)!)
          within(shares.flips, 0.5, flips.size, name)
          within(shares.others, 0.5, nRows - flips.size, name)
        }
        assert.isAbove(sharesOf(outcomes.get("Vote-Maj-R")!).flips, 0.5)
      }).pipe(Effect.scoped),
    60_000
  )
})
