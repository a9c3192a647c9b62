import { containedReply } from "../cleaners/containedReply.ts"
import { templateMarkup } from "../cleaners/templateMarkup.ts"
import type { PreflightFinding } from "../Preflight.ts"
import { type CheckedRow, findingOf, type PreflightCheck, Sightings } from "./PreflightCheck.ts"

/** A prompt of fewer characters stands at the beginning of a reply by chance. */
const fewest = 16

const abouts = {
  equal: {
    severity: "silently wrong",
    what: "chosen and rejected are the same text, so that nothing is learnt",
    remedy: "prefloom convert leaves these rows out"
  },
  almostEqual: {
    severity: "silently wrong",
    what: "chosen and rejected differ in white space or the coding of accents alone",
    remedy: "leave these rows out, unless layout is what is to be learnt"
  },
  empty: {
    severity: "silently wrong",
    what: "a reply says nothing",
    remedy: "prefloom convert leaves these rows out"
  },
  blankPrompt: {
    severity: "silently wrong",
    what: "the prompt says nothing",
    remedy: "prefloom convert leaves these rows out"
  },
  chosenInRejected: {
    severity: "worth knowing",
    what: "the chosen reply stands whole inside the rejected one",
    remedy: "look whether the chosen one was cut off, or whether the rejected one repeats it"
  },
  rejectedInChosen: {
    severity: "worth knowing",
    what: "the rejected reply stands whole inside the chosen one",
    remedy: "look whether the rejected one was cut off: then length is what is learnt"
  },
  repeatsPrompt: {
    severity: "silently wrong",
    what: "a reply begins with the prompt, which a trainer would put there once more",
    remedy: "cut the prompt from the replies, or train on the implicit form"
  },
  markup: {
    severity: "silently wrong",
    what: "a text holds markup of a chat template, which a tokenizer takes for turns of its own",
    remedy: "split the texts into messages, or escape the markup where the text is about it"
  },
  noPrefix: {
    severity: "silently wrong",
    what: "the rendered prompt is no prefix of the rendered conversation: it ends with the assistant's turn, or the reply is not the assistant's",
    remedy: "let the prompt end with a turn of the user or a tool, and the reply begin with the assistant's"
  },
  lowerScore: {
    severity: "silently wrong",
    what: "the chosen reply has the lower score, or the margin is negative",
    remedy: "look which of the two is right; prefloom audit estimates how many labels are wrong"
  },
  equalScore: {
    severity: "worth knowing",
    what: "both replies have the same score",
    remedy: "leave these rows out if the scores made the pairs"
  }
} as const satisfies Readonly<Record<string, Pick<PreflightFinding, "severity" | "what" | "remedy">>>

/** What decides how turns are looked at. */
export interface TextsOptions {
  /** Whether turns are left to the model's own template. */
  readonly knowsTemplate: boolean
  /** Whether the tokenizer is the model's own. */
  readonly hasTokenizer: boolean
  /** Whether the trainer tells the tokens of the reply from those of the prompt; one of reward models reads them as one. */
  readonly hasSeam: boolean
}

/** Looks at each row by itself: replies that are the same, contained, empty or repeat the prompt, markup, turns and scores. */
export const preflightTexts = ({ hasSeam, hasTokenizer, knowsTemplate }: TextsOptions): PreflightCheck => {
  const seen = new Map<keyof typeof abouts, Sightings>()
  const markups = new Map<string, number>()
  let nScored = 0
  const note = (what: keyof typeof abouts, row: CheckedRow) => {
    let sightings = seen.get(what)
    if (sightings === undefined) seen.set(what, (sightings = new Sightings()))
    sightings.see(row.example)
  }
  return {
    see: (row) => {
      const { pair, prompt, record } = row
      const replies = repliesOf(record)
      if (replies.some((text) => text.trim() === "") && !record.candidates.some(usesTools)) note("empty", row)
      if (prompt.trim() === "" && record.context.length > 0 && !usesTools({ messages: record.context })) {
        note("blankPrompt", row)
      }
      if (pair !== null && pair.chosen.trim() !== "" && pair.rejected.trim() !== "") {
        const contained = containedReply(pair.chosen, pair.rejected)
        if (contained !== null) note(contained, row)
      }
      if (prompt.length >= fewest && replies.some((text) => text.startsWith(prompt))) note("repeatsPrompt", row)
      const markup = [prompt, ...replies].map(templateMarkup).find((found) => found !== null)
      if (markup !== undefined && markup !== null) {
        markups.set(markup, (markups.get(markup) ?? 0) + 1)
        note("markup", row)
      }
      if (hasSeam && !knowsTemplate && breaksPrefix(record)) note("noPrefix", row)
      const order = scoreOrder(row)
      if (order !== null) nScored++
      if (order === "lower") note("lowerScore", row)
      if (order === "equal") note("equalScore", row)
    },
    result: (nRows) => ({
      findings: Object.entries(abouts).flatMap(([check, about]) => {
        const sightings = seen.get(check as keyof typeof abouts)
        if (sightings === undefined) return []
        const found = [...markups.keys()].slice(0, 6).map((mark) => JSON.stringify(mark))
        const what = check === "markup" ? `${about.what}: ${found.join(", ")}` : about.what
        return findingOf(nRows, sightings, { ...about, check, what })
      }),
      unchecked: [
        ...(nScored === 0 ? [{ check: "scores", why: "the data have no scores or margins of pairs" }] : []),
        ...(knowsTemplate
          ? []
          : [
              {
                check: "chat template",
                why: `${templateUnknown}${hasTokenizer ? "" : "; --tokenizer takes its folder"}`
              }
            ])
      ]
    })
  }
}

const templateUnknown =
  "the model's own template is not known or not used here; turns and markup are looked at as most templates take them"

const repliesOf = ({ candidates, kind }: CheckedRow["record"]): ReadonlyArray<string> =>
  kind === "prompt"
    ? []
    : candidates.filter(({ messages }) => messages.length > 0).map(({ messages }) => messages[0]!.content ?? "")

const usesTools = ({ messages }: Pick<CheckedRow["record"]["candidates"][number], "messages">): boolean =>
  messages.some(({ toolCalls }) => toolCalls.length > 0)

const breaksPrefix = ({ candidates, context, kind, style }: CheckedRow["record"]): boolean =>
  style === "messages" &&
  kind !== "prompt" &&
  kind !== "stepwise" &&
  (context.at(-1)?.role === "assistant" ||
    candidates.some(({ messages }) => messages.length > 0 && messages[0]!.role !== "assistant"))

const scoreOrder = ({ pair, record }: CheckedRow): "right" | "lower" | "equal" | null => {
  if (pair === null) return null
  if (record.margin !== null && record.margin < 0) return "lower"
  if (pair.scores === null) return record.margin === null ? null : "right"
  const by = pair.scores.chosen - pair.scores.rejected
  return by < 0 ? "lower" : by === 0 ? "equal" : "right"
}
