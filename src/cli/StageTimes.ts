import type { Progress } from "../Progress.ts"

interface Times {
  readonly firstMs: number
  lastMs: number
  nRows: number
}

/** Milliseconds since 1970 as the nanoseconds that spans count in. */
export const nanoseconds = (ms: number): bigint => BigInt(Math.round(ms)) * 1_000_000n

/**
 * From when until when each stage moved rows, as far as somebody looked.
 *
 * A stage begins with the look before its first row was seen and ends with the look that saw its last.
 */
export class StageTimes {
  readonly times = new Map<string, Times>()
  #lookedAtMs: number

  constructor(startedMs: number) {
    this.#lookedAtMs = startedMs
  }

  look(progress: Progress, nowMs: number): void {
    for (const [key, { rejected, rowsIn, rowsOut }] of progress.stages) {
      const nRows = rowsIn + rowsOut + rejected
      const times = this.times.get(key)
      if (times === undefined) {
        if (nRows > 0) this.times.set(key, { firstMs: this.#lookedAtMs, lastMs: nowMs, nRows })
      } else if (times.nRows !== nRows) Object.assign(times, { lastMs: nowMs, nRows })
    }
    this.#lookedAtMs = nowMs
  }
}
