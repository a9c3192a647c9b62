import { assert, describe, it } from "@effect/vitest"
import { FormatFlaw, type Holding, isRefusal, type Reader, type Writer } from "../../src/formats/Format.ts"
import { formats } from "../../src/formats/formats.ts"
import { movesTexts } from "../../src/formats/movesTexts.ts"

const holding: Holding = {
  kind: "pair",
  style: "messages",
  hasToolCalls: false,
  parts: (["prompt", "chosen", "rejected"] as const).map((part) => ({ part, column: part })),
  extra: [],
  unkept: []
}

const writerOf = (to: string, held = holding): Writer => {
  const writer = formats.find(({ name }) => name === to)!.writer(held)
  if (isRefusal(writer)) throw new Error(`cannot write ${to}`)
  return writer
}
const readerOf = (held: Holding): Reader => ({
  holding: held,
  read: () => new FormatFlaw("tie", null, "a tie", "none")
})
const moves = (from: string, to: string, held = holding) => movesTexts(from, readerOf(held), to, writerOf(to, held))

describe("movesTexts", () => {
  it("movesTexts knows formats that look at no text, and those in which transcripts count", () => {
    assert.deepStrictEqual(moves("trl-preference", "distilabel"), { hasMarkers: false })
    assert.deepStrictEqual(moves("hh-rlhf", "trl-preference"), { hasMarkers: true })
    assert.deepStrictEqual(moves("trl-preference", "hh-rlhf"), { hasMarkers: true })
  })

  it("movesTexts leaves out formats whose numbers or words decide, and calls of tools", () => {
    assert.isNull(moves("helpsteer", "trl-preference"))
    assert.isNull(moves("votes", "trl-preference"))
    assert.isNull(moves("trl-preference", "helpsteer"))
    assert.isNull(moves("trl-preference", "trl-preference", { ...holding, hasToolCalls: true }))
  })

  it("movesTexts leaves out readers and writers that count what they repair or leave out, and readers that join rows", () => {
    const reader = readerOf(holding)
    const writer = writerOf("distilabel")
    const remarks = new Map<string, number>()
    assert.isNotNull(movesTexts("argilla", reader, "distilabel", writer))
    assert.isNull(movesTexts("argilla", { ...reader, remarks }, "distilabel", writer))
    assert.isNull(movesTexts("argilla", { ...reader, joins: () => null }, "distilabel", writer))
    assert.isNull(movesTexts("argilla", reader, "distilabel", { ...writer, remarks }))
  })
})
