import type { Progress } from "../Progress.ts"

const windowMs = 10_000
const shortestMs = 2000

/** How fast tokens come in, over the last ten seconds; to be shown the counters at least every few seconds. */
export class TokenRate {
  /** Moments in milliseconds with the tokens counted until then, in order. */
  readonly #seen: Array<readonly [atMs: number, nTokens: number]> = []

  /** Looks at the counters. Returns tokens a second; null until it has looked for two seconds or while nothing was counted. */
  look(progress: Progress, atMs: number): number | null {
    const models = [...progress.models.values()]
    const nTokens = models.reduce((sum, counts) => sum + counts.promptTokens + counts.completionTokens, 0)
    this.#seen.push([atMs, nTokens])
    while (this.#seen.length > 2 && this.#seen[1]![0] <= atMs - windowMs) this.#seen.shift()
    const [firstMs, nFirst] = this.#seen[0]!
    return nTokens === 0 || atMs - firstMs < shortestMs ? null : ((nTokens - nFirst) * 1000) / (atMs - firstMs)
  }
}
