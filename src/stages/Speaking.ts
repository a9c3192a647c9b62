import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import { type Candidate, originalAnswer } from "../../schemas/Candidate.ts"
import type { TokenEntropy } from "../../schemas/TokenEntropy.ts"
import { reject, Rejection } from "../Rejects.ts"
import { contentId } from "../Seed.ts"
import type { JournalError } from "../Journal.ts"
import { LanguageModel, sampleOf } from "../services/LanguageModel.ts"
import type { Completion, Message, Request } from "../services/Provider.ts"
import type { RowOf } from "../Stage.ts"
import { answerEntropy, entropyFeatures } from "./answerEntropy.ts"
import { askForRow, forEachCall } from "./askForRow.ts"
import { refuseAnswer } from "./refuseAnswer.ts"
import { spentOnThinking } from "./spentOnThinking.ts"

type Fields = Schema.Struct.Fields

/** The row a template reads: the prompt, and the columns that were named as slots. */
export type Slots<F extends Fields> = { readonly prompt: string } & RowOf<F>

/** Who speaks, and how; what is left out is as for all. */
export interface Speaker<F extends Fields = {}> {
  /** Becomes the `persona` of the candidates. */
  readonly name: string
  /** The system prompt. */
  readonly system?: string
  readonly model?: string
  readonly temperature?: number
  readonly topP?: number
  readonly maxTokens?: number
  /** The user turn, for instance with less of the context. */
  readonly template?: (row: Slots<F>) => string
  /** Rank that is known from how the speaker was made, 1 the best. Default: none. */
  readonly tier?: number
}

/** How many candidates, and who speaks them how. */
export interface GenerateOptions<F extends Fields = {}> {
  /** Candidates per prompt. */
  readonly n: number
  /** Models to ask in turn. Default: the provider's own. */
  readonly models?: ReadonlyArray<string>
  /** Personas to speak in turn: name → system prompt. Default: none. */
  readonly personas?: Readonly<Record<string, string>>
  /** Who speaks in turn, in place of models and personas, each in its own way: an order by construction has tiers. */
  readonly speakers?: ReadonlyArray<Speaker<F>>
  /** Columns that templates read besides the prompt; a pipeline without them does not compile. */
  readonly slots?: F
  /** The user turn; default is the prompt itself. */
  readonly template?: (row: Slots<F>) => string
  /** Default 1, so that repeated samples differ. */
  readonly temperature?: number
  readonly topP?: number
  /** Default 1,024. */
  readonly maxTokens?: number
  /** Seeds of a speaker's samples, one each. Default: the run's seed, raised by one for each sample. */
  readonly seeds?: ReadonlyArray<number>
  /** What the candidates are. Default "answer". */
  readonly kind?: string
  /** Name of the stage; tells two `generate` stages apart in the report. */
  readonly name?: string
}

/** What a row of a speaking stage brings. */
export interface Spoken {
  readonly candidates: ReadonlyArray<Candidate>
  readonly tokenEntropies: ReadonlyArray<TokenEntropy>
  /** Why entropies are missing. */
  readonly rejections: ReadonlyArray<Rejection>
}

type Entropy = ReturnType<typeof answerEntropy> | null

interface SpeakingRow {
  readonly id: string
  readonly prompt: string
}

/** Everything in the options, functions by their text, for the manifest. */
const configOf = <F extends Fields>({ slots, ...options }: GenerateOptions<F>): object => ({
  ...options,
  ...(slots === undefined ? {} : { slots: Object.keys(slots) }),
  ...(options.template === undefined ? {} : { template: String(options.template) }),
  ...(options.speakers === undefined
    ? {}
    : {
        speakers: options.speakers.map((speaker) =>
          speaker.template === undefined ? speaker : { ...speaker, template: String(speaker.template) }
        )
      })
})

const speakersOf = <F extends Fields>(options: GenerateOptions<F>) => {
  if (options.speakers !== undefined) {
    if (options.models !== undefined || options.personas !== undefined) {
      throw new Error("Cannot generate: found speakers beside models or personas, expected the one or the other")
    }
    return options.speakers.map((speaker) => ({ ...speaker, model: speaker.model ?? null }))
  }
  const personas = options.personas === undefined ? [null] : Object.entries(options.personas)
  return (options.models ?? [null]).flatMap((model) =>
    personas.map((persona): Omit<Speaker<F>, "name" | "model"> & { name: string | null; model: string | null } =>
      persona === null ? { name: null, model } : { name: persona[0], system: persona[1], model }
    )
  )
}

