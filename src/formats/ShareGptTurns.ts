import type { ToolCall } from "../../schemas/Preference.ts"
import type { ColumnType } from "../Columns.ts"
import { FormatFlaw, type Row } from "./Format.ts"
import { type Messages, parseJson } from "./Messages.ts"
import { textType } from "./PlainTexts.ts"

const names = { system: "system", user: "human", assistant: "gpt", tool: "observation" } as const

const message = {
  kind: "struct",
  nullable: false,
  fields: [
    { name: "from", type: textType },
    { name: "value", type: textType }
  ]
} as const

/** The type of one message `{from, value}`. */
export const shareGptMessage: ColumnType = message

/** The type of a list of messages `{from, value}`. */
export const shareGptTurns: ColumnType = { kind: "list", nullable: false, element: message }

/**
 * Writes messages as `{from, value}`; calls of tools become the JSON text of a `function_call`, without their ids.
 *
 * A message that has both text and calls has no form here; an empty text beside calls is none.
 */
export const writeShareGpt = (messages: Messages, column: string): ReadonlyArray<Row> | FormatFlaw => {
  const turns: Array<Row> = []
  for (const [i, { content, role, toolCalls }] of messages.entries()) {
    if (toolCalls.length === 0) {
      if (content === null) return new FormatFlaw("missing text", `${column}[${i}]`, "no text", "text or tool calls")
      turns.push({ from: names[role], value: content })
      continue
    }
    if (content !== null && content !== "") {
      return new FormatFlaw("text beside tool calls", `${column}[${i}]`, "a message with both", "text or tool calls")
    }
    const calls = toolCalls.map(callJson)
    turns.push({ from: "function_call", value: calls.length === 1 ? calls[0]! : `[${calls.join(",")}]` })
  }
  return turns
}

/**
 * A call as JSON text, with its name and its arguments: these as they are where they are an object or a list, so that no number loses digits,
 * and else as a text.
 */
export const callJson = ({ arguments: text, name }: ToolCall): string => {
  const parsed = parseJson(text)
  const json = typeof parsed === "object" && parsed !== null ? text : JSON.stringify(text)
  return `{"name":${JSON.stringify(name)},"arguments":${json}}`
}

/**
 * Says why LLaMA-Factory would drop a row without a word: after a leading system message it wants human and gpt turns in strict
 * alternation, the first of them human, and an odd count before a reply or an even one with it.
 */
export const alternationFlaw = (messages: Messages, parity: "odd" | "even", column: string): FormatFlaw | undefined => {
  const turns = messages[0]?.role === "system" ? messages.slice(1) : messages
  const at = turns.findIndex(({ role }, i) => (i % 2 === 0 ? role !== "user" && role !== "tool" : role !== "assistant"))
  if (at >= 0) {
    const place = `${column}[${at + messages.length - turns.length}]`
    const wanted = at % 2 === 0 ? "a turn of the user or of a tool" : "a turn of the assistant"
    return new FormatFlaw("turns do not alternate", place, `a turn of the ${turns[at]!.role}`, wanted)
  }
  if (turns.length % 2 === (parity === "odd" ? 1 : 0) && turns.length > 0) return undefined
  return new FormatFlaw("wrong number of turns", column, `${turns.length} turns`, `an ${parity} number`)
}

/** Says why a reply is not exactly one message of the assistant. */
export const singleReplyFlaw = (reply: Messages, column: string): FormatFlaw | undefined =>
  reply.length === 1 && reply[0]!.role === "assistant"
    ? undefined
    : new FormatFlaw(
        "reply of several messages",
        column,
        reply.length === 1 ? `a message of the ${reply[0]!.role}` : `${reply.length} messages`,
        "one message of the assistant"
      )
