import type { Environment } from "@huggingface/jinja"
import * as Result from "effect/Result"
import { type Messages, parseJson } from "../formats/Messages.ts"

/** Why a template does not take a conversation, in its own words. */
export class TemplateRefusal {
  readonly why: string

  constructor(why: string) {
    this.why = why
  }
}

/** Writes a conversation as the text that a model sees; with `asksForReply` up to where its reply begins. */
export type ChatTemplate = (messages: Messages, tools: string | null, asksForReply: boolean) => string | TemplateRefusal

/** The day that templates print where they print today's, so that lengths do not depend on the day. */
const someDay = new Date(Date.UTC(2025, 0, 1))

/**
 * Makes the chat template of a tokenizer from its Jinja text; `special` are the names of its special tokens, such as `bos_token`.
 *
 * Arguments of tool calls are handed over as objects, which is what templates expect. Today is always 1 January 2025. The engine takes all white
 * space where a template strips named characters, which can be a token less. Rejects with a text that is
 * no template. Loads the engine, some 10 ms; a conversation takes some 0.03 ms.
 *
 * Source: https://huggingface.co/docs/transformers/chat_templating
 */
export const loadChatTemplate = async (
  text: string,
  special: Readonly<Record<string, string>>
): Promise<ChatTemplate> => {
  const { Environment: Scope, Interpreter, Template } = await import("@huggingface/jinja")
  const { parsed } = new Template(text)
  const globals = {
    ...special,
    ...functions,
    true: true,
    false: false,
    none: null,
    True: true,
    False: false,
    None: null
  }
  return (messages, tools, asksForReply) => {
    const scope: Environment = new Scope()
    const values = { ...globals, messages: messages.map(asTemplatesTake), add_generation_prompt: asksForReply }
    for (const [name, value] of Object.entries(values)) scope.set(name, value)
    if (tools !== null) scope.set("tools", parseJson(tools) ?? tools)
    const rendered = Result.try(() => String(new Interpreter(scope).run(parsed).value))
    return Result.isSuccess(rendered) ? rendered.success : new TemplateRefusal(String(rendered.failure))
  }
}

const functions = {
  raise_exception: (why: string): never => {
    throw new Error(why)
  },
  range: (start: number, stop?: number, step = 1): ReadonlyArray<number> => {
    const [from, to] = stop === undefined ? [0, start] : [start, stop]
    return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, i) => from + i * step)
  },
  strftime_now: (format: string): string =>
    format.replace(/%(.)/g, (whole, letter: string) => dateParts[letter]?.() ?? whole)
}

const named = (options: Intl.DateTimeFormatOptions) => () =>
  someDay.toLocaleDateString("en-GB", { timeZone: "UTC", ...options })

const dateParts: Readonly<Record<string, () => string>> = {
  d: named({ day: "2-digit" }),
  m: named({ month: "2-digit" }),
  Y: named({ year: "numeric" }),
  b: named({ month: "short" }),
  B: named({ month: "long" }),
  a: named({ weekday: "short" }),
  A: named({ weekday: "long" }),
  H: () => "00",
  M: () => "00",
  S: () => "00"
}

const asTemplatesTake = ({ content, name, role, toolCallId, toolCalls }: Messages[number]) => ({
  role,
  content,
  ...(toolCalls.length === 0
    ? {}
    : {
        tool_calls: toolCalls.map((call) => ({
          ...(call.id === null ? {} : { id: call.id }),
          type: "function",
          function: { name: call.name, arguments: parseJson(call.arguments) ?? call.arguments }
        }))
      }),
  ...(name === null ? {} : { name }),
  ...(toolCallId === null ? {} : { tool_call_id: toolCallId })
})
