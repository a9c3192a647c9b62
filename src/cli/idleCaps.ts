import { namedModels } from "../namedModels.ts"
import type { Step } from "../Pipeline.ts"
import type { Plan } from "../Plan.ts"
import type { Run } from "../Run.ts"

/**
 * Names each cap for a model that the plan does not ask, with the models there are, a sentence each.
 *
 * Models are the provider's own, and those that stages name in their options. A stage of one's own may ask another one, so this is
 * no error; where models are trained between rounds, their names are not known yet, and nothing is said. `defaultModel` is undefined where
 * there is no provider.
 */
export const idleCaps = (plan: Plan<Run>, defaultModel: string | undefined): ReadonlyArray<string> => {
  if (plan.steps.some(isTraining)) return []
  const named = [...plan.steps, ...plan.derived].flatMap(({ config }) => namedModels(config))
  const asked = new Set(defaultModel === undefined ? named : [defaultModel, ...named])
  const why =
    asked.size === 0
      ? "no stage asks a model; take it out of within(…), or give the plan a provider with using(…)"
      : `no stage asks it by that name, expected one of ${[...asked].map((name) => `"${name}"`).join(", ")}; name it in within(…) as the provider and the stages do`
  return Object.keys(plan.caps.models ?? {})
    .filter((model) => !asked.has(model))
    .map((model) => `The cap for model "${model}" holds nothing back: ${why}`)
}

const isTraining = ({ config }: Step): boolean => typeof config === "object" && config !== null && "train" in config
