import type { TryEnd } from "./Dispatcher.ts"
import { canBeRetried, concernsOneRow, type LanguageModelError, wasConnected } from "./LanguageModelError.ts"
import type { Route } from "./Provider.ts"

/**
 * What a try without an answer says of its endpoint: that it limits, that it is unwell, or nothing.
 *
 * A refusal is an answer too where the endpoint is the only one, and so is one that is broken; beside others it may be one that they do not
 * share. What cannot be read at all is none once such a call `wasAnswered`; before, another program may be there. `error` is null where the
 * try ended by a defect or was taken back.
 */
export const tryEnd = (
  error: LanguageModelError | null,
  isOnly: boolean,
  { resumable }: Route,
  wasAnswered: boolean
): TryEnd => {
  if (error === null) return { outcome: "neutral", endpoint: "takenBack", tokens: null }
  const { found, reason } = error
  const isAnswer =
    reason === "rateLimited" || (reason === "malformed" && isOnly && !(error.isUnreadable === true && wasAnswered))
  const isEndpoints = canBeRetried(error) ? !isAnswer : !isOnly && !concernsOneRow(error)
  // A connection that breaks was there. A route that keeps calls on a server says itself where it never got that far.
  const isReached = wasConnected(error) || (resumable !== undefined && error.mayBeBilled !== false)
  return {
    outcome: reason === "rateLimited" || reason === "timedOut" ? "refused" : "neutral",
    endpoint: isEndpoints ? { problem: found, isReached, mayBeRows: wasConnected(error) } : "answered",
    tokens: error.mayBeBilled === true ? null : 0
  }
}
