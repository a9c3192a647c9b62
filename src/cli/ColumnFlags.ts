import * as Flag from "effect/cli/Flag"
import * as Option from "effect/Option"

/** A flag that names a column. */
export const column = (name: string, what: string) =>
  Flag.String(name).pipe(Flag.withMetavar("C"), Flag.withDescription(`Column with ${what}`), Flag.optional)

/** The columns of preference data; `text` is what a text is called, "reply" or "answer". */
export const preferenceColumns = (text: string) => ({
  prompt: column("prompt", "the prompt"),
  chosen: column("chosen", `the ${text} that was preferred, or the first of the two where there is a label`),
  rejected: column("rejected", `the other ${text}`),
  annotator: column("annotator", "who judged"),
  label: column("label", `which ${text} is better; several, separated by commas, are annotators of their own`)
})

/** The columns of their scores. */
export const scoreColumns = (text: string) => ({
  scoreChosen: column("score-chosen", `the score of the preferred or first ${text}`),
  scoreRejected: column("score-rejected", `the score of the other ${text}`)
})

/** What the values of the label column mean. */
export const labelMeanings = (text: string) =>
  Flag.String("label-values").pipe(
    Flag.withMetavar("FIRST,SECOND[,TIE]"),
    Flag.withDescription(`The values of the label column for the first ${text}, the second and a tie`),
    Flag.optional
  )

/** The columns that were named. */
export const namedOf = (columns: Readonly<Record<string, Option.Option<string>>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(columns).flatMap(([name, value]) => (Option.isSome(value) ? [[name, value.value] as const] : []))
  )
