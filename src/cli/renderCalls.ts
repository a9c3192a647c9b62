import type { Spend } from "../Manifest.ts"
import { amount, spendParts } from "./Amount.ts"

/** Says in one line what the calls of a finished run came to, and how many answers the journal holds. */
export const renderCalls = (outcome: { readonly spend: Spend; readonly journalSize: number }): string => {
  const models = Object.values(outcome.spend)
  if (models.length === 0) return "Calls     none"
  return `Calls     ${spendParts(models).join(", ")}; the journal holds ${amount(outcome.journalSize)} answers`
}
