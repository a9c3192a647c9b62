/** The JSON of a text, in order, or what is wrong with the text, and where: the part of it that shows the problem. */
export type FoundJson =
  | { readonly ok: true; readonly values: ReadonlyArray<unknown> }
  | { readonly ok: false; readonly problem: string; readonly part: string }

/**
 * Finds the JSON objects and arrays that stand in a text, with or without prose and code fences round them.
 *
 * A piece reaches from a bracket to the one that closes it; brackets in its strings do not count, and nothing is looked for
 * inside a piece, so that a part is never taken for the whole. Commas in front of a closing bracket are dropped. What a
 * reasoning model thinks up to `</think>` is left out. A text that ends inside a piece, a piece with double quotes that is no
 * JSON and an object that names a key twice are problems of the whole text, because the answer may be what cannot be read;
 * other brackets, such as `[1]` and `{x}`, are prose or JSON of another shape. Time O(length).
 */
export const findJson = (text: string): FoundJson => {
  const answer = withoutThoughts(text)
  if (answer === null) return { ok: false, problem: "the text ends inside <think>", part: text }
  const values: Array<unknown> = []
  const bracket = /[{[]/g
  for (let opening = bracket.exec(answer); opening !== null; opening = bracket.exec(answer)) {
    const end = endOf(answer, opening.index)
    if (end === null) return { ok: false, problem: "the text ends inside the JSON", part: answer.slice(opening.index) }
    const part = answer.slice(opening.index, end)
    const json = part.replace(stringOrLastComma, (found) => (found === "," ? "" : found))
    const value = parsed(json)
    if (value !== undefined) {
      if (hasKeyTwice(json)) return { ok: false, problem: "an object names a key twice", part }
      values.push(value)
    } else if (part.includes('"')) return { ok: false, problem: "this is not valid JSON", part }
    bracket.lastIndex = end
  }
  return { ok: true, values }
}

/** The text behind the thoughts, of which some servers leave out the opening tag; null where the thoughts do not end. */
const withoutThoughts = (text: string): string | null => {
  if (/^\s*[{[`]/.test(text)) return text
  const end = text.indexOf("</think>")
  if (end >= 0) return text.slice(end + "</think>".length)
  return /^\s*<think>/.test(text) ? null : text
}

/** Index behind the bracket that closes the one at `start`, or null where there is none. */
const endOf = (text: string, start: number): number | null => {
  let depth = 0
  let inString = false
  for (let i = start; i < text.length; i++) {
    const character = text[i]
    if (inString) {
      if (character === "\\") i++
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === "{" || character === "[") depth++
    else if ((character === "}" || character === "]") && --depth === 0) return i + 1
  }
  return null
}

const string = String.raw`"[^"\\]*(?:\\[^][^"\\]*)*"`
const stringOrLastComma = new RegExp(String.raw`${string}|(?<![{[,]\s*),(?=\s*[}\]])`, "g")
const keyOrBracket = new RegExp(String.raw`(${string})\s*:|${string}|[{}[\]]`, "g")

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

const hasKeyTwice = (json: string): boolean => {
  const open: Array<Set<unknown>> = []
  for (const [found, key] of json.matchAll(keyOrBracket)) {
    if (found === "{" || found === "[") open.push(new Set())
    else if (found === "}" || found === "]") open.pop()
    else if (key !== undefined) {
      const keys = open.at(-1)!
      const name: unknown = JSON.parse(key)
      if (keys.has(name)) return true
      keys.add(name)
    }
  }
  return false
}
