import { canonicalJson } from "./canonicalJson.ts"

/** The facet that holds what is asked: the turns of the user. */
export const userMessage = "user message"

/**
 * Splits a canonical request of the journal into named texts, so that two requests can be compared field by field.
 *
 * Messages are split by role: "system prompt", "user message", "assistant turn"; several of one role are joined by an empty
 * line. Every other field stands under its own name, except for "sample index", "max tokens" and "answer schema"; what is no text is
 * canonical JSON. Where only a hash of the messages was kept, the fields of the task take their place, and its texts are the user
 * message. An absent field has no facet. Two requests may differ and have the same facets: in the order of messages, or in messages of
 * which there is only a hash.
 */
export const requestFacets = (request: unknown): ReadonlyMap<string, string> => {
  const facets = new Map<string, string>()
  const add = (name: string, value: unknown): void => {
    if (value === undefined || value === null) return
    const text = textOf(value)
    const before = facets.get(name)
    facets.set(name, before === undefined ? text : `${before}\n\n${text}`)
  }
  const { request: inner, ...outer } = objectOf(request)
  for (const [name, value] of Object.entries(outer)) add(named[name] ?? name, value)
  const { messages, task, model, ...fields } = objectOf(inner)
  // Servers are told the model once more in the body.
  if (model !== outer["model"]) add("model", model)
  if (Array.isArray(messages)) {
    for (const message of messages) {
      const { role, content } = objectOf(message)
      add(roles[String(role)] ?? `${textOf(role)} turn`, content)
    }
  } else {
    for (const [name, value] of Object.entries(objectOf(task))) add(taskTexts.has(name) ? userMessage : name, value)
    if (task === undefined) add("messages", messages)
  }
  for (const [name, value] of Object.entries(fields)) add(named[name] ?? name, value)
  return facets
}

const roles: Readonly<Record<string, string>> = {
  system: "system prompt",
  user: userMessage,
  assistant: "assistant turn"
}

const named: Readonly<Record<string, string>> = {
  sampleIndex: "sample index",
  max_completion_tokens: "max tokens",
  maxTokens: "max tokens",
  response_format: "answer schema",
  answer: "answer schema",
  input: userMessage
}

const taskTexts: ReadonlySet<string> = new Set(["prompt", "original", "text", "first", "second"])

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  value !== null && typeof value === "object" && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {}

const textOf = (value: unknown): string => (typeof value === "string" ? value : canonicalJson(value))
