import { PerformanceObserver } from "node:perf_hooks"
import * as v8 from "node:v8"

/** Bytes of the part of the heap for what is new; half of it is in use, the other half is for moving what lives. */
const mostNew = 64 * 2 ** 20

/**
 * Has the heap of this process grow in small steps and its part for new objects not past 64 MiB, so that the memory of a long
 * run stays flat.
 *
 * Rows live for as long as a model takes to answer, grow old in the heap and are collected late: without this a run of 200,000
 * rows takes twice the memory of one of 20,000, with the same few rows alive. Costs some percent of processor time; a smaller
 * part for new objects would cost 10 % more, as rows would be copied twice while they wait.
 */
export const keepHeapSmall = (): void => {
  v8.setFlagsFromString("--heap-growing-percent=50")
  if (holdNew()) return
  const observer = new PerformanceObserver(() => {
    if (holdNew()) observer.disconnect()
  })
  observer.observe({ entryTypes: ["gc"] })
}

/** Ends the growth of the part for new objects once that is as large as it may be; true when it is. */
const holdNew = (): boolean => {
  const newSpace = v8.getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space")
  if (newSpace !== undefined && newSpace.space_size < mostNew) return false
  v8.setFlagsFromString("--semi-space-growth-factor=1")
  return true
}
