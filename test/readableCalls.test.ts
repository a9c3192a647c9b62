import * as fs from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { openJournalFile } from "../src/JournalFile.ts"
import { readableCalls } from "../src/readableCalls.ts"
import { chatRequest, writeJournal } from "./journalFixture.ts"
import { temporaryFolder } from "./stages/collect.ts"

const nCalls = 900

/** Every twentieth answer is longer than a page. */
const calls = Array.from({ length: nCalls }, (_, i) => ({
  request: chatRequest({ user: `Question ${i}` }),
  answer: { text: "a".repeat(i % 20 === 7 ? 20_000 : 700) }
}))

interface Page {
  readonly name: string
  readonly path: string
  readonly number: number
  readonly kind: string
  readonly nCells: number
}

/** A journal of `nCalls` calls, numbered from 1, with what SQLite itself says of its pages. */
const madeJournal = (pageSize: number) =>
  Effect.map(temporaryFolder, (folder) => {
    const file = writeJournal(folder, { calls })
    const database = new DatabaseSync(file)
    if (pageSize !== 4096) {
      database.exec(`PRAGMA journal_mode = DELETE; PRAGMA page_size = ${pageSize}; VACUUM; PRAGMA journal_mode = WAL`)
    }
    const pages = database
      .prepare("SELECT name, path, pageno AS number, pagetype AS kind, ncell AS nCells FROM dbstat ORDER BY name, path")
      .all() as unknown as ReadonlyArray<Page>
    database.close()
    return { file, pages, pageSize }
  })

type Made = Effect.Success<ReturnType<typeof madeJournal>>

/** The numbers of the calls that need a page of the table. */
const callsOn = ({ pages }: Made, damaged: Page): ReadonlyArray<number> => {
  const [place = "", cell] = damaged.kind === "overflow" ? damaged.path.split(/(?<=\/)(?=[^/]*$)/) : [damaged.path]
  let before = 0
  const on: Array<number> = []
  for (const leaf of pages.filter(({ kind, name }) => name === "calls" && kind === "leaf")) {
    const numbers = Array.from({ length: leaf.nCells }, (_, i) => before + i + 1)
    before += leaf.nCells
    if (cell === undefined && leaf.path.startsWith(place)) on.push(...numbers)
    if (cell !== undefined && leaf.path === place) on.push(numbers[Number.parseInt(cell, 16)]!)
  }
  return on
}

const middle = <A>(items: ReadonlyArray<A>): A => items[items.length >> 1]!

const damage = ({ file, pageSize }: Made, pages: ReadonlyArray<Page>, fill: number) => {
  const bytes = fs.readFileSync(file)
  for (const { number } of pages) bytes.fill(fill, (number - 1) * pageSize, number * pageSize)
  fs.writeFileSync(file, bytes)
}

const readAll = (file: string) =>
  Effect.scoped(
    Effect.map(openJournalFile(file, "salvage"), (journal) => {
      const reading = readableCalls(journal, (row) => (row as { readonly id: number }).id)
      const ids: Array<number> = []
      for (;;) {
        const next = reading.next()
        if (next.done === true) return { ids, unread: next.value }
        ids.push(next.value)
      }
    })
  )

const allBut = (lost: ReadonlyArray<number>) => calls.map((_, i) => i + 1).filter((id) => !lost.includes(id))

describe("readableCalls", () => {
  for (const [kind, pageSize] of [
    ["leaf", 4096],
    ["overflow", 4096],
    ["leaf", 512],
    ["internal", 512],
    ["overflow", 512]
  ] as const) {
    it.effect(`readableCalls reads past a damaged ${kind} page of ${pageSize} bytes and counts what was on it`, () =>
      Effect.gen(function* () {
        for (const fill of [0, 0x5a]) {
          const made = yield* madeJournal(pageSize)
          const page = middle(made.pages.filter((one) => one.name === "calls" && one.kind === kind && one.path !== "/"))
          const lost = callsOn(made, page)
          assert.isTrue(lost.length > 0 && lost.length < nCalls)
          damage(made, [page], fill)
          const { ids, unread } = yield* readAll(made.file)
          assert.deepStrictEqual(ids, allBut(lost))
          assert.deepStrictEqual(unread, { calls: lost.length, isExact: true })
        }
      })
    )
  }

  it.effect(
    "readableCalls reads on where the first and the last calls are damaged and a part of the keys' index is",
    () =>
      Effect.gen(function* () {
        const made = yield* madeJournal(4096)
        const leaves = made.pages.filter(({ kind, name }) => name === "calls" && kind === "leaf")
        const index = made.pages.filter(({ kind, name }) => name === "sqlite_autoindex_calls_1" && kind === "leaf")
        const damaged = [leaves[0]!, leaves.at(-1)!]
        const lost = damaged.flatMap((page) => callsOn(made, page))
        damage(made, [...damaged, middle(index)], 0x5a)
        const { ids, unread } = yield* readAll(made.file)
        assert.deepStrictEqual(ids, allBut(lost))
        assert.isFalse(unread.isExact)
        assert.isAtLeast(unread.calls!, callsOn(made, leaves[0]!).length)
        assert.isAtMost(unread.calls!, lost.length)
      })
  )

  it.effect("readableCalls does not say how many calls there were where nothing is left that tells it", () =>
    Effect.gen(function* () {
      const made = yield* madeJournal(4096)
      damage(
        made,
        made.pages.filter(({ name, path: place }) => name.includes("calls") && place === "/"),
        0x5a
      )
      assert.deepStrictEqual(yield* readAll(made.file), { ids: [], unread: { calls: null, isExact: false } })
    })
  )

  it.effect("readableCalls reads what is whole in a file whose end is missing", () =>
    Effect.gen(function* () {
      const made = yield* madeJournal(4096)
      const kept = made.pages.length >> 1
      fs.truncateSync(made.file, kept * made.pageSize)
      const gone = made.pages.filter(({ name, number }) => name === "calls" && number > kept)
      const lost = gone.flatMap((page) => callsOn(made, page))
      const { ids, unread } = yield* readAll(made.file)
      assert.isAbove(ids.length, nCalls / 4)
      assert.deepStrictEqual(ids, allBut(lost))
      assert.isFalse(unread.isExact)
      assert.closeTo(unread.calls!, nCalls - ids.length, 0.05 * nCalls)
    })
  )

  it.effect("readableCalls passes over a row that holds no call", () =>
    Effect.gen(function* () {
      const { file } = yield* madeJournal(4096)
      const unread = yield* Effect.scoped(
        Effect.map(openJournalFile(file, "read"), (journal) => {
          const reading = readableCalls(journal, (row) => {
            if ((row as { readonly id: number }).id === 9) throw new Error("no call")
          })
          let next = reading.next()
          while (next.done !== true) next = reading.next()
          return next.value
        })
      )
      assert.deepStrictEqual(unread, { calls: 1, isExact: true })
    })
  )
})
