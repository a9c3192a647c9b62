import type { JournalStats, ModelStats, RunSpending } from "../journalStats.ts"
import { amount, bytes, counted, dollars } from "./Amount.ts"
import { printable } from "./printable.ts"

/** Writes what a journal holds as text. What is not known is left out, never shown as zero. */
export const renderJournalStats = (stats: JournalStats): string => {
  const { sessions } = stats
  const nFailures = stats.failures.reduce((sum, { calls }) => sum + calls, 0)
  const failures = stats.failures.map(({ reason, calls }) => `${printable(reason)} ${amount(calls)}`)
  const last = sessions.last
  return [
    `Journal   ${printable(stats.file)}, version ${stats.version}`,
    `Size      ${bytes(stats.bytes)}`,
    `Answers   ${amount(stats.answers)}`,
    `Failures  ${nFailures === 0 ? "none" : `${amount(nFailures)}: ${failures.join(", ")}`}`,
    last === null
      ? "Sessions  none written down"
      : `Sessions  ${amount(sessions.count)}, the last on ${time(last.startedAt)}${last.pipeline === "" ? "" : ` for ${printable(last.pipeline)}`}`,
    ...stats.models.flatMap(modelLines),
    ...(stats.spent.length === 0 ? [] : ["", "Spent, with answers that were removed since"]),
    ...stats.spent.flatMap((spent) => [
      ...spentLines(`${spent.run === "" ? "the run" : `run ${spent.run}`}, model ${spent.model}`, spent),
      ...beforeLine(spent)
    ]),
    ...(stats.imported.length === 0 ? [] : ["", "Imported, and paid for elsewhere"]),
    ...stats.imported.flatMap((imported) => spentLines(`model ${imported.model}`, imported))
  ].join("\n")
}

const modelLines = (model: ModelStats): ReadonlyArray<string> => {
  const { answers, costUsd, estimatedAnswers, failures, latencyMs, unpricedAnswers } = model
  const tokens = [
    ...(model.promptTokens === null ? [] : [`${amount(model.promptTokens)} in`]),
    ...(model.completionTokens === null ? [] : [`${amount(model.completionTokens)} out`])
  ]
  const cost = [
    ...(costUsd === null ? [] : [`${estimatedAnswers === 0 ? "" : "~"}${dollars(costUsd)}`]),
    ...(unpricedAnswers === 0 ? [] : [`${amount(unpricedAnswers)} of ${counted(answers, "answer")} have no price`])
  ]
  return [
    "",
    printable(`${model.provider} model ${model.model} at ${model.endpoint}`),
    `  answers   ${amount(answers)}${failures === 0 ? "" : `, and ${counted(failures, "failure")}`}`,
    ...(tokens.length === 0 ? [] : [`  tokens    ${tokens.join(", ")}`]),
    ...(cost.length === 0 ? [] : [`  cost      ${cost.join("; ")}`]),
    ...(latencyMs === null
      ? []
      : [
          `  latency   mean ${amount(latencyMs.mean)} ms, half within ${amount(latencyMs.p50)} ms, 95% within ${amount(latencyMs.p95)} ms`
        ]),
    ...(model.firstAt === null || model.lastAt === null
      ? []
      : [`  answered  ${time(model.firstAt)} to ${time(model.lastAt)}`])
  ]
}

const beforeLine = ({ before }: RunSpending): ReadonlyArray<string> =>
  before.calls === 0
    ? []
    : [
        `    of this before the last --fresh, which caps leave out: ${counted(before.calls, "call")}, ${amount(before.tokens)} tokens${before.costUsd === 0 ? "" : `, ${dollars(before.costUsd)}`}`
      ]

type Spending = JournalStats["imported"][number]

const spentLines = (whose: string, spent: Spending): ReadonlyArray<string> => {
  const nTokens = spent.promptTokens + spent.completionTokens
  const about = spent.uncountedCalls > 0 ? "~" : ""
  const parts = [
    counted(spent.calls, "call"),
    about !== "" && nTokens === 0 ? "tokens not known" : `${about}${amount(nTokens)} tokens`,
    ...(spent.costUsd === null ? [] : [`${spent.costUsd === 0 ? "" : about}${dollars(spent.costUsd)}`]),
    ...(spent.unpricedCalls === 0 ? [] : [`no price for ${amount(spent.unpricedCalls)}`])
  ]
  return [
    `  ${printable(whose)}: ${parts.join(", ")}`,
    ...(spent.lostCalls === 0
      ? []
      : [
          `    lost: ${counted(spent.lostCalls, "call")} sent without an answer, at most ${amount(spent.lostTokens)} tokens${spent.lostUsd === 0 ? "" : ` and ${dollars(spent.lostUsd)}`}`
        ]),
    ...(spent.openCalls === 0
      ? []
      : [`    open: ${counted(spent.openCalls, "call")} sent and not settled; lost if no run is going`])
  ]
}

const time = (milliseconds: number): string =>
  new Date(milliseconds)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC")
