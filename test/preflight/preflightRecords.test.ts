import { assert, describe, it } from "@effect/vitest"
import { FormatFlaw, isRefusal, type Reader, type Row } from "../../src/formats/Format.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { preflightRecords, type PreflightSetup } from "../../src/preflight/preflightRecords.ts"
import { lookOf } from "../contracts/format.ts"
import { lookAtRows } from "./lookAtRows.ts"

const readerOf = (rows: ReadonlyArray<Row>): Reader => {
  const reader = trlPreference.reader(lookOf(rows))
  return isRefusal(reader) ? assert.fail(reader.found) : reader
}

/** A token for each word, by its first two letters. */
const tokens = (text: string) => (text.match(/\S+/g) ?? []).map((word) => Number.parseInt(word.slice(0, 2), 36))

const look = (rows: ReadonlyArray<Row>, more: Partial<PreflightSetup> = {}) => {
  const reader = readerOf(rows)
  const preflight = preflightRecords({
    format: "trl-preference",
    holding: reader.holding,
    tokenizer: { name: "words", tokens, nMarks: 0, endOfText: null, template: null },
    isJson: false,
    maxLength: 8,
    withSplits: false,
    dataFile: null,
    ...more
  })
  for (const [i, row] of rows.entries()) {
    preflight.see({ record: reader.read(row), raw: row, place: `rows:${i + 1}`, split: row["part"] as string | null })
  }
  return preflight
}

const pair = (prompt: string, chosen: string, rejected: string, part: string | null = null) => ({
  prompt,
  chosen,
  rejected,
  part
})

const good = pair("Which is the largest planet?", " It is Jupiter.", " Mars would.")
const placesOf = (preflight: ReturnType<typeof look>, name: string) =>
  preflight
    .result(9, new Map())
    .findings.find(({ check }) => check === name)
    ?.examples.map(({ place }) => place)

describe("preflightRecords", () => {
  it("preflightRecords counts in the tokens it is given, one fewer for OpenRLHF", () => {
    const rows = [
      good,
      pair("Say these words:", "a b c d e one", "a b c d e two"),
      pair("Say it:", "a b c d e one", "a b c d e two")
    ]
    assert.deepStrictEqual(placesOf(look(rows), "sameAfterTruncation"), ["rows:2"])
    assert.deepStrictEqual(placesOf(look(rows, { target: "openrlhf" }), "sameAfterTruncation"), ["rows:2", "rows:3"])
    assert.isUndefined(placesOf(look(rows, { maxLength: 9 }), "sameAfterTruncation"))
  })

  it("preflightRecords puts the worst first, and in the shares counts rows it was not shown", () => {
    const long = "Take the train at nine in the morning."
    const preflight = look([pair("How?", long, `No. ${long}`), good, good, good])
    const flaw = new FormatFlaw("wrong type", "chosen", "5", "text")
    preflight.see({ record: flaw, raw: undefined, place: "rows:5", split: null })
    const { findings, rows, worst } = preflight.result(10, new Map())
    assert.strictEqual(rows, 10)
    assert.strictEqual(worst, "stops training")
    assert.deepStrictEqual(
      findings.map(({ check, rows: n, severity, share }) => [severity, check, n, share]),
      [
        ["stops training", "wrong type", 1, 0.1],
        ["worth knowing", "duplicate", 2, 0.2],
        ["worth knowing", "chosenInRejected", 1, 0.1],
        ["worth knowing", "truncated", 1, 0.1]
      ]
    )
  })

  it("preflightRecords takes the order of lists from scores where they have no ranks", async () => {
    const list = (name: string, ...scores: ReadonlyArray<number | null>) => ({
      instruction: `Which ${name} is it?`,
      completions: scores.map((score, i) => ({ model: "m", response: `${name} number ${i}`, overall_score: score }))
    })
    const { findings, format } = await lookAtRows([
      list("sea", 1, 3, 2),
      list("sky", 2, 2, 2),
      list("sun", 2, 1),
      list("moon", 2, null)
    ])
    assert.strictEqual(format, "ultrafeedback")
    const found = findings.find(({ check }) => check === "noOrder")
    assert.deepStrictEqual(
      found?.examples.map(({ place }) => place.split(":").at(-1)),
      ["2", "4"]
    )
  })

  it("preflightRecords compares splits where there can be several", () => {
    const rows = [
      { ...good, part: "train" },
      { ...good, chosen: " Saturn.", part: "test" }
    ]
    assert.lengthOf(placesOf(look(rows, { withSplits: true }), "promptInSplits")!, 2)
    assert.isUndefined(placesOf(look(rows), "promptInSplits"))
  })

  it("preflightRecords says what cannot be read, by the target's rules or by reason where there is none", () => {
    const flaw = new FormatFlaw("wrong type", "chosen", "5", "text")
    const seen = { record: flaw, raw: undefined, place: "rows:9", split: null }
    const aimed = look([good])
    aimed.see(seen)
    assert.deepStrictEqual(placesOf(aimed, "wrong type"), ["rows:9"])
    const aimless = look([good], { format: "votes" })
    assert.isNull(aimless.target)
    aimless.see(seen)
    const unread = aimless.result(2, new Map([["wrong type", 2]])).findings.find(({ check }) => check === "unreadable")
    assert.deepInclude(unread, { severity: "silently wrong", rows: 3 })
    const other = look([good], { target: "axolotl", other: { found: "this", wanted: "that" } }).result(1, new Map())
    assert.deepInclude(other.findings[0], { check: "otherFormat", severity: "stops training", rows: 1, share: 1 })
    assert.match(other.findings[0]!.what, /found this, expected that/)
  })
})
