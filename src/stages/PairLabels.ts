import { textKey } from "../cleaners/textKey.ts"
import { TextSample, type SampledPair } from "../cleaners/TextSample.ts"
import { HashIndex } from "../math/HashIndex.ts"
import { hash128 } from "../math/keyedRandom.ts"
import { TypedList } from "../math/TypedList.ts"

/** Labels on pairs: one entry a row, in an order drawn by the rows' ids, so that the order of the rows decides nothing. */
export interface PairLabels {
  /** Per row in the order they came, its place here. */
  readonly place: Int32Array
  /** Rows about the same two texts to the same prompt have the same number. */
  readonly item: Int32Array
  readonly nItems: number
  /** 1 or -1 for the side that was chosen, as good as drawn by a coin for each item; 0 where both texts are the same. */
  readonly side: Int8Array
  readonly annotator: Int32Array
  /** By number, sorted. */
  readonly names: ReadonlyArray<string>
  readonly prompt: Int32Array
  /** Per prompt, a key that depends on its text alone. */
  readonly promptKeys: ReadonlyArray<string>
  /** The evidence about the recorded order; NaN where it is missing. */
  readonly value: Float64Array
  /** 1 or 0 where the recorded order is known to be right or wrong, -1 where it is not. */
  readonly known: Int8Array
  /** 1 or 0 where the planted truth agrees with the recorded order or does not, -1 where nothing was planted. */
  readonly planted: Int8Array
  /** A sample of the pairs with their texts, each with its number; empty unless asked for. */
  readonly texts: ReadonlyArray<readonly [item: number, pair: SampledPair]>
}

/** What is read of a row. */
export interface PairLabel {
  readonly id: string
  readonly prompt: string
  readonly chosen: string
  readonly rejected: string
  readonly annotator: string
  readonly value: number
  readonly known: -1 | 0 | 1
  readonly planted: -1 | 0 | 1
}

/** Gathers labels: some 40 bytes a row, 40 a pair and 40 a prompt; texts are kept, within the bounds of `TextSample`, only `withTexts`. */
export class PairLabelsBuilder {
  readonly #sample: TextSample | null
  readonly #items = new HashIndex()
  readonly #prompts = new HashIndex()
  readonly #annotators = new Map<string, number>()
  readonly #key = new TypedList(Float64Array)
  readonly #item = new TypedList(Int32Array)
  readonly #side = new TypedList(Int8Array)
  readonly #annotator = new TypedList(Int32Array)
  readonly #prompt = new TypedList(Int32Array)
  readonly #value = new TypedList(Float64Array)
  readonly #known = new TypedList(Int8Array)
  readonly #planted = new TypedList(Int8Array)

  constructor(withTexts: boolean) {
    this.#sample = withTexts ? new TextSample() : null
  }

  add(label: PairLabel): void {
    const [promptId, chosen, rejected] = [label.prompt, label.chosen, label.rejected].map(textKey)
    const side = chosen === rejected ? 0 : chosen! < rejected! ? 1 : -1
    const [first, second] = side === -1 ? [rejected!, chosen!] : [chosen!, rejected!]
    const pairId = `${promptId!}${first}${second}`
    const [high, low] = hash128(JSON.stringify([label.id, label.annotator, promptId, chosen, rejected]))
    this.#key.push((high >>> 0) * 2 ** 21 + (low >>> 11))
    this.#item.push(this.#items.add(pairId))
    this.#side.push(side)
    this.#annotator.push(numberOf(this.#annotators, label.annotator))
    this.#prompt.push(this.#prompts.add(promptId!))
    this.#value.push(label.value)
    this.#known.push(label.known)
    this.#planted.push(label.planted)
    if (this.#sample === null || side === 0) return
    const texts = { prompt: label.prompt, first: label.chosen, second: label.rejected, verdict: "first" as const }
    this.#sample.add({ pairId, promptId: promptId!, firstId: chosen!, secondId: rejected!, ...texts })
  }

  /** The labels so far. */
  labels(): PairLabels {
    const keys = this.#key.values
    const order = Int32Array.from(keys.keys()).sort((i, j) => keys[i]! - keys[j]! || i - j)
    const place = new Int32Array(order.length)
    for (const [at, i] of order.entries()) place[i] = at
    const names = [...this.#annotators.keys()].toSorted()
    const ranks = new Map(names.map((name, k) => [name, k]))
    const nameOf = Int32Array.from(this.#annotators.keys(), (name) => ranks.get(name)!)
    const items = renumber(order, this.#item.values)
    const prompts = renumber(order, this.#prompt.values)
    const promptKeys: Array<string> = []
    prompts.numbers.forEach((number, old) => {
      promptKeys[number] = [0, 1, 2, 3].map((which) => this.#prompts.word(old, which)).join(" ")
    })
    return {
      place,
      item: items.values,
      nItems: items.numbers.size,
      side: Int8Array.from(order, (i) => this.#side.values[i]!),
      annotator: Int32Array.from(order, (i) => nameOf[this.#annotator.values[i]!]!),
      names,
      prompt: prompts.values,
      promptKeys,
      value: Float64Array.from(order, (i) => this.#value.values[i]!),
      known: Int8Array.from(order, (i) => this.#known.values[i]!),
      planted: Int8Array.from(order, (i) => this.#planted.values[i]!),
      texts: (this.#sample?.pairs() ?? []).map((pair) => [items.numbers.get(this.#items.add(pair.pairId))!, pair])
    }
  }
}

/** Numbers in the order of first appearance among `order`, and the new number by the old one. */
const renumber = (order: Int32Array, values: Int32Array) => {
  const numbers = new Map<number, number>()
  return { values: Int32Array.from(order, (i) => numberOf(numbers, values[i]!)), numbers }
}

const numberOf = <A>(numbers: Map<A, number>, key: A): number => {
  const known = numbers.get(key)
  if (known !== undefined) return known
  numbers.set(key, numbers.size)
  return numbers.size - 1
}
