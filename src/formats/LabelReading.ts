import type { Verdict } from "./VoteRow.ts"

/** How the values of a label column are read. Values that are not listed have no verdict. */
export interface LabelReading {
  /** By `labelKey`. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** Which sign of a number favours the first, where numbers are strengths and 0 is a tie; null where they are not. */
  readonly firstSign: -1 | 1 | null
  /** The strongest that a number may be, beyond which it says nothing; null for no limit. */
  readonly strongest: number | null
  /** The reading in words, for people. */
  readonly words: string
}

/** Why labels cannot be read; `seen` names the values. */
export interface UnreadableLabels {
  readonly why: string
  readonly seen: string
}

/** What a known format, or the names of the columns, say about labels. */
export interface LabelHints {
  /** Values of the format, such as 1, 2 and 0 in PandaLM; `firstSign` where its numbers are strengths. */
  readonly values?: Readonly<Record<string, Verdict>>
  readonly firstSign?: -1 | 1
  /** The strongest of such numbers; −100 in HelpSteer2 says that somebody could not rate. */
  readonly strongest?: number
  /** Set where the values are those of the format whichever of them occur. */
  readonly isSettled?: true
  /** The format in words. */
  readonly source?: string
  /** The sides are numbered from 0, as in `response_0` and `response_1`. */
  readonly fromZero?: boolean
  /** The first is called chosen, so that true and 1 say that the choice is right. */
  readonly firstIsChosen?: boolean
}

/** The largest share of values without a verdict with which a reading still counts as found. */
const maxUnreadShare = 0.2

/** Distinct values that a label column has at most; with more it is none. */
export const maxLabelValues = 48

const trailingZeros = /^(-?\d+)\.0+$/

/** Makes values of any type comparable: text in lower case without space around it; "1.0" is "1", missing is "". */
export const labelKey = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return value.trim().toLowerCase().replace(trailingZeros, "$1")
    case "number":
    case "bigint":
    case "boolean":
      return String(value)
    default:
      return value === null || value === undefined ? "" : "(no label)"
  }
}

/** Reads one label; null where it says nothing. */
export const readLabel = ({ firstSign, strongest, verdicts }: LabelReading, value: unknown): Verdict | null => {
  const key = labelKey(value)
  const listed = verdicts.get(key)
  if (listed !== undefined || firstSign === null || key === "") return listed ?? null
  const strength = Number(key)
  if (Number.isNaN(strength) || (strongest !== null && Math.abs(strength) > strongest)) return null
  return strength === 0 ? "tie" : Math.sign(strength) === firstSign ? "first" : "second"
}

/**
 * Makes the reading that a person gives as `first,second` or `first,second,tie`, such as "1,2,0" or "A,B,tie".
 *
 * "<0,>0,0" and ">0,<0,0" read numbers as strengths. Undefined when there are not two or three different values.
 */
export const givenLabels = (text: string): LabelReading | undefined => {
  const values = text.split(",").map(labelKey)
  if (values.length < 2 || values.length > 3 || new Set(values).size < values.length || values.includes("")) {
    return undefined
  }
  const [first, second, tie] = values
  if (first === "<0" || first === ">0") {
    if (second !== (first === "<0" ? ">0" : "<0") || (tie !== undefined && tie !== "0")) return undefined
    return strengths(first === "<0" ? -1 : 1, "as given")
  }
  const verdicts = new Map<string, Verdict>([
    [first!, "first"],
    [second!, "second"]
  ])
  if (tie !== undefined) verdicts.set(tie, "tie")
  return { verdicts, firstSign: null, strongest: null, words: `${inWords(verdicts)}, as given` }
}

const strengths = (firstSign: -1 | 1, source: string, strongest: number | null = null): LabelReading => ({
  verdicts: new Map(),
  firstSign,
  strongest,
  words: `numbers ${firstSign < 0 ? "below" : "above"} 0 favour the first, 0 is a tie, ${source}`
})

const inWords = (verdicts: ReadonlyMap<string, Verdict>): string =>
  [...verdicts]
    .map(
      ([key, verdict]) =>
        `${key === "" ? "nothing" : `"${key}"`} ${verdict === "tie" ? "is a tie" : `favours the ${verdict}`}`
    )
    .join(", ")

