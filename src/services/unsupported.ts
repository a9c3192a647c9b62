import { LanguageModelError } from "./LanguageModelError.ts"
import type { Capability, Provider } from "./Provider.ts"

/** The error of a request for what a provider does not declare to be able to do; it ends the run. */
export const unsupported = (provider: Provider, model: string, kind: Capability | "score"): LanguageModelError =>
  new LanguageModelError({
    reason: "unsupported",
    provider: provider.name,
    model,
    found: `the provider does not declare "${kind}"`,
    remedy: "use one that can, or name it in the option capabilities if the server can"
  })
