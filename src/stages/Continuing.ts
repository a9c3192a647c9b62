import * as Effect from "effect/Effect"
import { type Candidate, originalAnswer } from "../../schemas/Candidate.ts"
import type { TokenEntropy } from "../../schemas/TokenEntropy.ts"
import { sharedPrefix } from "../math/sharedPrefix.ts"
import { type Noted, noting, reject, Rejection } from "../Rejects.ts"
import { contentId } from "../Seed.ts"
import { LanguageModel, sampleOf } from "../services/LanguageModel.ts"
import type { Message, Request } from "../services/Provider.ts"
import type { StageContext } from "../Stage.ts"
import { answerEntropy, entropyFeatures, type KnownEntropy } from "./answerEntropy.ts"
import { askForRow } from "./askForRow.ts"
import { refuseAnswer } from "./refuseAnswer.ts"

/** Where a text is left, and what is put there before the model goes on. */
export interface Point {
  /** Characters of the text that stay, in UTF-16 code units. */
  readonly at: number
  /** Default nothing. */
  readonly insert?: string
}

/** How a text is continued. */
export interface ContinueOptions {
  /** Continuations of each point. Default 1. */
  readonly n?: number
  /** The model that goes on. Default: the provider's own. */
  readonly model?: string
  /** The system prompt. Default: none. */
  readonly system?: string
  /** Default 1, so that continuations differ. */
  readonly temperature?: number
  readonly topP?: number
  /** Tokens of a continuation. Default 1,024. */
  readonly maxTokens?: number
}

/** A continued candidate, with its token entropies where they were asked for and are known. */
export interface Continued {
  readonly candidate: Candidate
  readonly entropy: TokenEntropy | null
}

/** Throws when the number of continuations is none. */
export const checkContinue = (stage: string, { n = 1 }: ContinueOptions): void => {
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`Cannot ${stage}: found n ${n}, expected a positive integer`)
}

/**
 * Continues a candidate from a point, `n` times.
 *
 * With `topLogProbs`, the entropies of a new text are those of the tokens of its parent that end before the point, where they are known,
 * and of the new ones. What gave no text is a rejection.
 */
export const continueFrom = Effect.fnUntraced(function* (
  given: {
    readonly row: { readonly id: string; readonly prompt: string }
    readonly parent: Candidate
    readonly point: Point
    readonly operation: string
    readonly context: Pick<StageContext, "key" | "seed">
    readonly topLogProbs?: number
    readonly known?: TokenEntropy | undefined
  },
  options: ContinueOptions
) {
  const { context, known, operation, parent, point, row, topLogProbs } = given
  const { insert = "" } = point
  if (!(Number.isInteger(point.at) && point.at >= 0 && point.at <= parent.text.length)) {
    return [reject(`${operation}: no such place`, `found ${point.at} in a text of ${parent.text.length} characters`)]
  }
  const prefix = parent.text.slice(0, point.at) + insert
  const user: Message = { role: "user", content: row.prompt }
  const service = yield* LanguageModel
  const request: Request = {
    task: { kind: "generate", prompt: row.prompt, persona: parent.persona },
    messages: options.system === undefined ? [user] : [{ role: "system", content: options.system }, user],
    model: options.model ?? null,
    sampleIndex: 0,
    temperature: options.temperature ?? 1,
    topP: options.topP,
    maxTokens: options.maxTokens ?? 1024,
    seed: context.seed,
    ...(prefix === "" ? {} : { prefix }),
    ...(topLogProbs === undefined ? {} : { topLogProbs })
  }
  const answers = yield* askForRow(service.samples(request, options.n ?? 1))
  if (answers instanceof Rejection) return [reject(`${operation}: ${answers.reason}`, answers.detail)]
  const results: Array<Noted<Continued> | Rejection> = []
  for (const [sampleIndex, answer] of answers.entries()) {
    if (answer.text.trim() === "") {
      const found = `${parent.id} at ${point.at}: nothing followed (${answer.finishReason})`
      results.push(yield* refuseAnswer(sampleOf(request, sampleIndex), reject(`${operation}: no text`, found)))
      continue
    }
    const text = prefix + answer.text
    const id = contentId(row.id, context.key, operation, parent.id, point.at, insert, sampleIndex, answer.text)
    const read = topLogProbs === undefined ? null : answerEntropy(answer)
    const entropy = read === null || read instanceof Rejection ? null : joined(point, prefix.length, known, read)
    const candidate: Candidate = {
      ...originalAnswer,
      id,
      text,
      kind: parent.kind,
      model: answer.model,
      persona: parent.persona,
      sampleIndex,
      finishReason: answer.finishReason,
      parentId: parent.id,
      operation,
      sharedPrefix: sharedPrefix(parent.text, text),
      features: [{ name: "continuedAt", value: prefix.length }, ...(entropy === null ? [] : entropyFeatures(entropy))]
    }
    const notes = read instanceof Rejection ? [yield* refuseAnswer(sampleOf(request, sampleIndex), read)] : []
    results.push(noting({ candidate, entropy: entropy === null ? null : { candidateId: id, ...entropy } }, notes))
  }
  return results
})

/** Tokens of the parent that end before the point, and those that were added. */
const joined = ({ at }: Point, offset: number, known: TokenEntropy | undefined, added: KnownEntropy): KnownEntropy => {
  const nKept = known?.ends.filter((end) => end <= at).length ?? 0
  return {
    ends: [...(known?.ends.slice(0, nKept) ?? []), ...added.ends.map((end) => offset + end)],
    nats: [...(known?.nats.slice(0, nKept) ?? []), ...added.nats]
  }
}
