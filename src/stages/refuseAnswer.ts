import * as Effect from "effect/Effect"
import type { JournalError } from "../Journal.ts"
import type { Rejection } from "../Rejects.ts"
import { LanguageModel } from "../services/LanguageModel.ts"
import type { Request } from "../services/Provider.ts"

/**
 * Marks the kept answer to a request as one that is of no use, and gives the rejection that says why.
 *
 * So that `prefloom run --retry-rejects` asks for it again; every other run finds the answer as it is. Every stage that turns an
 * answer down does it here, except for structured ones, which `askStructured` turns down. Log-probabilities, vectors and rewards of given texts
 * are not turned down by stages: the model that was asked would give them again.
 */
export const refuseAnswer = (
  request: Request,
  rejection: Rejection
): Effect.Effect<Rejection, JournalError, LanguageModel> =>
  LanguageModel.use((service) => Effect.as(service.condemn(request, rejection.reason), rejection))
