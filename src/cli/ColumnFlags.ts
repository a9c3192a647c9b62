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
  label: column(
    "label",
    `which ${text} is better; several, separated by commas, are annotators of their own; none: the first in every row`
  )
})

/** The columns that speak about votes and who gives them. */
const voteColumns = {
  truth: column("truth", "which answer is right, written like the labels: it counts errors and calibrates scores"),
  family: column("family", "the family of the annotator, such as a model or a team, whose members may err together")
}

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

/** Which splits are read: `--split` once or several times, or with commas. */
export const splitsFlag = Flag.String("split").pipe(
  Flag.withMetavar("NAME"),
  Flag.withDescription(
    "Read this split alone, as a card, folders or file names show it, or else the column split; several times or with commas for more. Default: all"
  ),
  Flag.atLeast(0),
  Flag.map((given) => given.flatMap((names) => names.split(",").map((name) => name.trim())))
)

/** The largest share of rows that may be bad. */
const maxRejectShareFlag = Flag.Finite("max-reject-share").pipe(
  Flag.withMetavar("F"),
  Flag.withDescription("Fail when a larger share of the rows cannot be read, from 0 to 1. Default: 0.05"),
  Flag.filter(
    (share) => share >= 0 && share <= 1,
    () => "from 0 to 1"
  ),
  Flag.optional
)

/** What `audit` and `clean` take of votes in files. */
export const voteFlags = {
  splits: splitsFlag,
  ...preferenceColumns("answer"),
  pair: column("pair", "the id of the pair, where votes on one pair are in several rows"),
  ...voteColumns,
  ...scoreColumns("answer"),
  labelValues: labelMeanings("answer"),
  trusted: Flag.String("trusted").pipe(
    Flag.withMetavar("NAMES"),
    Flag.withDescription("Annotators who are right, separated by commas: they calibrate scores and settle pairs"),
    Flag.optional
  ),
  maxRejectShare: maxRejectShareFlag
}

/** The columns that were named. */
export const namedOf = (columns: Readonly<Record<string, Option.Option<string>>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(columns).flatMap(([name, value]) => (Option.isSome(value) ? [[name, value.value] as const] : []))
  )
