import type { PreferenceCandidate } from "../../schemas/Preference.ts"
import { FormatFlaw, type Preference } from "./Format.ts"
import { sameMessages } from "./Messages.ts"

/** Two candidates in their order: indices into the record's candidates. */
export interface OrderedPair {
  readonly chosen: number
  readonly rejected: number
}

/**
 * Orders the two candidates of a pair as chosen and rejected.
 *
 * Ranks decide, and scores where a rank is missing. Refuses what teaches a trainer nothing or something wrong: a tie, the same
 * reply twice, an empty prompt or reply, a candidate without text or with a turn of another role first, and a prompt that both replies repeat. Lists become pairs before, see `listPairs`.
 */
export const orderedPair = (record: Preference): OrderedPair | FormatFlaw => {
  const sign = signOf(record)
  if (sign instanceof FormatFlaw) return sign
  if (sign === 0) return new FormatFlaw("tie", null, "candidates that are equally good", "one that is better")
  const order = sign < 0 ? { chosen: 0, rejected: 1 } : { chosen: 1, rejected: 0 }
  return pairFlaw(record, record.candidates[order.chosen]!, record.candidates[order.rejected]!) ?? order
}

/** Says which of the two candidates of a pair is better, 1 the second, -1 the first, 0 neither; refuses what `orderedPair` refuses but ties. */
export const comparedPair = (record: Preference): -1 | 0 | 1 | FormatFlaw => {
  const sign = signOf(record)
  if (sign instanceof FormatFlaw) return sign
  const [chosen, rejected] = sign > 0 ? [1, 0] : [0, 1]
  return pairFlaw(record, record.candidates[chosen]!, record.candidates[rejected]!) ?? sign
}

const signOf = ({ candidates }: Preference): -1 | 0 | 1 | FormatFlaw => {
  const order = orderOf(candidates)
  if (order instanceof FormatFlaw) return order
  return order[0]! < order[1]! ? -1 : order[0]! > order[1]! ? 1 : 0
}

/** What candidates are ordered by, the best having the least: ranks, and scores where a rank is missing. Less than two have no order. */
export const orderOf = (candidates: Preference["candidates"]): ReadonlyArray<number> | FormatFlaw => {
  if (candidates.length < 2) {
    return new FormatFlaw("too few candidates", null, `${candidates.length} candidates`, "two or more")
  }
  if (candidates.every(({ rank }) => rank !== null)) return candidates.map(({ rank }) => rank!)
  return candidates.every(({ score }) => score !== null)
    ? candidates.map(({ score }) => -score!)
    : new FormatFlaw("no order", null, "candidates without ranks or scores", "an order")
}

/** The distance of the scores of a pair, which is its margin where nothing else is; null where one is missing or they contradict the order. */
export const marginOfScores = (chosen: number | null, rejected: number | null): number | null =>
  chosen === null || rejected === null || chosen < rejected ? null : chosen - rejected

/** Says that there is no prompt before the reply. */
export const promptFlaw = (context: Preference["context"], column: string): FormatFlaw | undefined =>
  context.length === 0
    ? new FormatFlaw("empty prompt", column, "no message", "at least one message")
    : blankPrompt(context, column)

/** Says that a prompt has messages, and that none of them says anything. */
export const blankPrompt = (context: Preference["context"], column: string): FormatFlaw | undefined =>
  context.length === 0 || saysSomething(context)
    ? undefined
    : new FormatFlaw("empty prompt", column, "an empty text", "a prompt that says something")

const saysSomething = (messages: Preference["context"]): boolean =>
  messages.some(({ content, toolCalls }) => (content ?? "").trim() !== "" || toolCalls.length > 0)

const minRepeated = 16

const pairFlaw = (
  { context }: Preference,
  chosen: PreferenceCandidate,
  rejected: PreferenceCandidate
): FormatFlaw | undefined => {
  const flaw = blankPrompt(context, "prompt") ?? replyFlaw(chosen, "chosen") ?? replyFlaw(rejected, "rejected")
  if (flaw !== undefined) return flaw
  if (sameMessages(chosen.messages, rejected.messages)) {
    return new FormatFlaw("identical replies", "rejected", "the text of the chosen reply", "another text")
  }
  const prompt = context.length === 1 ? (context[0]!.content ?? "") : ""
  const repeats = ({ messages }: PreferenceCandidate) => messages[0]!.content?.startsWith(prompt) === true
  return prompt.length >= minRepeated && repeats(chosen) && repeats(rejected)
    ? new FormatFlaw("prompt inside the replies", "chosen", "the prompt at the start of both replies", "replies alone")
    : undefined
}

/** Says why a reply cannot be trained on: there is no text of it, it says nothing, or somebody else speaks first. */
export const replyFlaw = ({ messages }: PreferenceCandidate, column: string): FormatFlaw | undefined => {
  if (messages.length === 0) return new FormatFlaw("no text", column, "a candidate without text", "a reply")
  if (!saysSomething(messages)) {
    return new FormatFlaw("empty reply", column, "an empty text", "a reply that says something")
  }
  const [{ role }] = messages as readonly [PreferenceCandidate["messages"][number]]
  return role === "assistant"
    ? undefined
    : new FormatFlaw("reply of another role", column, `a message of the ${role}`, "one of the assistant first")
}
