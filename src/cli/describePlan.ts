import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Columns from "../Columns.ts"
import type { Step } from "../Pipeline.ts"
import type { Plan } from "../Plan.ts"
import type { Run } from "../Run.ts"
import type { Provider } from "../services/Provider.ts"
import { asCommand, type CommandFailed } from "./CommandFailed.ts"
import { sourceRows } from "./sourceRows.ts"

/** A column by name and type, as messages name types. */
export interface ColumnDescription {
  readonly name: string
  readonly type: string
}

/** A stage before the run; what cannot be known yet is null. `rowsIn` is the most that can arrive. */
export interface StageDescription {
  readonly key: string
  readonly kind: Step["kind"]
  readonly needs: ReadonlyArray<ColumnDescription>
  readonly gives: ReadonlyArray<ColumnDescription>
  readonly config: unknown
  readonly capabilities: ReadonlyArray<string>
  readonly rowsIn: number | null
  /** Calls for one row: a number, or what it depends on. 0 for a stage that asks nothing. */
  readonly callsPerRow: number | string
  readonly calls: number | null
}

/** A plan before the run. `calls` is the most that will be asked, null where a part of it is not known. */
export interface PlanDescription {
  readonly pipeline: string
  readonly provider: {
    readonly name: string
    readonly endpoint: string
    readonly model: string
    readonly simulated: boolean
    readonly capabilities: ReadonlyArray<string>
  } | null
  readonly stages: ReadonlyArray<StageDescription>
  readonly columns: ReadonlyArray<ColumnDescription>
  readonly sink: { readonly name: string; readonly config: unknown }
  /** What the sink says before the first row, such as columns that its files cannot hold. */
  readonly notices: ReadonlyArray<string>
  readonly sourceRows: number | null
  readonly calls: number | null
  /** US dollars; absent where it is not known. */
  readonly estimatedCostUsd?: number
}

/**
 * Describes a plan without running it: stages, columns and calls.
 *
 * The number of source rows comes from the source's files, which are read once where their format does not say it. Stages that
 * add columns keep the number of rows, at most; behind a stage of another kind it is not known. The provider is started, which
 * contacts nothing. Rejects and answers in the journal make the calls fewer.
 */
export const describePlan = Effect.fnUntraced(function* (name: string, plan: Plan<Run>) {
  const provider = yield* startProvider(plan)
  const nSourceRows = yield* sourceRows(plan)
  const stages: Array<StageDescription> = []
  let rows = nSourceRows
  for (const step of plan.steps) {
    const callsPerRow = step.callsPerRow ?? 0
    stages.push({
      key: step.key,
      kind: step.kind,
      needs: columnsOf(step.needs),
      gives: columnsOf(step.gives),
      config: step.config,
      capabilities: step.capabilities ?? [],
      rowsIn: step.kind === "source" ? null : rows,
      callsPerRow,
      calls: callsPerRow === 0 ? 0 : typeof callsPerRow === "number" && rows !== null ? callsPerRow * rows : null
    })
    if (step.kind === "reshape" || step.kind === "whole") rows = null
  }
  const isKnown = stages.every((stage) => stage.calls !== null)
  const calls = isKnown ? stages.reduce((sum, stage) => sum + (stage.calls ?? 0), 0) : null
  const description: PlanDescription = {
    pipeline: name,
    provider:
      provider === null
        ? null
        : {
            name: provider.name,
            endpoint: provider.endpoint,
            model: provider.defaultModel,
            simulated: provider.simulated,
            capabilities: provider.capabilities
          },
    stages,
    columns: columnsOf(plan.columns),
    sink: plan.sink,
    notices: plan.notices,
    sourceRows: nSourceRows,
    calls,
    ...(calls === 0 || provider?.simulated === true ? { estimatedCostUsd: 0 } : {})
  }
  return description
})

/** Starts the provider of a plan, which contacts nothing and reads no key; null when the plan names none. */
export const startProvider = (plan: Plan<Run>): Effect.Effect<Provider | null, CommandFailed> =>
  plan.provider === null ? Effect.succeed(null) : asCommand(plan.provider)

const columnsOf = (fields: Schema.Struct.Fields): ReadonlyArray<ColumnDescription> =>
  Columns.fromFields(fields).map(({ name, type }) => ({ name, type: Columns.wanted(type) }))
