import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Figure from "../report/Figure.ts"

/** How far an audit is; whoever reads edits it in place. */
export interface Reading {
  /** What is being done, as "Reading". */
  what: string
  nRows: number
  /** Rows there are; null when that is not known. */
  totalRows: number | null
}

/**
 * Shows on standard error what is being read until the scope closes: one line redrawn in place on a terminal, and gone in the end;
 * elsewhere a line now and then, the first after two seconds, with pauses that grow to thirty.
 */
export const showReading = Effect.fnUntraced(function* (reading: Reading): Effect.fn.Return<void, never, Scope.Scope> {
  const stream = process.stderr
  const inPlace = stream.isTTY && process.env["TERM"] !== "dumb"
  const startedAt = yield* Clock.currentTimeMillis
  // A timer may fire a little early.
  let nextMs = 1900
  const look = Effect.map(Clock.currentTimeMillis, (now) => {
    const elapsedMs = now - startedAt
    if (elapsedMs < nextMs) return
    nextMs = inPlace ? 0 : elapsedMs + Math.min(30_000, Math.max(3000, elapsedMs / 4))
    const line = readingLine(reading)
    stream.write(inPlace ? `\r${line.slice(0, Math.max(1, (stream.columns || 80) - 1))}\u001b[K` : `${line}\n`)
  })
  if (inPlace) yield* Effect.addFinalizer(() => Effect.sync(() => stream.write("\r\u001b[K")))
  yield* look.pipe(Effect.andThen(Effect.sleep(500)), Effect.forever, Effect.forkScoped)
})

const readingLine = ({ nRows, totalRows, what }: Reading): string =>
  `${what}: ${totalRows === null ? Figure.counted(nRows, "row") : `${Figure.count(nRows)} of ${Figure.counted(totalRows, "row")}`}`
