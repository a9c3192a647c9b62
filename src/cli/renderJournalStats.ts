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
    ...stats.spent.flatMap(spentLines)
  ].join("\n")
}

const modelLines = (model: ModelStats): ReadonlyArray<string> => {
  const { answers, failures, latencyMs, costUsd, unpricedAnswers } = model
  const tokens = [
    ...(model.promptTokens === null ? [] : [`${amount(model.promptTokens)} in`]),
    ...(model.completionTokens === null ? [] : [`${amount(model.completionTokens)} out`])
  ]
  const cost = [
    ...(costUsd === null ? [] : [dollars(costUsd)]),
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

const spentLines = (spent: RunSpending): ReadonlyArray<string> => {
  const parts = [
    counted(spent.calls, "call"),
    `${amount(spent.promptTokens + spent.completionTokens)} tokens`,
    ...(spent.costUsd === null ? [] : [dollars(spent.costUsd)]),
    ...(spent.unpricedCalls === 0 ? [] : [`no price for ${amount(spent.unpricedCalls)}`])
  ]
  const name = spent.run === "" ? "the run" : `run ${spent.run}`
  return [
    `  ${printable(`${name}, model ${spent.model}`)}: ${parts.join(", ")}`,
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
