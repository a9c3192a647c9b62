import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { openJournalFile } from "../src/JournalFile.ts"
import { journalCall, journalLines } from "../src/journalLines.ts"
import { chatRequest, writeJournal } from "./journalFixture.ts"
import { temporaryFolder } from "./stages/collect.ts"

describe("journalLines", () => {
  it.effect("journalLines gives every call as data, in the order they came, or the failures alone", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const failure = { reason: "unusable", found: "no JSON", remedy: "none" }
      const file = writeJournal(folder, {
        calls: [
          { key: "b", answer: { text: "Because." }, promptTokens: 4, completionTokens: 2, costUsd: 0.5, latencyMs: 12 },
          { key: "a", failure, request: chatRequest({ user: "Other?" }) }
        ]
      })
      const journal = yield* openJournalFile(file, "read")
      const all = [...journalLines(journal, { failures: false })]
      assert.deepStrictEqual(all[0], {
        key: "b",
        provider: "openai",
        endpoint: "https://a.example/v1",
        model: "m",
        request: chatRequest(),
        answer: { text: "Because." },
        failure: null,
        promptTokens: 4,
        completionTokens: 2,
        costUsd: 0.5,
        latencyMs: 12,
        answeredAt: "2023-11-14T22:13:20.000Z"
      })
      assert.deepInclude(all[1]!, { key: "a", answer: null, failure, costUsd: null, promptTokens: null })
      assert.deepStrictEqual([...journalLines(journal, { failures: true })], all.slice(1))
      const { key: _key, ...second } = all[1]!
      assert.deepStrictEqual(journalCall(journal, "a"), second)
      assert.isNull(journalCall(journal, "c"))
    })
  )

  it.effect("journalLines gives each line once of a journal that is damaged, and says how many it could not read", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const calls = Array.from({ length: 300 }, (_, i) => ({
        request: chatRequest({ user: `Question ${i}` }),
        answer: { text: `${i} ${"a".repeat(700)}` },
        ...(i % 3 === 0 ? { failure: { reason: "unusable" } } : {})
      }))
      const file = writeJournal(folder, { calls })
      const bytes = fs.readFileSync(file)
      // What stands in the file as text: the page that holds the beginning of an answer in the middle.
      const damaged = Math.floor(bytes.indexOf('{"text":"150 ') / 4096)
      const text = bytes.toString("latin1", damaged * 4096, (damaged + 1) * 4096)
      const lost = [...text.matchAll(/\{"text":"(\d+) /g)].map(([, i]) => Number(i))
      fs.writeFileSync(file, bytes.fill(0x5a, damaged * 4096, (damaged + 1) * 4096))
      for (const failures of [false, true]) {
        const journal = yield* openJournalFile(file, "salvage")
        const reading = journalLines(journal, { failures })
        const given: Array<number> = []
        let next = reading.next()
        for (; next.done !== true; next = reading.next()) {
          given.push(Number.parseInt((next.value.answer as { readonly text: string }).text))
        }
        const wanted = calls.flatMap(({ failure }, i) =>
          lost.includes(i) || (failures && failure === undefined) ? [] : [i]
        )
        assert.deepStrictEqual(given, wanted)
        assert.deepStrictEqual(next.value, { calls: lost.length, isExact: true })
      }
    })
  )

  it.effect("journalLines passes over a row whose bytes are no call any more", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const calls = Array.from({ length: 9 }, (_, i) => ({
        request: chatRequest({ user: `Question ${i}` }),
        answer: { text: `answer ${i}` }
      }))
      const file = writeJournal(folder, { calls })
      const bytes = fs.readFileSync(file)
      const at = bytes.indexOf('{"text":"answer 4"}')
      bytes.fill(0x5a, at, at + 5)
      // Where a page is damaged others may be: a request that is read, but is not the one that was asked.
      bytes.write("Z", bytes.indexOf("Question 7"))
      fs.writeFileSync(file, bytes)
      const reading = journalLines(yield* openJournalFile(file, "salvage"), { failures: false })
      const given: Array<unknown> = []
      let next = reading.next()
      for (; next.done !== true; next = reading.next()) given.push(next.value.answer)
      assert.deepStrictEqual(
        given,
        [0, 1, 2, 3, 5, 6, 8].map((i) => ({ text: `answer ${i}` }))
      )
      assert.deepStrictEqual(next.value, { calls: 2, isExact: true })
    })
  )
})
