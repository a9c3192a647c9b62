import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { canonicalJson } from "../canonicalJson.ts"
import { keyedRandom } from "../math/keyedRandom.ts"
import { normal } from "../math/normal.ts"
import { contentId } from "../Seed.ts"
import { LanguageModelError } from "../services/LanguageModelError.ts"
import type { Completion, PreferenceShown, Provider, ProviderSource, Request, Task } from "../services/Provider.ts"
import { free } from "./free.ts"
import { localLimits } from "./localLimits.ts"
import { type Bank, placeholder, readBank, sentencesOf } from "./SimulatedBank.ts"

/**
 * How a simulated annotator errs.
 *
 * A comparison goes to the text shown first with probability `positionBias`, to the longer one with probability `lengthBias`,
 * else to the better one with probability `reliability`. Ratings are the planted quality on the asked scale plus normal noise of
 * standard deviation `ratingNoise` (in units of quality).
 */
export interface SimulatedAnnotator {
  readonly reliability: number
  readonly positionBias?: number
  readonly lengthBias?: number
  readonly ratingNoise?: number
}

/** Who speaks and who judges in a simulation, and how well. */
export interface SimulatedOptions {
  /** Skill of a persona, 0 to 1; see `defaultPersonas`. An unknown persona has skill 0.6. */
  readonly personas?: Readonly<Record<string, number>>
  /** See `defaultAnnotators`. An unknown annotator has reliability 0.8 and rating noise 0.1. */
  readonly annotators?: Readonly<Record<string, SimulatedAnnotator>>
  /** Seed of the simulation itself. Default 0. */
  readonly seed?: number
  /** Calls in flight at once. Default 64. */
  readonly concurrency?: number
  /** Milliseconds every call takes. Default 0. */
  readonly latencyMs?: number
}

/** Skills of the personas that need no settings: the chance to give good answers, from 0 to 1. */
export const defaultPersonas: Readonly<Record<string, number>> = {
  expert: 0.95,
  teacher: 0.8,
  student: 0.5,
  hurried: 0.25
}

/** The annotators that need no settings: five of falling reliability with a bias or two, a perfect one and a noisy rater. */
export const defaultAnnotators: Readonly<Record<string, SimulatedAnnotator>> = {
  ada: { reliability: 0.95 },
  bram: { reliability: 0.88, positionBias: 0.06 },
  chen: { reliability: 0.8, lengthBias: 0.08 },
  dunja: { reliability: 0.7, positionBias: 0.12 },
  emil: { reliability: 0.6 },
  gold: { reliability: 1 },
  scorer: { reliability: 0.9, ratingNoise: 0.12 }
}

/** The bank of this package, from the sources or from the build, which lies one folder deeper. */
const ownBank = (): Bank => {
  const places = ["../../data/prompts.jsonl", "../../../data/prompts.jsonl"].map(
    (place) => new URL(place, import.meta.url)
  )
  return readBank(places.find((place) => fs.existsSync(place)) ?? places[0]!)
}

/**
 * A deterministic model with planted truth: no key, no network, and everything it says is a simulation.
 *
 * It speaks the written answers of `data/prompts.jsonl`, whose quality is stated there, through personas of different skill who
 * also slip in errors; it injects written errors (and sometimes fails at it, as real models do); and it answers as annotators
 * with known reliability, position bias and length bias. Its tags are words drawn at random. To a prompt outside the bank it says
 * that it is a simulation. It has no rewards, log-probabilities or embeddings; `scripted` takes functions for these.
 * Completions carry the planted quality or correctness, so that a pipeline can be held against the truth. The same request
 * gets the same answer, always, and costs nothing.
 */
