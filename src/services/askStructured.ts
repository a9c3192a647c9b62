import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { JournalError } from "../Journal.ts"
import { LanguageModel } from "./LanguageModel.ts"
import { concernsOneRow, type LanguageModelError } from "./LanguageModelError.ts"
import type { Completion, Message, Request } from "./Provider.ts"
import { answerSchema, structuredAnswer } from "./structuredAnswer.ts"

/**
 * What came of a question that wants JSON: a value of the schema, or why there is none.
 *
 * `completion` is the last answer, `repaired` says that it is the second one. `problem` says what was found and what was
 * expected; what it quotes is short, and no character of it can act on a terminal.
 */
export type StructuredOutcome<A> =
  | { readonly ok: true; readonly value: A; readonly completion: Completion; readonly repaired: boolean }
  | {
      readonly ok: false
      readonly reason: "refused" | "content filter" | "cut off" | "malformed answer"
      readonly problem: string
      readonly completion: Completion
    }

/**
 * Makes the function that asks a model for JSON of a schema: sent as JSON Schema, checked always, never guessed.
 *
 * An answer that cannot be read is followed up once: the same request, the answer, and what is wrong with it. An answer cut off
 * at its limit of tokens is never read, even where its JSON is complete, and is followed up with twice the limit. A refusal and
 * a stop by a filter are followed up by nothing. Costs one call, or two; a follow-up is filed in the journal by its own
 * messages, and a last answer that is of no use is marked there as such. Where the follow-up cannot be asked for a reason that concerns this question alone, the first outcome stands.
 *
 * The schema is one object whose keys are all named and always there, as strict servers want it; another one is a `TypeError`. For a key
 * that has nothing to say take `Schema.NullOr`.
 */
export const askStructured = <A>(options: {
  /** Names the schema to the server. */
  readonly name: string
  readonly schema: Schema.Codec<A>
}) => {
  const answer = { name: options.name, schema: answerSchema(options.schema) }
  const read = structuredAnswer(options.schema)

  const ask = Effect.fnUntraced(function* (request: Request, repaired: boolean) {
    const service = yield* LanguageModel
    const completion = yield* service.complete(request)
    return outcomeOf(read, request, completion, repaired)
  })

  return Effect.fnUntraced(function* (
    question: Omit<Request, "answer">
  ): Effect.fn.Return<StructuredOutcome<A>, LanguageModelError | JournalError, LanguageModel> {
    const request: Request = { ...question, answer }
    const first = yield* ask(request, false)
    if (first.ok) return first
    if (first.reason === "refused" || first.reason === "content filter") return yield* giveUp(request, first)
    const again = followUp(request, first)
    const second = yield* Effect.catchTag(ask(again, true), "LanguageModelError", (error) =>
      concernsOneRow(error)
        ? Effect.succeed({ ...first, problem: `${first.problem}; the follow-up failed: ${error.reason}` })
        : Effect.fail(error)
    )
    return second.ok ? second : yield* giveUp(second.completion === first.completion ? request : again, second)
  })
}

type Failed = Extract<StructuredOutcome<never>, { readonly ok: false }>

/** Marks the last answer as one that is of no use, so that it can be asked for again on request. */
const giveUp = Effect.fnUntraced(function* (request: Request, failed: Failed) {
  const service = yield* LanguageModel
  yield* service.condemn(request, failed.problem)
  return failed
})

const outcomeOf = <A>(
  read: ReturnType<typeof structuredAnswer<A>>,
  request: Request,
  completion: Completion,
  repaired: boolean
): StructuredOutcome<A> => {
  switch (completion.finishReason) {
    case "refusal":
      return { ok: false, reason: "refused", problem: "the model refused to answer", completion }
    case "contentFilter":
      return { ok: false, reason: "content filter", problem: "a content filter stopped the answer", completion }
    case "length": {
      const limit = request.maxTokens === undefined ? "the server's limit" : `the limit of ${request.maxTokens} tokens`
      return { ok: false, reason: "cut off", problem: `cut off at ${limit}`, completion }
    }
    default: {
      const reading = read(completion.text)
      return reading.ok
        ? { ok: true, value: reading.value, completion, repaired }
        : { ok: false, reason: "malformed answer", problem: reading.problem, completion }
    }
  }
}

const followUp = (request: Request, { completion, problem, reason }: Failed): Request => {
  const said: Message = { role: "assistant", content: repeated(completion.text) }
  const wanted: Message = {
    role: "user",
    content: `This answer could not be used: ${problem}. Reply again with the JSON alone, as asked above, and no other words.`
  }
  const isCutOff = reason === "cut off" && request.maxTokens !== undefined
  return {
    ...request,
    messages: [...request.messages, said, wanted],
    ...(isCutOff ? { maxTokens: 2 * request.maxTokens } : {})
  }
}

/** How many characters of an answer go back to the model: enough to see what was wrong, and never a second long bill. */
const mostCharacters = 2000

/** Start and end of an answer; some servers refuse a turn without text. */
const repeated = (text: string): string => {
  if (text.trim() === "") return "(no text)"
  if (text.length <= mostCharacters) return text
  const half = mostCharacters / 2
  return `${text.slice(0, half)}\n…\n${text.slice(-half)}`.toWellFormed()
}
