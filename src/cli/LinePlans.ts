import type { TextMoves } from "../formats/movesTexts.ts"
import type { FixedRow } from "../sinks/FixedRow.ts"
import { type LineShape, LineShapes } from "../sources/LineShapes.ts"
import { type Conversion, planRow, type RowPlan } from "./RowPlan.ts"

/** The plans for lines of one shape. */
interface ShapePlans {
  /** The slots with texts that decide anything; all until a plan shows which do. */
  texts: ReadonlyArray<number>
  /** Plans by which texts are the same; null where such lines have to be parsed. */
  readonly plans: Map<string, RowPlan | null>
  /** What was used last. */
  last: { readonly same: ReadonlyArray<number>; readonly plan: RowPlan | null } | undefined
}

const maxTexts = 64
const maxPlans = 256
const maxTries = 1000
/** Bytes of a prompt from which on the replies must not repeat it. */
const minRepeated = 16

/**
 * Converts lines by plans, which are made when lines of a new shape come along.
 *
 * A line is left to the parser when its shape is not known, when there is no plan for it, and when its texts raise a doubt that only the formats
 * can settle. All are, once a thousand lines had no plan and none had one.
 */
export class LinePlans {
  readonly #shapes: LineShapes
  readonly #conversion: Conversion
  readonly #plans = new Map<LineShape, ShapePlans>()
  #nTries = 0
  /** For each text of the line that is looked at the first slot with the same text; what is behind is from lines before. */
  readonly #same: Array<number> = []
  #hasStart = false
  #hasLongStart = false

  constructor({ hasMarkers }: TextMoves, conversion: Conversion) {
    this.#shapes = new LineShapes(hasMarkers)
    this.#conversion = conversion
  }

  /** Keeps the shape of a line that the parser took for an object. */
  learn(bytes: Buffer, start: number, end: number): void {
    if (this.#nTries < maxTries) this.#shapes.learn(bytes, start, end)
  }

  /** The rows of a line of UTF-8, to be taken before the next line; undefined where it has to be parsed. */
  rowsOf(bytes: Buffer, start: number, end: number): ReadonlyArray<FixedRow> | undefined {
    if (this.#nTries >= maxTries) return undefined
    const shape = this.#shapes.match(bytes, start, end)
    if (shape === undefined) return undefined
    const plan = this.#planOf(shape)
    if (plan === null) {
      this.#nTries++
      return undefined
    }
    this.#nTries = -Infinity
    return plan.fill() ? plan.rows : undefined
  }

  #planOf(shape: LineShape): RowPlan | null {
    let known = this.#plans.get(shape)
    if (known === undefined) {
      const texts = shape.slots.flatMap(({ kind }, i) => (kind === "text" ? [i] : []))
      known = { texts, plans: new Map(), last: undefined }
      this.#plans.set(shape, known)
    }
    const { last, texts } = known
    if (texts.length > maxTexts) return null
    this.#compare(texts)
    if (this.#hasLongStart) return null
    const plan = last !== undefined && this.#isSame(last.same) ? last.plan : this.#find(shape, known)
    return plan !== null && plan.joins && this.#hasStart ? null : plan
  }

  #isSame(same: ReadonlyArray<number>): boolean {
    for (let i = 0; i < same.length; i++) if (same[i] !== this.#same[i]) return false
    return true
  }

  #find(shape: LineShape, known: ShapePlans): RowPlan | null {
    const same = this.#same.slice(0, known.texts.length)
    const key = same.join()
    const { plans, texts } = known
    let plan = plans.get(key)
    if (plan === undefined) {
      plan = plans.size < maxPlans ? this.#make(shape, known) : null
      if (known.texts !== texts) return plan
      plans.set(key, plan)
    }
    known.last = { same, plan }
    return plan
  }

  #make(shape: LineShape, known: ShapePlans): RowPlan | null {
    const { slots } = shape
    const same = slots.map((_, i) => i)
    for (const [i, slot] of known.texts.entries()) same[slot] = this.#same[i]!
    const plan = planRow(shape, same, this.#shapes, this.#conversion)
    if (plan === undefined) return null
    const texts = slots.flatMap(({ column, kind }, i) => (kind === "text" && plan.read.has(column) ? [i] : []))
    if (texts.some((i) => !known.texts.includes(i))) return null
    if (texts.length < known.texts.length) {
      known.texts = texts
      known.plans.clear()
      known.last = undefined
    }
    return plan
  }

  /** Finds out which texts are the same and whether one is the start of another. */
  #compare(slots: ReadonlyArray<number>): void {
    const { texts } = this.#shapes
    this.#hasStart = false
    this.#hasLongStart = false
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!
      const { buffer, end, start } = texts[slot]!
      const initial = buffer[start]
      this.#same[i] = slot
      for (let j = 0; j < i; j++) {
        const other = texts[slots[j]!]!
        if (other.buffer[other.start] !== initial || !this.#shapes.startAlike(slot, slots[j]!)) continue
        const otherLength = other.end - other.start
        if (end - start === otherLength) {
          this.#same[i] = this.#same[j]!
          break
        }
        this.#hasStart = true
        if (Math.min(end - start, otherLength) >= minRepeated) this.#hasLongStart = true
      }
    }
  }
}
