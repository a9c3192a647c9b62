import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Candidates } from "../../schemas/Candidate.ts"
import { type Judgment, Judgments } from "../../schemas/Judgment.ts"
import type { JournalError } from "../Journal.ts"
import { noting, reject, Rejection } from "../Rejects.ts"
import { LanguageModel } from "../services/LanguageModel.ts"
import { LanguageModelError } from "../services/LanguageModelError.ts"
import { each, type Stage } from "../Stage.ts"
import { hasJudged } from "./Annotator.ts"
import { askForRow, forEachCall } from "./askForRow.ts"

/** A model under the name that its columns begin with. */
export interface NamedModel<Name extends string> {
  /** Letters, digits and underscores, without "chosen" and "rejected", which tell the sides of a pair. */
  readonly name: Name
  /** Default: the provider's own model. */
  readonly model?: string
}

/** A reward model. */
export interface RewardModel<Name extends string> extends NamedModel<Name> {
  /** Which of its numbers is the reward, from 0; needed where a model gives several, as classifiers do. */
  readonly output?: number
}

/** Which reward models score. */
export interface ScoreOptions<Name extends string> {
  readonly models: ReadonlyArray<RewardModel<Name>>
}

/** Which reward models score candidates, and as what. */
export interface ScoreCandidatesOptions {
  readonly models: ReadonlyArray<RewardModel<string>>
  /** Name of the rubric in the judgments. Default "overall". */
  readonly axis?: string
}

type Asking<Needs, Gives> = Stage<Needs, Gives, true, LanguageModelError | JournalError, LanguageModel>
type PairTexts = { readonly prompt: string; readonly chosen: string; readonly rejected: string }
type SideScores<Name extends string> = { readonly [K in `${Name}Chosen` | `${Name}Rejected`]: number | null }

/** What a stage on pairs reads. */
export const pairTexts = { prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }

const number = Schema.NullOr(Schema.Finite)

/** Refuses names that make no columns, or the same ones twice. */
export const checkNames = (stage: string, models: ReadonlyArray<{ readonly name: string }>): void => {
  const names = models.map(({ name }) => name)
  if (names.length === 0) throw new Error(`Cannot set up "${stage}": found no model, expected one or more`)
  for (const [i, name] of names.entries()) {
    if (!/^\w+$/.test(name) || /chosen|rejected/i.test(name)) {
      throw new Error(
        `Cannot set up "${stage}": found the name "${name}", expected letters, digits and underscores without "chosen" or "rejected"`
      )
    }
    if (names.indexOf(name) !== i) {
      throw new Error(`Cannot set up "${stage}": found the name "${name}" twice, expected different names`)
    }
  }
}

const checkModels = (stage: string, models: ReadonlyArray<RewardModel<string>>): void => {
  checkNames(stage, models)
  const bad = models.find(({ output = 0 }) => !(Number.isInteger(output) && output >= 0))
  if (bad === undefined) return
  throw new Error(
    `Cannot set up "${stage}": found output ${bad.output} of the model "${bad.name}", expected an integer from 0`
  )
}

/** Fields of `<name><suffix>` for each model and suffix, all of one type. */
const columnsOf = (models: ReadonlyArray<{ readonly name: string }>, suffixes: ReadonlyArray<string>) =>
  Object.fromEntries(models.flatMap(({ name }) => suffixes.map((suffix) => [`${name}${suffix}`, number])))

/** What one reward model says of one text, or why it says nothing. */
const rewardOf = (
  { name, model, output }: RewardModel<string>,
  prompt: string,
  text: string
): Effect.Effect<number | Rejection, LanguageModelError | JournalError, LanguageModel> =>
  text.trim() === ""
    ? Effect.succeed(reject("no text", "the response is empty"))
    : askForRow(
        Effect.gen(function* () {
          const { provider, reward } = yield* LanguageModel
          const answer = yield* reward({ messages: [{ role: "user", content: prompt }], text, model: model ?? null })
          const { length } = answer.scores
          const given = output === undefined && length !== 1 ? undefined : answer.scores[output ?? 0]
          if (given !== undefined) return given
          return yield* new LanguageModelError({
            reason: "unsupported",
            provider: provider.name,
            model: answer.model,
            found: `found ${length} ${length === 1 ? "score" : "scores"} for one text, expected ${output === undefined ? "one" : `more than ${output}`}`,
            remedy: `set "output" of the model "${name}" to the place of the reward among them, from 0`
          })
        })
      )

const sides = ["chosen", "rejected"] as const

/** The scores of all models for both sides of a pair, model by model, and notes on those that are missing. */
const scoresOf = (models: ReadonlyArray<RewardModel<string>>, row: PairTexts) => {
  const asked = models.flatMap((model) => sides.map((side) => ({ model, side })))
  return Effect.map(
    forEachCall(asked, ({ model, side }) => rewardOf(model, row.prompt, row[side])),
    (made) => ({
      values: made.map((one) => (one instanceof Rejection ? null : one)),
      notes: made.flatMap((one, i) =>
        one instanceof Rejection
          ? [reject(`score: ${one.reason}`, `${asked[i]!.model.name} on ${asked[i]!.side}: ${one.detail}`)]
          : []
      )
    })
  )
}

