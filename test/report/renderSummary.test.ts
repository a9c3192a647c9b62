import { assert, describe, it } from "@effect/vitest"
import { cellWidth } from "../../src/report/cellWidth.ts"
import { plainLine } from "../../src/report/plainLine.ts"
import { renderSummary } from "../../src/report/renderSummary.ts"
import { emptyManifest, exportManifest, fullManifest, nasty, preflightManifest } from "./fixture.ts"

describe("renderSummary", () => {
  it("renderSummary fits on a terminal", () => {
    const long = { ...fullManifest, pipeline: nasty.longWord }
    for (const summary of [
      renderSummary(fullManifest, "out/quickstart"),
      renderSummary(long, `/very/${nasty.longWord}`)
    ]) {
      const lines = summary.split("\n")
      assert.isAtMost(lines.length, 32)
      for (const line of lines) assert.isAtMost(cellWidth(line), 100)
    }
  })

  it("renderSummary lets no control character through", () => {
    const named = { ...fullManifest, pipeline: nasty.controls }
    const summary = renderSummary(named, `out/${nasty.override}`)
    assert.notMatch(summary, /(?!\n)\p{Cc}|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/u)
    assert.include(summary, "bell escape[31mred[0m null delet")
    assert.isTrue(summary.isWellFormed())
  })

  it("renderSummary says rows, rejects, noise and who made it", () => {
    const summary = renderSummary(fullManifest, "out/quickstart")
    assert.include(summary, "Finished quickstart, in out/quickstart")
    assert.include(summary, "Rows      1,200 in, 8,622 out")
    assert.include(
      summary,
      "Rejected  491: margin too small 402, identical texts 61, no verdict 12, refused 9, other reasons 7"
    )
    assert.include(summary, "21.8% of 14,535 labels are wrong (95% interval 20.3–23.3%); planted 21.4%")
    assert.match(summary, /^emil +2,868 +60\.2% +57\.6–62\.8% +59\.8%$/m)
    assert.include(summary, "Warning: Too few labels")
    assert.include(summary, "and 2 more in report.html")
  })

  it("renderSummary says how many rows were written where the format decides it", () => {
    const fewer = renderSummary(exportManifest(164, 136), "out")
    assert.include(fewer, "Rows      310 in, 300 out, 164 written as helpsteer\n")
    assert.include(fewer, "Rejected  146: margin out of range 136, short 10\n")
    assert.notInclude(fewer, "Warning")
    assert.include(
      renderSummary(exportManifest(600, 0), "out"),
      "Rows      310 in, 300 out, 600 written as helpsteer\n"
    )
  })

  it("renderSummary warns of a data set that nothing was written to", () => {
    const none = renderSummary(exportManifest(0, 300), "out")
    assert.include(none, "Rows      310 in, 300 out, 0 written as helpsteer\n")
    assert.include(
      none.replaceAll(/\n +/g, " "),
      'Warning: Nothing was written helpsteer could hold none of 300 rows, most often for "margin out of range": rejects.parquet says why of each. Choose another format, or give the rows what this one needs'
    )
    const { stages, ...rest } = exportManifest(0, 0)
    const noRows = { ...rest, stages: stages.map((stage) => ({ ...stage, rowsIn: 0, rowsOut: 0 })) }
    assert.notInclude(renderSummary(noRows, "out"), "Warning")
  })

  it("renderSummary warns of a run of which no row came out, and says where they stayed", () => {
    const ends = (source: number, rejected: Readonly<Record<string, number>>) => ({
      ...emptyManifest,
      stages: [
        { key: "readPairs", kind: "source", config: null, rowsIn: 0, rowsOut: source, rejected: {} },
        { key: "filter", kind: "reshape", config: null, rowsIn: source, rowsOut: 0, rejected },
        { key: "pair", kind: "reshape", config: null, rowsIn: 0, rowsOut: 0, rejected: {} }
      ]
    })
    assert.match(renderSummary(ends(0, {}), "out"), /^Warning: No row came out\n {2}"readPairs" gave no row:/m)
    assert.include(
      renderSummary(ends(12, { dull: 2, short: 10 }), "out").replaceAll(/\n +/g, " "),
      'none of 12 rows came through "filter", most often for "short": rejects.parquet says why of each'
    )
  })

  it("renderSummary counts no rows of a file that describes others", () => {
    const files = ["data/train.jsonl", "data/dataset_info.json"].map((path) => ({
      path,
      rows: 0,
      bytes: 7,
      sha256: "0"
    }))
    const lines = renderSummary({ ...emptyManifest, files }, "out").split("\n")
    assert.match(
      lines.find((line) => line.startsWith("data/train"))!,
      / 0 rows +7 B$/
    )
    assert.match(
      lines.find((line) => line.startsWith("data/dataset_info"))!,
      /json +7 B$/
    )
  })

  it("renderSummary says of rounds what went into them, and in which nothing was left", () => {
    const of = (key: string, kind: string, rowsIn: number, rowsOut: number, rejected = {}) => ({
      key,
      kind,
      config: null,
      rowsIn,
      rowsOut,
      rejected
    })
    const rounds = [1, 2].flatMap((round) => [
      of(`round ${round}/jsonl`, "source", 12, 12),
      of(`round ${round}/filter`, "reshape", 12, 0, { dull: 12 })
    ])
    const summary = renderSummary({ ...emptyManifest, stages: [of("rounds", "source", 0, 0), ...rounds] }, "out")
    assert.include(summary, "Rows      24 in, 0 out\n")
    assert.include(
      summary.replaceAll(/\n +/g, " "),
      'none of 12 rows came through "round 1/filter", most often for "dull"'
    )
    const merged = [of("jsonl", "source", 3, 3), of("jsonl#2", "source", 4, 4), of("merge", "reshape", 7, 7)]
    assert.include(renderSummary({ ...emptyManifest, stages: merged, rowsOut: 7 }, "out"), "Rows      7 in, 7 out\n")
  })

  it("renderSummary lists what training would meet, the worst as warnings, and counts what it leaves out", () => {
    const { findings } = preflightManifest
    const summary = renderSummary({ ...emptyManifest, findings }, "out")
    assert.include(summary, "Preflight 7 findings in 1,000 rows for trl-preference, 512 tokens of o200k_base\n")
    assert.match(summary, /^Warning: training would stop\n {2}1 row \(0\.1%\): check 0 bell/m)
    assert.match(summary, /^Worth knowing\n {2}2 rows \(0\.2%\): check 1\n {4}remedy: mend 1$/m)
    assert.include(summary, "\nand 2 more findings in README.md\n")
    assert.notMatch(summary, /(?!\n)\p{Cc}/u)
    for (const line of summary.split("\n")) assert.isAtMost(cellWidth(line), 100)
  })

  it("renderSummary calls null not known", () => {
    const summary = renderSummary(emptyManifest, "out")
    assert.include(summary, "Noise     not known, of 0 labels")
    assert.match(summary, /^\(no name\) +0 +not known +not known$/m)
    assert.include(summary, "Rejected  none")
    assert.notMatch(summary, /null|NaN|undefined/)
  })
})

describe("plainLine", () => {
  it("plainLine cuts between characters", () => {
    assert.strictEqual(plainLine("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 5), "👩‍👩‍👧‍👦👩‍👩‍👧‍👦…")
    assert.strictEqual(plainLine("漢字漢字", 5), "漢字…")
    assert.strictEqual(plainLine(" a\n\t b ", 5), "a b")
  })
})
