import * as Effect from "effect/Effect"
import { printableJson } from "./printable.ts"

/** Prints a result. Standard output carries results and nothing else. */
export const printResult = (text: string): Effect.Effect<void> =>
  Effect.sync(() => void process.stdout.write(text.endsWith("\n") ? text : `${text}\n`))

/** Prints a result as one JSON object. */
export const printJson = (value: unknown): Effect.Effect<void> => printResult(printableJson(value))

/** Prints a message for people on standard error. */
export const printNotice = (text: string): Effect.Effect<void> =>
  Effect.sync(() => void process.stderr.write(text.endsWith("\n") ? text : `${text}\n`))