export const simulated = (options: SimulatedOptions = {}): ProviderSource =>
  Effect.sync(() => {
    const settings = {
      seed: options.seed ?? 0,
      personas: { ...defaultPersonas, ...options.personas },
      annotators: { ...defaultAnnotators, ...options.annotators }
    }
    let bank: Bank | undefined
    const provider: Provider = {
      name: "simulated",
      endpoint: "embedded",
      defaultModel: "simulated",
      simulated: true,
      capabilities: ["seed", "jsonSchema"],
      // Messages and parameters do not change what it says, but they count as with a real model; the task repeats the texts.
      canonical: (request) => ({
        ...request,
        model: undefined,
        sampleIndex: undefined,
        messages: contentId(canonicalJson(request.messages)),
        settings: settingsOf(settings, request.task)
      }),
      routes: [
        {
          endpoint: "embedded",
          limits: localLimits(options.concurrency ?? 64),
          complete: (request) => {
            const { task } = request
            if (isUnread(task)) return Effect.fail(unread(task, request.model ?? "simulated"))
            const answer = Effect.sync(() => {
              bank ??= ownBank()
              return complete({ ...request, task }, bank, settings)
            })
            return options.latencyMs === undefined ? answer : Effect.delay(answer, options.latencyMs)
          }
        }
      ],
      price: () => free
    }
    return provider
  })

interface Settings {
  readonly seed: number
  readonly personas: Readonly<Record<string, number>>
  readonly annotators: Readonly<Record<string, SimulatedAnnotator>>
}

/** The part of the settings that decides this answer, so that changing one annotator asks only that one again. */
const settingsOf = (settings: Settings, task: Task): unknown => {
  if (task.kind === "generate") return [settings.seed, skillOf(settings, task.persona)]
  if (task.kind === "inject" || task.kind === "rewrite" || task.kind === "tag") return [settings.seed]
  return [settings.seed, annotatorOf(settings, task.annotator)]
}

const skillOf = (settings: Settings, persona: string | null) => settings.personas[persona ?? ""] ?? 0.6

const annotatorOf = (settings: Settings, name: string) =>
  settings.annotators[name] ?? { reliability: 0.8, ratingNoise: 0.1 }

/** A question about a text that has no planted answer; what comes out by chance would look like a finding. */
type Unread = Extract<Task, { kind: "rateSpan" | "ratePrompt" | "classify" }>

const isUnread = (task: Task): task is Unread =>
  task.kind === "rateSpan" || task.kind === "ratePrompt" || task.kind === "classify"

const unread = (task: Task, model: string) =>
  new LanguageModelError({
    reason: "unsupported",
    provider: "simulated",
    model,
    found: `found a question that takes reading ("${task.kind}"), expected one about answers as a whole`,
    remedy:
      'ask a real model, for instance using(openai({ model: "gpt-5.4-mini" })), or answer it yourself with scripted(…)'
  })

const complete = (
  request: Request & { readonly task: Exclude<Task, Unread> },
  bank: Bank,
  settings: Settings
): Completion => {
  const { task } = request
  const model = request.model ?? "simulated"
  const random = keyedRandom("simulated", settings.seed, request.seed ?? 0, request.sampleIndex, model, ...keyOf(task))
  switch (task.kind) {
    case "generate":
      return generate(task, bank, skillOf(settings, task.persona), random, model)
    case "inject":
      return inject(task, bank, random, model)
    case "rewrite":
      return task.direction === "worse"
        ? inject({ ...task, kind: "inject", errorType: "logic" }, bank, random, model)
        : generate(
            { ...task, kind: "generate", persona: null },
            bank,
            task.direction === "better" ? 1 : 0.6,
            random,
            model
          )
    case "rate": {
      const quality = bank.quality(task.prompt, task.text)
      const asked = task.negated === true ? 1 - quality : quality
      const answer = graded(task, asked, annotatorOf(settings, task.annotator), random)
      return completion(answer, model, { quality, correct: null })
    }
    case "ratePreference": {
      const gap = bank.quality(task.prompt, task.first) - bank.quality(task.prompt, task.second)
      const answer = graded(task, Math.max(0, gap), annotatorOf(settings, task.annotator), random)
      return completion(answer, model, { quality: null, correct: null })
    }
    case "ratePair": {
      const annotator = annotatorOf(settings, task.annotator)
      const first = rating(bank.quality(task.prompt, task.first), annotator, task.scale, random)
      const second = rating(bank.quality(task.prompt, task.second), annotator, task.scale, random)
      return completion(JSON.stringify({ first, second }), model, { quality: null, correct: null })
    }
    case "tag":
      return completion(JSON.stringify({ tags: tagsOf(task, random) }), model, { quality: null, correct: null })
    case "compare": {
      const gap = bank.quality(task.prompt, task.first) - bank.quality(task.prompt, task.second)
      const asked = task.negated === true ? -gap : gap
      const firstIsLonger = task.first.length > task.second.length
      const annotator = annotatorOf(settings, task.annotator)
      return verdict(asked, firstIsLonger, annotator, random, model, task.critique)
    }
    case "compareGaps": {
      const gapOf = ({ chosen, prompt, rejected }: PreferenceShown) =>
        bank.quality(prompt, chosen) - bank.quality(prompt, rejected)
      return verdict(
        gapOf(task.first) - gapOf(task.second),
        lengthOf(task.first) > lengthOf(task.second),
        annotatorOf(settings, task.annotator),
        random,
        model
      )
    }
  }
}

