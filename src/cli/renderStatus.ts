import { Progress } from "../Progress.ts"
import { amount, duration } from "./Amount.ts"
import { fitted } from "./fitted.ts"
import { printable } from "./printable.ts"
import { renderProgress } from "./renderProgress.ts"
import type { RunStatus } from "./RunStatus.ts"

/**
 * Says what a run is doing, in lines of at most `width` columns that are safe for a terminal.
 *
 * Of one endpoint alone the line of calls says all, unless `prefloom ctl` has set another limit.
 */
export const renderStatus = (status: RunStatus, width: number): string => {
  const progress = new Progress()
  progress.totalRows = status.totalRows
  for (const { key, rowsIn, rowsOut, rejected } of status.stages) {
    Object.assign(progress.stage(key), { rowsIn, rowsOut, rejected })
  }
  for (const { model, ...counts } of status.models) Object.assign(progress.model(model), counts)
  for (const { endpoint, limitedMs, ...counts } of status.endpoints) {
    Object.assign(progress.route(endpoint), { ...counts, limitedMs: () => limitedMs })
  }
  const { folder, limit, paused, pid, pipeline, stopping: stopReason } = status
  const outline = { steps: status.stages, limit: null, sourceRows: null, control: { paused, limit, stopReason } }
  const up = status.endpoints.filter(({ problem }) => problem === null)
  return [
    `${printable(pipeline)} in ${printable(folder)}`,
    `running for ${duration(status.elapsedMs)} as process ${pid}`,
    ...(stopReason === null ? [] : [printable(stopReason)]),
    "",
    ...renderProgress(progress, status.elapsedMs, width, outline),
    ...(up.length === 1
      ? []
      : up.map(
          (one) => `endpoint ${printable(one.endpoint)}: ${amount(one.inFlight)} in flight (limit ${amount(one.limit)})`
        )),
    ...(limit === null ? [] : [`limit ${amount(limit)} is set with prefloom ctl${ofOne(up)}`])
  ]
    .map((line) => fitted(line, width))
    .join("\n")
}

const ofOne = ([one, ...others]: RunStatus["endpoints"]): string =>
  one === undefined || others.length > 0 ? "" : `; that of ${printable(one.endpoint)} is ${amount(one.limit)}`
