import type * as Schema from "effect/Schema"
import type { Candidate } from "../../schemas/Candidate.ts"
import type { Judgment } from "../../schemas/Judgment.ts"
import type { JournalError } from "../Journal.ts"
import { type Noted, noting, reject, Rejection } from "../Rejects.ts"
import type { StructuredOutcome } from "../services/askStructured.ts"
import type { LanguageModel } from "../services/LanguageModel.ts"
import type { LanguageModelError } from "../services/LanguageModelError.ts"
import type { Request, Task } from "../services/Provider.ts"
import type { RowOf, Stage } from "../Stage.ts"
import { type Annotator, askedOf, type FullAnnotator, fullAnnotators, judges } from "./Annotator.ts"
import * as Evidence from "./Evidence.ts"
import type { Critique } from "./Grading.ts"
import { problemOf } from "./problemOf.ts"

type Fields = Schema.Struct.Fields

/** A stage that asks a model and adds columns. */
export type Asking<Needs, Gives> = Stage<Needs, Gives, true, LanguageModelError | JournalError, LanguageModel>

/** What judges of groups read of a row. */
export interface GroupRow {
  readonly id: string
  readonly prompt: string
  readonly candidates: ReadonlyArray<Candidate>
}

/** Something to judge by: a quality, a principle, or one quality under one condition. */
export interface Axis<F extends Fields = {}> {
  /** What the judgments are filed on. */
  readonly axis: string
  /** The same in words. */
  readonly rubric: string
  /** The rubric says the opposite of the axis, so what a judge says by it counts the other way round. Default false. */
  readonly negated?: boolean
  /** Shown under this axis alone, in place of the stage's. */
  readonly evidence?: Evidence.Evidence<F, GroupRow, Candidate>
}

/** Who judges by what, knowing what, how often. */
export interface JudgingOptions<F extends Fields = {}> {
  readonly annotators: ReadonlyArray<Annotator>
  /** What decides, in words. */
  readonly rubric?: string
  /** Name of the rubric in the judgments. Default "overall". */
  readonly axis?: string
  /** Several rubrics at once, each asked for by itself, in place of one. */
  readonly axes?: ReadonlyArray<Axis<NoInfer<F>>>
  /** Columns that evidence reads; a pipeline without them does not compile. */
  readonly slots?: F
  /** Shown to the judge beside what it judges. Default nothing. */
  readonly evidence?: Evidence.Evidence<NoInfer<F>, GroupRow, Candidate>
  /** Opinions of each annotator on each question. Default 1. */
  readonly samples?: number
  /** Default 0, and 1 where there are several samples. */
  readonly temperature?: number
  /** Default 64, and 512 with a critique; a model that thinks before it answers needs more. */
  readonly maxTokens?: number
}

/** An axis with everything filled in. */
export interface FullAxis {
  readonly axis: string
  readonly rubric: string
  readonly negated: boolean
  readonly evidence: Evidence.AnyEvidence | undefined
}

/** Judging with everything filled in; `config` is how it stands in the manifest. */
export interface Judging {
  readonly annotators: ReadonlyArray<FullAnnotator>
  readonly axes: ReadonlyArray<FullAxis>
  readonly samples: number
  readonly temperature: number
  readonly maxTokens: number
  readonly config: object
}

/**
 * Fills in what is left open.
 *
 * Throws where there is no axis, one is named twice or stands beside `axis` or `rubric`, evidence is no slot, or the samples
 * are none or would all be the same.
 */
export const make = <F extends Fields>(
  stage: string,
  options: JudgingOptions<F> & { readonly critique?: Critique },
  usualRubric: string
): Judging => {
  const { critique = false, evidence, samples = 1, slots = {} } = options
  const { maxTokens = critique === false ? 64 : 512, temperature = samples > 1 ? 1 : 0 } = options
  if (options.axes !== undefined && (options.axis !== undefined || options.rubric !== undefined)) {
    throw new Error(`Cannot set up "${stage}": found axes beside an axis or a rubric, expected the one or the other`)
  }
  if (!Number.isInteger(samples) || samples < 1) {
    throw new RangeError(`Cannot set up "${stage}": found samples ${samples}, expected a positive integer`)
  }
  if (samples > 1 && !(temperature > 0)) {
    throw new RangeError(
      `Cannot set up "${stage}": found ${samples} samples at temperature ${temperature}, expected one above 0: at 0 they are all the same`
    )
  }
  const given = options.axes ?? [{ axis: options.axis ?? "overall", rubric: options.rubric ?? usualRubric }]
  const axes = given.map((one): FullAxis => {
    const own = "evidence" in one && one.evidence !== undefined ? one.evidence : evidence
    Evidence.check(stage, slots, own)
    return { axis: one.axis, rubric: one.rubric, negated: one.negated ?? false, evidence: own }
  })
  const names = axes.map(({ axis }) => axis)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (names.length === 0 || twice !== undefined) {
    const found = twice === undefined ? "no axis" : `the axis "${twice}" twice`
    throw new Error(`Cannot set up "${stage}": found ${found}, expected one or more of different names`)
  }
  const annotators = fullAnnotators(options.annotators)
  return {
    annotators,
    axes,
    samples,
    temperature,
    maxTokens,
    config: {
      annotators,
      axes: axes.map((one) => ({ ...one, evidence: Evidence.describe(one.evidence) })),
      critique,
      samples,
      temperature,
      maxTokens,
      slots: Object.keys(slots)
    }
  }
}