const noun = "model|response|output|answer|option|assistant|candidate|completion|summary|text|system|choice"
const prefix = new RegExp(`^(?:${noun})[ _-]?(?=(?:[abxy012]|left|right|first|second)$)`)
const sides: ReadonlyArray<readonly [string, string]> = [
  ["a", "b"],
  ["x", "y"],
  ["left", "right"],
  ["first", "second"],
  ["chosen", "rejected"],
  ["1", "2"],
  ["0", "1"]
]
const orders: ReadonlyMap<string, string> = new Map([
  ["a>b", "a"],
  ["a>>b", "a"],
  ["b>a", "b"],
  ["b>>a", "b"],
  ["b<a", "a"],
  ["a<b", "b"],
  ["a=b", "tie"]
])
const ties = new Set(
  "tie,tied,draw,equal,same,both,neither,none,no preference,tie (bothbad),tie (both bad),bothbad,both_bad,both bad".split(
    ","
  )
)

/** The bare word of a value: "[[A]]" and "model_a" are "a". */
const wordOf = (key: string): string => {
  const inner = key.replace(/^\[\[(.*)\]\]$/, "$1")
  return orders.get(inner) ?? (ties.has(inner) ? "tie" : inner.replace(prefix, ""))
}

/** Values in words, for people. */
export const listed = (keys: ReadonlyArray<string>): string =>
  keys.length === 0
    ? "nothing"
    : keys
        .slice(0, 12)
        .map((key) => JSON.stringify(key.slice(0, 40)))
        .join(", ") + (keys.length > 12 ? ", …" : "")

/** Counts values, by `labelKey`, that a reading gives no verdict, and those that say something at all. */
export const countUnread = (
  reading: LabelReading,
  seen: ReadonlyMap<string, number>
): { readonly nUnread: number; readonly nAll: number; readonly isTooMany: boolean } => {
  let nUnread = 0
  let nAll = 0
  for (const [key, n] of seen) {
    if (key === "") continue
    nAll += n
    if (readLabel(reading, key) === null) nUnread += n
  }
  return { nUnread, nAll, isTooMany: nUnread > maxUnreadShare * nAll }
}

/**
 * Finds how labels are read from the set of values of a whole column, or says why that cannot be told.
 *
 * `seen` counts the values by `labelKey`; those of a column of truth, which has the same words, count 0. Values of a known format count when both of its sides occur. Otherwise the values
 * have to be words for the two sides (1 and 2, A and B, left and right, first and second, model_a and model_b, and so on) that
 * allow one reading alone: 0 and 1, or 0, 1 and 2, do not unless the names of the columns say more. What is left over has no
 * verdict; more than a fifth of that is refused.
 */
export const inferLabels = (seen: ReadonlyMap<string, number>, hints: LabelHints): LabelReading | UnreadableLabels => {
  const keys = [...seen.keys()].filter((key) => key !== "").toSorted()
  const refuse = (why: string): UnreadableLabels => ({
    why,
    seen: listed(keys)
  })
  if (keys.length === 0 && hints.isSettled !== true) return refuse("there are no values")
  const source = hints.source === undefined ? "" : `as in ${hints.source}`
  if (hints.firstSign !== undefined) {
    return keys.every((key) => !Number.isNaN(Number(key)))
      ? strengths(hints.firstSign, source, hints.strongest)
      : refuse(`${hints.source} has numbers`)
  }
  if (hints.values !== undefined) {
    const verdicts = new Map(Object.entries(hints.values))
    const wanted = [...verdicts].filter(([, verdict]) => verdict !== "tie").map(([key]) => key)
    if (hints.isSettled === true || wanted.every((key) => seen.has(key))) return checked(seen, verdicts, source, refuse)
    if (keys.some((key) => verdicts.has(key))) {
      return refuse(`${hints.source} has ${wanted.map((key) => `"${key}"`).join(" and ")} for the two sides`)
    }
  }
  return fromWords(seen, keys, hints, refuse)
}

