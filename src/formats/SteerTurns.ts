import { FormatFlaw } from "./Format.ts"
import { type Messages, textMessage, usesTools } from "./Messages.ts"

const marker = /\n<extra_id_1>(Assistant|User)\n/

/**
 * Splits a prompt of HelpSteer and HelpSteer2, in which later turns stand behind `<extra_id_1>Assistant` and `<extra_id_1>User`.
 *
 * The first turn is the user's and has no marker. Texts are kept byte for byte; a prompt without markers is one turn.
 *
 * Source: the card of https://huggingface.co/datasets/nvidia/HelpSteer2
 */
export const readSteerTurns = (prompt: string): Messages => {
  const pieces = prompt.split(marker)
  return Array.from({ length: (pieces.length + 1) / 2 }, (_, i) =>
    textMessage(pieces[2 * i - 1] === "Assistant" ? "assistant" : "user", pieces[2 * i]!)
  )
}

/** Joins turns to such a prompt. It has no place for a system turn, tools, a first turn of the assistant or a marker in a text. */
export const writeSteerTurns = (turns: Messages, column: string): string | FormatFlaw => {
  if (turns.length === 0) return new FormatFlaw("empty prompt", column, "no message", "at least one message")
  let text = ""
  for (const [i, turn] of turns.entries()) {
    if (usesTools(turn) || turn.role === "system" || (i === 0 && turn.role !== "user")) {
      const found = turn.toolCalls.length > 0 ? "a message with tool calls" : `a message of the ${turn.role}`
      return new FormatFlaw("no plain text", `${column}[${i}]`, found, "turns of user and assistant, the user's first")
    }
    text += i === 0 ? turn.content! : `\n<extra_id_1>${turn.role === "user" ? "User" : "Assistant"}\n${turn.content!}`
  }
  const back = readSteerTurns(text)
  return back.length === turns.length && back.every(({ content }, i) => content === turns[i]!.content)
    ? text
    : new FormatFlaw("marker inside a text", column, "a marker of turns in a message", "none")
}
