import { jsonText } from "./jsonText.ts"

/** One turn of a conversation. */
export interface Turn {
  readonly role: string
  readonly text: string
}

/** Why a value is no text and no conversation. */
export interface TurnsFlaw {
  readonly reason: string
  readonly found: string
}

/** Says whether turns could be read. */
export const isTurnsFlaw = (read: ReadonlyArray<Turn> | TurnsFlaw): read is TurnsFlaw => "reason" in read

const names: Readonly<Record<string, string>> = {
  human: "user",
  gpt: "assistant",
  bot: "assistant",
  model: "assistant",
  chosen: "assistant",
  rejected: "assistant",
  observation: "tool",
  function_call: "assistant",
  developer: "system"
}

/**
 * Reads a conversation: a list of `{role, content}` or `{from, value}`, or one such message.
 *
 * Roles are those of OpenAI; `human`, `gpt` and the like are translated. Content may be a list of blocks, whose texts are
 * joined; a block without text counts as its type in brackets. Calls of tools are texts of their names and arguments. A message without content and
 * calls is a flaw.
 */
export const readTurns = (value: unknown): ReadonlyArray<Turn> | TurnsFlaw => {
  const messages: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
  if (messages.length === 0) return { reason: "no text", found: "an empty conversation" }
  const turns: Array<Turn> = []
  for (const message of messages) {
    if (typeof message !== "object" || message === null) {
      const kind = typeof message === "string" ? "a text" : kindOf(message)
      return { reason: "wrong type", found: Array.isArray(value) ? `a list with ${kind} in it` : kind }
    }
    const { role, content, from, tool_calls: calls, value: said } = message as Readonly<Record<string, unknown>>
    const who = role ?? from
    const parts = [textOfContent(content ?? said), textOfCalls(calls)].filter((part) => part !== undefined)
    const text = parts.length === 0 ? undefined : parts.filter((part) => part !== "").join("\n")
    if (typeof who !== "string") return { reason: "wrong type", found: "a message without a role" }
    if (text === undefined) return { reason: "no text", found: "a message without text" }
    turns.push({ role: Object.hasOwn(names, who) ? names[who]! : who, text })
  }
  return turns
}

/** The messages of `[[user, assistant], …]`, as LLaMA-Factory writes the history; any other value as it is. */
export const historyTurns = (value: unknown): unknown =>
  Array.isArray(value) && value.every((turn): turn is ReadonlyArray<unknown> => Array.isArray(turn))
    ? value.flatMap(([user, assistant]) => [
        { role: "user", content: user },
        { role: "assistant", content: assistant }
      ])
    : value

const textOfContent = (content: unknown): string | undefined => {
  if (typeof content === "string") return content
  if (!Array.isArray(content)) return undefined
  return content
    .map((block: Readonly<Record<string, unknown>> | string | null) => {
      if (typeof block === "string" || block === null) return block ?? ""
      const text = block["text"] ?? block["value"]
      const type = block["type"]
      return typeof text === "string" ? text : `[${typeof type === "string" ? type : "block"}]`
    })
    .join("\n")
}

const textOfCalls = (calls: unknown): string | undefined =>
  !Array.isArray(calls) || calls.length === 0
    ? undefined
    : calls
        .map((call: { readonly function?: unknown } | null) => {
          const { arguments: given, name } = (call?.function ?? call ?? {}) as Readonly<Record<string, unknown>>
          return `${asText(name)}(${asText(given)})`
        })
        .join("\n")

const asText = (value: unknown): string => (typeof value === "string" ? value : jsonText(value ?? null))

const marker = /^\n\nAssistant: ?/

/** Says whether a text is a transcript as in HH-RLHF: it starts with a Human turn and has an Assistant turn. */
export const isTranscript = (text: string): boolean => text.startsWith("\n\nHuman:") && text.includes("\n\nAssistant:")

/**
 * Cuts a transcript at its last Assistant marker, which belongs to neither part.
 *
 * Text is kept byte for byte but for the one space of the marker. Undefined when there is no marker.
 */
export const cutTranscript = (text: string): { readonly context: string; readonly reply: string } | undefined => {
  const at = text.lastIndexOf("\n\nAssistant:")
  if (at < 0) return undefined
  const [found] = marker.exec(text.slice(at, at + 13))!
  return { context: text.slice(0, at), reply: text.slice(at + found.length) }
}

/** Joins turns to one text for comparison; a single one is its text alone, so that it equals a plain string. */
export const joinTurns = (turns: ReadonlyArray<Turn>): string =>
  turns.length === 1 ? turns[0]!.text : turns.map(({ role, text }) => `${role}: ${text}`).join("\n\n")

/** Names a value in messages. */
export const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return "nothing"
  if (typeof value === "symbol") return "bytes that are not UTF-8"
  if (Array.isArray(value)) return `a list of ${value.length}`
  return typeof value === "object" ? "an object" : `a ${typeof value}`
}
