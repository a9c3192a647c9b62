import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Candidate, Candidates } from "../../schemas/Candidate.ts"
import { reject } from "../Rejects.ts"
import { contentId } from "../Seed.ts"
import { LanguageModel } from "../services/LanguageModel.ts"
import type { Message } from "../services/Provider.ts"
import { each } from "../Stage.ts"
import { askForRow, forEachCall } from "./askForRow.ts"

/** How many candidates, and who speaks them how. */
export interface GenerateOptions {
  /** Candidates per prompt. */
  readonly n: number
  /** Models to ask in turn. Default: the provider's own. */
  readonly models?: ReadonlyArray<string>
  /** Personas to speak in turn: name → system prompt. Default: none. */
  readonly personas?: Readonly<Record<string, string>>
  /** The user turn; default is the prompt itself. */
  readonly template?: (row: { readonly prompt: string }) => string
  /** Default 1, so that repeated samples differ. */
  readonly temperature?: number
  readonly topP?: number
  /** Default 1,024. */
  readonly maxTokens?: number
  /** Name of the stage; tells two `generate` stages apart in the report. */
  readonly name?: string
}

/**
 * Asks for `n` candidates per prompt, going round models and personas.
 *
 * Candidate `i` comes from combination `i mod (models × personas)`; samples of one combination are told apart by their sample
 * index and seed, and asked for in one call where the provider can. Every answer is kept, with its finish reason; an empty one stays as an empty text that no pairing rule takes.
 * A prompt that the server's filter refuses, or that is too long, becomes a reject. Costs at most `n` calls a row.
 */
export const generate = (options: GenerateOptions) => {
  const { n, temperature = 1, maxTokens = 1024, topP } = options
  const models = options.models ?? [null]
  const personas = options.personas === undefined ? [null] : Object.entries(options.personas)
  const speakers = models.flatMap((model) => personas.map((persona) => ({ model, persona })))
  const template = options.template ?? ((row) => row.prompt)
  if (!Number.isInteger(n) || n < 1) throw new Error(`Cannot generate: found n ${n}, expected a positive integer`)
  if (speakers.length === 0) {
    const found = models.length === 0 ? "no model" : "no persona"
    throw new Error(`Cannot generate: found ${found}, expected one or more, or the option left out`)
  }
  return each({
    name: options.name ?? "generate",
    needs: { id: Schema.String, prompt: Schema.String },
    gives: Candidates,
    config: { ...options, ...(options.template === undefined ? {} : { template: String(options.template) }) },
    callsPerRow: n,
    row: (row, { seed }) => {
      const speak = Effect.fnUntraced(function* ({ model, persona }: (typeof speakers)[number], position: number) {
        const user: Message = { role: "user", content: template(row) }
        const service = yield* LanguageModel
        const nSamples = Math.ceil((n - position) / speakers.length)
        const answers = yield* service.samples(
          {
            task: { kind: "generate", prompt: row.prompt, persona: persona?.[0] ?? null },
            messages: persona === null ? [user] : [{ role: "system", content: persona[1] }, user],
            model,
            sampleIndex: 0,
            temperature,
            topP,
            maxTokens,
            seed
          },
          nSamples
        )
        return answers.map((answer, sampleIndex): Candidate => ({
          id: contentId(row.id, "candidate", position + sampleIndex * speakers.length, answer.text),
          text: answer.text,
          model: answer.model,
          persona: persona?.[0] ?? null,
          sampleIndex,
          finishReason: answer.finishReason,
          parentId: null,
          injection: null,
          plantedQuality: answer.planted?.quality ?? null
        }))
      })
      const speakersAsked = speakers.slice(0, n)
      return askForRow(
        Effect.map(forEachCall(speakersAsked, speak), (bySpeaker) => {
          const candidates = Array.from(
            { length: n },
            (_, i) => bySpeaker[i % speakers.length]![Math.floor(i / speakers.length)]!
          )
          return candidates.every((candidate) => candidate.text.trim() === "")
            ? reject(
                "no text",
                `all ${n} answers are empty: ${candidates.map((candidate) => candidate.finishReason).join(", ")}`
              )
            : { candidates }
        })
      )
    }
  })
}
