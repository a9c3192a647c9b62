import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { JournalError } from "../Journal.ts"
import { noting, reject, Rejection } from "../Rejects.ts"
import { LanguageModel } from "../services/LanguageModel.ts"
import type { LanguageModelError } from "../services/LanguageModelError.ts"
import type { Request } from "../services/Provider.ts"
import { each, type RowOf, type Stage } from "../Stage.ts"
import { askForRow } from "./askForRow.ts"
import { refuseAnswer } from "./refuseAnswer.ts"
import { spentOnThinking } from "./spentOnThinking.ts"

/** What is asked about each row, and how the column of the answers is called. */
export interface AskOptions<Name extends string, F extends Schema.Struct.Fields> {
  /** The column. */
  readonly as: Name
  /** Columns that the request reads; a pipeline without them does not compile. */
  readonly slots: F
  /** What is asked: a pure function of the row. Null asks nothing. */
  readonly request: (row: RowOf<F>) => string | null
  /** Default: the provider's own model. */
  readonly model?: string
  /** Default 0. */
  readonly temperature?: number
  /** Default 1,024. */
  readonly maxTokens?: number
}

/**
 * Asks a model about each row and keeps what it says in a column: a summary, an improved instruction, a reference answer.
 *
 * Null where nothing was asked, and where there is no whole answer: refused, stopped by a filter, cut off or without words, which the rejects
 * note with the reason; `prefloom run --retry-rejects` asks these again. Leading and trailing white space is taken off. For opinions on a scale or of fixed classes see `judge`. Costs one call
 * a row, or none.
 */
export const ask = <const Name extends string, F extends Schema.Struct.Fields>(
  options: AskOptions<Name, F>
): Stage<RowOf<F>, { readonly [K in Name]: string | null }, true, LanguageModelError | JournalError, LanguageModel> => {
  const { as, maxTokens = 1024, model = null, request, slots, temperature = 0 } = options
  return each({
    name: "ask",
    needs: slots,
    gives: { [as]: Schema.NullOr(Schema.String) },
    config: { as, slots: Object.keys(slots), request: String(request), model, temperature, maxTokens },
    callsPerRow: 1,
    row: (row, { seed }) => {
      const asked = request(row)
      if (asked === null) return Effect.succeed(noting({ [as]: null }, []))
      const task = { kind: "generate", prompt: asked, persona: null } as const
      const messages = [{ role: "user", content: asked }] as const
      const given: Request = { task, messages, model, sampleIndex: 0, temperature, maxTokens, seed }
      const answered = Effect.gen(function* () {
        const service = yield* LanguageModel
        const answer = yield* service.complete(given)
        const { finishReason, text } = answer
        const said = text.trim()
        if (said !== "" && (finishReason === "stop" || finishReason === "other")) return said
        return yield* refuseAnswer(
          given,
          reject("no whole answer", spentOnThinking(answer) ?? `${finishReason}: ${said.slice(0, 80)}`)
        )
      })
      return Effect.map(askForRow(answered), (answer) =>
        answer instanceof Rejection
          ? noting({ [as]: null }, [reject(`${as}: ${answer.reason}`, answer.detail)])
          : noting({ [as]: answer }, [])
      )
    }
  }) as unknown as Stage<
    RowOf<F>,
    { readonly [K in Name]: string | null },
    true,
    LanguageModelError | JournalError,
    LanguageModel
  >
}
