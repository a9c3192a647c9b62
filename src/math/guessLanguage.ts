/**
 * Guesses the language of a text from its script and its most frequent words: an ISO 639-1 code, or null where that cannot be told.
 *
 * Scripts that belong to one large language decide by themselves: kana ja, Hangul ko, Han without kana zh, Thai th, Greek el, Hebrew he. For
 * texts in Latin letters the function words of en, de, fr, es, it, pt and nl are counted, and the language with most has to have at least two
 * of them, 5 % of all words, and a quarter more than the next; in texts of up to four words one of three letters is enough where no other
 * language has any. Cyrillic is told by letters that one language has and others have not (ru, uk, be, sr, mk), and else by function words of ru,
 * uk and bg. Everything else is null: a word alone, code, mixtures, other languages in Latin and Cyrillic letters, and the scripts that many
 * languages share (Arabic, Devanagari). Close relatives of the seven, such as Afrikaans or Galician, are taken for one of them. Time O(length).
 *
 * Own code rather than eld 2.1, tinyld 1.3 or franc-min 6.2, because a check of rows needs to hear "unknown": on short sentences eld and tinyld
 * tell more languages, and franc-min fewer, but each of them also names one for lines of code and lists of names.
 */
export const guessLanguage = (text: string): string | null => {
  const nLetters = text.match(/\p{L}/gu)?.length ?? 0
  if (nLetters === 0) return null
  const shareOf = (script: RegExp) => (text.match(script)?.length ?? 0) / nLetters
  if (shareOf(/[\p{sc=Hiragana}\p{sc=Katakana}]/gu) > 0.1) return "ja"
  for (const [language, script] of scripts) if (shareOf(script) > 0.5) return language
  if (isCode(text)) return null
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? []
  if (shareOf(/\p{sc=Cyrillic}/gu) > 0.5) return cyrillic(text.toLowerCase(), words)
  return shareOf(/\p{sc=Latin}/gu) > 0.5 ? mostWords(words, latinWords) : null
}

const scripts = [
  ["ko", /\p{sc=Hangul}/gu],
  ["zh", /\p{sc=Han}/gu],
  ["th", /\p{sc=Thai}/gu],
  ["el", /\p{sc=Greek}/gu],
  ["he", /\p{sc=Hebrew}/gu]
] as const

/** Says whether signs of programs are an eighth of a text. */
const isCode = (text: string): boolean =>
  8 * (text.match(/[(){}[\]=;<>_*+\\|]/g)?.length ?? 0) >= text.replaceAll(/\s/g, "").length

const fewWords = 4

/** The language with most function words, where it is clear. */
const mostWords = (words: ReadonlyArray<string>, known: ReadonlyMap<string, ReadonlySet<string>>): string | null => {
  const counts = [...known].map(([language, ofLanguage]) => {
    const found = words.filter((word) => ofLanguage.has(word))
    return { language, n: found.length, isLong: found.some((word) => word.length > 2) }
  })
  counts.sort((a, b) => b.n - a.n)
  const [first, second] = [counts[0]!, counts[1]!]
  if (first.n === 1 && second.n === 0 && first.isLong && words.length > 1 && words.length <= fewWords) {
    return first.language
  }
  return first.n >= 2 && first.n >= 0.05 * words.length && first.n >= 1.25 * second.n ? first.language : null
}

const cyrillic = (text: string, words: ReadonlyArray<string>): string | null => {
  const own = letters.filter(([, ofLanguage]) => ofLanguage.test(text)).map(([language]) => language)
  // Letters of two languages are a mixture, or a name.
  return own.length > 0 ? (own.length === 1 ? own[0]! : null) : mostWords(words, cyrillicWords)
}

/** Letters that of these languages one alone has; the last are of other languages, which are not told apart. */
const letters: ReadonlyArray<readonly [string | null, RegExp]> = [
  ["be", /ў/],
  ["uk", /[їєґ]|^(?=[^]*і)[^ўыэё]*$/],
  ["ru", /^(?=[^]*[ыэё])[^іў]*$/],
  ["mk", /[ѓќѕ]/],
  ["sr", /[ћђ]|^(?=[^]*[љњјџ])[^ѓќѕ]*$/],
  [null, /[әғқңөұүһҷҳӣӯҡҙҫ]/]
]

const setsOf = (words: Readonly<Record<string, string>>): ReadonlyMap<string, ReadonlySet<string>> =>
  new Map(Object.entries(words).map(([language, text]) => [language, new Set(text.split(" "))]))

const latinWords = setsOf({
  en: "the of and to in is that it was for on are with as be this have from or by not but what which you his they at an were their i we my your do don would can could should how please yes there here if thank",
  de: "der die das und ist nicht ein eine zu den von mit sich des auf für im dem es auch als an werden aus er hat dass sie nach wird bei noch wie einem ich",
  fr: "le la les de et des est en un une du que qui dans pour pas au sur ne se plus par ce il avec sont mais ou cette elle aux nous vous je",
  es: "el la los las de que y en un una es del por con no para se su al lo como más pero sus le ya o fue este ha sí porque esta son entre está",
  it: "il di che e la è un per non in una sono si con da del le dei della come anche più ma gli al nel ha lo alla delle questo perché",
  pt: "o de que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu sua ou são você está eu",
  nl: "de het een van en in is dat op te zijn met voor niet aan er om ook als dan maar bij uit nog naar heeft worden wordt deze door ze hij ik"
})

const cyrillicWords = setsOf({
  ru: "и в не на я что он с как а то все она так его но да ты к у же за бы по только ее мне было вот от меня еще нет о из ему для при или если",
  uk: "і в не на я що він з як а то та вона так його але ти у ж за б по тільки її мені було від мене ще ні о із йому для при або якщо це до",
  bg: "и в не на аз че той с как а то тя така но да ти се за от само й ми беше мен още няма си са е до при или ако това във със"
})
