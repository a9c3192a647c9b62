import * as os from "node:os"
import * as zlib from "node:zlib"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { PageStore, type Place } from "./PageStore.ts"
import { cannotWrite, type SinkError, type Target } from "./SinkError.ts"

/** How the pages of a file are compressed. */
export type Compress =
  | { readonly kind: "zstd"; readonly level: number }
  /** A function that needs no other thread. */
  | { readonly kind: "direct"; readonly compress: (bytes: Buffer) => Uint8Array }

/** A compressor for one page after the other, and what it has given of the page it is at. */
interface Context {
  readonly stream: zlib.ZstdCompress
  readonly minMatch: number
  readonly parts: Array<Buffer>
}

/** The smallest power of two that is not below a size. */
export const powerOfTwo = (size: number): number => 2 ** (32 - Math.clz32(size - 1))

interface Job {
  readonly buffer: Buffer
  readonly nBytes: number
  readonly place: Place
  readonly store: PageStore
}

/** A page of 1 MiB and what its last row may have too much. */
const pooledBytes = (1 << 20) + (1 << 16)

/** A compressed page of that size fits, so that zstd need not put it together elsewhere first. */
const outBytes = pooledBytes + (1 << 14)

/**
 * Bytes that have to be the same before zstd refers back to them.
 *
 * 6 takes an eighth less time than 5, its own choice for level 3, and a quarter of it for hashes, which get smaller too; text gets half a percent
 * larger, and more in small pages.
 */
const minMatchOf = (nBytes: number): number => (nBytes < 1 << 19 ? 5 : 6)

/** Bytes of pages from which on rows wait: enough for the pages that end a row group and some of the next. */
const fullBytes = 1 << 24

/**
 * Compresses pages on other threads, several at a time.
 *
 * Each zstd context is kept for the whole file, since setting one up costs as much as a third of a page, and writes one frame
 * per page. Which of the contexts for its size takes a page changes nothing in its bytes. Pages are finished in any order, those of
 * a row group while the next one is filled. Memory beside the stores: 16 MiB of pages, or one larger page.
 */
export class PageCompressor {
  readonly #target: Target
  readonly #compress: Compress
  readonly #idle: Array<Context> = []
  readonly #all: Array<Context> = []
  readonly #waiting: Array<Job> = []
  readonly #free = new Map<number, Array<Buffer>>()
  readonly #level: number
  readonly #nThreads: number
  #nRunning = 0
  /** Takes the finished pages of the row group. */
  #store = new PageStore()
  readonly #freeStores: Array<PageStore> = []
  /** Of pages that are not finished. */
  #nBytes = 0
  #failure: unknown = undefined
  #wake: (() => void) | undefined

  private constructor(target: Target, compress: Compress) {
    this.#target = target
    this.#compress = compress
    this.#level = compress.kind === "zstd" ? compress.level : 0
    this.#nThreads = Math.min(4, os.availableParallelism())
  }

