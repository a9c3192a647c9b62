import type { Plan } from "../Plan.ts"
import type { Run } from "../Run.ts"
import type { Provider } from "../services/LanguageModel.ts"
import { printable } from "./printable.ts"
import type { TypeCheck } from "./typeCheck.ts"

/** Says what `prefloom check` looked at and what it found, a line each. */
export const renderCheck = (checked: {
  readonly pipeline: string
  readonly types: TypeCheck
  readonly plan: Plan<Run>
  readonly provider: Provider | null
  readonly problems: ReadonlyArray<string>
}): string => {
  const { types, plan, provider } = checked
  const wanted = [...new Set(plan.steps.flatMap((step) => step.capabilities ?? []))]
  return [
    `Pipeline      ${printable(checked.pipeline)}`,
    `Types         ${typesLine(types)}`,
    `Wiring        ${plan.steps.map((step) => printable(step.key)).join(" → ")} → ${printable(plan.sink.name)}`,
    `Columns       ${Object.keys(plan.columns).map(printable).join(", ")}`,
    `Provider      ${provider === null ? "none" : printable(`${provider.name}, model ${provider.defaultModel}`)}`,
    `Capabilities  ${capabilitiesLine(wanted, checked.problems.length)}`,
    "Calls         none was made"
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
