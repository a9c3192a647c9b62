import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type BatchNote, BatchNotes, type NoteStore } from "../../src/providers/BatchNotes.ts"

/** A store that, like the journal, takes a moment to write. */
const slowStore = () => {
  const held = new Map<string, string>()
  const store: NoteStore = {
    note: (name) => held.get(name),
    writeNote: (name, value) =>
      Effect.promise(async () => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        if (value === null) held.delete(name)
        else held.set(name, value)
      })
  }
  return { held, store }
}

const noteOf = (token: string): BatchNote => ({ token, model: "m", at: 7, file: null, batch: null })

const begin = (notes: BatchNotes, token: string, keys: ReadonlyArray<string>) =>
  Effect.andThen(notes.writeKeys(noteOf(token), keys), notes.write(noteOf(token)))

describe("BatchNotes", () => {
  it.live("BatchNotes keeps every batch of those written at once, with its keys in order", () =>
    Effect.gen(function* () {
      const { store } = slowStore()
      const notes = new BatchNotes(store, "account")
      const tokens = ["1", "2", "3"]
      yield* Effect.forEach(tokens, (token) => begin(notes, token, [`b${token}`, `a${token}`]), {
        concurrency: "unbounded"
      })
      yield* notes.write({ ...noteOf("2"), file: "file-9" })
      const read = new BatchNotes(store, "account").read()
      assert.sameMembers(
        read.map(({ note }) => note.token),
        tokens
      )
      for (const { keys, note } of read) assert.deepStrictEqual(keys, [`b${note.token}`, `a${note.token}`])
      assert.deepStrictEqual(
        read.map(({ note }) => note.file).filter((file) => file !== null),
        ["file-9"]
      )
    })
  )

  it.live("BatchNotes keeps what another process wrote meanwhile, and accounts apart", () =>
    Effect.gen(function* () {
      const { held, store } = slowStore()
      const [ours, theirs, others] = [
        new BatchNotes(store, "account"),
        new BatchNotes(store, "account"),
        new BatchNotes(store, "another")
      ]
      ours.read()
      yield* begin(theirs, "1", ["a"])
      yield* begin(ours, "2", ["b"])
      assert.deepStrictEqual(
        ours.read().map(({ note }) => note.token),
        ["1", "2"]
      )
      assert.deepStrictEqual(others.read(), [])
      yield* ours.writeKeys(noteOf("2"), [])
      yield* theirs.writeKeys(noteOf("1"), [])
      assert.strictEqual(held.size, 0)
    })
  )
})
