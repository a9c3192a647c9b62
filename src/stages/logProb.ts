import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { JournalError } from "../Journal.ts"
import { noting, reject, Rejection } from "../Rejects.ts"
import { LanguageModel } from "../services/LanguageModel.ts"
import type { LanguageModelError } from "../services/LanguageModelError.ts"
import type { ScoreRequest, TokenLogProb } from "../services/Provider.ts"
import { each, type Stage } from "../Stage.ts"
import { askForRow, forEachCall } from "./askForRow.ts"
import { checkNames, type NamedModel, pairTexts } from "./score.ts"

/** How a model reads prompt and response. */
export type Reading =
  | {
      /** One text behind the other (default), as base models read; needs "scoreText". */
      readonly as?: "text"
      /** What stands in front of the response. Default: the prompt and an empty line. */
      readonly template?: (row: { readonly prompt: string }) => string
    }
  /** A user's and an assistant's turn in the model's own template; needs "scoreChat". */
  | { readonly as: "chat" }

/** Whose log-probabilities, and how it reads. */
export type LogProbOptions = Reading & {
  /** Default: the provider's own model. */
  readonly model?: string
}

/** Which models are compared with which one they were trained from. */
export type LogProbGapOptions<Name extends string> = Reading & {
  readonly models: ReadonlyArray<NamedModel<Name>>
  /** The model before preference training, by its name at the provider. */
  readonly reference: string
}

/** Which models say how likely they find a response. */
export type LogProbByModelOptions = Reading & {
  /** By their names at the provider, each once. */
  readonly models: ReadonlyArray<string>
}

type Side = "chosen" | "rejected"
const sides: ReadonlyArray<Side> = ["chosen", "rejected"]

const number = Schema.NullOr(Schema.Finite)
const count = Schema.NullOr(Schema.Int)
const gives = {
  chosenGivenPrompt: number,
  chosenAlone: number,
  chosenTokens: count,
  rejectedGivenPrompt: number,
  rejectedAlone: number,
  rejectedTokens: count
}

const isChat = (reading: Reading): boolean => reading.as === "chat"
const capabilityOf = (reading: Reading) => (isChat(reading) ? "scoreChat" : "scoreText")
const configOf = (options: Reading): object =>
  "template" in options ? { ...options, template: String(options.template) } : options

/** What stands in front of a response, with the prompt or, where that is null, without. */
const contextOf = (reading: Reading, prompt: string | null): ScoreRequest["context"] => {
  if (reading.as === "chat") return [{ role: "user", content: prompt ?? "" }]
  const template = reading.template ?? ((row) => `${row.prompt}\n\n`)
  return prompt === null ? "" : template({ prompt })
}

const tokensOf = (
  context: ScoreRequest["context"],
  text: string,
  model: string | null
): Effect.Effect<ReadonlyArray<TokenLogProb> | Rejection, LanguageModelError | JournalError, LanguageModel> =>
  text.trim() === ""
    ? Effect.succeed(reject("no text", "the response is empty"))
    : askForRow(
        Effect.gen(function* () {
          const { score } = yield* LanguageModel
          const { tokens } = yield* score({ context, text, model })
          return tokens.length === 0 ? reject("no tokens", "the answer has no token of the response") : tokens
        })
      )

const sumOf = (tokens: ReadonlyArray<TokenLogProb>): number => tokens.reduce((sum, { logProb }) => sum + logProb, 0)

/** How many tokens, counted from the end, two readings of one text have in common. */
const nCommon = (a: ReadonlyArray<TokenLogProb>, b: ReadonlyArray<TokenLogProb>): number => {
  const most = Math.min(a.length, b.length)
  let n = 0
  while (n < most && a[a.length - 1 - n]!.token === b[b.length - 1 - n]!.token) n++
  return n
}

type Made = ReadonlyArray<TokenLogProb> | Rejection

const noteOn = (question: string, { detail, reason }: Rejection): Rejection =>
  reject(`log-prob: ${reason}`, `${question}: ${detail}`)

const pairs = (options: LogProbOptions = {}) => {
  const { model = null } = options
  return each({
    name: "logProb.pairs",
    needs: pairTexts,
    gives,
    config: configOf(options),
    callsPerRow: 4,
    capabilities: [capabilityOf(options)],
    row: (row) => {
      const asked = sides.flatMap((side) =>
        [row.prompt, null].map((prompt) => ({ context: contextOf(options, prompt), text: row[side] }))
      )
      return Effect.map(
        forEachCall(asked, ({ context, text }) => tokensOf(context, text, model)),
        (made) => {
          const [chosen, rejected] = sides.map((side, i) => responseOf(side, made[2 * i]!, made[2 * i + 1]!))
          return noting(
            {
              chosenGivenPrompt: chosen!.givenPrompt,
              chosenAlone: chosen!.alone,
              chosenTokens: chosen!.nTokens,
              rejectedGivenPrompt: rejected!.givenPrompt,
              rejectedAlone: rejected!.alone,
              rejectedTokens: rejected!.nTokens
            },
            [...chosen!.notes, ...rejected!.notes]
          )
        }
      )
    }
  })
}

const missing = { givenPrompt: null, alone: null, nTokens: null }

/** Sums over the tokens that both readings of a response have in common. */
const responseOf = (side: Side, given: Made, alone: Made) => {
  if (given instanceof Rejection) return { ...missing, notes: [noteOn(side, given)] }
  if (alone instanceof Rejection) return { ...missing, notes: [noteOn(`${side} alone`, alone)] }
  const nTokens = nCommon(given, alone)
  if (nTokens === 0) {
    const ends = `${JSON.stringify(given.at(-1)!.token)} and ${JSON.stringify(alone.at(-1)!.token)}`
    return {
      ...missing,
      notes: [reject("log-prob: other tokens", `${side}: read with and without its prompt it ends in ${ends}`)]
    }
  }
  return { givenPrompt: sumOf(given.slice(-nTokens)), alone: sumOf(alone.slice(-nTokens)), nTokens, notes: [] }
}

