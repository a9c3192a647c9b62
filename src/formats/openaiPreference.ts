import type { ColumnType } from "../Columns.ts"
import { type Format, FormatFlaw, type Row } from "./Format.ts"
import { jsonText } from "./jsonText.ts"
import { recogniseColumns } from "./LookedAt.ts"
import { kindOf, type Messages, messagesType, parseExactJson, readMessages, usesTools } from "./Messages.ts"
import { otherColumns, pairReader, pairWriter } from "./PairFormat.ts"
import { promptFlaw } from "./PairRules.ts"
import { readStyled } from "./PlainTexts.ts"
import { singleReplyFlaw } from "./ShareGptTurns.ts"
import { pairNames, toolsText } from "./SideColumns.ts"

const wanted = { input: "struct", preferred_output: "turns", non_preferred_output: "turns" } as const
const parts = [
  { part: "prompt", column: "input" },
  { part: "tools", column: "input" },
  { part: "chosen", column: "preferred_output" },
  { part: "rejected", column: "non_preferred_output" }
] as const
const structs = new Map([["input", new Set(["messages", "tools"])]])

/**
 * OpenAI preference fine-tuning, also read by Azure: `input.messages`, `preferred_output`, `non_preferred_output`, JSON Lines.
 *
 * Each output is one message of the assistant with text, and the input does not end with one. Nothing else has a place in a line:
 * ids, scores and unknown columns are lost. Other keys of `input`, such as `parallel_tool_calls`, are not read.
 *
 * Source: https://developers.openai.com/api/docs/guides/direct-preference-optimization
 */
export const openaiPreference: Format = {
  name: "openai-preference",
  about: "OpenAI and Azure preference fine-tuning, JSON Lines",
  reads: ["pair"],
  extension: ".jsonl",
  onlyJsonLines: true,
  recognise: (look) => recogniseColumns(look, wanted),
  reader: (look) => {
    if (recogniseColumns(look, wanted) === null) {
      return otherColumns(look, `"input" with an object, "preferred_output" and "non_preferred_output" with messages`)
    }
    return pairReader(look, {
      style: "messages",
      parts,
      hasToolCalls: look.uses?.tools ?? look.sample.some(({ input }) => jsonText(input).includes('"tool')),
      names: pairNames,
      structs,
      texts: readLine
    })
  },
  writer: (holding) => openaiWriter(holding, true)
}

const readLine = (row: Row) => {
  const input = row["input"] as Row | null | undefined
  if (typeof input !== "object" || input === null) {
    return new FormatFlaw("wrong type", "input", kindOf(input), "an object with messages")
  }
  const context = readMessages(input["messages"], "input.messages")
  if (context instanceof FormatFlaw) return context
  const chosen = readStyled(row, "preferred_output", "messages", "assistant")
  if (chosen instanceof FormatFlaw) return chosen
  const rejected = readStyled(row, "non_preferred_output", "messages", "assistant")
  return rejected instanceof FormatFlaw ? rejected : { context, chosen, rejected, tools: toolsText(input["tools"]) }
}

const messages = messagesType({ hasToolCalls: true })
const inputType: ColumnType = { kind: "struct", nullable: false, fields: [{ name: "messages", type: messages }] }

/** Writes lines of the OpenAI form; without `withTools` a tool or a call of one is refused. */
export const openaiWriter = (
  holding: Parameters<Format["writer"]>[0],
  withTools: boolean
): ReturnType<Format["writer"]> =>
  pairWriter(holding, {
    columns: [
      { name: "input", type: inputType },
      { name: "preferred_output", type: messages },
      { name: "non_preferred_output", type: messages }
    ],
    parts: withTools ? parts : parts.filter(({ part }) => part !== "tools"),
    names: null,
    texts: ({ chosen, context, record, rejected }) => {
      const flaw =
        contextFlaw(context) ??
        replyFlaw(chosen, "preferred_output") ??
        replyFlaw(rejected, "non_preferred_output") ??
        (withTools ? undefined : noToolsFlaw(context))
      if (flaw !== undefined) return flaw
      const tools = withTools && record.tools !== null ? parseExactJson(record.tools) : undefined
      if (withTools && record.tools !== null && !Array.isArray(tools)) {
        return new FormatFlaw(
          "unreadable tools",
          "tools",
          JSON.stringify(record.tools.slice(0, 40)),
          "JSON text of a list"
        )
      }
      return {
        input: { messages: lineMessages(context), ...(tools === undefined ? {} : { tools }) },
        preferred_output: lineMessages(chosen),
        non_preferred_output: lineMessages(rejected)
      }
    }
  })

const contextFlaw = (context: Messages): FormatFlaw | undefined => {
  const flaw = promptFlaw(context, "input.messages")
  if (flaw !== undefined) return flaw
  return context.at(-1)!.role === "assistant"
    ? new FormatFlaw(
        "input ends with the assistant",
        "input.messages",
        "a last message of the assistant",
        "another role"
      )
    : undefined
}

const replyFlaw = (reply: Messages, column: string): FormatFlaw | undefined => {
  const flaw = singleReplyFlaw(reply, column)
  if (flaw !== undefined) return flaw
  return reply[0]!.content === null || reply[0]!.toolCalls.length > 0
    ? new FormatFlaw("tool call in a reply", column, "a reply with tool calls", "a reply of text")
    : undefined
}

const noToolsFlaw = (context: Messages): FormatFlaw | undefined => {
  const at = context.findIndex(usesTools)
  return at < 0
    ? undefined
    : new FormatFlaw("tool call", `input.messages[${at}]`, "a message with tool calls", "messages of text")
}

const lineMessages = (of: Messages): ReadonlyArray<Row> =>
  of.map(({ content, name, role, toolCallId, toolCalls }) => ({
    role,
    content,
    ...(toolCalls.length === 0
      ? {}
      : {
          tool_calls: toolCalls.map((call) => ({
            ...(call.id === null ? {} : { id: call.id }),
            type: "function",
            function: { name: call.name, arguments: call.arguments }
          }))
        }),
    ...(name === null ? {} : { name }),
    ...(toolCallId === null ? {} : { tool_call_id: toolCallId })
  }))
