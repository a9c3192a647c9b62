import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { JournalError } from "../Journal.ts"
import type { Call } from "../services/Provider.ts"

/** What must be known about a batch after a crash. */
export interface BatchNote {
  /** Stands in the metadata of the batch, so that it can be found on the server. */
  readonly token: string
  readonly model: string
  /** Milliseconds since 1970 at which it was decided on. */
  readonly at: number
  /** The id of the uploaded file; null before the upload was over. */
  readonly file: string | null
  /** The id of the batch; null before its creation was known of. */
  readonly batch: string | null
}

/** Where small texts outlive the process. */
export type NoteStore = Pick<Call, "note" | "writeNote">

/**
 * The batches of one account on one server, as the journal remembers them.
 *
 * One note, named after the account, lists the batches; one for each batch holds the keys whose answers were not taken yet. Runs
 * that share a journal share the batches too: a key says everything that decides an answer, so whoever asks for it may take it.
 * The list is read again before each write, so that batches of another process stay in it; two processes that write it within
 * the same few milliseconds may lose one, which is paid for again.
 */
export class BatchNotes {
  readonly #store: NoteStore
  readonly #name: string
  readonly #oneByOne = Semaphore.makeUnsafe(1)

  constructor(store: NoteStore, account: string) {
    this.#store = store
    this.#name = `batches ${account}`
  }

  /** All batches with the keys whose answers were not taken yet, in the order of their lines. */
  read(): ReadonlyArray<{ readonly note: BatchNote; readonly keys: ReadonlyArray<string> }> {
    return this.#list().map((note) => ({
      note,
      keys: JSON.parse(this.#store.note(keysOf(note)) ?? "[]") as ReadonlyArray<string>
    }))
  }

  /** Writes a batch down, or what is new about it. */
  write(note: BatchNote): Effect.Effect<void, JournalError> {
    return this.#change((list) => [...list.filter(({ token }) => token !== note.token), note])
  }

  /** Writes down which answers of a batch are still to be taken; without any the batch is forgotten. */
  writeKeys(note: BatchNote, keys: ReadonlyArray<string>): Effect.Effect<void, JournalError> {
    if (keys.length > 0) return this.#store.writeNote(keysOf(note), JSON.stringify(keys))
    return Effect.andThen(
      this.#change((list) => list.filter(({ token }) => token !== note.token)),
      this.#store.writeNote(keysOf(note), null)
    )
  }

  #change(to: (list: ReadonlyArray<BatchNote>) => ReadonlyArray<BatchNote>): Effect.Effect<void, JournalError> {
    return this.#oneByOne.withPermits(1)(
      Effect.suspend(() => {
        const list = to(this.#list())
        return this.#store.writeNote(this.#name, list.length === 0 ? null : JSON.stringify(list))
      })
    )
  }

  #list(): ReadonlyArray<BatchNote> {
    return JSON.parse(this.#store.note(this.#name) ?? "[]") as ReadonlyArray<BatchNote>
  }
}

const keysOf = ({ token }: BatchNote) => `batch ${token}`
