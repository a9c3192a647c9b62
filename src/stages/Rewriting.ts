import type { Candidate } from "../../schemas/Candidate.ts"
import type { Judgment } from "../../schemas/Judgment.ts"
import type { Span } from "../../schemas/Span.ts"
import type { ErrorType } from "./ErrorType.ts"

/** What a rewriting sees: one candidate with its prompt, its spans in order, and the judgments about it. */
export interface Subject {
  readonly prompt: string
  readonly candidate: Candidate
  readonly spans: ReadonlyArray<Span>
  readonly judgments: ReadonlyArray<Judgment>
  /** A uniform number in [0, 1), drawn by the run's seed, the row, the candidate and the operation. */
  readonly draw: () => number
}

/** Characters of a text, half open, in UTF-16 code units; a span is one. */
export interface Range {
  readonly start: number
  readonly end: number
}

/**
 * One way to change a text: a range is replaced by a text, or by what a model answers to a request.
 *
 * An empty range inserts, an empty text deletes; several ranges can be deleted at once.
 */
export interface Edit {
  readonly ranges: ReadonlyArray<Range>
  readonly put:
    | { readonly text: string }
    | { readonly request: string; readonly around?: readonly [before: string, behind: string] }
  /** The error that is put in on purpose. */
  readonly errorType?: string
}

/** Whether a rewritten text is expected to be better, worse or neither. */
export type Direction = "better" | "worse" | "neutral"

/**
 * A way to make texts of a text.
 *
 * `operation` is what the candidates that come out are marked with. `edits` makes one candidate each; none says that there is nothing
 * to do. It has to be pure. `config` stands for it in the manifest.
 */
export interface Rewriting {
  readonly operation: string
  readonly direction: Direction
  readonly edits: (subject: Subject) => ReadonlyArray<Edit>
  /** Whether a model is asked at all. */
  readonly asks: boolean
  readonly config: unknown
}

/** A function of the subject whose text stands for it in the manifest. */
type Of<A> = (subject: Subject) => A

const whole = ({ candidate }: Subject): ReadonlyArray<Range> => [{ start: 0, end: candidate.text.length }]

const told = (task: string, { candidate, prompt }: Subject, ...more: ReadonlyArray<readonly [string, string]>) =>
  [
    task,
    "Reply with the new text alone.",
    "",
    ...[["question", prompt] as const, ["answer", candidate.text] as const, ...more].flatMap(([tag, text]) => [
      `<${tag}>`,
      text,
      `</${tag}>`
    ])
  ].join("\n")

/** A rewriting of your own: a request to the model whose answer replaces the whole text; null where there is nothing to do. */
export const ask = (options: {
  readonly operation: string
  readonly direction: Direction
  readonly request: Of<string | null>
}): Rewriting => ({
  operation: options.operation,
  direction: options.direction,
  asks: true,
  config: { request: String(options.request) },
  edits: (subject) => {
    const request = options.request(subject)
    return request === null ? [] : [{ ranges: whole(subject), put: { request } }]
  }
})

/**
 * Revises a text by what judges said of it: by default every critique in its judgments. Expected to be better.
 *
 * A candidate without a critique is left alone.
 */
export const byCritique = (
  critique: Of<string | null> = ({ judgments }) =>
    judgments.flatMap((judgment) => judgment.critique ?? []).join("\n\n") || null
): Rewriting =>
  ask({
    operation: "refine",
    direction: "better",
    request: named(critique, (subject) => {
      const said = critique(subject)
      const task =
        "Below are a question, an answer to it and a critique. Revise the answer so that it meets the critique."
      return said === null ? null : told(task, subject, ["critique", said])
    })
  })

/** Revises a text by what its user said next; null where that was no feedback. Expected to be better. */
export const byFeedback = (feedback: Of<string | null>): Rewriting =>
  ask({
    operation: "refine",
    direction: "better",
    request: named(feedback, (subject) => {
      const said = feedback(subject)
      const task = "Below are a question, an answer to it and what the user replied. Write the answer the user wanted."
      return said === null ? null : told(task, subject, ["reply", said])
    })
  })

