import type { ColumnType } from "../Columns.ts"
import { FormatFlaw, type Holding, type Look, type Row } from "./Format.ts"
import { jsonText } from "./jsonText.ts"
import { mostlyHolds } from "./LookedAt.ts"
import { kindOf, type Messages, messagesType, readMessages, textMessage, usesTools, writeMessages } from "./Messages.ts"

/** The type of a column of text. */
export const textType: ColumnType = { kind: "string", nullable: false }

/** The type of a column of true and false. */
export const booleanType: ColumnType = { kind: "boolean", nullable: false }

/** The type of a column of whole numbers. */
export const intType: ColumnType = { kind: "int", nullable: false }

/** Reads a column of text as one message. */
export const readText = (row: Row, column: string, role: "system" | "user" | "assistant"): Messages | FormatFlaw => {
  const value = row[column]
  return typeof value === "string" ? [textMessage(role, value)] : notText(value, column)
}

/** Reads the columns `chosen` and `rejected` of text, beside the context that was read before. */
export const readReplies = (
  row: Row,
  context: Messages | FormatFlaw
): { readonly context: Messages; readonly chosen: Messages; readonly rejected: Messages } | FormatFlaw => {
  if (context instanceof FormatFlaw) return context
  const chosen = readText(row, "chosen", "assistant")
  if (chosen instanceof FormatFlaw) return chosen
  const rejected = readText(row, "rejected", "assistant")
  return rejected instanceof FormatFlaw ? rejected : { context, chosen, rejected }
}

/** The flaw of a value that should be text. */
export const notText = (value: unknown, column: string): FormatFlaw =>
  value === null || value === undefined
    ? new FormatFlaw("missing text", column, "nothing", "text")
    : new FormatFlaw("wrong type", column, kindOf(value), "text")

/** Reads a column of text or of messages, whichever the file has. */
export const readStyled = (
  row: Row,
  column: string,
  style: Holding["style"],
  role: "user" | "assistant"
): Messages | FormatFlaw => {
  if (style === "text") return readText(row, column, role)
  const messages = readMessages(row[column], column)
  return messages instanceof FormatFlaw || messages.length > 0
    ? messages
    : new FormatFlaw("missing text", column, "an empty list", "messages")
}

/** The one text that messages are, or why a plain text cannot hold them. */
export const plainText = (messages: Messages, column: string): string | FormatFlaw => {
  const [message] = messages
  if (messages.length !== 1 || message === undefined) {
    return new FormatFlaw("several messages", column, `${messages.length} messages`, "one, which plain text can hold")
  }
  if (usesTools(message) || message.role === "system") {
    const found = message.role === "system" ? "a system message" : "a message with tool calls"
    return new FormatFlaw("no plain text", column, found, "text alone")
  }
  return message.content!
}

/** Writes messages as the holding has them: one text, or a list. */
export const writeStyled = (
  messages: Messages,
  holding: Holding,
  column: string
): string | ReadonlyArray<Row> | FormatFlaw =>
  holding.style === "text" ? plainText(messages, column) : writeMessages(messages, holding, column)

/** The type of a column that `writeStyled` fills. */
export const styledType = (holding: Holding): ColumnType =>
  holding.style === "text" ? textType : messagesType(holding)

/** Says whether the columns hold plain texts or messages, or null when they differ or hold neither. */
export const styleOf = (look: Look, columns: ReadonlyArray<string>): Holding["style"] | null =>
  columns.every((column) => mostlyHolds(look, column, "text"))
    ? "text"
    : columns.every((column) => mostlyHolds(look, column, "turns"))
      ? "messages"
      : null

/** Says whether messages use tools, by all rows where these were looked at and else by the first, so that room for them has to be made. */
export const showsTools = (look: Look, columns: ReadonlyArray<string>): boolean =>
  look.uses?.tools ?? showsMark(look, columns)

const showsMark = (look: Look, columns: ReadonlyArray<string>): boolean =>
  look.sample.some((row) => columns.some((column) => jsonText(row[column]).search(toolMark) >= 0)) ||
  look.columns.some(({ columnType, name }) => columns.includes(name) && columnType !== null && hasToolField(columnType))

/** Says the same of names of who speaks; where no rows can be seen, the types of the columns say it. */
export const showsNames = ({ columns: all, sample, uses }: Look, columns: ReadonlyArray<string>): boolean =>
  uses?.names ??
  (sample.length === 0
    ? all.some(({ columnType, name }) => columns.includes(name) && columnType !== null && hasNameField(columnType))
    : sample.some((row) => columns.some((column) => hasSpeaker(row[column]))))

const hasSpeaker = (value: unknown): boolean => {
  if (typeof value !== "object" || value === null) return false
  const { from, name, role = from } = value as Row
  return (
    (typeof name === "string" && typeof role === "string" && !toolRoles.has(role)) ||
    Object.values(value).some(hasSpeaker)
  )
}

/** Says whether a type has room for the name of who speaks. */
export const hasNameField = (type: ColumnType): boolean =>
  type.kind === "list"
    ? hasNameField(type.element)
    : type.kind === "struct" &&
      ((["role", "name"] as const).every((key) => type.fields.some(({ name }) => name === key)) ||
        type.fields.some((field) => hasNameField(field.type)))

const toolRoles = new Set(["tool", "observation", "function", "ipython"])

const toolMark =
  /"(tool_calls|tool_call_id)":(?!null)|"(role|from)":"(tool|function_call|observation|function|ipython)"|"type":"tool_call"/

const hasToolField = (type: ColumnType): boolean =>
  type.kind === "list"
    ? hasToolField(type.element)
    : type.kind === "struct" &&
      type.fields.some(({ name, type: inner }) => name === "tool_calls" || hasToolField(inner))
