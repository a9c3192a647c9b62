import { maxBodyBytes } from "./Endpoint.ts"

/** What can be held up while it is read. */
export interface Flow {
  readonly pause: () => void
  /** Is not called from within a call to `Bodies`. */
  readonly resume: () => void
}

/** A body that is being read. */
export interface Body {
  readonly flow: Flow
  chunks: Array<Uint8Array>
  nBytes: number
}

/** How much is held at once, in bytes. */
export interface BodiesOptions {
  /** What all may hold together before some are held up. */
  readonly most: number
  /** After this one is too long. */
  readonly longest: number
  /** Up to this one is never held up. */
  readonly small: number
}

/**
 * The bodies that are being read at once, which share one allowance of memory, whatever servers send.
 *
 * Where they hold more than `most`, one of them goes on and the others are held up until there is room, so that long answers still
 * arrive whole, one after the other. Together they hold at most `most` and `longest`, and `small` and a chunk for each.
 */
export class Bodies {
  readonly #options: BodiesOptions
  readonly #heldUp = new Set<Body>()
  /** The one that goes on while there is no room. */
  #ahead: Body | null = null
  #nBytes = 0

  constructor(options: BodiesOptions) {
    this.#options = options
  }

  /** Bytes that all hold now. */
  get nBytes(): number {
    return this.#nBytes
  }

  /** Begins a body; it has to be closed. */
  open(flow: Flow): Body {
    return { flow, chunks: [], nBytes: 0 }
  }

  /** Adds what came; false, and the body is closed, where it is too long. */
  take(body: Body, chunk: Uint8Array): boolean {
    const { longest, most, small } = this.#options
    if (body.nBytes + chunk.length > longest) {
      this.close(body)
      return false
    }
    body.chunks.push(chunk)
    body.nBytes += chunk.length
    this.#nBytes += chunk.length
    if (this.#nBytes > most && body.nBytes > small && body !== this.#ahead) {
      if (this.#ahead === null) this.#ahead = body
      else {
        this.#heldUp.add(body)
        body.flow.pause()
      }
    }
    return true
  }

  /** The bytes of a body, which is closed. */
  whole(body: Body): Buffer {
    const { chunks, nBytes } = body
    this.close(body)
    const [first] = chunks
    return chunks.length === 1 && Buffer.isBuffer(first) ? first : Buffer.concat(chunks, nBytes)
  }

  /** Forgets a body, and lets others go on. A body may be closed more than once. */
  close(body: Body): void {
    this.#nBytes -= body.nBytes
    body.nBytes = 0
    body.chunks = []
    this.#heldUp.delete(body)
    if (this.#ahead === body) this.#ahead = null
    if (this.#nBytes > this.#options.most && this.#ahead !== null) return
    for (const other of this.#heldUp) {
      this.#heldUp.delete(other)
      setImmediate(() => other.flow.resume())
      if (this.#nBytes > this.#options.most) {
        this.#ahead = other
        return
      }
    }
  }
}

/** All bodies that this process reads. */
export const bodies = new Bodies({ most: 2 * maxBodyBytes, longest: maxBodyBytes, small: 256 * 1024 })
