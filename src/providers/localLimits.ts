import type { Limits } from "../services/Provider.ts"

/** Limits of a route that leads nowhere outside the process: calls at once, and no time that could run out. */
export const localLimits = (concurrency: number): Limits => ({
  concurrency,
  timeoutMs: null,
  deadlineMs: 600_000,
  maxRetries: 5
})
