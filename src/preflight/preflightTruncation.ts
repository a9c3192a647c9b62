import { type TruncatedPair, truncatedPair } from "../cleaners/truncatedPair.ts"
import * as Figure from "../Figure.ts"
import { sharedPrefix } from "../math/sharedPrefix.ts"
import type { Example, Unchecked } from "../Preflight.ts"
import { type ChatTemplate, TemplateRefusal } from "./ChatTemplate.ts"
import { isEncoding, type Tokens } from "./Encoding.ts"
import { type CheckedRow, findingOf, type PreflightCheck, Sightings } from "./PreflightCheck.ts"
import type { Tokenizer } from "./Tokenizer.ts"

/** How long the input of a model may be, and in whose tokens. */
export interface TruncationOptions {
  readonly tokenizer: Tokenizer
  /** Whether the rows are conversations, which a chat template writes as text. */
  readonly isChat: boolean
  readonly maxLength: number
  /** Whether the trainer tokenises the prompt by itself, as with plain texts, so that tokens must not join over its end. */
  readonly joinsTexts: boolean
  /** Whether the trainer tokenises prompt and reply as one and leaves out what is longer, as TRL's reward trainer does, instead of cutting it. */
  readonly dropsLonger: boolean
}

/** Rows whose length is counted in full; the first ones, since the others are tokenised only where it matters. */
const nMeasured = 20_000
const seam = 64

/**
 * Looks for pairs that are the same after truncation, prompts that leave no room, and prompts whose tokens are no prefix of the whole; of single
 * replies with a label for the latter two. Where the trainer drops what is longer, for that alone.
 *
 * Cuts at the end, as trainers do by default. Conversations are counted as the tokenizer's chat template writes them; where it has
 * none or cannot be run here, and for plain texts, without what a template adds, so that a few more rows are concerned; where the trainer drops what is
 * longer, plain texts with the marks of their beginning and end. A text has at
 * most as many tokens as bytes, which settles most rows without tokenising.
 */
export const preflightTruncation = (options: TruncationOptions): PreflightCheck => {
  const { dropsLonger, isChat, joinsTexts, maxLength } = options
  const { endOfText, nMarks, template, tokens } = options.tokenizer
  const encoding = countedIn(options.tokenizer, isChat)
  const same = new Sightings()
  const noReply = new Sightings()
  const cut = new Sightings()
  const joined = new Sightings()
  const noPrefix = new Sightings()
  const refused = new Sightings()
  let refusal = ""
  let failure = ""
  let nFailed = 0
  let nSeen = 0
  let nRead = 0
  const isLonger = (text: string, than: number): boolean => {
    if (than < 0) return true
    if (Buffer.byteLength(text) <= than) return false
    let n = 0
    for (const _ of tokens(text)) if (++n > than) return true
    return false
  }
  const isCut = (a: string, b: string): boolean => {
    const [longer, shorter] = a.length > b.length ? [a, b] : [b, a]
    // Fewer characters may be more tokens.
    return isLonger(longer, maxLength) || (a !== b && isLonger(shorter, maxLength))
  }
  /** Whether TRL's reward trainer drops a text, which it ends with the token for that and marks as the tokenizer does. */
  const isDropped = (text: string): boolean =>
    isLonger(text, maxLength - nMarks - (endOfText === null || text.endsWith(endOfText) ? 0 : 1))
  const noteLeft = (left: TruncatedPair, example: Example) => {
    if (left === "same") same.see(example)
    if (left === "noReply") noReply.see(example)
  }
  const seeLength = (chosen: string, rejected: string, example: Example, isMeasured: boolean) => {
    if (isMeasured && isCut(chosen, rejected)) cut.see(example)
  }
  const seeTexts = ({ example, prompt, record }: CheckedRow, { chosen, rejected }: Pair, isMeasured: boolean) => {
    if (dropsLonger && record.style === "text") {
      if (isMeasured && [chosen, rejected].some((reply) => isDropped(prompt + reply))) cut.see(example)
      return
    }
    if (dropsLonger) return seeLength(prompt + chosen, prompt + rejected, example, isMeasured)
    const shared = sharedPrefix(chosen, rejected)
    if (chosen !== rejected && Buffer.byteLength(prompt) + Buffer.byteLength(chosen.slice(0, shared)) >= maxLength) {
      noteLeft(truncatedPair(tokens(prompt), tokens(chosen), tokens(rejected), maxLength), example)
    } else if (chosen === rejected && isLonger(prompt, maxLength - 1)) noReply.see(example)
    seeLength(prompt + chosen, prompt + rejected, example, isMeasured)
    if (!isMeasured) return
    if (joinsTexts && record.style === "text" && prompt !== "" && [chosen, rejected].some(joins(prompt, tokens))) {
      joined.see(example)
    }
  }
  const seeChat = (written: Written, example: Example, isMeasured: boolean) => {
    const { chosen, prompt, rejected } = written
    seeLength(chosen, rejected, example, isMeasured)
    if (dropsLonger) return
    const shared = sharedPrefix(chosen, rejected)
    if (chosen !== rejected && Buffer.byteLength(chosen.slice(0, shared)) >= maxLength) {
      const start = [...tokens(prompt)]
      const replies = [chosen, rejected].map((whole) => [...tokens(whole)].slice(start.length))
      noteLeft(truncatedPair(start, replies[0]!, replies[1]!, maxLength), example)
    } else if (chosen === rejected && isLonger(prompt, maxLength - 1)) noReply.see(example)
    const isPrefix = (whole: string) =>
      whole.startsWith(prompt) && !(isMeasured && joins(prompt, tokens)(whole.slice(prompt.length)))
    if (!isPrefix(chosen) || !isPrefix(rejected)) noPrefix.see(example)
  }
  return {
    see: (row) => {
      const isMeasured = nSeen++ < nMeasured
      const { example, record } = row
      const replies = row.pair ?? singleOf(record)
      if (replies === null) return
      nRead++
      if (template === null || record.style !== "messages") return seeTexts(row, replies, isMeasured)
      const written = writtenBy(template, row, replies)
      if (!(written instanceof TemplateRefusal)) return seeChat(written, example, isMeasured)
      if (!written.isCertain) {
        nFailed++
        if (failure === "") failure = written.why
        return seeTexts(row, replies, isMeasured)
      }
      refused.see(example)
      if (refusal === "") refusal = written.why
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
            what: `the prompt alone fills ${length}: no reply is left, or the trainer drops the row`,
            remedy: "raise the maximum length or leave these rows out"
          }),
          ...findingOf(
            measured,
            cut,
            dropsLonger
              ? {
                  check: "droppedForLength",
                  severity: "silently wrong",
                  what: `prompt and reply, the longer of two, together pass ${length}${ofFirst(nRows)}: the trainer drops the row without a word`,
                  remedy: "raise the maximum length, or leave these rows out and count on fewer"
                }
              : {
                  check: "truncated",
                  severity: "worth knowing",
                  what: `prompt and reply, the longer of two, together pass ${length}${ofFirst(nRows)}: the end is not trained on`,
                  remedy: "raise the maximum length if the ends matter"
                }
          ),
          ...findingOf(measured, joined, {
            check: "tokensJoin",
            severity: "worth knowing",
            what: `tokens of ${encoding} join over the end of the prompt, so that its tokens are no prefix of the whole${ofFirst(nRows)}`,
            remedy: "put the separating space at the start of the reply, not at the end of the prompt"
          }),
          ...findingOf(nRows, noPrefix, {
            check: "templatePrefix",
            severity: "silently wrong",
            what: `the prompt that the chat template writes is no prefix of the conversation with its reply, of which a trainer takes what follows for the reply`,
            remedy:
              "let the prompt end with a turn of the user or a tool, or train with a template that writes both alike"
          }),
          ...findingOf(nRows, refused, {
            check: "templateRefuses",
            severity: "stops training",
            what: `the chat template does not take the conversation: ${refusal}`,
            remedy: "change the turns to those that it takes, or leave these rows out"
          })
        ],
        unchecked: [
          ...(nRead === 0 ? [{ check: "truncation", why: "the data hold no texts of replies" }] : notesOf(options)),
          ...(nFailed === 0
            ? []
            : [
                {
                  check: "lengths with a chat template",
                  why: `the template cannot be run here on ${Figure.counted(nFailed, "conversation")} (${failure}), counted without it; apply_chat_template of transformers shows whether it takes them`
                }
              ])
        ]
      }
    }
  }
}

