import type { Message, Request } from "./Provider.ts"
import type { ScoringRequest } from "./scoringCanonical.ts"

/** All texts that a request sends, in their order: what it costs grows with them. */
export const textsOf = (request: Request | ScoringRequest): ReadonlyArray<string> => {
  if ("task" in request) {
    const { answer, messages, prefix } = request
    const schema = answer === undefined ? [] : [JSON.stringify(answer.schema)]
    return [...contents(messages), ...(prefix === undefined ? [] : [prefix]), ...schema]
  }
  if ("messages" in request) return [...contents(request.messages), request.text]
  if (!("context" in request)) return [request.text]
  const { context, text } = request
  return [...(typeof context === "string" ? [context] : contents(context)), text]
}

const contents = (messages: ReadonlyArray<Message>): ReadonlyArray<string> => messages.map(({ content }) => content)