const pairs = <const Name extends string>(options: ScoreOptions<Name>): Asking<PairTexts, SideScores<Name>> => {
  const { models } = options
  checkModels("score.pairs", models)
  return each({
    name: "score.pairs",
    needs: pairTexts,
    gives: columnsOf(models, ["Chosen", "Rejected"]),
    config: options,
    callsPerRow: 2 * models.length,
    capabilities: ["reward"],
    row: (row) =>
      Effect.map(scoresOf(models, row), ({ notes, values }) =>
        noting(
          Object.fromEntries(
            models.flatMap(({ name }, i) => [
              [`${name}Chosen`, values[2 * i]!],
              [`${name}Rejected`, values[2 * i + 1]!]
            ])
          ),
          notes
        )
      )
  }) as unknown as Asking<PairTexts, SideScores<Name>>
}

const gaps = <const Name extends string>(
  options: ScoreOptions<Name>
): Asking<PairTexts, { readonly [K in `${Name}Gap`]: number | null }> => {
  const { models } = options
  checkModels("score.gaps", models)
  return each({
    name: "score.gaps",
    needs: pairTexts,
    gives: columnsOf(models, ["Gap"]),
    config: options,
    callsPerRow: 2 * models.length,
    capabilities: ["reward"],
    row: (row) =>
      Effect.map(scoresOf(models, row), ({ notes, values }) =>
        noting(
          Object.fromEntries(
            models.map(({ name }, i) => {
              const [chosen, rejected] = [values[2 * i]!, values[2 * i + 1]!]
              return [`${name}Gap`, chosen === null || rejected === null ? null : chosen - rejected]
            })
          ),
          notes
        )
      )
  }) as unknown as Asking<PairTexts, { readonly [K in `${Name}Gap`]: number | null }>
}

const candidates = (options: ScoreCandidatesOptions) => {
  const { axis = "overall", models } = options
  checkModels("score.candidates", models)
  return each({
    name: "score.candidates",
    needs: { prompt: Schema.String, ...Candidates },
    uses: Judgments,
    gives: Judgments,
    config: { models, axis },
    callsPerRow: `${models.length} × unscored candidates`,
    capabilities: ["reward"],
    row: Effect.fnUntraced(function* (row) {
      const { provider } = yield* LanguageModel
      const before = row.judgments ?? []
      const asked = models.flatMap((model) =>
        row.candidates
          .filter(({ id }) => !hasJudged(before, { annotator: model.name, axis, firstId: id, secondId: null }))
          .map((candidate) => ({ model, candidate }))
      )
      const made = yield* forEachCall(asked, ({ candidate, model }) => rewardOf(model, row.prompt, candidate.text))
      const given: Array<Judgment> = []
      const notes: Array<Rejection> = []
      for (const [i, one] of made.entries()) {
        const { candidate, model } = asked[i]!
        if (one instanceof Rejection) {
          notes.push(reject(`judgment: ${one.reason}`, `${model.name} on ${candidate.id}: ${one.detail}`))
          continue
        }
        given.push({
          annotator: model.name,
          annotatorKind: provider.simulated ? "simulated" : "model",
          axis,
          firstId: candidate.id,
          secondId: null,
          score: one,
          verdict: null,
          critique: null,
          plantedCorrect: null
        })
      }
      return noting({ judgments: [...before, ...given] }, notes)
    })
  })
}

/**
 * Has reward models give numbers to responses: evidence for `flag` and `prefCleanBench` on pairs, judgments on candidates.
 *
 * There are two shapes, and every stage that makes evidence has one of them. On pairs (`prompt`, `chosen`, `rejected`) it gives
 * one nullable number for each model and side, in columns that `flag` reads by name and that change places when a pair is flipped. On
 * groups it appends judgments, which `clean`, `pair` and all else that reads opinions take as they are.
 * - `score.pairs`: rewards, as `<name>Chosen` and `<name>Rejected`, for "Vote-Maj" and "Vote-All". Two calls a row and model.
 * - `score.gaps`: the reward of the chosen less that of the rejected response, as `<name>Gap`, for "RwGap". The same calls: behind
 *   `score.pairs` they are answered from the journal. A stage of its own because gaps change their sign when a pair is flipped,
 *   which `treat` has to be told, as `prefCleanBench("RwGap-F", …)` does.
 * - `score.candidates`: rewards as judgments with a score, in the name of the model. A candidate that has one on this axis is
 *   not scored again. One call a model and candidate.
 *
 * Rewards are on each model's own scale, higher is better, whatever the server makes of them; they are never mixed across models here. A
 * response without text is not sent to a reward model. What could not be had is null, or no judgment, and is noted in the rejects.
 * Needs a provider with "reward", which is checked before the first row. A model that gives several numbers stops the
 * run unless `output` says which one counts. All models are asked at the one provider of the plan, by their names there; for
 * models behind other addresses run again on the rows of the last run. Throws on names that make no columns.
 *
 * Source: PrefCleanBench, https://arxiv.org/abs/2509.23564
 */
export const score = { pairs, gaps, candidates } as const
