/** What is wrong with the nesting and quoting of a page, or null: every tag closed in its place, every attribute quoted. */
export const markupProblem = (page: string): string | null => {
  const open: Array<string> = []
  const body = page
    .replace(/^<!DOCTYPE html>\s*/, "")
    .replace(/<style>[^<]*<\/style>/, "")
    .replace(/<!--(?:(?!-->)[^])*-->/g, "")
  let end = 0
  for (const match of body.matchAll(
    /<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z_:][-\w:.]*(?:="[^"<]*")?)*)\s*(\/?)>/g
  )) {
    const between = body.slice(end, match.index)
    if (/[<>]/.test(between)) return `bare angle bracket in ${JSON.stringify(between.slice(0, 200))}`
    end = match.index + match[0].length
    const [, closing, name, , selfClosing] = match
    if (selfClosing === "/") continue
    if (closing === "") open.push(name!)
    else if (open.pop() !== name)
      return `</${name}> closes something else, before ${JSON.stringify(body.slice(end, end + 80))}`
  }
  if (/[<>]/.test(body.slice(end))) return "bare angle bracket at the end"
  return open.length === 0 ? null : `never closed: ${open.join(", ")}`
}

/** The text a reader sees, tags taken out and references resolved, white space run together. */
export const textOf = (page: string): string =>
  page
    .replace(/<style>[^<]*<\/style>/, "")
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")
    .replace(/\s+/g, " ")
