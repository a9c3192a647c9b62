import type { MissReason, MissReport } from "../explainMisses.ts"
import { amount, counted } from "./Amount.ts"
import { userMessage } from "../requestFacets.ts"
import { printable } from "./printable.ts"

/**
 * Says what a session had to ask and why, most frequent reason first, with one example of each change.
 *
 * Long texts are cut to the place where they start to differ.
 */
export const renderMisses = (report: MissReport): string => {
  const { session, asked, examined, earlier } = report
  const title = `Session ${session.id}${session.pipeline === "" ? "" : ` of ${printable(session.pipeline)}`}, begun ${new Date(session.startedAt).toISOString()}`
  if (asked === 0) return `${title}\nEvery call was answered from the journal`
  const calls = `${counted(asked, "call was", "calls were")} asked`
  const compared = earlier === 0 ? "" : `, compared with ${amount(earlier)} earlier`
  const sample = examined < asked ? `; of a sample of ${amount(examined)}` : ""
  return [title, `${calls}${compared}${sample}:`, ...report.reasons.flatMap(reasonLines)].join("\n")
}

const reasonLines = ({ kind, fields, calls, example }: MissReason): ReadonlyArray<string> => [
  `  ${amount(calls)} ${because(kind, fields, calls)}`,
  ...(kind === "newPrompt" || example === null
    ? []
    : example.changes.flatMap(({ field, before, after }) => {
        const [was, is] = excerpts(before, after)
        const label = example.changes.length === 1 ? "" : `${printable(field)} `
        return [`      ${label}before: ${was}`, `      ${label}after:  ${is}`]
      }))
]

const because = (kind: MissReason["kind"], fields: ReadonlyArray<string>, calls: number): string => {
  const names = fields.map(printable)
  switch (kind) {
    case "field":
      // The earlier one may be about another row, which this session asked for as well.
      return fields[0] === userMessage
        ? "with a user message that nobody asked before; beside the earlier one most like it:"
        : `because the ${names[0]} changed`
    case "several":
      return `because ${fields.length} fields differ from the nearest earlier call: ${names.join(", ")}`
    case "newPrompt":
      return "with a new prompt: nobody asked it before, and all else is as it was"
    case "unlike":
      return "that no earlier call is like"
    case "first":
      return "because the journal held nothing before"
    case "retried":
      return `because of --retry-rejects: ${calls === 1 ? "it" : "they"} had brought no usable answer`
    case "fresh":
      return "because of --fresh, which leaves earlier answers aside"
  }
}

const maxExcerpt = 120

const context = 30

/** Both texts from a little before the first difference on. */
const excerpts = (before: string | null, after: string | null): readonly [string, string] => {
  let start = 0
  if (before !== null && after !== null) {
    while (start < before.length && start < after.length && before[start] === after[start]) start++
  }
  const from = start <= context * 2 ? 0 : start - context
  const excerpt = (text: string | null): string => {
    if (text === null) return "not set"
    const part = text.slice(from, from + maxExcerpt)
    return printable(`${from === 0 ? "" : "…"}${part}${from + part.length < text.length ? "…" : ""}`)
  }
  return [excerpt(before), excerpt(after)]
}
