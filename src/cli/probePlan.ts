import * as Effect from "effect/Effect"
import type { Plan } from "../Plan.ts"
import type { Run } from "../Run.ts"
import { mostProbes, type Probe, probeCapabilities } from "../services/probeCapabilities.ts"
import { CommandFailed } from "./CommandFailed.ts"
import { printable } from "./printable.ts"
import { printNotice } from "./StandardOutput.ts"

/** Asks the provider of a plan what it can do, after a notice of how many calls that takes; null where there is no provider. */
export const probePlan = Effect.fnUntraced(function* (plan: Plan<Run>) {
  if (plan.provider === null) return null
  const probed = Effect.gen(function* () {
    const provider = yield* plan.provider!
    const n = mostProbes(provider)
    yield* printNotice(
      printable(`Asking ${provider.name} ${n === 1 ? "1 small question" : `${n} small questions`}, each a call`)
    )
    return yield* probeCapabilities(provider)
  })
  return yield* Effect.scoped(probed).pipe(Effect.mapError(({ message }) => new CommandFailed({ message })))
})

/** What a request for something other than a completion needs. */
const otherKinds: ReadonlySet<string> = new Set(["scoreText", "scoreChat", "embed", "reward"])

/** Names each stage that needs what did not work. A stage that makes calls needs completions, unless it asks for scores alone. */
export const probeProblems = (plan: Plan<Run>, probes: ReadonlyArray<Probe>): ReadonlyArray<string> =>
  plan.steps.flatMap(({ callsPerRow, capabilities = [], key }) => {
    const asksForCompletions = callsPerRow !== undefined && !capabilities.some((name) => otherKinds.has(name))
    const needed = new Set([...(asksForCompletions ? ["completion"] : []), ...capabilities])
    return probes
      .filter(({ asked, problem }) => problem !== null && needed.has(asked))
      .map(
        ({ asked, endpoint, problem }) =>
          `Cannot run stage "${key}": ${asked} does not work at ${endpoint}: found ${problem}`
      )
  })