/** Characters of both answers of a preference. */
const lengthOf = ({ chosen, rejected }: PreferenceShown) => chosen.length + rejected.length

/** What tells a task from every other, in a fixed order. */
const keyOf = (task: Exclude<Task, Unread>): ReadonlyArray<string> => {
  switch (task.kind) {
    case "generate":
      return [task.kind, task.prompt, String(task.persona)]
    case "inject":
      return [task.kind, task.prompt, task.original, task.errorType]
    case "rewrite":
      return [task.kind, task.prompt, task.original, task.operation, task.direction]
    case "rate":
      return [task.kind, task.prompt, task.text, task.annotator, task.axis, String(task.scale)]
    case "ratePreference":
      return [task.kind, task.prompt, task.first, task.second, task.annotator, String(task.scale)]
    case "compare":
      return [task.kind, task.prompt, task.first, task.second, task.annotator, task.axis]
    case "compareGaps":
      return [task.kind, canonicalJson(task.first), canonicalJson(task.second), task.annotator]
    case "ratePair":
      return [task.kind, task.prompt, task.first, task.second, task.annotator, String(task.scale)]
    case "tag":
      return [task.kind, task.prompt, canonicalJson(task.vocabulary)]
  }
}

/** The planted quality with the annotator's noise, on the asked scale. */
const rating = (
  quality: number,
  annotator: SimulatedAnnotator,
  [low, high]: readonly [number, number],
  random: () => number
): number => {
  const seen = Math.min(1, Math.max(0, quality + (annotator.ratingNoise ?? 0.1) * normal(random)))
  return Math.round((low + (high - low) * seen) * 100) / 100
}

/** A grade as JSON: the nearest verdict where there are some, and words that say they are simulated where reasons are asked for. */
const graded = (
  task: Extract<Task, { kind: "rate" | "ratePreference" }>,
  quality: number,
  annotator: SimulatedAnnotator,
  random: () => number
): string => {
  const score = rating(quality, annotator, task.scale, random)
  const critique = task.critique === true ? { critique: `Simulated critique: a score of ${score}.` } : {}
  if (task.levels === undefined) return JSON.stringify({ ...critique, score })
  const distance = ([, at]: readonly [string, number]) => Math.abs(at - score)
  const levels = Object.entries(task.levels).toSorted((a, b) => distance(a) - distance(b))
  return JSON.stringify({ ...critique, level: levels[0]![0] })
}

/** One to four words of the vocabulary or, without one, of the longer words of the prompt; it understands neither. */
const tagsOf = (
  { prompt, vocabulary }: Extract<Task, { kind: "tag" }>,
  random: () => number
): ReadonlyArray<string> => {
  const words = vocabulary ?? prompt.toLowerCase().match(/\p{L}{5,}/gu) ?? []
  const drawn = [...new Set(words)].map((word) => ({ word, at: random() })).sort((a, b) => a.at - b.at)
  return drawn.slice(0, 1 + Math.floor(4 * random())).map(({ word }) => word)
}

const completion = (
  text: string,
  model: string,
  planted: NonNullable<Completion["planted"]>,
  finishReason: Completion["finishReason"] = "stop"
): Completion => ({ text, finishReason, model, usage: null, planted })

