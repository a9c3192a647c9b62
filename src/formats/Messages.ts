import * as Result from "effect/Result"
import type { PreferenceMessage, ToolCall } from "../../schemas/Preference.ts"
import type { ColumnType } from "../Columns.ts"
import { exactJson } from "../exactJson.ts"
import { FormatFlaw, type Holding, type Row } from "./Format.ts"
import { jsonText } from "./jsonText.ts"

/** A conversation or a part of one. */
export type Messages = ReadonlyArray<PreferenceMessage>

const roles: Readonly<Record<string, PreferenceMessage["role"]>> = {
  system: "system",
  developer: "system",
  user: "user",
  human: "user",
  assistant: "assistant",
  gpt: "assistant",
  bot: "assistant",
  model: "assistant",
  function_call: "assistant",
  tool: "tool",
  observation: "tool",
  function: "tool",
  ipython: "tool"
}

/** A message that is text alone. */
export const textMessage = (role: PreferenceMessage["role"], content: string): PreferenceMessage => ({
  role,
  content,
  toolCalls: noCalls,
  name: null,
  toolCallId: null
})

const noCalls: ReadonlyArray<ToolCall> = []

/** Names a value in a flaw. */
export const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return "nothing"
  if (typeof value === "symbol") return "bytes that are not UTF-8"
  if (Array.isArray(value)) return `a list of ${value.length}`
  return typeof value === "object" ? "an object" : `a ${typeof value}`
}

const wrong = (column: string, value: unknown, wanted: string): FormatFlaw =>
  new FormatFlaw(value === null || value === undefined ? "missing text" : "wrong type", column, kindOf(value), wanted)

/**
 * Reads messages of the form `{role, content}` or `{from, value}`, the latter with calls of tools as JSON text.
 *
 * Roles are translated to those of OpenAI; an unknown one is a flaw. Content may be a list of blocks of text, which are joined by
 * line breaks. Arguments of tool calls may be text or objects. Other keys of a message are not read.
 */
export const readMessages = (value: unknown, column: string): Messages | FormatFlaw => {
  if (!Array.isArray(value)) return wrong(column, value, "a list of messages")
  const messages: Array<PreferenceMessage> = []
  for (let i = 0; i < value.length; i++) {
    const message = readMessage(value[i], `${column}[${i}]`)
    if (message instanceof FormatFlaw) return message
    messages.push(message)
  }
  return messages
}

/** Reads one message, see `readMessages`. */
export const readMessage = (value: unknown, column: string): PreferenceMessage | FormatFlaw => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return wrong(column, value, "a message")
  const message = value as Row
  const isShareGpt = message["role"] === undefined && message["from"] !== undefined
  const said = isShareGpt ? message["from"] : message["role"]
  const role = typeof said === "string" && Object.hasOwn(roles, said) ? roles[said] : undefined
  if (role === undefined) {
    const found = typeof said === "string" ? `the role ${JSON.stringify(said.slice(0, 40))}` : kindOf(said)
    return new FormatFlaw("unknown role", column, found, `one of ${Object.keys(roles).join(", ")}`)
  }
  if (said === "function_call") return callMessage(message["value"] ?? message["content"], column)
  const content = isShareGpt ? message["value"] : message["content"]
  const read = readContent(content, column)
  if (read instanceof FormatFlaw) return read
  const calls = readCalls(message["tool_calls"], column)
  if (calls instanceof FormatFlaw) return calls
  const toolCalls = read.calls.length === 0 ? calls : [...read.calls, ...calls]
  if (read.text === null && toolCalls.length === 0) return wrong(column, content, "a message with text or tool calls")
  return {
    role,
    content: read.text,
    toolCalls,
    name: textOrNull(message["name"]),
    toolCallId: textOrNull(message["tool_call_id"])
  }
}

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null)

const readContent = (
  content: unknown,
  column: string
): { readonly text: string | null; readonly calls: ReadonlyArray<ToolCall> } | FormatFlaw => {
  if (typeof content === "string") return { text: content, calls: noCalls }
  if (content === null || content === undefined) return { text: null, calls: noCalls }
  if (!Array.isArray(content)) return wrong(column, content, "text or blocks of text")
  const texts: Array<string> = []
  const calls: Array<ToolCall> = []
  for (const block of content as ReadonlyArray<unknown>) {
    if (typeof block !== "object" || block === null) return wrong(column, block, "blocks of text")
    const { text, type, value } = block as Row
    const inner = text ?? value
    if (type === "tool_call" && typeof inner === "string") {
      const found = callsOfText(inner, column)
      if (found instanceof FormatFlaw) return found
      calls.push(...found)
    } else if ((type === "text" || type === undefined) && typeof inner === "string") texts.push(inner)
    else {
      const name =
        typeof type === "string" ? `a block of type ${JSON.stringify(type.slice(0, 40))}` : "a block without type"
      return new FormatFlaw("content that is no text", column, name, "blocks of text")
    }
  }
  return { text: texts.length === 0 ? null : texts.join("\n"), calls }
}

const readCalls = (value: unknown, column: string): ReadonlyArray<ToolCall> | FormatFlaw => {
  if (value === null || value === undefined) return noCalls
  if (!Array.isArray(value)) return wrong(`${column}.tool_calls`, value, "a list of tool calls")
  const calls: Array<ToolCall> = []
  for (const one of value as ReadonlyArray<unknown>) {
    const outer = one as Row | null
    const call = (outer?.["function"] ?? outer) as Row | null | undefined
    const name = call?.["name"]
    if (typeof name !== "string") return wrong(`${column}.tool_calls`, name, "a function with a name")
    calls.push({ id: textOrNull(outer?.["id"]), name, arguments: argumentText(call?.["arguments"]) })
  }
  return calls.length === 0 ? noCalls : calls
}

