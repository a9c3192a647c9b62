import type { BudgetCaps } from "../Budget.ts"
import { askedModels } from "../askedModels.ts"
import type { Step } from "../Pipeline.ts"
import type { Provider } from "./Provider.ts"

/**
 * Why money cannot be capped: a model that a stage asks for has no price; null where each has one, or no money is capped.
 *
 * Found before the first call, because calls of earlier stages would be paid before it comes to that one. A stage that
 * names none for one it asks takes the provider's own; a stage of one's own may ask others, which are refused when it does.
 */
export const priceProblem = (
  steps: ReadonlyArray<Step>,
  provider: Pick<Provider, "defaultModel" | "price">,
  caps: BudgetCaps
): string | null => {
  for (const { callsPerRow, config, key } of steps) {
    if (callsPerRow === undefined || callsPerRow === 0) continue
    const unpriced = askedModels(config, provider.defaultModel).find(
      (model) => (caps.usd ?? caps.models?.[model]?.usd) !== undefined && provider.price(model) === null
    )
    if (unpriced !== undefined) {
      return `Cannot cap money: found no price for model "${unpriced}" of stage "${key}", expected one; give the provider its price (prices: { "${unpriced}": { inputPerMillion, outputPerMillion } }), or cap calls or tokens instead`
    }
  }
  return null
}
