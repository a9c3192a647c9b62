import { contentId } from "../Seed.ts"
import { voteIds } from "./VoteRow.ts"

/**
 * Keeps apart what a column of pair ids puts together, while rows are read: an id that stands for several prompts or for other answers.
 *
 * The first pair with an id keeps it; every other gets one of its own, derived from id, prompt and answers. The sides may be exchanged. Memory
 * is some 200 bytes a different id.
 */
export class PairIds {
  readonly #first = new Map<string, string>()
  readonly #others = new Set<string>()
  readonly #reused = new Set<string>()

  /** The id of the pair; `first` and `second` are null where the data hold no answers. */
  idOf(given: string, prompt: string | null, first: string | null, second: string | null): string {
    const { pairId, promptId } = voteIds(prompt, first, second, first === null ? "" : null)
    const content = first === null ? (promptId ?? "") : pairId
    const known = this.#first.get(given)
    if (known === undefined) this.#first.set(given, content)
    if (known === undefined || known === content) return given
    const own = contentId(given, content)
    this.#reused.add(given)
    this.#others.add(own)
    return own
  }

  /** How many ids stood for more than one pair, and for how many pairs in all. */
  get reused(): { readonly ids: number; readonly pairs: number } {
    return { ids: this.#reused.size, pairs: this.#reused.size + this.#others.size }
  }
}
