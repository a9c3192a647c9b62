import type { Outcome } from "../execute.ts"
import type { Spend } from "../Manifest.ts"
import { amount, dollars, spendParts } from "./Amount.ts"

/**
 * Says what the calls of a finished run came to, and how many answers the journal holds.
 *
 * Calls that were sent and brought no answer take a second line, with the most that they can cost where that is known and not nothing. Each
 * cap that was passed takes a line of its own.
 */
export const renderCalls = (outcome: {
  readonly spend: Spend
  readonly journalSize: number
  /** What all runs into the folder have spent, by model. */
  readonly spent: Readonly<Record<string, Lost>>
  readonly passedCaps?: ReadonlyArray<string>
}): string => {
  const models = Object.values(outcome.spend)
  if (models.length === 0) return "Calls     none"
  const line = `Calls     ${spendParts(models).join(", ")}; the journal holds ${amount(outcome.journalSize)} answers`
  const nLost = models.reduce((sum, { lost }) => sum + lost, 0)
  const passed = (outcome.passedCaps ?? []).map((cap) => `\n          A cap was passed: ${cap}`).join("")
  if (nLost === 0) return line + passed
  const most = lostUsdOf(Object.values(outcome.spent))
  const may = `; ${nLost === 1 ? "it" : "they"} may `
  const bill = most === null ? `${may}have been billed` : most === 0 ? "" : `${may}cost up to ${dollars(most)} more`
  const subject = nLost === 1 ? "1 call was" : `${amount(nLost)} calls were`
  return `${line}\n          ${subject} sent and brought no answer${bill}${passed}`
}

type Lost = Pick<Outcome["spent"][string], "calls" | "costUsd" | "unpricedCalls" | "lostCalls" | "lostUsd">

/** The most that calls without an answer may have cost; null where a price is not known. */
const lostUsdOf = (spent: ReadonlyArray<Lost>): number | null => {
  const lost = spent.filter(({ lostCalls }) => lostCalls > 0)
  const isUnknown = (one: Lost) => one.lostUsd === 0 && !costNothing(one)
  return lost.some(isUnknown) ? null : lost.reduce((sum, { lostUsd }) => sum + lostUsd, 0)
}

/** Whether answers were given that cost nothing: a model without a price has answers without one. */
const costNothing = ({ calls, costUsd, unpricedCalls }: Lost): boolean =>
  calls > 0 && unpricedCalls === 0 && costUsd === 0
