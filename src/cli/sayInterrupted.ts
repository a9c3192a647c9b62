import * as Effect from "effect/Effect"
import { printNotice } from "./StandardOutput.ts"

/** Says, where somebody stops a command whose results appear together, what that leaves. */
export const sayInterrupted = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.onInterrupt(work, () =>
    printNotice("Interrupted, without a result. The same command starts again from the beginning")
  )