type Gaps<Name extends string> = Stage<
  { readonly prompt: string; readonly chosen: string; readonly rejected: string },
  { readonly [K in `${Name}Gap`]: number | null },
  true,
  LanguageModelError | JournalError,
  LanguageModel
>

const gaps = <const Name extends string>(options: LogProbGapOptions<Name>): Gaps<Name> => {
  const { models, reference } = options
  checkNames("logProb.gaps", models)
  const speakers = [{ name: "reference", model: reference }, ...models]
  return each({
    name: "logProb.gaps",
    needs: pairTexts,
    gives: Object.fromEntries(models.map(({ name }) => [`${name}Gap`, number])),
    config: configOf(options),
    callsPerRow: 2 * speakers.length,
    capabilities: [capabilityOf(options)],
    row: (row) => {
      const context = contextOf(options, row.prompt)
      const asked = speakers.flatMap((speaker) => sides.map((side) => ({ speaker, side })))
      return Effect.map(
        forEachCall(asked, ({ side, speaker }) => tokensOf(context, row[side], speaker.model ?? null)),
        (made) => {
          const sums = made.map((one) => (one instanceof Rejection ? Number.NaN : sumOf(one)))
          const ofReference = sums[0]! - sums[1]!
          return noting(
            Object.fromEntries(
              models.map(({ name }, i) => {
                const gap = sums[2 * i + 2]! - sums[2 * i + 3]! - ofReference
                return [`${name}Gap`, Number.isNaN(gap) ? null : gap]
              })
            ),
            made.flatMap((one, i) =>
              one instanceof Rejection ? [noteOn(`${asked[i]!.speaker.name} on ${asked[i]!.side}`, one)] : []
            )
          )
        }
      )
    }
  }) as unknown as Gaps<Name>
}

const ofModel = Schema.Struct({ model: Schema.String, logProb: number, nTokens: count })
const logProbsByModel = { chosenLogProbs: Schema.Array(ofModel), rejectedLogProbs: Schema.Array(ofModel) }

const byModel = (options: LogProbByModelOptions) => {
  const { models } = options
  if (models.length === 0 || new Set(models).size < models.length) {
    const found = models.length === 0 ? "no model" : `the models ${models.join(", ")}`
    throw new Error(`Cannot set up "logProb.byModel": found ${found}, expected one or more, each once`)
  }
  return each({
    name: "logProb.byModel",
    needs: pairTexts,
    gives: logProbsByModel,
    config: configOf(options),
    callsPerRow: 2 * models.length,
    capabilities: [capabilityOf(options)],
    row: (row) => {
      const context = contextOf(options, row.prompt)
      const asked = models.flatMap((model) => sides.map((side) => ({ model, side })))
      return Effect.map(
        forEachCall(asked, ({ model, side }) => tokensOf(context, row[side], model)),
        (made) => {
          const onSide = (wanted: Side) =>
            asked.flatMap(({ model, side }, i): ReadonlyArray<typeof ofModel.Type> => {
              const tokens = made[i]!
              if (side !== wanted) return []
              if (tokens instanceof Rejection) return [{ model, logProb: null, nTokens: null }]
              return [{ model, logProb: sumOf(tokens), nTokens: tokens.length }]
            })
          return noting(
            { chosenLogProbs: onSide("chosen"), rejectedLogProbs: onSide("rejected") },
            made.flatMap((one, i) =>
              one instanceof Rejection ? [noteOn(`${asked[i]!.model} on ${asked[i]!.side}`, one)] : []
            )
          )
        }
      )
    }
  })
}

/**
 * Has a language model say how likely it finds the responses of pairs: evidence for the rules "ifd", "ifdGap" and "rwGap".
 *
 * - `logProb.pairs`: for each response the sum of the log-probabilities of its tokens behind the prompt (`chosenGivenPrompt`) and
 *   without it (`chosenAlone`), in nats, and their number (`chosenTokens`); the same for `rejected`. Four calls a row. The sums are over
 *   the same tokens: those that both readings have in common, counted from the end. So the first token is left out where a server
 *   gives it no log-probability without anything in front of it, and where it is cut differently behind the prompt.
 * - `logProb.gaps`: the implicit reward of each model trained on preferences, as `<name>Gap`: by how much its log-probability of the
 *   chosen response has risen against the reference, less the same of the rejected one, in nats, without beta. Two calls a row
 *   for each model and two for the reference. All are asked at the plan's provider, as adapters of one server are.
 * - `logProb.byModel`: the sum behind the prompt and the number of tokens under each of any number of models, as the lists
 *   `chosenLogProbs` and `rejectedLogProbs` in the order of the models: the same columns for two models as for ten, as where each round of
 *   a training adds one. Two calls a row and model.
 *
 * Read as a chat, "without the prompt" is behind an empty user's turn, since a template wants one. Texts are not cut; what is too
 * long for the model is null, as is all that could not be had, and is noted in the rejects. On pairs alone: a log-probability is no
 * opinion on a scale, so there are no judgments of it. Needs a provider with "scoreText" or "scoreChat", which is checked before the
 * first row. A flipped pair takes the columns of `logProb.pairs` along; gaps change their sign, which `treat` has to be told.
 *
 * Source: PrefCleanBench, https://arxiv.org/abs/2509.23564; Li et al. 2023, https://arxiv.org/abs/2308.12032
 */
export const logProb = { pairs, gaps, byModel } as const
