import { assert, describe, it } from "@effect/vitest"
import { checksIn, findingIn, lookAtRows } from "./lookAtRows.ts"

const dated = (chosen: string | null, rejected: string, i = 0) => ({ prompt: `When was it, ${i}?`, chosen, rejected })
const turn = (role: string, content: string) => ({ role, content })
const call = (given: unknown) => ({
  role: "assistant",
  content: null,
  tool_calls: [{ type: "function", function: { name: "look", arguments: given } }]
})
const calling = (given: unknown, i: number) => ({
  prompt: [turn("user", `Look at ${i}.`)],
  chosen: [call(given)],
  rejected: [turn("assistant", "I would rather not.")]
})

describe("preflightLoading", () => {
  // What is a date to it was seen with datasets 5.2 and pyarrow: each of these columns became timestamp[s], and none of those below.
  it("preflightLoading finds replies that are all dates (JL-1)", async () => {
    const rows = [
      dated("2024-01-02", "2024-01-02 10:11:12", 1),
      dated("1999-12-31T23:59", "2024-01-02T10:11:12Z", 2),
      dated("2024-01-02 10", "2024-01-02T10:11:12+01:00", 3)
    ]
    const found = await lookAtRows(rows)
    const dates = found.findings.filter(({ check }) => check === "textsAreDates")
    assert.deepStrictEqual(
      dates.map(({ rows: n, severity }) => [n, severity]),
      [
        [3, "stops training"],
        [3, "stops training"]
      ]
    )
    assert.match(dates[0]!.what, /all texts of "chosen"/)
    assert.match(dates[1]!.what, /all texts of "rejected"/)
  })

  it("preflightLoading finds messages whose contents are all dates", async () => {
    const found = await lookAtRows([
      {
        prompt: [turn("user", "When?")],
        chosen: [turn("assistant", "2024-01-02")],
        rejected: [turn("assistant", "No idea.")]
      }
    ])
    assert.match(findingIn(found, "textsAreDates").what, /all texts of "chosen\[\]\.content"/)
  })

  it("preflightLoading finds columns beside the texts that are all dates, which stop nothing", async () => {
    const rows = [
      { ...dated("Then.", "Never.", 1), when: "2024-01-02", tags: ["2024-01-02"] },
      { ...dated("Now.", "Never.", 2), when: null, tags: [] }
    ]
    const { findings } = await lookAtRows(rows)
    const dates = findings.filter(({ check }) => check === "textsAreDates")
    assert.deepStrictEqual(
      dates.map(({ rows: n, severity, what }) => [n, severity, /"(.*)"/.exec(what)![1]]),
      [
        [1, "worth knowing", "when"],
        [1, "worth knowing", "tags[]"]
      ]
    )
    assert.match(dates[0]!.remedy, /^write Parquet/)
  })

  it("preflightLoading finds dates in arguments of calls, and none where datasets keeps objects of different keys as they are", async () => {
    const same = await lookAtRows([calling({ on: "2024-01-02" }, 1), calling({ on: "2024-01-03" }, 2)])
    assert.match(findingIn(same, "textsAreDates").what, /"chosen\[\]\.tool_calls\[\]\.function\.arguments\.on"/)
    const other = await lookAtRows([calling({ on: "2024-01-02" }, 1), calling({ on: "2024-01-03", at: "sea" }, 2)])
    assert.notInclude(checksIn(other), "textsAreDates")
  })

  it("preflightLoading looks at rows that cannot be read, too", async () => {
    const found = await lookAtRows([
      ...Array.from({ length: 9 }, (_, i) => dated("2024-01-02", "Never.", i)),
      { ...dated("Soon.", "Never.", 9), rejected: null }
    ])
    assert.strictEqual(found.findings.filter(({ rows }) => rows === 1).length, 1)
    assert.notInclude(checksIn(found), "textsAreDates")
  })

  it("preflightLoading lets texts be that datasets keeps as texts", async () => {
    for (const other of [
      "2024-01",
      "10:11:12",
      " 2024-01-02",
      "2024-13-02",
      "2023-02-30",
      "2024-01-02T10:11:12.5",
      "May"
    ]) {
      const found = await lookAtRows([dated("2024-01-02", "Never.", 1), dated(other, "Never.", 2)])
      assert.notInclude(checksIn(found), "textsAreDates", other)
    }
  })

  it("preflightLoading finds arguments of calls with other keys than elsewhere (TRL-5), and says nothing of JSON text then", async () => {
    const found = await lookAtRows([
      calling({ place: "sea", unit: "m" }, 1),
      calling({ place: "sky" }, 2),
      calling({ place: "sun", unit: "km" }, 3),
      calling({ deep: { a: 1 } }, 4)
    ])
    const finding = findingIn(found, "argumentKeysDiffer")
    assert.deepInclude(finding, { severity: "silently wrong", rows: 4 })
    assert.deepStrictEqual(found.notes, [])
    const two = await lookAtRows([calling({ place: "sea", unit: "m" }, 1), calling({ place: "sky" }, 2)])
    assert.deepStrictEqual(findingIn(two, "argumentKeysDiffer").lines, [2])
  })

  it("preflightLoading takes arguments with the same keys, and arguments as JSON text, of which it says so", async () => {
    const same = await lookAtRows([calling({ place: "sea", n: 1 }, 1), calling({ n: 2, place: "sky" }, 2)])
    assert.notInclude(checksIn(same), "argumentKeysDiffer")
    assert.deepStrictEqual(same.notes, [])
    const texts = await lookAtRows([calling(`{"place":"sea"}`, 1), calling(`{"deep":{}}`, 2)])
    assert.notInclude(checksIn(texts), "argumentKeysDiffer")
    assert.match(texts.notes.join(), /^arguments of tool calls are JSON text/)
  })
})
