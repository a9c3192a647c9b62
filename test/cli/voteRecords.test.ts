import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ConvertRequest } from "../../src/cli/convertFiles.ts"
import { preflightFiles } from "../../src/cli/preflightFiles.ts"
import { Run } from "../../src/Run.ts"
import { temporaryFolder } from "../contracts/source.ts"
import { convert as convertTo, lines, readLines, readParquet } from "./conversion.ts"

/** Converts rows of JSON Lines, and gives what came of them and the rows written. */
const convert = Effect.fnUntraced(function* (rows: ReadonlyArray<object>, request: Partial<ConvertRequest> = {}) {
  const folder = yield* temporaryFolder
  const file = path.join(folder, "in.jsonl")
  const out = path.join(folder, "out.jsonl")
  fs.writeFileSync(file, lines(rows))
  const result = yield* convertTo({ files: [file], to: "trl-preference", out, ...request })
  return { result, written: readLines(out) }
})

const vote = (prompt: string, a: string, b: string, annotator: string, winner: string) => ({
  prompt,
  response_a: a,
  response_b: b,
  annotator,
  winner
})

/** Two against one for "good", on exchanged sides and apart from each other; one against one; a vote that says nothing; a pair of its own. */
const votes = [
  vote("p", "good", "bad", "u", "a"),
  vote("q", "x", "y", "u", "a"),
  vote("p", "bad", "good", "v", "b"),
  vote("q", "y", "x", "v", "a"),
  vote("p", "bad", "good", "w", "a"),
  { ...vote("p", "good", "bad", "z", "a"), response_b: null },
  vote("r", "good", "bad", "u", "b")
]

