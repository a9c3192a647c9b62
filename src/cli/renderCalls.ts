import type { Spend } from "../Manifest.ts"
import { amount, dollars, spendParts } from "./Amount.ts"

/**
 * Says what the calls of a finished run came to, and how many answers the journal holds.
 *
 * Calls that were sent and brought no answer take a second line. `lostUsd` is the most they can cost; absent or null says that
 * nobody knows. Each cap that was passed takes a line of its own.
 */
export const renderCalls = (outcome: {
  readonly spend: Spend
  readonly journalSize: number
  readonly lostUsd?: number | null
  readonly passedCaps?: ReadonlyArray<string>
}): string => {
  const models = Object.values(outcome.spend)
  if (models.length === 0) return "Calls     none"
  const line = `Calls     ${spendParts(models).join(", ")}; the journal holds ${amount(outcome.journalSize)} answers`
  const nLost = models.reduce((sum, { lost }) => sum + lost, 0)
  const passed = (outcome.passedCaps ?? []).map((cap) => `\n          A cap was passed: ${cap}`).join("")
  if (nLost === 0) return line + passed
  const most = outcome.lostUsd ?? null
  const bill = most === null ? "have been billed" : `cost up to ${dollars(most)} more`
  const subject = nLost === 1 ? "1 call was" : `${amount(nLost)} calls were`
  return `${line}\n          ${subject} sent and brought no answer; ${nLost === 1 ? "it" : "they"} may ${bill}${passed}`
}
