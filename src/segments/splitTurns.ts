import type { Piece } from "./Splitter.ts"

const opening = /^(System|User|Human|Customer|Assistant|Tool):[ \t]*/gimu

/**
 * Cuts a transcript into turns of kind "system", "user", "assistant" or "tool".
 *
 * A turn begins at a line that opens with "User:", "Human:", "Customer:", "Assistant:", "System:" or "Tool:", and includes these words, so that
 * turns joined give the text again. What lies before the first one is a turn of the assistant, as in a reply that is played on.
 */
export const splitTurns = (text: string): ReadonlyArray<Piece> => {
  const matches = [...text.matchAll(opening)]
  const first = matches[0]?.index ?? text.length
  const pieces: Array<Piece> = []
  if (text.slice(0, first).trim() !== "") pieces.push({ start: 0, end: first, kind: "assistant" })
  for (const [i, match] of matches.entries()) {
    const role = match[1]!.toLowerCase()
    pieces.push({
      start: match.index,
      end: matches[i + 1]?.index ?? text.length,
      kind: role === "human" || role === "customer" ? "user" : role
    })
  }
  return pieces
}
