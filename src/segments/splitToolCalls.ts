import { escapePattern } from "./escapePattern.ts"
import { type Piece, type Splitter } from "./Splitter.ts"

/** The marks that traces put round calls and results: name of a tag → kind of the piece. */
const usualTags: Readonly<Record<string, string>> = {
  tool_call: "toolCall",
  search: "toolCall",
  python: "toolCall",
  code: "toolCall",
  tool_response: "toolResult",
  result: "toolResult",
  information: "toolResult",
  output: "toolResult"
}

/**
 * Makes a splitter that tells calls of tools (`<search>…</search>`) and their results (`<result>…</result>`) from the text between.
 *
 * `tags` maps the name of a tag to the kind of piece it makes; pieces joined give the text again. A tag that is opened and never
 * closed reaches to the end. Text between, kind "text", that is white space alone belongs to the piece before it.
 */
export const splitToolCalls = (tags: Readonly<Record<string, string>> = usualTags): Splitter => {
  const names = Object.keys(tags).map((name) => escapePattern(name))
  if (names.length === 0) throw new Error("Cannot split tool calls: found no tag, expected one or more")
  const block = new RegExp(`<(${names.join("|")})>[^]*?(?:</\\1>|$)`, "g")
  return (text) => {
    const pieces: Array<Piece> = []
    const between = (end: number) => {
      const start = pieces.at(-1)?.end ?? 0
      if (end <= start) return
      if (text.slice(start, end).trim() !== "") pieces.push({ start, end, kind: "text" })
      else if (pieces.length > 0) pieces[pieces.length - 1] = { ...pieces.at(-1)!, end }
    }
    for (const match of text.matchAll(block)) {
      between(match.index)
      const start = pieces.at(-1)?.end ?? 0
      pieces.push({ start, end: match.index + match[0].length, kind: tags[match[1]!]! })
    }
    between(text.length)
    return pieces
  }
}
