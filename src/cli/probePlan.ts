import * as Effect from "effect/Effect"
import { askedModels } from "../askedModels.ts"
import type { Step } from "../Pipeline.ts"
import type { Plan } from "../Plan.ts"
import type { Run } from "../Run.ts"
import {
  mostProbes,
  type Probe,
  probeCapabilities,
  probeMs,
  type ProbeQuestion
} from "../services/probeCapabilities.ts"
import type { Provider } from "../services/Provider.ts"
import { asCommand } from "./CommandFailed.ts"
import { printable } from "./printable.ts"
import { printNotice } from "./StandardOutput.ts"

/**
 * Asks the provider of a plan what it can do, after a notice of how many calls that takes; null where there is no provider.
 *
 * Each model that stages ask is asked for what these stages need; what the provider declares and no stage needs is asked of its own
 * model. One that answers without a server is asked nothing.
 */
export const probePlan = Effect.fnUntraced(function* (plan: Plan<Run>) {
  if (plan.provider === null) return null
  const probed = Effect.gen(function* () {
    const provider = yield* plan.provider!
    if (provider.simulated) {
      yield* printNotice(`Nothing is asked: ${printable(provider.name)} answers without a server`)
      return []
    }
    const questions = questionsOf(plan, provider)
    const n = mostProbes(provider, questions)
    yield* printNotice(
      printable(
        `Asking ${provider.name} ${n === 1 ? "1 small question" : `${n} small questions`}, each a call; ` +
          `each is waited for at most ${probeMs / 1000} s`
      )
    )
    return yield* probeCapabilities(provider, questions)
  })
  return yield* asCommand(probed)
})

const questionsOf = (
  plan: Pick<Plan<Run>, "steps" | "derived">,
  { capabilities, defaultModel }: Pick<Provider, "capabilities" | "defaultModel">
): ReadonlyArray<ProbeQuestion> => {
  const all = ["completion" as const, ...new Set(capabilities)]
  const stages = [...plan.steps, ...plan.derived].flatMap((step) => {
    if (step.callsPerRow === undefined) return []
    const isAsking = asksForCompletions(step)
    const wanted = new Set([...neededBy(step), ...(step.prefers ?? []), ...(isAsking ? ["samples"] : [])])
    return [{ models: askedModels(step.config, defaultModel), wanted }]
  })
  const models = new Set([defaultModel, ...stages.flatMap((stage) => stage.models)])
  return [...models].flatMap((model) =>
    all
      .filter((asked) => {
        const wanting = stages.filter(({ wanted }) => wanted.has(asked))
        return wanting.length === 0 ? model === defaultModel : wanting.some((stage) => stage.models.includes(model))
      })
      .map((asked) => ({ asked, model }))
  )
}

/** What a stage cannot do without: every completion is asked with a seed where the provider declares it. */
const neededBy = (step: Pick<Step, "callsPerRow" | "capabilities">): ReadonlySet<string> =>
  new Set([...(asksForCompletions(step) ? ["completion", "seed"] : []), ...(step.capabilities ?? [])])

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
export const probeFindings = (
  plan: Pick<Plan<Run>, "steps" | "derived">,
  probes: ReadonlyArray<Probe>,
  /** The provider's own model. */
  own: string
): ProbeFindings => {
  const isDead = (of: Probe) =>
    probes.some(
      ({ asked, endpoint, model, problem }) =>
        asked === "completion" && endpoint === of.endpoint && model === of.model && problem !== null
    )
  const failed = probes.filter((probe) => {
    const { asked, problem } = probe
    const isSaid = (asked === "seed" || asked === "jsonSchema" || asked === "samples") && isDead(probe)
    return problem !== null && !isSaid
  })
  const said = ({ asked, endpoint, model, problem }: Probe) =>
    `${asked}${model === own ? "" : ` of model "${model}"`} does not work at ${endpoint}: found ${problem}`
  const steps = [...plan.steps, ...plan.derived].map((step) => ({ ...step, models: askedModels(step.config, own) }))
  const problems = steps.flatMap((step) => {
    const { capabilities = [], key, models, prefers = [] } = step
    const needed = neededBy(step)
    return failed.flatMap((probe) => {
      const { asked, model, refused } = probe
      if (!models.includes(model)) return []
      if (!needed.has(asked) && !(refused && prefers.includes(asked))) return []
      const remedy = capabilities.includes(asked)
        ? "; give the plan a model or server that can with using(…), or take the stage out"
        : asked === "completion"
          ? ""
          : `; leave "${asked}" out of the provider's option capabilities`
      return [`Cannot run stage "${key}": ${said(probe)}${remedy}`]
    })
  })
  const asking = steps.filter((step) => asksForCompletions(step))
  const remarks = failed.flatMap((probe) => {
    const { asked, model, refused } = probe
    const isWanted = asking.some(
      ({ models, prefers = [] }) => models.includes(model) && (asked === "samples" || prefers.includes(asked))
    )
    const instead = fallbacks[asked]
    return instead === undefined || !isWanted || (asked === "jsonSchema" && refused)
      ? []
      : [`${said(probe)}; ${instead}`]
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