describe("voteRecords", () => {
  it.effect(
    "voteRecords makes one pair of all votes on it, at the place of the first, and says how many rows went into others",
    () =>
      Effect.gen(function* () {
        const { result, written } = yield* convert(votes)
        assert.deepStrictEqual(
          written.map(({ chosen, prompt, rejected, votes: kept }) => [prompt, chosen, rejected, kept]),
          [
            [
              "p",
              "good",
              "bad",
              [
                { annotator: "u", winner: 0 },
                { annotator: "v", winner: 0 },
                { annotator: "w", winner: 1 }
              ]
            ],
            ["r", "bad", "good", [{ annotator: "u", winner: 0 }]]
          ]
        )
        assert.deepInclude(result, { rowsIn: 7, rowsOut: 2, rejected: 2 })
        assert.deepStrictEqual(Object.fromEntries(result.reasons), { tie: 1, "no text": 1 })
        // 7 rows are 2 written, 2 rejected, and those that went into a pair of before.
        assert.deepStrictEqual(
          result.remarks.map(([, n]) => n),
          [3]
        )
      })
  )

  it.effect("voteRecords leaves votes on the sides on which replies were shown where votes are written", () =>
    Effect.gen(function* () {
      const readable = votes.filter(({ response_b }) => response_b !== null)
      const { result, written } = yield* convert(votes, { to: "votes" })
      assert.deepStrictEqual(written, readable)
      assert.deepStrictEqual(result.remarks, [])
    })
  )

  it.effect("voteRecords gives the same pairs for one vote a row as for one column an annotator", () =>
    Effect.gen(function* () {
      const wide = [
        { prompt: "p", response_a: "good", response_b: "bad", annotator1: "b", annotator2: "a", annotator3: "b" },
        { prompt: "q", response_a: "x", response_b: "y", annotator1: "tie", annotator2: "a", annotator3: "tie" },
        { prompt: "r", response_a: "x", response_b: "y", annotator1: "a", annotator2: "b", annotator3: "tie" }
      ]
      const long = (yield* convert(wide, { to: "votes" })).written
      assert.lengthOf(long, 9)
      const [fromWide, fromLong] = [yield* convert(wide), yield* convert(long)]
      assert.deepStrictEqual(fromLong.written, fromWide.written)
      assert.deepStrictEqual(fromWide.result.reasons, [["tie", 2]])
      assert.strictEqual(fromWide.written[0]!["chosen"], "bad")
    })
  )

  it.effect("voteRecords keeps rows apart that are pairs in their order and no votes", () =>
    Effect.gen(function* () {
      const row = { prompt: "q", chosen: "good", rejected: "bad" }
      const rows = [row, row, { ...row, chosen: "bad", rejected: "good" }]
      const { result, written } = yield* convert(rows, { from: "votes" })
      assert.lengthOf(written, 3)
      assert.deepStrictEqual(result.remarks, [])
    })
  )

  it.effect("voteRecords keeps the turns of messages through votes and back", () =>
    Effect.gen(function* () {
      const reply = (content: string) => [{ role: "assistant", content }]
      const pairs = ["one", "two"].map((content) => ({
        prompt: [{ role: "system", content: "s" }, { role: "user", content }, ...reply("r"), { role: "user", content }],
        chosen: reply(`good ${content}`),
        rejected: reply(`bad ${content}`)
      }))
      const { written } = yield* convert(pairs, { to: "votes" })
      const back = yield* convert(written)
      assert.deepStrictEqual(
        back.written.map(({ chosen, prompt, rejected }) => ({ prompt, chosen, rejected })),
        pairs
      )
    })
  )

  it.effect("voteRecords makes messages of plain texts among messages, and leaves the others as they are", () =>
    Effect.gen(function* () {
      const reply = (content: string) => [{ role: "assistant", content }]
      const prompt = [{ role: "user", content: "q" }, ...reply("r"), { role: "user", content: "s" }]
      const healthy = { prompt, chosen: reply("good"), rejected: reply("bad") }
      const { written } = yield* convert([healthy, { ...healthy, chosen: "plain" }])
      assert.deepStrictEqual(written, [healthy, { ...healthy, chosen: reply("plain") }])
    })
  )

  it.effect("voteRecords keep names and calls of tools that only later votes have, and says what else they lose", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const input = path.join(folder, "in.jsonl")
      const said = (role: string, content: string, more: object = {}) => [{ role, content, ...more }]
      const plain = (i: number) => ({
        prompt: said("user", `p ${i}`),
        response_a: said("assistant", `a ${i}`),
        response_b: said("assistant", `b ${i}`),
        winner: i % 2 === 0 ? "a" : "b"
      })
      const calls = [{ id: "c", type: "function", function: { name: "get", arguments: "{}" } }]
      const rows = Array.from({ length: 150 }, (_, i) => plain(i))
      const named = { ...plain(150), prompt: said("user", "p 150", { name: "Zoë" }) }
      const calling = { ...plain(151), response_a: [{ role: "assistant", content: null, tool_calls: calls }] }
      const marked = { ...plain(152), prompt: said("user", "p 152", { weight: 1 }), note: "n" }
      for (const [late, wanted] of [
        [named, '"name":"Zoë"'],
        [calling, '"name":"get"']
      ] as const) {
        fs.writeFileSync(input, lines([...rows, late, marked]))
        const out = path.join(folder, "out.jsonl")
        for (const to of ["trl-preference", "votes"]) {
          const made = yield* convertTo({ files: [input], to, out })
          assert.deepStrictEqual([made.rowsIn, made.rowsOut, made.rejected], [152, 152, 0])
          assert.deepStrictEqual(made.lost, ["prompt[].weight", "note"])
          assert.include(fs.readFileSync(out, "utf8"), wanted)
        }
        const again = yield* convertTo({ files: [out], to: "trl-preference", out: path.join(folder, "again.jsonl") })
        assert.deepStrictEqual([again.rowsOut, again.rejected], [152, 0])
      }
    })
  )

  it.effect("voteRecords fail where what is named of labels would have no effect", () =>
    Effect.gen(function* () {
      const pair = { q: "p", good: "a", bad: "b", pref: "L" }
      const named = { prompt: "q", chosen: "good", rejected: "bad" }
      const messageOf = (request: Partial<ConvertRequest>) =>
        Effect.map(Effect.flip(convert([pair], request)), ({ message }) => message)
      assert.match(yield* messageOf({ named, labelValues: "L,R" }), /--label-values and no column .*--label$/)
      assert.match(
        yield* messageOf({ named, from: "trl-preference" }),
        /--from trl-preference beside --prompt, --chosen/
      )
      assert.match(
        yield* messageOf({ from: "prefloom", labelValues: "L,R" }),
        /beside --label-values, .*leave out --from/
      )
    })
  )

  it.effect("voteRecords name the file and the line of a pair where votes are in several files", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const fine = (i: number) => vote(`q ${i}`, "x", "y", "u", "a")
      const tie = (i: number) => vote(`q ${i}`, "x", "y", "u", "tie")
      const write = (name: string, rows: ReadonlyArray<object>, before = "") => {
        const file = path.join(folder, name)
        fs.writeFileSync(file, before + lines(rows))
        return file
      }
      const files = [write("one.jsonl", [fine(1), tie(2), fine(3)]), write("two.jsonl", [fine(4), tie(5)], "\n")]
      const out = path.join(folder, "out.parquet")
      const { rejected } = yield* convertTo({ files, to: "trl-preference", out })
      assert.strictEqual(rejected, 2)
      const rows = yield* readParquet(`${out}.rejects.parquet`)
      assert.deepStrictEqual(
        rows.map(({ id }) => id),
        ["one.jsonl:2", "two.jsonl:3"]
      )
      assert.include(rows[1]!["detail"], 'line 3 of "two.jsonl"')

      fs.appendFileSync(files[1]!, lines([vote("q 6", "same", "same", "u", "a")]))
      const { findings } = yield* preflightFiles(
        { files, named: {}, encoding: "o200k_base", maxLength: 1024 },
        { what: "", nRows: 0, totalRows: null }
      ).pipe(Effect.provide(Run.layerTemporary()), Effect.scoped)
      const places = findings.flatMap(({ examples }) => examples.map(({ place }) => place))
      assert.include(places, `${files[1]}:4`)
      for (const place of places) assert.match(place, /(?:one|two)\.jsonl:\d+$/)
    })
  )
})
