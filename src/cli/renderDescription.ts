import { amount } from "./Amount.ts"
import type { ColumnDescription, PlanDescription, StageDescription } from "./describePlan.ts"
import { printable } from "./printable.ts"

/** Writes a description of a plan as text: a block per stage, then the calls. */
export const renderDescription = (plan: PlanDescription): string => {
  const { provider, sink } = plan
  const isAre = plan.stages.map((stage, i) => renderStage(stage, i + 1))
  return [
    `Pipeline  ${printable(plan.pipeline)}`,
    `Provider  ${provider === null ? "none" : printable(`${provider.name}, model ${provider.model}, ${provider.endpoint}`)}${provider?.simulated === true ? " (simulated)" : ""}`,
    "",
    ...isAre.flat(),
    `Sink      ${printable(sink.name)} ${compact(sink.config)}`.trimEnd(),
    `  takes   ${renderColumns(plan.columns, "          ")}`,
    ...plan.notices.map((notice) => `  note    ${printable(notice)}`),
    "",
    `Calls     ${renderTotal(plan)}`,
    ...(plan.estimatedCostUsd === undefined
      ? []
      : [`Cost      ${plan.estimatedCostUsd === 0 ? "none" : `about $${plan.estimatedCostUsd}`}`])
  ].join("\n")
}

const renderStage = (stage: StageDescription, number: number): ReadonlyArray<string> => [
  `Stage ${number}   ${printable(stage.key)} (${stage.kind})`,
  ...(stage.needs.length === 0 ? [] : [`  needs   ${renderColumns(stage.needs, "          ")}`]),
  `  gives   ${stage.gives.length === 0 ? "no column" : renderColumns(stage.gives, "          ")}`,
  ...(stage.callsPerRow === 0 ? [] : [`  calls   ${renderCalls(stage)}`]),
  ...(stage.capabilities.length === 0 ? [] : [`  wants   ${stage.capabilities.map(printable).join(", ")}`]),
  ...(compact(stage.config) === "" ? [] : [`  options ${compact(stage.config)}`]),
  ""
]

const renderCalls = ({ callsPerRow, rowsIn, calls }: StageDescription): string => {
  const perRow = typeof callsPerRow === "number" ? amount(callsPerRow) : printable(callsPerRow)
  if (calls === null) return `${perRow} a row`
  return `${perRow} a row, at most ${amount(calls)} for ${amount(rowsIn ?? 0)} rows`
}

const renderTotal = ({ calls, stages, sourceRows }: PlanDescription): string => {
  if (calls === 0) return "none"
  if (calls !== null) return `at most ${amount(calls)}, for ${amount(sourceRows ?? 0)} source rows`
  const known = stages.reduce((sum, stage) => sum + (stage.calls ?? 0), 0)
  const unknown = stages.filter((stage) => stage.calls === null).map((stage) => printable(stage.key))
  const rest = `not known before the run for ${unknown.join(", ")}`
  return known === 0 ? rest : `at most ${amount(known)}, for ${amount(sourceRows ?? 0)} source rows, and more: ${rest}`
}

const renderColumns = (columns: ReadonlyArray<ColumnDescription>, indent: string): string => {
  const width = Math.max(...columns.map(({ name }) => printable(name).length))
  return columns
    .map(({ name, type }) => `${printable(name).padEnd(width)}  ${shortened(printable(type), 100)}`)
    .join(`\n${indent}`)
}

const compact = (config: unknown): string => {
  const text = JSON.stringify(config)
  return text === undefined || text === "{}" || text === "null" ? "" : shortened(printable(text), 100)
}

const shortened = (text: string, maxCharacters: number): string => {
  const characters = Array.from(text)
  return characters.length <= maxCharacters ? text : `${characters.slice(0, maxCharacters - 1).join("")}…`
}

/** Writes a description of a plan as a Mermaid flow chart: one box per stage, the columns it gives on the arrow out of it. */
export const renderMermaid = (plan: PlanDescription): string => {
  const boxes = plan.stages.map((stage, i) => {
    const lines = [stage.key, stage.kind, ...(stage.callsPerRow === 0 ? [] : [`calls a row: ${stage.callsPerRow}`])]
    return `  s${i}["${lines.map(inLabel).join("<br/>")}"]`
  })
  const arrows = plan.stages.map((stage, i) => {
    const columns = stage.gives.map(({ name }) => inLabel(name)).join(", ")
    return `  s${i} -->${columns === "" ? "" : `|"${columns}"|`} ${i + 1 === plan.stages.length ? "sink" : `s${i + 1}`}`
  })
  return ["flowchart TD", ...boxes, `  sink[("${inLabel(plan.sink.name)}")]`, ...arrows].join("\n")
}

// Mermaid reads #…; as an entity; nothing else of a name may end the label or become markup.
const inLabel = (text: string): string =>
  printable(text).replace(/[^\p{L}\p{N} .,:()_→×/-]/gu, (character) => `#${character.codePointAt(0)};`)
