import { assert, describe, it } from "@effect/vitest"
import * as Columns from "../../src/Columns.ts"
import { convertRows } from "../../src/formats/convertRows.ts"
import { FormatFlaw, isRefusal, type Preference, type Reader, type Row } from "../../src/formats/Format.ts"
import { helpsteerRatings } from "../../src/formats/helpsteerRatings.ts"
import { listRules } from "../../src/formats/listRules.ts"
import { recogniseFormat } from "../../src/formats/recogniseFormat.ts"
import { RecordJoiner } from "../../src/formats/RecordJoiner.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { formatContract, holdingOf, lookOf, pairOf, refusalOf } from "../contracts/format.ts"

interface Read {
  readonly record: Preference | FormatFlaw
}

const readAll = (reader: Reader, rows: ReadonlyArray<Row>): ReadonlyArray<Preference | FormatFlaw> => {
  const joiner = new RecordJoiner<Read>(reader, (_, record) => ({ record }))
  const into: Array<Read> = []
  for (const row of rows) joiner.add({ record: reader.read(row) }, into)
  joiner.end(into)
  return into.map(({ record }) => record)
}

const read = (rows: ReadonlyArray<Row>): ReadonlyArray<Preference | FormatFlaw> => {
  const reader = helpsteerRatings.reader(lookOf(rows))
  return isRefusal(reader) ? assert.fail(reader.found) : readAll(reader, rows)
}

/** Scores are whole numbers from 0 to 4, the better first, and no two prompts in a row are alike. */
const rated = (record: Preference, random: () => number): Preference => {
  const best = Math.floor(5 * random())
  const worst = Math.floor((best + 1) * random())
  return {
    ...record,
    context: [
      ...record.context.slice(0, -1),
      { ...record.context.at(-1)!, content: `${record.candidates[0]!.messages[0]!.content!}?` }
    ],
    candidates: record.candidates.map((one, i) => ({
      ...one,
      score: i === 0 ? best : worst,
      rank: i === 0 || best === worst ? 0 : 1
    }))
  }
}

formatContract({
  format: helpsteerRatings,
  kind: "ranked",
  style: "messages",
  fields: ["id", "scores"],
  keepsExtra: true,
  hasTurns: true,
  adjust: rated,
  readAll
})

/** A row of the shape that the card of HelpSteer2 shows; made up. */
const row = (prompt: string, response: string, helpfulness: number, verbosity: number) => ({
  prompt,
  response,
  helpfulness,
  correctness: 4,
  coherence: 4,
  complexity: 2,
  verbosity
})

