/**
 * Finds where each token of a text ends, in UTF-16 code units; null where the tokens do not spell the text.
 *
 * White space that was cut off before the first token's text and tokens behind the end, such as an end mark, are left aside: the latter
 * have no place in the list, which may so be shorter than the tokens. Time O(length).
 */
export const tokenEnds = (text: string, tokens: ReadonlyArray<string>): ReadonlyArray<number> | null => {
  const joined = tokens.join("")
  const cut = joined.startsWith(text) ? 0 : joined.length - joined.trimStart().length
  if (!joined.startsWith(text, cut)) return null
  const ends: Array<number> = []
  let end = -cut
  for (const token of tokens) {
    if (end >= text.length) break
    end += token.length
    ends.push(Math.min(Math.max(end, 0), text.length))
  }
  return ends
}