/** Puts one error of a stated type into a text, changing as little else as possible. Expected to be worse. */
export const degrade = (type: ErrorType): Rewriting => ({
  operation: "degrade",
  direction: "worse",
  asks: true,
  config: { type },
  edits: (subject) => {
    const task = `Rewrite the answer below so that it contains one clear error of this kind and is otherwise the same: ${type.id}. ${type.definition} Do not mention the error.`
    return [{ ranges: whole(subject), put: { request: told(task, subject) }, errorType: type.id }]
  }
})

/** What is put into a text: a text, or a request whose answer it is, with what stands `around` it, such as line breaks. */
export type Put =
  | { readonly text: Of<string> }
  | { readonly request: Of<string>; readonly around?: readonly [before: string, behind: string] }

interface Placed {
  /** Default: what the function is called. */
  readonly operation?: string
  /** Default "neutral". */
  readonly direction?: Direction
  /** Names an error that is put in on purpose. */
  readonly errorType?: string
}

const putOf = (put: Put, subject: Subject): Edit["put"] => {
  if ("text" in put) return { text: put.text(subject) }
  const request = put.request(subject)
  return put.around === undefined ? { request } : { request, around: put.around }
}

const placed = (
  usual: string,
  options: Placed,
  config: object,
  edits: (subject: Subject) => ReadonlyArray<Edit>
): Rewriting => ({
  operation: options.operation ?? usual,
  direction: options.direction ?? "neutral",
  asks: "request" in config,
  config: { ...config, errorType: options.errorType ?? null },
  edits: (subject) =>
    edits(subject).map((edit) => (options.errorType === undefined ? edit : { ...edit, errorType: options.errorType }))
})

const shown = (options: object) =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, typeof value === "function" ? String(value) : value])
  )

/** Puts a text in at a character, for instance the start of a span; null where there is no place for it. */
export const insert = (options: Placed & Put & { readonly at: Of<number | null> }): Rewriting =>
  placed("insert", options, shown(options), (subject) => {
    const at = options.at(subject)
    return at === null ? [] : [{ ranges: [{ start: at, end: at }], put: putOf(options, subject) }]
  })

/** Puts a text in the place of a range, for instance of a span; undefined where there is none. */
export const replace = (options: Placed & Put & { readonly range: Of<Range | undefined> }): Rewriting =>
  placed("replace", options, shown(options), (subject) => {
    const range = options.range(subject)
    return range === undefined ? [] : [{ ranges: [range], put: putOf(options, subject) }]
  })

/** Takes ranges out, for instance spans: all of them at once, or each of them for a candidate of its own. No call. */
export const remove = (
  options: Placed & { readonly ranges: Of<ReadonlyArray<Range>>; readonly apart?: boolean }
): Rewriting =>
  placed("delete", options, shown(options), (subject) => {
    const ranges = options.ranges(subject)
    if (options.apart === true) return ranges.map((range) => ({ ranges: [range], put: { text: "" } }))
    return ranges.length === 0 ? [] : [{ ranges, put: { text: "" } }]
  })

/** Cuts a text off at a character; null where there is nothing to cut off. No call. */
export const truncate = (options: Placed & { readonly at: Of<number | null> }): Rewriting =>
  placed("truncate", options, shown(options), (subject) => {
    const at = options.at(subject)
    const end = subject.candidate.text.length
    return at === null || at >= end ? [] : [{ ranges: [{ start: at, end }], put: { text: "" } }]
  })

/** Gives a function the text of the one it was made from, so that the manifest tells it from others. */
const named = <A>(source: Of<unknown>, of: Of<A>): Of<A> =>
  Object.defineProperty(of, "toString", { value: () => String(source) })
