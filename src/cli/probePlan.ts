import * as Effect from "effect/Effect"
import type { Step } from "../Pipeline.ts"
import type { Plan } from "../Plan.ts"
import type { Run } from "../Run.ts"
import { mostProbes, type Probe, probeCapabilities } from "../services/probeCapabilities.ts"
import { CommandFailed } from "./CommandFailed.ts"
import { printable } from "./printable.ts"
import { printNotice } from "./StandardOutput.ts"

/**
 * Asks the provider of a plan what it can do, after a notice of how many calls that takes; null where there is no provider.
 *
 * One that answers without a server is asked nothing.
 */
export const probePlan = Effect.fnUntraced(function* (plan: Plan<Run>) {
  if (plan.provider === null) return null
  const probed = Effect.gen(function* () {
    const provider = yield* plan.provider!
    if (provider.simulated) {
      yield* printNotice(`Nothing is asked: ${printable(provider.name)} answers without a server`)
      return []
    }
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

/** What the probes of a plan's provider mean for its stages: what stops them, and what they can do without. */
export interface ProbeFindings {
  readonly problems: ReadonlyArray<string>
  readonly remarks: ReadonlyArray<string>
}

/**
 * Says which stages cannot run, and what others do in another way, because of what did not work.
 *
 * A stage that makes calls needs completions, unless it asks for scores alone, and sends a seed with each where the provider declares
 * seeds. A JSON Schema that a server refuses stops the stages that send one; one that it does not keep to stops none, because
 * every answer is checked. Several samples in one call have calls of their own to fall back on.
 */
export const probeFindings = (plan: Plan<Run>, probes: ReadonlyArray<Probe>): ProbeFindings => {
  const isDead = (endpoint: string) =>
    probes.some((probe) => probe.asked === "completion" && probe.endpoint === endpoint && probe.problem !== null)
  const failed = probes.filter(({ asked, endpoint, problem }) => {
    const isSaid = (asked === "seed" || asked === "jsonSchema" || asked === "samples") && isDead(endpoint)
    return problem !== null && !isSaid
  })
  const problems = plan.steps.flatMap((step) => {
    const { capabilities = [], key, prefers = [] } = step
    const needed = new Set(asksForCompletions(step) ? ["completion", "seed", ...capabilities] : capabilities)
    return failed.flatMap(({ asked, endpoint, problem, refused }) => {
      if (!needed.has(asked) && !(refused && prefers.includes(asked))) return []
      const remedy = capabilities.includes(asked)
        ? "; give the plan a model or server that can with using(…), or take the stage out"
        : asked === "completion"
          ? ""
          : `; leave "${asked}" out of the provider's option capabilities`
      return [`Cannot run stage "${key}": ${asked} does not work at ${endpoint}: found ${problem}${remedy}`]
    })
  })
  const asking = plan.steps.filter((step) => asksForCompletions(step))
  const remarks = failed.flatMap(({ asked, endpoint, problem, refused }) => {
    const wanted = asked === "samples" ? asking : asking.filter(({ prefers = [] }) => prefers.includes(asked))
    const instead = fallbacks[asked]
    return instead === undefined || wanted.length === 0 || (asked === "jsonSchema" && refused)
      ? []
      : [`${asked} does not work at ${endpoint}: found ${problem}; ${instead}`]
  })
  return { problems, remarks }
}

const asksForCompletions = ({ callsPerRow, capabilities = [] }: Pick<Step, "callsPerRow" | "capabilities">): boolean =>
  callsPerRow !== undefined && !capabilities.some((name) => otherKinds.has(name))

/** What is done where a capability does not work. */
const fallbacks: Readonly<Partial<Record<Probe["asked"], string>>> = {
  samples: `several samples of one request take a call each; leave "samples" out of the option capabilities to spare the try`,
  jsonSchema: "answers are checked, and one that does not fit is asked for once more"
}