describe("helpsteerRatings", () => {
  it("helpsteerRatings makes one record of consecutive rows with one prompt, the best first, with the other ratings as lists", () => {
    const records = read([
      row("c#", "x", 1, 0),
      row("c#", "y", 3, 2),
      row("c", "z", 2, 1),
      row("c", "w", 2, 3),
      row("c#", "v", 0, 0)
    ])
    const found = records.flatMap((one) => (one instanceof FormatFlaw ? [] : [one]))
    assert.deepStrictEqual(
      found.map(({ candidates, extra }) => [
        candidates.map(({ messages, rank, score }) => [messages[0]!.content, score, rank]),
        extra["verbosity"]
      ]),
      [
        [
          [
            ["y", 3, 0],
            ["x", 1, 1]
          ],
          [2, 0]
        ],
        [
          [
            ["z", 2, 0],
            ["w", 2, 0]
          ],
          [1, 3]
        ],
        [[["v", 0, 0]], [0]]
      ]
    )
  })

  it("helpsteerRatings gives the rows of a file back, the better of a prompt first", () => {
    const rows = [row("p", "b", 4, 1), row("p", "a", 1, 2), row("q", "d", 3, 3), row("q", "c", 3, 4)]
    const reader = helpsteerRatings.reader(lookOf(rows))
    if (isRefusal(reader)) return assert.fail(reader.found)
    const writer = helpsteerRatings.writer(reader.holding)
    if (isRefusal(writer)) return assert.fail(writer.found)
    const into: Array<Row> = []
    for (const record of readAll(reader, [rows[1]!, rows[0]!, rows[2]!, rows[3]!])) {
      assert.isUndefined(record instanceof FormatFlaw ? record : writer.write(record, into))
    }
    assert.deepStrictEqual(into, rows)
  })

  it("helpsteerRatings keeps of unknown columns what all rows of a record share", () => {
    const [record] = read([
      { ...row("p", "a", 1, 1), id: "1", source: "s", model: "m" },
      { ...row("p", "b", 2, 1), id: "2", source: "s", model: "n" }
    ])
    if (record === undefined || record instanceof FormatFlaw) return assert.fail("no record")
    assert.isNull(record.id)
    assert.deepInclude(record.extra, { source: "s", model: null })
  })

  it("helpsteerRatings leaves a response alone without a partner, which no pair can be made of, and ties", () => {
    const [single, tie] = read([row("p", "a", 1, 1), row("q", "b", 2, 1), row("q", "c", 2, 1)])
    assert.strictEqual(refusalOf(trlPreference, single as Preference), "too few candidates")
    assert.strictEqual(refusalOf(trlPreference, tie as Preference), "tie")
  })

  it("helpsteerRatings refuses ratings off the scale when it reads, and scores off it when it writes", () => {
    const reasons = read([row("p", "a", 5, 1), row("p", "b", 2.5, 1), row("q", "c", -1, 1)]).map((one) =>
      one instanceof FormatFlaw ? [one.reason, one.column, one.found] : null
    )
    assert.deepStrictEqual(reasons, [
      ["no rating", "helpfulness", "5"],
      ["no rating", "helpfulness", "2.5"],
      ["no rating", "helpfulness", "-1"]
    ])
    const record = pairOf([["user", "q"]], "a", "b")
    assert.strictEqual(refusalOf(helpsteerRatings, record, ["scores"]), "no rating")
    assert.strictEqual(refusalOf(helpsteerRatings, record), "replies without scores instead of a score of each reply")
    const writer = helpsteerRatings.writer(
      holdingOf({ kind: "pair", style: "text", fields: ["scores"], keepsExtra: false })
    )
    if (isRefusal(writer)) return assert.fail(writer.found)
    const into: Array<Row> = []
    writer.write(
      { ...record, candidates: record.candidates.map((one, i) => ({ ...one, score: i === 0 ? 4 : 7 })) },
      into
    )
    assert.deepStrictEqual(into, [])
  })

  it("helpsteerRatings takes the mean of the disagreements' ratings, keeps them, and makes no votes of people nobody names", () => {
    const of = (response: string, helpfulness: ReadonlyArray<number>, verbosity: ReadonlyArray<number>) => ({
      ...row("c#", response, 0, 0),
      helpfulness,
      verbosity
    })
    const rows = [of("x", [3, 3, 4], [2, 1, 1]), of("y", [4, 3, 4, 4], [0, 0]), of("z", [1, 0], [4, 4, 4])]
    const reader = helpsteerRatings.reader(lookOf(rows))
    if (isRefusal(reader)) return assert.fail(reader.found)
    const [record] = readAll(reader, rows)
    if (record === undefined || record instanceof FormatFlaw) return assert.fail("no record")
    assert.deepStrictEqual(
      record.candidates.map(({ messages, rank, score }) => [messages[0]!.content, score, rank]),
      [
        ["y", 15 / 4, 0],
        ["x", 10 / 3, 1],
        ["z", 0.5, 2]
      ]
    )
    assert.deepStrictEqual(record.votes, [])
    assert.deepInclude(record.extra, {
      helpfulness: [rows[1]!.helpfulness, rows[0]!.helpfulness, rows[2]!.helpfulness],
      verbosity: [rows[1]!.verbosity, rows[0]!.verbosity, rows[2]!.verbosity]
    })
    assert.deepStrictEqual([...reader.remarks!.values()], [3])
    const found = recogniseFormat(lookOf(rows))
    assert.strictEqual("format" in found ? found.format.name : found.found, "helpsteer-ratings")

    const writer = helpsteerRatings.writer(reader.holding)
    if (isRefusal(writer)) return assert.fail(writer.found)
    const into: Array<Row> = []
    assert.isUndefined(writer.write(record, into))
    assert.deepStrictEqual(into, [rows[1]!, rows[0]!, rows[2]!])
    for (const one of into) {
      for (const column of writer.columns) assert.isUndefined(Columns.mismatch(column, one[column.name]))
    }
    const { extra, ...rest } = record
    assert.strictEqual(writer.write({ ...rest, extra: { ...extra, helpfulness: null } }, [])?.reason, "no rating")
  })

  it("helpsteerRatings refuses lists of ratings that are empty or off the scale", () => {
    const rows = [[3, 3], [], [5, 1], [null], 2].map((helpfulness, i) => ({ ...row(`p${i}`, "a", 0, 0), helpfulness }))
    const reader = helpsteerRatings.reader(lookOf(rows.slice(0, 1)))
    if (isRefusal(reader)) return assert.fail(reader.found)
    assert.deepStrictEqual(
      rows.map((one) => {
        const made = reader.read(one)
        return made instanceof FormatFlaw ? [made.reason, made.found] : made.candidates[0]!.score
      }),
      [3, ["no rating", "[]"], ["no rating", "[5,1]"], ["no rating", "[null]"], 2]
    )
  })

  it("helpsteerRatings keeps the ratings of a reply beside it where pairs are cut of the list", () => {
    const replies = [
      ["a", 1],
      ["b", 4],
      ["c", 2]
    ] as const
    // Each reply has a verbosity of its own, so that one beside another reply shows.
    const rows = replies.map(([response, helpfulness]) => row("p", response, helpfulness, 4 - helpfulness))
    for (const rule of Object.values(listRules)) {
      const made = convertRows(helpsteerRatings, helpsteerRatings, lookOf(rows), rows, rule)
      if (isRefusal(made)) return assert.fail(made.found)
      assert.isNotEmpty(made.rows)
      for (const one of made.rows) assert.deepInclude(rows, one)
    }
    const pairs = convertRows(helpsteerRatings, trlPreference, lookOf(rows), rows)
    if (isRefusal(pairs)) return assert.fail(pairs.found)
    assert.deepStrictEqual(
      pairs.rows.map(({ score_chosen, score_rejected, verbosity }) => [score_chosen, score_rejected, verbosity]),
      [[4, 1, [0, 3]]]
    )
  })

  it("helpsteerRatings leaves lists out that have no value for each reply, and counts them", () => {
    const pair = { prompt: "p", chosen: "a", rejected: "b", score_chosen: 3, score_rejected: 1 }
    const rows = [
      { ...pair, verbosity: [0, 1] },
      { ...pair, verbosity: [0, 1, 2] },
      { ...pair, verbosity: null }
    ]
    const reader = trlPreference.reader(lookOf(rows))
    if (isRefusal(reader)) return assert.fail(reader.found)
    const writer = helpsteerRatings.writer(reader.holding)
    if (isRefusal(writer)) return assert.fail(writer.found)
    const into: Array<Row> = []
    for (const one of rows) {
      const record = reader.read(one)
      assert.isUndefined(record instanceof FormatFlaw ? record : writer.write(record, into))
    }
    assert.deepStrictEqual(
      into.map(({ verbosity }) => verbosity),
      [0, 1, null, null, null, null]
    )
    assert.deepStrictEqual([...writer.remarks!.values()], [1])
  })

  it("helpsteerRatings has all columns in its reading, and values of ratings that do not fit are the file's to judge", () => {
    const rows = [row("p", "a", 1, 1), row("p", "b", 2, 2)]
    const odd: Array<unknown> = []
    const misfit = (...found: ReadonlyArray<unknown>) => {
      odd.push(found.slice(0, 2))
      return null
    }
    const reader = helpsteerRatings.reader({ ...lookOf(rows), misfit })
    if (isRefusal(reader)) return assert.fail(reader.found)
    for (const one of rows) assert.isFalse(reader.read(one) instanceof FormatFlaw)
    assert.deepStrictEqual(odd, [])
    const [record] = readAll(reader, [{ ...rows[0], verbosity: "much" }])
    assert.deepStrictEqual(odd, [["verbosity", "much"]])
    if (record === undefined || record instanceof FormatFlaw) return assert.fail("no record")
    assert.deepInclude(record.extra, { verbosity: [null], coherence: [4] })
  })
})
