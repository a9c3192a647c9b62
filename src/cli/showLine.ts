import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { plainLine } from "../report/plainLine.ts"

/**
 * Shows on standard error how far something is until the scope closes: one line redrawn in place on a terminal, and gone in the
 * end; elsewhere a line now and then, the first after two seconds, with pauses that grow to thirty, and none while it is not worth one.
 */
export const showLine = Effect.fnUntraced(function* (
  lineNow: () => string,
  options: { readonly isWorthALine?: () => boolean } = {}
): Effect.fn.Return<void, never, Scope.Scope> {
  const stream = process.stderr
  const inPlace = stream.isTTY && process.env["TERM"] !== "dumb"
  const startedAt = yield* Clock.currentTimeMillis
  // A timer may fire a little early.
  let nextMs = 1900
  const look = Effect.map(Clock.currentTimeMillis, (now) => {
    const elapsedMs = now - startedAt
    if (elapsedMs < nextMs || (!inPlace && options.isWorthALine?.() === false)) return
    nextMs = inPlace ? 0 : elapsedMs + Math.min(30_000, Math.max(3000, elapsedMs / 4))
    const line = plainLine(lineNow(), inPlace ? Math.max(1, (stream.columns || 80) - 1) : 200)
    stream.write(inPlace ? `\r${line}\u001b[K` : `${line}\n`)
  })
  if (inPlace) yield* Effect.addFinalizer(() => Effect.sync(() => stream.write("\r\u001b[K")))
  yield* look.pipe(Effect.andThen(Effect.sleep(500)), Effect.forever, Effect.forkScoped)
})
