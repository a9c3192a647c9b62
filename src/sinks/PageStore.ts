const smallest = 1 << 20
const largestKept = 1 << 26

/** Where the bytes of a page lie in a store; both 0 until they are known. */
export interface Place {
  start: number
  end: number
}

/**
 * The compressed pages of a row group, one behind the other in a buffer that is used again for the next.
 *
 * Copying costs little; left where the compressor puts them, pages would live until the collector gets around to old objects,
 * and their number would be up to it.
 */
export class PageStore {
  /** Pages under way that will be kept here. */
  nUnfinished = 0
  #bytes = Buffer.allocUnsafeSlow(smallest)
  #used = 0

  keep(parts: ReadonlyArray<Uint8Array>, place: Place): void {
    place.start = this.#used
    for (const part of parts) {
      this.#reserve(part.length)
      this.#bytes.set(part, this.#used)
      this.#used += part.length
    }
    place.end = this.#used
  }

  /** The bytes of a page, until `clear`. */
  read(place: Place): Uint8Array {
    return this.#bytes.subarray(place.start, place.end)
  }

  clear(): void {
    this.#used = 0
    if (this.#bytes.length > largestKept) this.#bytes = Buffer.allocUnsafeSlow(smallest)
  }

  #reserve(nMore: number): void {
    if (this.#used + nMore <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#used + nMore))
    this.#bytes.copy(larger, 0, 0, this.#used)
    this.#bytes = larger
  }
}