const argumentText = (value: unknown): string =>
  typeof value === "string" ? value : value === undefined ? "{}" : jsonText(value)

const callsOfText = (text: string, column: string): ReadonlyArray<ToolCall> | FormatFlaw => {
  const parsed = parseExactJson(text)
  const calls = readCalls(parsed === undefined ? text : Array.isArray(parsed) ? parsed : [parsed], column)
  return calls instanceof FormatFlaw || parsed === undefined
    ? new FormatFlaw(
        "unreadable tool call",
        column,
        JSON.stringify(text.slice(0, 40)),
        "JSON text with a name and arguments"
      )
    : calls
}

/** Parses JSON; undefined where the text is none. */
export const parseJson = (text: string): unknown => Result.getOrUndefined(Result.try(() => JSON.parse(text) as unknown))

/** Parses JSON that is written as JSON again, with all digits of whole numbers, see `exactJson`; undefined where the text is none. */
export const parseExactJson = (text: string): unknown => Result.getOrUndefined(Result.try(() => exactJson(text)))

const callMessage = (value: unknown, column: string): PreferenceMessage | FormatFlaw => {
  if (typeof value !== "string") return wrong(column, value, "JSON text of a tool call")
  const toolCalls = callsOfText(value, column)
  if (toolCalls instanceof FormatFlaw) return toolCalls
  return { role: "assistant", content: null, toolCalls, name: null, toolCallId: null }
}

/** Says whether a message has what only messages with tools have. */
export const usesTools = ({ content, role, toolCallId, toolCalls }: PreferenceMessage): boolean =>
  content === null || toolCalls.length > 0 || toolCallId !== null || role === "tool"

/** What messages of a file have beside role and content. */
export type MessageKeys = Pick<Holding, "hasToolCalls" | "hasNames">

/** Writes messages as `{role, content}`, with the keys of tools and the name of who speaks only where the file has them. */
export const writeMessages = (
  messages: Messages,
  { hasNames, hasToolCalls }: MessageKeys,
  column: string
): ReadonlyArray<Row> | FormatFlaw => {
  const rows: Array<Row> = []
  for (let i = 0; i < messages.length; i++) {
    const message = messages[i]!
    if (hasToolCalls) rows.push(withTools(message))
    else if (usesTools(message)) return toolFlaw(`${column}[${i}]`)
    else {
      const { content, name, role } = message
      rows.push(hasNames === true ? { role, content, name } : { role, content })
    }
  }
  return rows
}

/** The flaw of a message with tools where no place for them was foreseen. */
export const toolFlaw = (column: string): FormatFlaw =>
  new FormatFlaw(
    "tool call",
    column,
    "a message with tool calls",
    "text alone: the columns of the input and its first rows show no tool calls, or the output has no place for them"
  )

const withTools = ({ content, name, role, toolCallId, toolCalls }: PreferenceMessage): Row => ({
  role,
  content,
  tool_calls:
    toolCalls.length === 0
      ? null
      : toolCalls.map((call) => ({
          id: call.id,
          type: "function",
          function: { name: call.name, arguments: call.arguments }
        })),
  name,
  tool_call_id: toolCallId
})

const text: ColumnType = { kind: "string", nullable: false }

/** The type of a column of text that may be null. */
export const textNull: ColumnType = { kind: "string", nullable: true }

/** The type of a column of messages as `writeMessages` makes them. */
export const messagesType = ({ hasNames, hasToolCalls }: MessageKeys): ColumnType => ({
  kind: "list",
  nullable: false,
  element: {
    kind: "struct",
    nullable: false,
    fields: hasToolCalls
      ? [
          { name: "role", type: text },
          { name: "content", type: textNull },
          { name: "tool_calls", type: { kind: "list", nullable: true, element: callType } },
          { name: "name", type: textNull },
          { name: "tool_call_id", type: textNull }
        ]
      : [
          { name: "role", type: text },
          { name: "content", type: text },
          ...(hasNames === true ? [{ name: "name", type: textNull }] : [])
        ]
  }
})

const callType: ColumnType = {
  kind: "struct",
  nullable: false,
  fields: [
    { name: "id", type: textNull },
    { name: "type", type: text },
    {
      name: "function",
      type: {
        kind: "struct",
        nullable: false,
        fields: [
          { name: "name", type: text },
          { name: "arguments", type: text }
        ]
      }
    }
  ]
}

/** Says whether two messages are the same. */
export const sameMessage = (a: PreferenceMessage, b: PreferenceMessage): boolean =>
  a.role === b.role &&
  a.content === b.content &&
  a.name === b.name &&
  a.toolCallId === b.toolCallId &&
  a.toolCalls.length === b.toolCalls.length &&
  a.toolCalls.every((call, i) => {
    const other = b.toolCalls[i]!
    return call.id === other.id && call.name === other.name && call.arguments === other.arguments
  })

/** Says whether two conversations are the same. */
export const sameMessages = (a: Messages, b: Messages): boolean =>
  a.length === b.length && a.every((message, i) => sameMessage(message, b[i]!))
