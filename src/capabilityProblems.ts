import type { Plan } from "./Plan.ts"
import type { Run } from "./Run.ts"
import type { Provider } from "./services/Provider.ts"

/** Names each stage that its provider cannot serve: none is there, or it lacks what the stage wants. Empty when all fits. */
export const capabilityProblems = (plan: Plan<Run>, provider: Provider | null): ReadonlyArray<string> =>
  [...plan.steps, ...plan.derived].flatMap((step) => {
    const capabilities = step.capabilities ?? []
    if (provider === null) {
      return step.callsPerRow === undefined && capabilities.length === 0
        ? []
        : [`Cannot run stage "${step.key}": the plan names no provider, expected one; add using(…) behind into(…)`]
    }
    const lacking = capabilities.filter((capability) => !provider.capabilities.some((able) => able === capability))
    return lacking.length === 0
      ? []
      : [
          `Cannot run stage "${step.key}": provider "${provider.name}" cannot do ${lacking.map((name) => `"${name}"`).join(", ")}, expected one that can; give the plan another with using(…), or, where its server can, say so in its option capabilities`
        ]
  })