/** The number of calls in words: annotators, axes and samples, and what they are asked about. */
export const callsOf = ({ annotators, axes, samples }: Judging, things: string): string =>
  [annotators.length, ...[axes.length, samples].filter((n) => n > 1), things].join(" × ")

/** One thing for one annotator to judge by one axis, for the first or another time. */
export interface Question<Thing> {
  readonly annotator: FullAnnotator
  readonly axis: FullAxis
  readonly thing: Thing
  readonly sample: number
}

type Ids = Pick<Judgment, "firstId" | "secondId">

/**
 * What is left to ask about a row: every annotator whose share the row is in, on every axis, about every thing, as often as samples
 * are wanted and no judgment of before is one.
 */
export const questionsOf = <Thing extends Ids>(
  { annotators, axes, samples }: Judging,
  row: { readonly id: string; readonly judgments?: ReadonlyArray<Judgment> },
  seed: number,
  things: ReadonlyArray<Thing>
): ReadonlyArray<Question<Thing>> => {
  const nSaid = new Map<string, number>()
  const asked = new Set(annotators.map(({ name }) => name))
  for (const judgment of row.judgments ?? []) {
    if (!asked.has(judgment.annotator)) continue
    const key = keyOf(judgment.annotator, judgment.axis, judgment)
    nSaid.set(key, (nSaid.get(key) ?? 0) + 1)
  }
  const questions: Array<Question<Thing>> = []
  for (const annotator of annotators) {
    if (!judges(annotator, row.id, seed)) continue
    for (const axis of axes) {
      for (const thing of things) {
        for (let sample = nSaid.get(keyOf(annotator.name, axis.axis, thing)) ?? 0; sample < samples; sample++) {
          questions.push({ annotator, axis, thing, sample })
        }
      }
    }
  }
  return questions
}

const keyOf = (annotator: string, axis: string, { firstId, secondId }: Ids): string =>
  `${annotator}\u001f${axis}\u001f${firstId}\u001f${secondId ?? ""}`

/** The request for a question; samples differ by their index and seed. */
export const requestOf = (
  { maxTokens, temperature }: Pick<Judging, "maxTokens" | "temperature">,
  { annotator, sample }: Pick<Question<unknown>, "annotator" | "sample">,
  seed: number,
  task: Task,
  text: string
): Request => ({
  task,
  messages: askedOf(annotator, text),
  model: annotator.model,
  sampleIndex: sample,
  temperature,
  maxTokens,
  seed: seed + sample
})

/** A judgment on a question that says nothing yet. */
export const blank = (
  { annotator, axis, thing }: Question<Ids>,
  provider: { readonly simulated: boolean }
): Judgment => ({
  annotator: annotator.name,
  annotatorKind: provider.simulated ? "simulated" : "model",
  axis: axis.axis,
  firstId: thing.firstId,
  secondId: thing.secondId,
  score: null,
  verdict: null,
  critique: null,
  plantedCorrect: null
})

/**
 * A judgment as its answer came out: where there is none, the verdict is `refused` when the model said no and `invalid` for all
 * else, and a note says why.
 */
export const judged = (
  judgment: Judgment,
  outcome: { readonly ok: true } | Extract<StructuredOutcome<never>, { readonly ok: false }>
): Noted<Judgment> => {
  if (outcome.ok) return noting(judgment, [])
  return noting({ ...judgment, verdict: outcome.reason === "refused" ? "refused" : "invalid" }, [
    reject(outcome.reason, `${nameOf(judgment)}: ${problemOf(outcome)}`)
  ])
}

/** Who judged what, in words. */
export const nameOf = ({ annotator, firstId, secondId }: Judgment): string =>
  `${annotator} on ${secondId === null ? firstId : `${firstId} and ${secondId}`}`

/** Appends the judgments that were made, and notes the questions that could not be asked and the answers that could not be had. */
export const keepJudgments = (before: ReadonlyArray<Judgment>, made: ReadonlyArray<Noted<Judgment> | Rejection>) => {
  const kept = made.flatMap((one) => (one instanceof Rejection ? [] : [one.given]))
  const rejections = made.flatMap((one) => (one instanceof Rejection ? [one] : one.notes))
  return noting(
    { judgments: [...before, ...kept] },
    rejections.map((rejection) => reject(`judgment: ${rejection.reason}`, rejection.detail))
  )
}

/** A question in words: what to do, then what it is about, each in its own block. */
export const told = (
  task: ReadonlyArray<string>,
  blocks: ReadonlyArray<readonly [tag: string, text: string | null]>
): string =>
  [
    ...task,
    ...(blocks.some(([tag, text]) => tag === "evidence" && text !== null) ? ["Take the evidence into account."] : []),
    "",
    ...blocks.flatMap(([tag, text]) => (text === null ? [] : [`<${tag}>`, text, `</${tag}>`]))
  ].join("\n")

/** What a stage of these slots needs of a row. */
export type Needing<Base, F extends Fields> = Base & RowOf<F>
