import { splitConversations } from "./Conversations.ts"
import { FormatFlaw, type Row } from "./Format.ts"
import { type Messages, readMessages, textMessage } from "./Messages.ts"
import { isObject, pathText, valueAt, type ValuePath, type VoteColumns } from "./VoteColumns.ts"
import { historyTurns } from "./Turns.ts"
import type { VoteMessages } from "./VoteRow.ts"

/**
 * Reads the messages of a row that `votesOfRow` has read and made texts of for comparison; undefined where all of it is plain text.
 *
 * A prompt of several columns is their messages in a row; plain texts among them are one message of the user, that of the column "system" one
 * of the system. Of two whole conversations the prompt is what both begin with. Time is linear in the texts.
 */
export const voteMessages = (
  { hasTexts, prompt, promptFrom, sides }: VoteColumns,
  row: Row
): VoteMessages | FormatFlaw | undefined => {
  const [first, second] =
    sides === null || !hasTexts ? [null, null] : [sideMessages(sides.first, row), sideMessages(sides.second, row)]
  if (first instanceof FormatFlaw) return first
  if (second instanceof FormatFlaw) return second
  const values = prompt.map((path) => ({ column: pathText(path), value: valueAt(row, path) }))
  if (first === null && second === null && !values.some(({ value }) => isObject(value))) return undefined
  if (promptFrom === "columns") {
    const asked = promptMessages(values)
    return asked instanceof FormatFlaw ? asked : { prompt: asked, first: replyOf(first), second: replyOf(second) }
  }
  if (first === null || second === null) return { prompt: null, first, second }
  const split = splitConversations(first, second, [pathText(sides!.first), pathText(sides!.second)])
  return split instanceof FormatFlaw ? split : { prompt: split.context, first: split.chosen, second: split.rejected }
}

/** The reply at the end of a whole conversation; what is one already stays. */
const replyOf = (messages: Messages | null): Messages | null => {
  if (messages === null || messages.length === 1 || messages[0]!.role === "assistant") return messages
  return messages.slice(messages.findLastIndex(({ role }) => role === "assistant"))
}

const sideMessages = (path: ValuePath, row: Row): Messages | FormatFlaw | null => {
  const value = valueAt(row, path)
  if (!isObject(value)) return null
  return readMessages(Array.isArray(value) ? value : [value], pathText(path))
}

const promptMessages = (
  values: ReadonlyArray<{ readonly column: string; readonly value: unknown }>
): Messages | FormatFlaw => {
  const messages: Array<Messages[number]> = []
  const texts: Array<string> = []
  const endText = () => {
    if (texts.length > 0) messages.push(textMessage("user", texts.splice(0).join("\n\n")))
  }
  for (const { column, value } of values) {
    if (value === null || value === undefined || (value === "" && values.length > 1)) continue
    if (!isObject(value)) {
      const text = `${value as string | number | bigint | boolean}`
      if (column === "system") messages.push(textMessage("system", text))
      else texts.push(text)
      continue
    }
    endText()
    const read = readMessages(historyTurns(Array.isArray(value) ? value : [value]), column)
    if (read instanceof FormatFlaw) return read
    messages.push(...read)
  }
  endText()
  return messages
}
