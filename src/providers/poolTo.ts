import type { Pool } from "undici"
import type { Endpoint } from "./Endpoint.ts"

/**
 * Connections to the server of an endpoint, one for each call in flight; nothing is pipelined.
 *
 * Without time-outs of their own: those are the model service's. Whoever makes them destroys them. `undici` is given, because it is loaded only
 * where it is used.
 */
export const poolTo = (
  undici: Pick<typeof import("undici"), "Pool">,
  { baseUrl, limits }: Pick<Endpoint, "baseUrl" | "limits">
): Pool =>
  new undici.Pool(new URL(baseUrl).origin, {
    connections: limits.concurrency,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0
  })
