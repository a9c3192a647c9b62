import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { JournalError } from "../Journal.ts"
import { LanguageModel } from "./LanguageModel.ts"
import type { LanguageModelError } from "./LanguageModelError.ts"

/**
 * Ends a stream with the verdict on the models that were asked on its way: where requests failed and none of their kind was ever answered, it
 * fails in place of ending.
 *
 * Sinks publish when their rows have ended, so that a run which fails for this leaves the files of an earlier one as they are. Where no
 * model can be asked the stream is as it was.
 */
export const withVerdict = <A, E, R>(
  stream: Stream.Stream<A, E, R>
): Stream.Stream<A, E | LanguageModelError | JournalError, R> =>
  Stream.onEnd(
    stream,
    Effect.flatMap(
      Effect.serviceOption(LanguageModel),
      Option.match({ onNone: () => Effect.void, onSome: ({ verdict }) => verdict })
    )
  )
