/**
 * Guesses the language of a text from its script and its most frequent words: an ISO 639-1 code, or null where that cannot be told.
 *
 * Scripts that belong to one large language decide by themselves: kana ja, Hangul ko, Han without kana zh, Thai th, Greek el, Hebrew he. For
 * texts in Latin letters the function words of en, de, fr, es, it, pt and nl are counted, and the language with most has to have at least two
 * of them, 5 % of all words, and a quarter more than the next. Everything else is null: short texts, code, mixtures, other languages
 * in Latin letters, and the scripts that many languages share (Cyrillic, Arabic, Devanagari). Close relatives of the seven, such
 * as Afrikaans or Galician, are taken for one of them. Time O(length).
 */
export const guessLanguage = (text: string): string | null => {
  const nLetters = text.match(/\p{L}/gu)?.length ?? 0
  if (nLetters === 0) return null
  const shareOf = (script: RegExp) => (text.match(script)?.length ?? 0) / nLetters
  if (shareOf(/[\p{sc=Hiragana}\p{sc=Katakana}]/gu) > 0.1) return "ja"
  for (const [language, script] of scripts) if (shareOf(script) > 0.5) return language
  if (shareOf(/\p{sc=Latin}/gu) <= 0.5) return null
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? []
  const counts = [...functionWords].map(([language, known]) => ({
    language,
    n: words.filter((word) => known.has(word)).length
  }))
  counts.sort((a, b) => b.n - a.n)
  const [first, second] = [counts[0]!, counts[1]!]
  return first.n >= 2 && first.n >= 0.05 * words.length && first.n >= 1.25 * second.n ? first.language : null
}

const scripts = [
  ["ko", /\p{sc=Hangul}/gu],
  ["zh", /\p{sc=Han}/gu],
  ["th", /\p{sc=Thai}/gu],
  ["el", /\p{sc=Greek}/gu],
  ["he", /\p{sc=Hebrew}/gu]
] as const

const functionWords = new Map(
  Object.entries({
    en: "the of and to in is that it was for on are with as be this have from or by not but what which you his they at an were their",
    de: "der die das und ist nicht ein eine zu den von mit sich des auf für im dem es auch als an werden aus er hat dass sie nach wird bei noch wie einem",
    fr: "le la les de et des est en un une du que qui dans pour pas au sur ne se plus par ce il avec sont mais ou cette elle aux nous vous",
    es: "el la los las de que y en un una es del por con no para se su al lo como más pero sus le ya o fue este ha sí porque esta son entre está",
    it: "il di che e la è un per non in una sono si con da del le dei della come anche più ma gli al nel ha lo alla delle questo perché",
    pt: "o de que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu sua ou são você está",
    nl: "de het een van en in is dat op te zijn met voor niet aan er om ook als dan maar bij uit nog naar heeft worden wordt deze door ze hij"
  }).map(([language, words]) => [language, new Set(words.split(" "))] as const)
)
