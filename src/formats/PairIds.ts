import { HashIndex } from "../math/HashIndex.ts"
import { TypedList } from "../math/TypedList.ts"
import { contentId } from "../Seed.ts"
import { voteIds } from "./VoteRow.ts"

/**
 * Keeps apart what a column of pair ids puts together, while rows are read: an id that stands for several prompts or for other answers.
 *
 * The first pair with an id keeps it; every other gets one of its own, derived from id, prompt and answers. The sides may be exchanged. Memory
 * is some 100 bytes a different id, all of it numbers: ids and contents are held as `HashIndex` holds texts.
 */
export class PairIds {
  readonly #given = new HashIndex()
  readonly #contents = new HashIndex()
  /** Of each id: the number of the content of its first pair, and 1 once there was another. */
  readonly #first = new TypedList(Int32Array)
  readonly #isReused = new TypedList(Uint8Array)
  readonly #others = new HashIndex()
  #nReused = 0

  /** The id of the pair; `first` and `second` are null where the data hold no answers. */
  idOf(given: string, prompt: string | null, first: string | null, second: string | null): string {
    const { pairId, promptId } = voteIds(prompt, first, second, first === null ? "" : null)
    const content = first === null ? (promptId ?? "") : pairId
    const id = this.#given.add(given)
    const number = this.#contents.add(content)
    if (id === this.#first.length) {
      this.#first.push(number)
      this.#isReused.push(0)
    }
    if (this.#first.values[id] === number) return given
    const own = contentId(given, content)
    if (this.#isReused.values[id] === 0) this.#nReused++
    this.#isReused.values[id] = 1
    this.#others.add(own)
    return own
  }

  /** How many ids stood for more than one pair, and for how many pairs in all. */
  get reused(): { readonly ids: number; readonly pairs: number } {
    return { ids: this.#nReused, pairs: this.#nReused + this.#others.size }
  }
}