const ofFirst = (nRows: number): string => (nRows > nMeasured ? ` (of the first ${Figure.count(nMeasured)} rows)` : "")

/** The name of a tokenizer, with what else is counted. */
export const countedIn = ({ name, template }: Tokenizer, isChat: boolean): string =>
  isChat && template !== null ? `${name} with its chat template` : name

const notesOf = ({ isChat, tokenizer }: TruncationOptions): ReadonlyArray<Unchecked> => {
  if (isEncoding(tokenizer.name)) {
    return [
      {
        check: "your tokenizer",
        why: `lengths are counted with ${tokenizer.name}, without the tokens of a chat template; those of your model differ by some per cent; name its folder with --tokenizer`
      }
    ]
  }
  return isChat && tokenizer.template === null
    ? [
        {
          check: "lengths with a chat template",
          why: `${tokenizer.name} has none beside it, so that its tokens are not counted`
        }
      ]
    : []
}

type Pair = Pick<NonNullable<CheckedRow["pair"]>, "chosen" | "rejected" | "messages">

/** A single reply with a label as both of a pair; null where there is none. */
const singleOf = ({ candidates, kind }: CheckedRow["record"]): Pair | null => {
  const [reply] = candidates
  if (kind !== "unpaired" || reply === undefined || reply.messages.length === 0) return null
  const { messages } = reply
  const text = messages.map(({ content }) => content ?? "").join("\n")
  return { chosen: text, rejected: text, messages: { chosen: messages, rejected: messages } }
}

/** A conversation as its template writes it: up to the reply, and with either. */
interface Written {
  readonly prompt: string
  readonly chosen: string
  readonly rejected: string
}

const writtenBy = (template: ChatTemplate, { record }: CheckedRow, { messages }: Pair): Written | TemplateRefusal => {
  const { context, tools } = record
  const prompt = template(context, tools, true)
  if (prompt instanceof TemplateRefusal) return prompt
  const chosen = template([...context, ...messages.chosen], tools, false)
  if (chosen instanceof TemplateRefusal) return chosen
  const rejected = template([...context, ...messages.rejected], tools, false)
  return rejected instanceof TemplateRefusal ? rejected : { prompt, chosen, rejected }
}

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
