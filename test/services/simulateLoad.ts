import { Lanes, type TryOutcome } from "../../src/services/Lanes.ts"
import type { Limits } from "../../src/services/Provider.ts"

/** How a simulated endpoint takes a try: how it ends and how long that takes, in milliseconds. */
export type Endpoint = (arrival: {
  readonly now: number
  /** Tries the endpoint is working on, this one left out. */
  readonly working: number
}) => { readonly outcome: TryOutcome; readonly ms: number }

/** What came of a load that never ran out of calls. */
export interface LoadResult {
  readonly answeredPerSecond: number
  readonly refusedShare: number
  /** The number of lanes at the end of each second. */
  readonly limits: ReadonlyArray<number>
}

/**
 * Keeps the lanes of one endpoint full for some seconds of virtual time, and counts what was answered behind `warmUpMs`.
 *
 * A refused call comes back after 500 ms; there are always others that want the lane meanwhile.
 */
export const simulateLoad = (
  limits: Partial<Limits>,
  endpoint: Endpoint,
  { forMs, warmUpMs }: { readonly forMs: number; readonly warmUpMs: number }
): LoadResult => {
  const lanes = new Lanes({ concurrency: 256, timeoutMs: null, deadlineMs: 1e9, maxRetries: 5, ...limits }, 0)
  const events: Array<{ readonly at: number; readonly run: () => void }> = []
  const schedule = (at: number, run: () => void) => {
    let low = 0
    let high = events.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (events[middle]!.at > at) low = middle + 1
      else high = middle
    }
    events.splice(low, 0, { at, run })
  }
  let now = 0
  let working = 0
  let nAnswered = 0
  let nRefused = 0
  let wakeAt = Number.POSITIVE_INFINITY
  const pump = () => {
    for (;;) {
      const at = lanes.freeAt(now, 0)
      if (at > now) {
        if (at < wakeAt) {
          wakeAt = at
          schedule(at, () => {
            wakeAt = Number.POSITIVE_INFINITY
          })
        }
        return
      }
      const lane = lanes.begin(now, 0)
      const { ms, outcome } = endpoint({ now, working })
      const isWorking = outcome === "answered"
      if (isWorking) working++
      schedule(now + ms, () => {
        if (isWorking) working--
        lanes.end(lane, outcome, now)
        if (now < warmUpMs) return
        if (outcome === "answered") nAnswered++
        else nRefused++
      })
    }
  }
  const seconds: Array<number> = []
  for (let second = 1; second * 1000 <= forMs; second++) schedule(second * 1000, () => void seconds.push(lanes.limit))
  pump()
  for (;;) {
    const next = events.pop()
    if (next === undefined || next.at > forMs) break
    now = next.at
    next.run()
    pump()
  }
  return {
    answeredPerSecond: (nAnswered * 1000) / (forMs - warmUpMs),
    refusedShare: nRefused / Math.max(1, nAnswered + nRefused),
    limits: seconds
  }
}
