/** What `metaCommentary` found. */
export interface MetaCommentary {
  /**
   * "leadIn": the text opened with a remark about its own rewriting, which was cut off. "refusal": the writer declined.
   * "none": neither.
   */
  readonly kind: "none" | "leadIn" | "refusal"
  /** The text without the lead-in; unchanged for the other kinds. */
  readonly text: string
}

/**
 * Finds remarks of a writer about its own task at the start of a text, and cuts off lead-ins.
 *
 * A lead-in is a first sentence or heading that presents the text as rewritten ("Sure! Here is the revised answer:",
 * "**Modified response:**"). An opening that presents something else ("Here is the recipe:") stays. A refusal is looked
 * for at the start, after a lead-in and an apology ("I'm sorry, but I cannot help with that"); sympathy ("I'm sorry to
 * hear that") is none. English patterns only: a text in another language is always "none". Time O(length).
 */
export const metaCommentary = (text: string): MetaCommentary => {
  const body = text.trimStart()
  const opening = body.slice(0, 500)
  const match = leadIn.exec(opening) ?? heading.exec(opening)
  const rest = match === null ? text : body.slice(match[0].length).trimStart()
  if (refusal.test(rest.slice(0, 500))) return { kind: "refusal", text }
  return match === null ? { kind: "none", text } : { kind: "leadIn", text: rest }
}

const greeting =
  "(?:(?:sure(?: thing)?|certainly|of course|absolutely|okay|ok|all ?right|got it|understood|no problem)" +
  "\\b[ ,.!:;–—-]{0,6}\\n{0,3})?"
const decoration = '[*_#>"“ ]{0,12}'
const changed =
  "(?:revised|re-?written|reworked|modified|altered|edited|corrupted|changed|adjusted|amended|updated|corrected" +
  "|incorrect|flawed|faulty|erroneous|wrong|worsened|degraded)"
const thing = "(?:answer|response|reply|version|text|rewrite|solution|output|passage|explanation|essay|code|one)"

const leadIn = new RegExp(
  `^${decoration}${greeting}${decoration}` +
    "(?:here(?:['’]s| is| are| you go)|(?:below|this|the following) is|i(?:['’]ve| have))\\b[^\\n:]{0,80}?\\b" +
    `(?:${changed}\\b[^\\n:]{0,40}?\\b${thing}|rewrite|rewritten|revision|modification)\\b[^\\n:]{0,120}?` +
    '(?::[*_"” ]*\\n*|[.!]?[*_"” ]*\\n+)',
  "iu"
)

const heading = new RegExp(
  `^${decoration}${greeting}${decoration}(?:the )?${changed} ${thing}\\b(?: (?:with|containing) [^\\n:]{1,80}?)?` +
    '(?:[*_"” ]*:[*_"” ]*\\n*|[*_ ]*\\n+)',
  "iu"
)

const apology =
  "(?:(?:(?:i['’]m|i am|we['’]re|we are) )?(?:(?:so|very|really|truly|deeply) )?(?:sorry|afraid)\\b[ ,.!;–—-]*" +
  "(?:but )?(?:that )?" +
  "|(?:i|we|my) apolog(?:ise|ize|ies|y)\\b[ ,.!;–—-]*(?:but )?" +
  "|unfortunately\\b,? ?" +
  "|as an? [^\\n.,]{0,60}\\b(?:ai|model|assistant)\\b[^\\n.,]{0,60}, ?)"
const cannot =
  "(?:can['’]?t|cannot|can not|could not|couldn['’]t|won['’]t|will not|do not feel comfortable" +
  "|don['’]t feel comfortable|(?:['’]m|['’]re| am| are) (?:not able to|unable to|not allowed to|not permitted to" +
  "|not comfortable|not going to))"
const act =
  "(?:(?:in good conscience|ethically|directly|with) )?(?:help(?! but| feeling| thinking| wondering| noticing)" +
  "|assist|comply|fulfil|fulfill|(?:complete|answer) (?:this|that|your)|do (?:this|that|so)|(?:engage|participate) in" +
  "|(?:continue|proceed) with|(?:creat|generat|provid|writ|rewrit|produc|introduc|includ)(?:e|ing)" +
  "|(?:insert|inject|add|alter)(?:ing)?|modify(?:ing)?|(?:deliberately|intentionally|knowingly|purposely))\\b"
const declines =
  "(?:(?:i|we) (?:must|have to|need to) (?:respectfully |politely )?decline\\b" +
  "|it (?:would be|is|would not be|wouldn['’]t be|is not|isn['’]t) (?:not )?" +
  "(?:appropriate|inappropriate|ethical|unethical|irresponsible|right) (?:to|for me)\\b)"

const refusal = new RegExp(
  `^\\s*${decoration}${apology}{0,3}(?:(?:i|we) ?(?:simply |really |just )?${cannot} ${act}|${declines})`,
  "iu"
)
