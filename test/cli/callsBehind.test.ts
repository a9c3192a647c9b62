import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { callsBehind, costOfCalls } from "../../src/cli/callsBehind.ts"
import { openJournalFile } from "../../src/JournalFile.ts"
import { chatRequest, type FixtureCall, writeJournal } from "../journalFixture.ts"
import { temporaryFolder } from "./runPrefloom.ts"

const chosen = 'He said "yes".\nTwice.'

const withJournal = Effect.gen(function* () {
  const { folder } = yield* Effect.acquireRelease(
    Effect.sync(() => temporaryFolder({})),
    ({ remove }) => Effect.sync(remove)
  )
  const file = writeJournal(folder, {
    calls: [
      { key: "a", answer: { text: chosen }, promptTokens: 10, completionTokens: 5, costUsd: 0.25 },
      {
        key: "b",
        request: chatRequest({ user: `Is this good? ${chosen} Or this? No.` }),
        costUsd: 0.5,
        promptTokens: 7
      },
      { key: "c", answer: { text: "Else" }, costUsd: null }
    ]
  })
  return yield* openJournalFile(file, "read")
})

const asked = [
  { stage: "generate", row: "p", calls: ["a", "c"] },
  { stage: "compare", row: "p", calls: ["b", "a", "gone"] }
]

describe("callsBehind", () => {
  it.effect("callsBehind joins each call once, under who asked first, and finds the sides in request and answer", () =>
    Effect.gen(function* () {
      const journal = yield* withJournal
      const { calls } = callsBehind(asked, journal, { chosen, rejected: "No.", empty: "" })
      assert.deepStrictEqual(
        calls.map(({ about, key, stage }) => [stage, key, about.join()]),
        [
          ["generate", "a", "chosen"],
          ["generate", "c", ""],
          ["compare", "b", "chosen,rejected"],
          ["compare", "gone", ""]
        ]
      )
      assert.isNull(calls[3]!.kept)
      assert.deepStrictEqual(costOfCalls(calls), {
        calls: 4,
        promptTokens: 17,
        completionTokens: 5,
        costUsd: 0.75,
        unpriced: 2
      })
    })
  )

  it.effect("callsBehind leaves out calls about other rows alone, and keeps those about both", () =>
    Effect.gen(function* () {
      const journal = yield* withJournal
      const keysFor = (texts: Readonly<Record<string, string>>, others: ReadonlyArray<string>) => {
        const { calls, nOfOthers } = callsBehind(asked, journal, texts, others)
        return [calls.map(({ key }) => key).join(), nOfOthers]
      }
      assert.deepStrictEqual(keysFor({ reply: "Else" }, [chosen]), ["c,gone", 2])
      assert.deepStrictEqual(keysFor({ reply: "No." }, [chosen, "Else"]), ["b,gone", 2])
      assert.deepStrictEqual(keysFor({ reply: chosen }, ["nowhere", ""]), ["a,c,b,gone", 0])
    })
  )

  it.effect("callsBehind counts samples that one call brought as one call", () =>
    Effect.gen(function* () {
      const { folder } = yield* Effect.acquireRelease(
        Effect.sync(() => temporaryFolder({})),
        ({ remove }) => Effect.sync(remove)
      )
      const sample = (key: string, sampleIndex: number, more: FixtureCall) => ({
        key,
        request: chatRequest({ sampleIndex, fields: { seed: sampleIndex } }),
        answer: { text: key },
        latencyMs: 12.5,
        ...more
      })
      const further = { promptTokens: 0, completionTokens: 0, costUsd: 0 }
      const file = writeJournal(folder, {
        calls: [
          sample("a", 0, { promptTokens: 10, completionTokens: 8, costUsd: 0.5 }),
          sample("b", 1, further),
          sample("c", 2, further),
          // Calls of their own: one that took as long, one of another time.
          sample("d", 3, { promptTokens: 10, completionTokens: 2, costUsd: 0.25 }),
          sample("e", 4, { ...further, latencyMs: 13 })
        ]
      })
      const journal = yield* openJournalFile(file, "read")
      const costOf = (...keys: ReadonlyArray<string>) =>
        costOfCalls(callsBehind([{ stage: "generate", row: "p", calls: keys }], journal, {}).calls)
      assert.deepStrictEqual(costOf("a", "b", "c", "d", "e"), {
        calls: 3,
        promptTokens: 20,
        completionTokens: 10,
        costUsd: 0.75,
        unpriced: 0
      })
      assert.strictEqual(costOf("b", "c").calls, 1)
    })
  )

  it("callsBehind knows keys alone without a journal, and costs nothing of them", () => {
    const { calls } = callsBehind(asked, null, { chosen })
    assert.deepStrictEqual(
      calls.map(({ kept }) => kept),
      [null, null, null, null]
    )
    assert.deepStrictEqual(costOfCalls(calls), {
      calls: 4,
      promptTokens: null,
      completionTokens: null,
      costUsd: null,
      unpriced: 4
    })
  })
})
