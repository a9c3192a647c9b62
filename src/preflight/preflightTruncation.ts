import { truncatedPair } from "../cleaners/truncatedPair.ts"
import { sharedPrefix } from "../math/sharedPrefix.ts"
import * as Figure from "../Figure.ts"
import type { Tokens } from "./Encoding.ts"
import { findingOf, type PreflightCheck, Sightings } from "./PreflightCheck.ts"

/** How long the input of a model may be, and in whose tokens. */
export interface TruncationOptions {
  /** The name of the encoding, for what is said. */
  readonly encoding: string
  readonly maxLength: number
  readonly tokens: Tokens
  /** Whether the trainer tokenises the prompt by itself, as with plain texts, so that tokens must not join over its end. */
  readonly joinsTexts: boolean
}

/** Rows whose length is counted in full; the first ones, since the others are tokenised only where it matters. */
const nMeasured = 20_000
const seam = 64

/**
 * Looks for pairs that are the same after truncation, prompts that leave no room, and tokens that join over the end of the prompt.
 *
 * Cuts at the end, as trainers do by default; the tokens that a chat template adds are not counted, so that a few more rows are concerned.
 * A text has at most as many tokens as bytes, which settles most rows without tokenising.
 */
export const preflightTruncation = ({ encoding, joinsTexts, maxLength, tokens }: TruncationOptions): PreflightCheck => {
  const same = new Sightings()
  const noReply = new Sightings()
  const cut = new Sightings()
  const joined = new Sightings()
  let nSeen = 0
  let nPairs = 0
  const isLonger = (text: string, than: number): boolean => {
    if (than < 0) return true
    if (Buffer.byteLength(text) <= than) return false
    let n = 0
    for (const _ of tokens(text)) if (++n > than) return true
    return false
  }
  return {
    see: ({ example, pair, prompt, record }) => {
      const isMeasured = nSeen++ < nMeasured
      if (pair === null) return
      nPairs++
      const { chosen, rejected } = pair
      const shared = sharedPrefix(chosen, rejected)
      if (chosen !== rejected && Buffer.byteLength(prompt) + Buffer.byteLength(chosen.slice(0, shared)) >= maxLength) {
        const left = truncatedPair(tokens(prompt), tokens(chosen), tokens(rejected), maxLength)
        if (left === "same") same.see(example)
        if (left === "noReply") noReply.see(example)
      }
      if (isMeasured) {
        const longer = chosen.length > rejected.length ? chosen : rejected
        if (isLonger(prompt + longer, maxLength)) cut.see(example)
      }
      if (
        isMeasured &&
        joinsTexts &&
        record.style === "text" &&
        prompt !== "" &&
        [chosen, rejected].some(joins(prompt, tokens))
      ) {
        joined.see(example)
      }
    },
    result: (nRows) => {
      const length = `${Figure.count(maxLength)} tokens of ${encoding}`
      const measured = Math.min(nRows, nMeasured)
      return {
        findings: [
          ...findingOf(nRows, same, {
            check: "sameAfterTruncation",
            severity: "silently wrong",
            what: `chosen and rejected are the same after truncation at ${length}`,
            remedy: "raise the maximum length or leave these rows out: their loss is constant"
          }),
          ...findingOf(nRows, noReply, {
            check: "promptFillsLength",
            severity: "silently wrong",
            what: `the prompt alone fills ${length}: both replies are cut away, or the trainer drops the row`,
            remedy: "raise the maximum length or leave these rows out"
          }),
          ...findingOf(measured, cut, {
            check: "truncated",
            severity: "worth knowing",
            what: `prompt and longer reply together pass ${length}${ofFirst(nRows)}: the end is not trained on`,
            remedy: "raise the maximum length if the ends matter"
          }),
          ...findingOf(measured, joined, {
            check: "tokensJoin",
            severity: "worth knowing",
            what: `tokens of ${encoding} join over the end of the prompt, so that its tokens are no prefix of the whole${ofFirst(nRows)}`,
            remedy: "put the separating space at the start of the reply, not at the end of the prompt"
          })
        ],
        unchecked:
          nPairs === 0 ? [{ check: "truncation", why: "the data hold no pairs of texts" }] : [tokenizerNote(encoding)]
      }
    }
  }
}

const ofFirst = (nRows: number): string => (nRows > nMeasured ? ` (of the first ${Figure.count(nMeasured)} rows)` : "")

const tokenizerNote = (encoding: string) => ({
  check: "your tokenizer",
  why: `lengths are counted with ${encoding}, without the tokens of a chat template; those of your model differ by some per cent`
})

/** Says whether the tokens of the prompt's end stop being a prefix when the reply follows. */
const joins =
  (prompt: string, tokens: Tokens) =>
  (reply: string): boolean => {
    const tail = prompt.slice(-seam)
    // Cut where a word begins, so that the tail is tokenised as inside the prompt.
    const start = tail.length < prompt.length ? Math.max(0, tail.search(/\s\S/)) : 0
    const end = tail.slice(start)
    const whole = tokens(end + reply.slice(0, seam))[Symbol.iterator]()
    for (const token of tokens(end)) if (whole.next().value !== token) return true
    return false
  }
