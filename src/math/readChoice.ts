/**
 * Reads which of the given letters a text chooses; null where it names none, or does not say which of several.
 *
 * Looked for in this order: a letter alone in the last `\boxed{…}`; behind the last "answer is", "answer:", "option" or "choice", in parentheses or
 * bold or not; alone on the first or the last line with writing, with nothing but punctuation or the option's text behind a bracket, point or
 * colon. Letters are compared without case, but a small "a" in running text is no choice.
 */
export const readChoice = (text: string, letters: string = "ABCDE"): string | null => {
  const any = `[${letters.toUpperCase().replaceAll(/[^A-Z0-9]/g, "")}${letters.toLowerCase().replaceAll(/[^a-z]/g, "")}]`
  const upper = any.replaceAll(/[a-z]/g, "")
  const boxed = lastOf(text, new RegExp(`\\\\boxed\\{\\s*(?:\\\\text\\{)?\\s*\\(?(${any})\\)?[\\s.}]*\\}`, "g"))
  if (boxed !== null) return boxed
  const stated = lastOf(
    text,
    new RegExp(
      `\\b(?:[Aa]nswer(?:\\s+is\\b|\\s*:)|[Oo]ption|[Cc]hoice)(?:\\s+is)?[\\s:*]*(?:\\((${any})\\)|(${upper})(?![\\w']))`,
      "g"
    )
  )
  if (stated !== null) return stated
  const lines = text.split("\n").filter((line) => line.trim() !== "")
  const alone = new RegExp(`^[\\s*]*(?:\\((${any})\\)|(${any})(?=[\\s*.]*$)|(${upper})[).:])`)
  const named = [lines[0], lines.at(-1)].flatMap((line) => {
    const match = alone.exec(line ?? "")
    return match === null ? [] : [(match[1] ?? match[2] ?? match[3])!.toUpperCase()]
  })
  return new Set(named).size === 1 ? named[0]! : null
}

const lastOf = (text: string, pattern: RegExp): string | null => {
  const match = [...text.matchAll(pattern)].at(-1)
  return match === undefined ? null : (match[1] ?? match[2])!.toUpperCase()
}