/** Draws a written answer, better ones more often with more skill, and lets a careless persona slip in an error. */
const generate = (
  task: Extract<Task, { kind: "generate" }>,
  bank: Bank,
  skill: number,
  random: () => number,
  model: string
): Completion => {
  const entry = bank.find(task.prompt)
  if (entry === undefined) {
    const quality = Math.min(0.99, Math.max(0.01, skill + 0.2 * normal(random)))
    const text = placeholder(quality, Math.floor(random() * 46656).toString(36))
    return completion(text, model, { quality: bank.quality(task.prompt, text), correct: null })
  }
  const weights = entry.answers.map((answer) => Math.exp(8 * (skill - 0.4) * answer.quality))
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0)
  let chosen = entry.answers.at(-1)!
  for (const [i, answer] of entry.answers.entries()) {
    left -= weights[i]!
    if (left < 0) {
      chosen = answer
      break
    }
  }
  const sentences = [...sentencesOf(chosen.text)]
  if (entry.errors.length > 0 && random() < 0.6 * (1 - skill)) {
    const error = entry.errors[Math.floor(random() * entry.errors.length)]!
    sentences.splice(1 + Math.floor(random() * sentences.length), 0, error.text)
  }
  const text = sentences.join(" ")
  return completion(text, model, { quality: bank.quality(task.prompt, text), correct: null })
}

/** Replaces or adds one sentence; in one case of ten it refuses, explains itself, changes nothing or breaks off. */
const inject = (
  task: Extract<Task, { kind: "inject" }>,
  bank: Bank,
  random: () => number,
  model: string
): Completion => {
  const planted = (text: string) => ({ quality: bank.quality(task.prompt, text), correct: null })
  const fate = random()
  const whole = (answer: string) => completion(answer, model, planted(answer))
  if (fate < 0.02) return whole("I'm sorry, but I cannot help with adding mistakes.")
  if (fate < 0.04) return whole(task.original)
  const errors = (bank.find(task.prompt)?.errors ?? []).filter((error) => error.type === task.errorType)
  const wrong =
    errors[Math.floor(random() * errors.length)]?.text ?? `Simulated error: a ${task.errorType} error stands here.`
  const sentences = [...sentencesOf(task.original)]
  const position = 1 + Math.floor(random() * Math.max(1, sentences.length - 1))
  sentences.splice(position, sentences.length > 2 ? 1 : 0, wrong)
  const text = sentences.join(" ")
  // What is planted is the quality of the text without the lead-in.
  if (fate < 0.07) return completion(`Here is the revised answer: ${text}`, model, planted(text))
  const half = text.slice(0, Math.floor(text.length / 2))
  return fate < 0.09 ? completion(half, model, planted(half), "length") : whole(text)
}

/** Says what is better, as reliably and with the habits that the annotator has; `gap` is how much better the first one is. */
const verdict = (
  gap: number,
  firstIsLonger: boolean,
  annotator: SimulatedAnnotator,
  random: () => number,
  model: string,
  asksWhy = false
): Completion => {
  const habit = random()
  const skill = random()
  const slip = random()
  const positionBias = annotator.positionBias ?? 0
  const lengthBias = annotator.lengthBias ?? 0
  const firstIsBetter = gap > 0
  let first = skill < annotator.reliability ? firstIsBetter : !firstIsBetter
  if (habit < positionBias) first = true
  else if (habit < positionBias + lengthBias) first = firstIsLonger
  const correct = gap === 0 ? null : first === firstIsBetter
  if (annotator.reliability < 1 && slip < 0.005) {
    return completion("Hard to say, both have something.", model, { quality: null, correct: null })
  }
  const tie = annotator.reliability < 1 && Math.abs(gap) < 0.03 && slip > 0.7
  const said = tie || gap === 0 ? "tie" : first ? "first" : "second"
  const critique = asksWhy ? { critique: `Simulated critique: ${said}.` } : {}
  return completion(JSON.stringify({ ...critique, verdict: said }), model, {
    quality: null,
    correct: said === "tie" ? null : correct
  })
}
