import { namedModels } from "./namedModels.ts"

/**
 * The models that a stage asks, as far as its options tell: those that they name, and `own`, the provider's own, where they name none or leave
 * one of several out.
 *
 * A stage of one's own may ask others.
 */
export const askedModels = (config: unknown, own: string): ReadonlyArray<string> => {
  const named = namedModels(config)
  return [...new Set(named.length === 0 || leavesOut(config) ? [own, ...named] : named)]
}

/** Whether somebody who is asked has no model of their own. */
const leavesOut = (config: unknown): boolean =>
  isObject(config) &&
  Object.entries(config).some(
    ([name, value]) =>
      (name === "model" && value === null) ||
      ((name === "models" || name === "speakers") && Array.isArray(value) && value.some(isNameless)) ||
      leavesOut(value)
  )

const isNameless = (one: unknown): boolean => isObject(one) && typeof one["model"] !== "string"

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null
