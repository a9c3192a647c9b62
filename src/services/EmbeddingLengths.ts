import { LanguageModelError } from "./LanguageModelError.ts"
import type { Embedding, EmbedRequest } from "./Provider.ts"

/**
 * How many numbers the embeddings of each model have, by the first that the run had of it, new or from the journal.
 *
 * Vectors of different lengths cannot be compared, and come from different models, whatever the server calls them. Which length is the
 * right one only the first can say. Each number of dimensions that is asked for counts apart.
 */
export class EmbeddingLengths {
  readonly #firsts = new Map<string, number>()

  /** The error of an embedding that is not as long as the first; null for one that is, and for the first itself. */
  misfit(
    provider: string,
    model: string,
    { dimensions }: EmbedRequest,
    { vector }: Embedding
  ): LanguageModelError | null {
    const kind = `${dimensions ?? "all"} ${model}`
    const first = this.#firsts.get(kind) ?? vector.length
    this.#firsts.set(kind, first)
    if (first === vector.length) return null
    return new LanguageModelError({
      reason: "malformed",
      provider,
      model,
      found: `an embedding of ${vector.length} numbers, expected ${first} as in the first one of the run (where that is the wrong one, --fresh asks all again)`,
      remedy: "prefloom run --retry-rejects asks again",
      mayBeBilled: true
    })
  }
}
