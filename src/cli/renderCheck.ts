import type { Plan } from "../Plan.ts"
import type { Run } from "../Run.ts"
import type { Probe } from "../services/probeCapabilities.ts"
import type { Provider } from "../services/Provider.ts"
import { printable } from "./printable.ts"
import type { TypeCheck } from "./typeCheck.ts"

/** Says what `prefloom check` looked at and what it found, a line each. */
export const renderCheck = (checked: {
  readonly pipeline: string
  readonly types: TypeCheck
  readonly plan: Plan<Run>
  readonly provider: Provider | null
  readonly problems: ReadonlyArray<string>
  /** What the provider was asked; null where it was not. */
  readonly probes: ReadonlyArray<Probe> | null
  /** What did not work and stops no stage. */
  readonly remarks: ReadonlyArray<string>
}): string => {
  const { types, plan, provider } = checked
  const wanted = [...new Set([...plan.steps, ...plan.derived].flatMap((step) => step.capabilities ?? []))]
  return [
    `Pipeline      ${printable(checked.pipeline)}`,
    `Types         ${typesLine(types)}`,
    `Wiring        ${plan.steps.map((step) => printable(step.key)).join(" → ")} → ${printable(plan.sink.name)}`,
    `Columns       ${Object.keys(plan.columns).map(printable).join(", ")}`,
    ...plan.notices.map((notice) => `Note          ${printable(notice)}`),
    `Provider      ${provider === null ? "none" : printable(`${provider.name}, model ${provider.defaultModel}`)}`,
    `Capabilities  ${capabilitiesLine(wanted, checked.problems.length)}`,
    ...probeLines(checked.probes, provider?.defaultModel),
    ...checked.remarks.map((remark) => `Remark        ${printable(remark)}`),
    `Calls         ${callsLine(checked.probes ?? [])}`
  ].join("\n")
}

const typesLine = (types: TypeCheck): string => {
  if (types === null)
    return "not checked: found no TypeScript; install it with: npm install --save-dev typescript @types/node"
  const n = types.problems.length
  return `${n === 0 ? "no error" : n === 1 ? "1 error" : `${n} errors`} (TypeScript ${types.version})`
}

const capabilitiesLine = (wanted: ReadonlyArray<string>, nProblems: number): string => {
  const names = wanted.length === 0 ? "none wanted beyond answers" : wanted.map(printable).join(", ")
  if (nProblems === 0) return `${names}: fine`
  return `${names}: ${nProblems === 1 ? "1 stage" : `${nProblems} stages`} cannot run`
}

/** A question that failed may never have been sent, as where the key is missing. */
const callsLine = (probes: ReadonlyArray<Probe>): string => {
  const n = probes.filter(({ ms }) => ms !== null).length
  const nAnswered = probes.filter(({ refused }) => !refused).length
  if (n === 0) return "none was made"
  if (nAnswered === n) return n === 1 ? "1 was made, and not kept" : `${n} were made, and not kept`
  const tried = n === 1 ? "1 was tried" : `${n} were tried`
  return nAnswered === 0 ? `${tried}, none was answered` : `${tried}, ${nAnswered} answered, and not kept`
}

/** A line for each question, with the endpoint where there are several and the model where it is not the provider's own. */
const probeLines = (probes: ReadonlyArray<Probe> | null, own: string | undefined): ReadonlyArray<string> => {
  if (probes === null) return []
  const hasMany = new Set(probes.map(({ endpoint }) => endpoint)).size > 1
  return probes.map((probe, i) => {
    const of = probe.model === own ? "" : ` of ${printable(probe.model)}`
    const at = hasMany ? ` at ${printable(probe.endpoint)}` : ""
    return `${i === 0 ? "Probes" : "      "}        ${probe.asked}${of}${at}: ${resultOf(probe)}`
  })
}

const resultOf = ({ doubt, ms, problem }: Probe): string => {
  if (problem !== null) return `does not work: ${printable(problem)}`
  return doubt === null ? `works, ${((ms ?? 0) / 1000).toFixed(2)} s` : `not shown: ${printable(doubt)}`
}
