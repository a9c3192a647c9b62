import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Progress } from "../Progress.ts"
import { LiveArea } from "./LiveArea.ts"
import { showLogsBy } from "./logsToStandardError.ts"
import { hasColors } from "./presenter.ts"
import { renderProgress, renderProgressLine } from "./renderProgress.ts"
import type { RunOutline } from "./RunOutline.ts"
import { TokenRate } from "./TokenRate.ts"

/**
 * Shows a run on standard error until the scope closes: lines redrawn in place on a terminal, a line now and then elsewhere.
 *
 * On a terminal the last state stays on the screen and the cursor comes back whatever happens. Elsewhere the first line comes
 * after two seconds and the pauses grow from three to thirty seconds, so that a long run fills no log.
 */
export const display = (progress: Progress, outline: RunOutline): Effect.Effect<void, never, Scope.Scope> => {
  const stream = process.stderr
  const inPlace = stream.isTTY && process.env["TERM"] !== "dumb"
  return inPlace ? redrawn(progress, outline, stream) : logged(progress, outline, stream)
}

const logged = Effect.fnUntraced(function* (progress: Progress, outline: RunOutline, stream: NodeJS.WritableStream) {
  const startedAt = yield* Clock.currentTimeMillis
  const rate = new TokenRate()
  // A timer may fire a little early.
  let nextMs = 1900
  const look = Effect.map(Clock.currentTimeMillis, (now) => {
    const elapsedMs = now - startedAt
    const tokensPerSecond = rate.look(progress, elapsedMs)
    if (elapsedMs < nextMs) return
    stream.write(`${renderProgressLine(progress, elapsedMs, outline, tokensPerSecond)}\n`)
    nextMs = elapsedMs + Math.min(30_000, Math.max(3000, elapsedMs / 4))
  })
  yield* look.pipe(Effect.andThen(Effect.sleep(500)), Effect.forever, Effect.forkScoped)
})

const redrawn = Effect.fnUntraced(function* (progress: Progress, outline: RunOutline, stream: NodeJS.WriteStream) {
  const startedAt = yield* Clock.currentTimeMillis
  const area = new LiveArea(stream)
  const rate = new TokenRate()
  const draw = Effect.map(Clock.currentTimeMillis, (now) => {
    const elapsedMs = now - startedAt
    const width = Math.max(1, (stream.columns || 80) - 1)
    const lines = renderProgress(progress, elapsedMs, width, outline, rate.look(progress, elapsedMs))
    area.draw(hasColors(stream) ? lines.map(boldName) : lines)
  })
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      area.open()
      return showLogsBy((text) => area.writeAbove(text))
    }),
    (showBefore) =>
      Effect.map(draw, () => {
        showLogsBy(showBefore)
        area.close()
      })
  )
  yield* draw.pipe(Effect.andThen(Effect.sleep(125)), Effect.forever, Effect.forkScoped)
})

const boldName = (line: string): string => line.replace(/^\S+/, (name) => `\u001b[1m${name}\u001b[22m`)