const sideWords = new Set(["true", "false", "tie", ...sides.flat()])
const firstWords = new Set(["true", ...sides.map(([first]) => first)])

/**
 * Says whether the values of a column that nobody named may tell which of two texts is better, and not that it is the first in all rows.
 *
 * Four fifths of them at least are words for sides, or they are numbers on both sides of 0. Numbers above 2 are strengths or classes.
 */
export const mayTellSides = (seen: ReadonlyMap<string, number>): boolean => {
  const counts = [...seen].filter(([key]) => key !== "")
  const numbers = counts.map(([key]) => Number(key)).filter((value) => !Number.isNaN(value))
  if (numbers.some((value) => value < 0)) return numbers.length === counts.length
  if (counts.length > maxLabelValues || numbers.some((value) => value > 2)) return false
  const telling = counts.filter(([key]) => sideWords.has(wordOf(key)))
  const sum = (of: typeof counts) => of.reduce((total, [, n]) => total + n, 0)
  if (telling.length === 0 || sum(telling) < (1 - maxUnreadShare) * sum(counts)) return false
  const words = new Set(telling.map(([key]) => wordOf(key)))
  return words.size > 1 || [...words].some((word) => !firstWords.has(word) && !isDigit(word))
}

const isDigit = (word: string): boolean => word === "0" || word === "1" || word === "2"

const fromWords = (
  seen: ReadonlyMap<string, number>,
  keys: ReadonlyArray<string>,
  hints: LabelHints,
  refuse: (why: string) => UnreadableLabels
): LabelReading | UnreadableLabels => {
  const words = new Map(keys.map((key) => [key, wordOf(key)]))
  const has = (word: string) => [...words.values()].includes(word)
  if (hints.firstIsChosen === true && !has("2")) {
    const [yes, no] = has("true") || has("false") ? ["true", "false"] : ["1", "0"]
    if (has(yes) || has(no)) {
      const verdicts = new Map<string, Verdict>([
        [yes, "first"],
        [no, "second"]
      ])
      return checked(seen, verdicts, "as the first is the chosen one", refuse)
    }
  }
  const found = sides.filter(([first, second]) =>
    isDigit(first) ? has(first) && has(second) : has(first) || has(second)
  )
  if (found.length === 0) return refuse("they are no words for two sides")
  if (found.length > 1) {
    return refuse(has("0") && has("2") ? "0 may be the first or a tie" : "they are words for more than two sides")
  }
  const [first, second] = found[0]!
  const prefixed = keys.some((key) => key !== words.get(key) && isDigit(words.get(key)!))
  if (first === "0" && hints.fromZero !== true && !prefixed) {
    return refuse("0 and 1 may number the sides, or say whether the first is better")
  }
  if (first === "1" && hints.fromZero === true) return refuse("the columns number the sides from 0")
  const verdicts = new Map<string, Verdict>()
  for (const [key, word] of words) {
    if (word === first) verdicts.set(key, "first")
    else if (word === second) verdicts.set(key, "second")
    else if (word === "tie" || (word === "c" && first === "a")) verdicts.set(key, "tie")
  }
  return checked(seen, verdicts, "", refuse)
}

const checked = (
  seen: ReadonlyMap<string, number>,
  verdicts: ReadonlyMap<string, Verdict>,
  source: string,
  refuse: (why: string) => UnreadableLabels
): LabelReading | UnreadableLabels => {
  const unread = [...seen].filter(([key, n]) => n > 0 && key !== "" && !verdicts.has(key))
  const nAll = [...seen.values()].reduce((sum, n) => sum + n, 0)
  const nUnread = unread.reduce((sum, [, n]) => sum + n, 0)
  if (nUnread > maxUnreadShare * nAll) return refuse(`${nUnread} of ${nAll} have no verdict`)
  const examples = unread.slice(0, 5).map(([key, n]) => `"${key.slice(0, 40)}" (${n})`)
  return {
    verdicts,
    firstSign: null,
    strongest: null,
    words:
      inWords(verdicts) +
      (source === "" ? "" : `, ${source}`) +
      (examples.length === 0 ? "" : `; without verdict: ${examples.join(", ")}`)
  }
}