/** What the stages that draw candidates for a prompt have in common. */
export const speaking = <F extends Fields>(options: GenerateOptions<F>) => {
  const { n, seeds } = options
  if (!Number.isInteger(n) || n < 1) throw new Error(`Cannot generate: found n ${n}, expected a positive integer`)
  const speakers = speakersOf(options)
  if (speakers.length === 0) {
    const found =
      options.speakers !== undefined ? "no speaker" : options.models?.length === 0 ? "no model" : "no persona"
    throw new Error(`Cannot generate: found ${found}, expected one or more, or the option left out`)
  }
  if (seeds !== undefined && seeds.length < Math.ceil(n / speakers.length)) {
    throw new Error(
      `Cannot generate: found ${seeds.length} seeds, expected ${Math.ceil(n / speakers.length)}, one for each sample of a speaker`
    )
  }

  type Told = (typeof speakers)[number]

  const requestOf = (given: SpeakingRow, speaker: Told, seed: number, topLogProbs: number | undefined): Request => {
    const template = speaker.template ?? options.template
    // The slots are columns that the stage declares as needed.
    const content = template === undefined ? given.prompt : template(given as unknown as Slots<F>)
    const user: Message = { role: "user", content }
    return {
      task: { kind: "generate", prompt: given.prompt, persona: speaker.name },
      messages: speaker.system === undefined ? [user] : [{ role: "system", content: speaker.system }, user],
      model: speaker.model,
      sampleIndex: 0,
      temperature: speaker.temperature ?? options.temperature ?? 1,
      topP: speaker.topP ?? options.topP,
      maxTokens: speaker.maxTokens ?? options.maxTokens ?? 1024,
      seed,
      ...(topLogProbs === undefined ? {} : { topLogProbs })
    }
  }

  const candidateOf = (
    { id }: SpeakingRow,
    speaker: Told,
    position: number,
    { finishReason, model, planted, text }: Completion,
    sampleIndex: number,
    entropy: Entropy
  ): Candidate => ({
    ...originalAnswer,
    id: contentId(id, "candidate", position + sampleIndex * speakers.length, text),
    text,
    kind: options.kind ?? originalAnswer.kind,
    model,
    persona: speaker.name,
    sampleIndex,
    finishReason,
    tier: speaker.tier ?? null,
    features: entropy === null || entropy instanceof Rejection ? [] : entropyFeatures(entropy),
    plantedQuality: planted?.quality ?? null
  })

  /** Turns down some of the answers about a row, each for its reason. */
  const refuse = (
    answers: ReadonlyArray<readonly [i: number, rejection: Rejection]>,
    given: SpeakingRow,
    seed: number,
    topLogProbs: number | undefined
  ) =>
    Effect.forEach(answers, ([i, rejection]) => {
      const request = requestOf(given, speakers[i % speakers.length]!, seed, topLogProbs)
      const sampleIndex = Math.floor(i / speakers.length)
      const asked =
        seeds === undefined ? sampleOf(request, sampleIndex) : { ...request, sampleIndex, seed: seeds[sampleIndex] }
      return refuseAnswer(asked, rejection)
    })

  // No generator functions in here: each one that is made, for each row, is a class of its own to the engine.
  const row = (given: SpeakingRow, seed: number, topLogProbs?: number) => {
    const speak = (service: LanguageModel["Service"], speaker: Told, position: number) => {
      const request = requestOf(given, speaker, seed, topLogProbs)
      const nSamples = Math.ceil((n - position) / speakers.length)
      const answers =
        seeds === undefined
          ? service.samples(request, nSamples)
          : forEachCall(seeds.slice(0, nSamples), (own, sampleIndex) =>
              service.complete({ ...request, sampleIndex, seed: own })
            )
      return Effect.map(answers, (all) =>
        all.map((answer, sampleIndex) => {
          const entropy = topLogProbs === undefined ? null : answerEntropy(answer)
          return { candidate: candidateOf(given, speaker, position, answer, sampleIndex, entropy), entropy }
        })
      )
    }
    const bySpeaker = LanguageModel.use((service) =>
      forEachCall(speakers.slice(0, n), (speaker, position) => speak(service, speaker, position))
    )
    return askForRow(
      Effect.flatMap(bySpeaker, (all): Effect.Effect<Spoken | Rejection, JournalError, LanguageModel> => {
        const spoken = Array.from({ length: n }, (_, i) => all[i % speakers.length]![Math.floor(i / speakers.length)]!)
        const candidates = spoken.map(({ candidate }) => candidate)
        const made: Spoken = {
          candidates,
          tokenEntropies: spoken.flatMap(({ candidate, entropy }) =>
            entropy === null || entropy instanceof Rejection ? [] : [{ candidateId: candidate.id, ...entropy }]
          ),
          rejections: spoken.flatMap(({ entropy }) => (entropy instanceof Rejection ? [entropy] : []))
        }
        const isSilent = candidates.every(({ text }) => text.trim() === "")
        // An empty answer beside others is no fault of the row, which is kept with it.
        const useless = spoken.flatMap(({ candidate, entropy }, i): ReadonlyArray<readonly [number, Rejection]> => {
          if (isSilent) return [[i, reject("no text", candidate.finishReason)]]
          return entropy instanceof Rejection ? [[i, entropy]] : []
        })
        if (useless.length === 0) return Effect.succeed(made)
        const advice = candidates.map(spentOnThinking).find((said) => said !== null)
        const reasons = candidates.map(({ finishReason }) => finishReason).join(", ")
        const result = isSilent
          ? reject(
              "no text",
              [`all ${n} answers are empty: ${reasons}`, ...(advice === undefined ? [] : [advice])].join("; ")
            )
          : made
        return Effect.as(refuse(useless, given, seed, topLogProbs), result)
      })
    )
  }
  return { config: configOf(options), row }
}
