import * as fs from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { openJournalFile } from "../src/JournalFile.ts"
import { journalNotes } from "../src/journalNotes.ts"
import { writeJournal } from "./journalFixture.ts"
import { temporaryFolder } from "./stages/collect.ts"

const journalWith = (notes: Readonly<Record<string, string>>) =>
  Effect.map(temporaryFolder, (folder) =>
    writeJournal(folder, { calls: [{ key: "a", answer: { text: "Because." } }], notes })
  )

describe("journalNotes", () => {
  it.effect("journalNotes gives all notes by name", () =>
    Effect.gen(function* () {
      const file = yield* journalWith({ "batches x": "[1]", "batch t": '["k"]' })
      assert.deepStrictEqual(journalNotes(yield* openJournalFile(file, "read")), {
        notes: [
          { note: "batch t", value: '["k"]' },
          { note: "batches x", value: "[1]" }
        ],
        isWhole: true
      })
    })
  )

  it.effect("journalNotes gives those that can be read of a damaged journal, and says that there were others", () =>
    Effect.gen(function* () {
      const file = yield* journalWith({ a: "short", b: "b".repeat(20_000), c: "c".repeat(20_000) })
      const bytes = fs.readFileSync(file)
      // Long values go on on pages of their own, each of which begins with the number of the next.
      const pages = Array.from({ length: bytes.length / 4096 }, (_, i) => i * 4096)
      const damaged = pages.find((at) => bytes.toString("latin1", at + 4, at + 4096) === "b".repeat(4092))!
      fs.writeFileSync(file, bytes.fill(0xff, damaged, damaged + 4))
      const { isWhole, notes } = journalNotes(yield* openJournalFile(file, "salvage"))
      assert.isFalse(isWhole)
      assert.deepStrictEqual(
        notes.map(({ note, value }) => [note, value.length]),
        [
          ["a", 5],
          ["c", 20_000]
        ]
      )
    })
  )

  it.effect("journalNotes gives all where the index of their names is damaged", () =>
    Effect.gen(function* () {
      const file = yield* journalWith({ a: "1", b: "2" })
      const database = new DatabaseSync(file)
      const sql = "SELECT rootpage AS page FROM sqlite_master WHERE tbl_name = 'notes' AND type = 'index'"
      const { page } = database.prepare(sql).get() as { readonly page: number }
      database.close()
      fs.writeFileSync(file, fs.readFileSync(file).fill(0x5a, (page - 1) * 4096, page * 4096))
      assert.deepStrictEqual(journalNotes(yield* openJournalFile(file, "salvage")), {
        notes: [
          { note: "a", value: "1" },
          { note: "b", value: "2" }
        ],
        isWhole: true
      })
    })
  )
})