  /** Starts a compressor that ends with the scope; pages that are then under way are forgotten. */
  static readonly scoped = (target: Target, compress: Compress): Effect.Effect<PageCompressor, never, Scope.Scope> =>
    Effect.acquireRelease(
      Effect.sync(() => new PageCompressor(target, compress)),
      (compressor) => Effect.sync(() => compressor.#close())
    )

  /** True when enough pages are under way to keep all threads busy. */
  get isFull(): boolean {
    return this.#nBytes >= fullBytes
  }

  /**
   * Takes the first `nBytes` of a buffer as a page; the buffer is the compressor's from then on.
   *
   * Returns the place of the compressed page in the store of its row group, which is known when the page is finished.
   */
  submit(buffer: Buffer, nBytes: number): Place {
    const place = { start: 0, end: 0 }
    if (this.#compress.kind === "direct") {
      this.#store.keep([this.#compress.compress(buffer.subarray(0, nBytes))], place)
      this.giveBuffer(buffer)
    } else {
      this.#nBytes += nBytes
      this.#store.nUnfinished++
      this.#waiting.push({ buffer, nBytes, place, store: this.#store })
      this.#startNext()
    }
    return place
  }

  /** Ends a row group: gives the store in which its pages are or will be; those that follow go to another one. */
  endGroup(): PageStore {
    const store = this.#store
    this.#store = this.#freeStores.pop() ?? new PageStore()
    return store
  }

  /** Gives back a store that nobody reads any more. */
  giveStore(store: PageStore): void {
    store.clear()
    this.#freeStores.push(store)
  }

  /** A buffer for a page of about `nBytes`, if possible one that was given back. */
  takeBuffer(nBytes: number): Buffer {
    const length = Math.min(powerOfTwo(nBytes), pooledBytes)
    return this.#free.get(length)?.pop() ?? Buffer.allocUnsafeSlow(length)
  }

  /** Gives back a buffer that nobody looks at any more. */
  giveBuffer(buffer: Buffer): void {
    const { length } = buffer
    // One that a giant value stretched is not kept, since the next page hardly needs it.
    if (length > pooledBytes || (length !== pooledBytes && length !== powerOfTwo(length))) return
    const others = this.#free.get(length)
    if (others === undefined) this.#free.set(length, [buffer])
    else others.push(buffer)
  }

  /** Waits until another page can be taken. */
  readonly room: Effect.Effect<void, SinkError> = Effect.suspend(() => this.#until(() => !this.isFull))

  /** Waits until every page of a store is finished. */
  finished(store: PageStore): Effect.Effect<void, SinkError> {
    return this.#until(() => store.nUnfinished === 0)
  }

  #until(isReached: () => boolean): Effect.Effect<void, SinkError> {
    return Effect.callback((resume) => {
      const look = () => {
        if (this.#failure !== undefined) resume(Effect.fail(cannotWrite(this.#target, this.#failure)))
        else if (isReached()) resume(Effect.void)
        else this.#wake = look
      }
      look()
    })
  }

  #startNext(): void {
    const [next] = this.#waiting
    if (next === undefined || this.#nRunning >= this.#nThreads) return
    this.#waiting.shift()
    this.#nRunning++
    const { buffer, nBytes, place, store } = next
    const context = this.#takeContext(minMatchOf(nBytes))
    const { parts, stream } = context
    stream.write(buffer.subarray(0, nBytes), (failure) => {
      if (failure !== null && failure !== undefined) return
      // Hands over what the stream has not yet, if it ever holds something back.
      while (stream.readableLength > 0 && stream.read() !== null);
      store.keep(parts, place)
      store.nUnfinished--
      parts.length = 0
      useOutputAgain(stream)
      this.#idle.push(context)
      this.#nRunning--
      this.giveBuffer(buffer)
      this.#nBytes -= nBytes
      this.#startNext()
      const wake = this.#wake
      this.#wake = undefined
      wake?.()
    })
  }

  #takeContext(minMatch: number): Context {
    const at = this.#idle.findIndex((one) => one.minMatch === minMatch)
    return at < 0 ? this.#newContext(minMatch) : this.#idle.splice(at, 1)[0]!
  }

  #newContext(minMatch: number): Context {
    const { ZSTD_c_compressionLevel, ZSTD_c_minMatch, ZSTD_e_end } = zlib.constants
    const stream = zlib.createZstdCompress({
      // Ends a frame with every write, so that the context can be used again.
      flush: ZSTD_e_end,
      params: { [ZSTD_c_compressionLevel]: this.#level, [ZSTD_c_minMatch]: minMatch },
      chunkSize: outBytes
    })
    const context: Context = { stream, minMatch, parts: [] }
    stream.on("data", (part: Buffer) => context.parts.push(part))
    stream.on("error", (cause) => {
      this.#failure = cause
      this.#wake?.()
    })
    this.#all.push(context)
    return context
  }

  #close(): void {
    this.#waiting.length = 0
    for (const { stream } of this.#all) stream.destroy()
  }
}

/**
 * Has a stream write what comes next where it wrote what it gave so far.
 *
 * Left alone, it takes a new buffer for each MiB that it gives, and the collector marks the whole heap for every 30 of them. Where a version of
 * Node keeps the place under another name, that is so again, and nothing else changes.
 */
const useOutputAgain = (stream: zlib.ZstdCompress): void => {
  Object.assign(stream, { _outOffset: 0 })
}
