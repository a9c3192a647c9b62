import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { type ReadVotesOptions, readVotes } from "../../src/cli/readVotes.ts"
import type { VoteRow } from "../../src/formats/VoteRow.ts"
import { Run } from "../../src/Run.ts"
import { arrow } from "../../src/sinks/arrow.ts"
import { parquet } from "../../src/sinks/parquet.ts"
import { temporaryFolder } from "../contracts/source.ts"

const read = (paths: string | ReadonlyArray<string>, options: ReadVotesOptions = {}) =>
  Effect.gen(function* () {
    const run = yield* Run
    const { batches, columns, files } = yield* readVotes(paths, options)
    const votes: ReadonlyArray<VoteRow> = (yield* Stream.runCollect(batches)).flatMap(({ rows }) => rows)
    return { votes, columns, files, rejects: [...run.rejects.entries()] }
  }).pipe(Effect.provide(Run.layerTemporary()))

const distinct = (votes: ReadonlyArray<VoteRow>, key: keyof VoteRow) => new Set(votes.map((vote) => vote[key])).size

const tally = (votes: ReadonlyArray<VoteRow>) => {
  const counts = { first: 0, second: 0, tie: 0, none: 0 }
  for (const { verdict } of votes) counts[verdict ?? "none"]++
  return counts
}

interface Small {
  readonly prompt: string
  readonly response_a: string
  readonly response_b: string
  readonly worker: string
  readonly winner: string
}

/** Six votes of two workers on three pairs; the second worker sees every pair the other way round. */
const small: ReadonlyArray<Small> = [0, 1, 2].flatMap((i) => [
  { prompt: `p${i}`, response_a: `x${i}`, response_b: `y, "${i}"\n`, worker: "w1", winner: "a" },
  { prompt: `p${i}`, response_a: `y, "${i}"\n`, response_b: `x${i}`, worker: "w2", winner: i === 2 ? "tie" : "b" }
])
const smallFields = {
  prompt: Schema.String,
  response_a: Schema.String,
  response_b: Schema.String,
  worker: Schema.String,
  winner: Schema.String
}

const lines = (rows: ReadonlyArray<object>) => rows.map((row) => `${JSON.stringify(row)}\n`).join("")
const cell = (text: string) => `"${text.replaceAll('"', '""')}"`
const csvText = (rows: ReadonlyArray<Readonly<Record<string, string>>>) =>
  [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row))].map((cells) => cells.map(cell).join(",")).join("\n")

const sunk = (name: string, folder: string) =>
  (name.endsWith(".arrow") ? arrow(name) : parquet(name))
    .write(smallFields, Stream.fromIterable([{ index: 0, rows: small }]))
    .pipe(Effect.provide(Run.layer({ folder })), Effect.scoped)

describe("readVotes", () => {
  it.effect.each(["a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a.json", "a.csv", "a.parquet", "a.arrow"] as const)(
    "readVotes reads the same votes from %s",
    (name) =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const file = path.join(folder, name)
        if (name.endsWith(".parquet") || name.endsWith(".arrow")) yield* sunk(name, folder)
        else {
          const text = name.endsWith(".csv")
            ? csvText(small as unknown as ReadonlyArray<Record<string, string>>)
            : name.endsWith(".json")
              ? JSON.stringify(small)
              : lines(small)
          const bytes = Buffer.from(text)
          fs.writeFileSync(
            file,
            name.endsWith(".gz") ? zlib.gzipSync(bytes) : name.endsWith(".zst") ? zlib.zstdCompressSync(bytes) : bytes
          )
        }
        const { columns, rejects, votes } = yield* read(file)
        assert.deepStrictEqual(rejects, [])
        assert.strictEqual(columns.format, "long votes, one row per vote")
        assert.deepStrictEqual(
          votes.map(({ annotator, first, prompt, rowIndex, second, verdict }) => ({
            rowIndex,
            prompt,
            response_a: first,
            response_b: second,
            worker: annotator,
            winner: verdict
          })),
          small.map((row, rowIndex) => ({
            rowIndex,
            ...row,
            winner: ({ a: "first", b: "second", tie: "tie" } as const)[row.winner as "a"]
          }))
        )
        // Swapped sides meet in one pair.
        assert.strictEqual(distinct(votes, "pairId"), 3)
        assert.strictEqual(votes[0]!.firstId, votes[1]!.secondId)
        assert.isTrue(votes.every(({ sidesRecorded }) => sidesRecorded))
      })
  )

  it.effect(
    "readVotes takes the splits of files before those of a column, and of the column the rows that are asked for",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const rows = small.map((row, i) => ({ ...row, split: i < 4 ? "train" : "test" }))
        const [plain, named] = ["votes.jsonl", "train.jsonl"].map((name) => path.join(folder, name))
        for (const file of [plain!, named!]) fs.writeFileSync(file, lines(rows))
        const splits = (votes: ReadonlyArray<VoteRow>) => votes.map(({ split }) => split)
        const both = ["train", "train", "train", "train", "test", "test"]
        assert.deepStrictEqual(splits((yield* read(plain!)).votes), both)
        assert.deepStrictEqual(splits((yield* read(plain!, { splits: ["test"] })).votes), ["test", "test"])
        assert.deepStrictEqual(splits((yield* read(named!)).votes), Array(6).fill("train"))
        assert.notInclude((yield* read(named!)).columns.said, "splits are in")
        fs.writeFileSync(plain!, lines(small))
        assert.match(String(yield* Effect.flip(read(plain!, { splits: ["test"] }))), /no file of the split test/)
      })
  )

  it.effect("readVotes takes the splits of files that tell some apart, also where one of them alone is asked for", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const rows = small.map((row, i) => ({ ...row, split: i < 4 ? "train" : "test" }))
      for (const name of ["a_train.jsonl", "b_test.jsonl"]) fs.writeFileSync(path.join(folder, name), lines(rows))
      const { columns, votes } = yield* read(folder, { splits: ["test"] })
      assert.deepStrictEqual(
        votes.map(({ split }) => split),
        small.map(() => "test")
      )
      assert.include(columns.said, "the splits are those of words in file names: test")
      assert.notInclude(columns.said, "splits are in")
    })
  )

  it.effect("readVotes takes a column of other values for no splits, and says once where splits come from", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = path.join(folder, "votes_eval.jsonl")
      const kinds = (of: ReadonlyArray<string | null>) =>
        fs.writeFileSync(file, lines(small.map((row, i) => ({ ...row, split: of[i % of.length] }))))
      const splits = (votes: ReadonlyArray<VoteRow>) => votes.map(({ split }) => split)
      kinds(["easy", "hard"])
      const other = yield* read(file)
      assert.deepStrictEqual(splits(other.votes), Array(6).fill("test"))
      assert.match(other.columns.said, /words in file names: test .*; column "split" names no splits and was not used/)
      assert.notInclude(other.columns.said, "splits are in")
      const pair = yield* read(file, { named: { pair: "prompt,split" } })
      // Each of the three prompts once with "easy" and once with "hard".
      assert.strictEqual(distinct(pair.votes, "pairId"), 6)
      kinds(["train", "test", null])
      const named = yield* read(file)
      assert.deepStrictEqual(splits(named.votes), ["train", "test", "train", "train", "test", "train"])
      assert.include(named.columns.said, 'splits are in "split".')
      assert.notInclude(named.columns.said, "words in file names")
    })
  )

  it.effect("readVotes numbers rows over several files and takes splits from their names", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      fs.writeFileSync(path.join(folder, "test.jsonl"), lines(small.slice(0, 2)))
      yield* sunk("train-00000-of-00001.parquet", folder)
      const { files, votes } = yield* read([path.join(folder, "train*.parquet"), path.join(folder, "test.jsonl")])
      assert.strictEqual(files.length, 2)
      assert.deepStrictEqual(
        votes.map(({ rowIndex, split }) => [rowIndex, split]),
        [0, 1, 2, 3, 4, 5, 6, 7].map((i) => [i, i < 6 ? "train" : "test"])
      )
    })
  )

  it.effect("readVotes rejects bad rows with their place and counts them in the row index", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.jsonl")
      const rows = Array.from({ length: 100 }, (_, i) => ({ prompt: "p", chosen: `c${i}`, rejected: "r" }))
      const text = lines(rows).split("\n")
      text[3] = '{"prompt":"p","chosen":null,"rejected":"r"}'
      text[5] = "{"
      fs.writeFileSync(file, text.join("\n"))
      const { rejects, votes } = yield* read(file)
      assert.deepStrictEqual(
        rejects.map(({ id, reason, stage }) => ({ id, reason, stage })),
        [
          { id: `${path.basename(file)}:4`, reason: "no text", stage: "votes" },
          { id: `${path.basename(file)}:6`, reason: "not JSON", stage: "votes" }
        ]
      )
      assert.include(rejects[0]!.detail, 'line 4, column "chosen"')
      assert.deepStrictEqual(
        votes.slice(0, 5).map(({ rowIndex }) => rowIndex),
        [0, 1, 2, 4, 6]
      )
      const error = yield* Effect.flip(read(file, { maxRejectShare: 0.01 }))
      assert.include(error.message, "2 bad rows in 100")
    })
  )

  it.effect("readVotes sees a label value that comes late before it decides", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.jsonl")
      const row = (label: number) => ({ prompt: "p", response_a: "a", response_b: "b", label })
      const rows = Array.from({ length: 3000 }, (_, i) => row(1 + (i % 2)))
      fs.writeFileSync(file, lines(rows))
      assert.deepStrictEqual(tally((yield* read(file)).votes), { first: 1500, second: 1500, tie: 0, none: 0 })
      fs.writeFileSync(file, lines([...rows, row(0)]))
      const error = yield* Effect.flip(read(file))
      assert.include(error.message, '"0", "1", "2" in "label": 0 may be the first or a tie')
      assert.include(error.message, "--label-values first,second,tie")
      const given = yield* read(file, { labelValues: "2,1,0" })
      assert.deepStrictEqual(tally(given.votes), { first: 1500, second: 1500, tie: 1, none: 0 })
      assert.strictEqual(given.votes[0]!.verdict, "second")
    })
  )

  it.effect("readVotes takes no texts called chosen for the better ones where a column may say which they are", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.jsonl")
      const rows = ["first", "second"].map((winner, i) => ({ prompt: `p${i}`, chosen: "x", rejected: "y", winner }))
      fs.writeFileSync(file, lines(rows))
      const { message } = yield* Effect.flip(read(file))
      assert.include(message, '"first", "second" in "winner", which may say that "chosen" is not always the better one')
      assert.include(
        message,
        'name it with --label winner, or say --label none where "chosen" is the better one in every row'
      )
      assert.strictEqual(tally((yield* read(file, { named: { label: "winner" } })).votes).second, 1)
      assert.strictEqual(tally((yield* read(file, { named: { label: "none" } })).votes).first, 2)
      fs.writeFileSync(file, lines(rows.map((row) => ({ ...row, winner: "topic" }))))
      const { columns } = yield* read(file)
      assert.match(columns.said, /the first is always the better one, and "winner" is not used/)
    })
  )

  it.effect("readVotes says which columns there are when none is known", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.csv")
      fs.writeFileSync(file, "q,good,bad\np,c,r\n")
      const error = yield* Effect.flip(read(file))
      assert.strictEqual(error._tag, "VoteColumnsError")
      assert.include(error.message, "found the columns q, good, bad: none that are known to hold preferences")
      assert.include(error.message, "--chosen and --rejected")
      const named = yield* read(file, { named: { prompt: "q", chosen: "good", rejected: "bad" } })
      assert.deepInclude(named.votes[0]!, { prompt: "p", first: "c", second: "r", verdict: "first", annotator: null })
      assert.isFalse(named.votes[0]!.sidesRecorded)
      const missing = yield* Effect.flip(read(file, { named: { prompt: "no", chosen: "good", rejected: "bad" } }))
      assert.include(missing.message, 'no column "no"')
    })
  )

  it.effect("readVotes takes texts without prompt for transcripts only when they all are", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.jsonl")
      const history = "\n\nHuman: a\n\nAssistant: b\n\nHuman: c"
      const row = { chosen: `${history}\n\nAssistant: yes`, rejected: `${history}\n\nAssistant: no` }
      fs.writeFileSync(file, lines([row, row]))
      const cut = yield* read(file)
      assert.strictEqual(cut.columns.format, "HH-RLHF transcripts")
      assert.deepInclude(cut.votes[0]!, { prompt: history, first: "yes", second: "no" })
      fs.writeFileSync(file, lines([row, { chosen: "x", rejected: "y" }]))
      const whole = yield* read(file)
      assert.deepInclude(whole.votes[0]!, { prompt: null, promptId: null, first: row.chosen })
    })
  )

  for (const format of ["jsonl", "parquet"] as const) {
    it.live(
      `readVotes reads ten times the rows of ${format} without keeping their texts`,
      () =>
        Effect.gen(function* () {
          const folder = yield* temporaryFolder
          const peaks: Array<number> = []
          for (const nRows of [20_000, 200_000]) {
            const file = path.join(folder, `${nRows}.${format}`)
            yield* writeMany(file, nRows)
            const child = childProcess.spawnSync(
              process.execPath,
              ["--conditions=@prefloom/source", path.join(import.meta.dirname, "readVotesRun.ts"), file],
              { encoding: "utf8" }
            )
            assert.strictEqual(child.status, 0, child.stderr)
            const { nVotes, peakMb, seconds } = JSON.parse(child.stdout) as Record<string, number>
            assert.strictEqual(nVotes, nRows)
            process.stdout.write(
              `${format}: ${nRows} rows in ${seconds!.toFixed(2)} s, ${peakMb!.toFixed(0)} MB at most\n`
            )
            peaks.push(peakMb!)
          }
          // The texts alone are 100 MB, and as strings more; on a busy machine the heap grows by some 50 MB all the same.
          assert.isBelow(peaks[1]! - peaks[0]!, 90)
        }),
      120_000
    )
  }
})

/** Writes labelled pairs of about 700 bytes. */
const writeMany = (file: string, nRows: number) => {
  const words = (i: number) =>
    Array.from({ length: 40 }, (_, k) => ((i * 31 + k * 7919) % 10_007).toString(36)).join(" ")
  const row = (i: number) => ({
    prompt: `question ${i % 5000} ${words(i)}`,
    response_a: `${words(i + 1)} ${i}`,
    response_b: `${words(i + 2)} ${i}`,
    worker: `w${i % 100}`,
    winner: i % 3 === 0 ? "b" : "a"
  })
  const size = 1000
  if (file.endsWith(".jsonl")) {
    return Effect.sync(() => {
      for (let at = 0; at < nRows; at += size) {
        fs.appendFileSync(file, lines(Array.from({ length: size }, (_, i) => row(at + i))))
      }
    })
  }
  const batches = Stream.range(0, nRows / size - 1).pipe(
    Stream.rechunk(1),
    Stream.map((index) => ({ index, rows: Array.from({ length: size }, (_, i) => row(index * size + i)) }))
  )
  return parquet(path.basename(file))
    .write(smallFields, batches)
    .pipe(Effect.provide(Run.layer({ folder: path.dirname(file) })), Effect.scoped)
}

const data = path.resolve(import.meta.dirname, "../../../shared/data/real")

const realTest = (file: string, name: string, test: (file: string) => Effect.Effect<void, unknown>) => {
  const isThere = fs.existsSync(path.join(data, path.dirname(file)))
  if (!isThere) process.stdout.write(`skipped "${name}": ${path.dirname(file)} is not beside the checkout\n`)
  it.effect.skipIf(!isThere)(name, () => test(path.join(data, file)))
}

interface Expected {
  readonly format: string
  readonly votes: number
  /** Distinct pairs, counted over the texts or ids of the file itself. */
  readonly pairs: number
  readonly annotators: number
  readonly tally: ReturnType<typeof tally>
  readonly rejects?: Readonly<Record<string, number>>
}

const realVotes = (file: string, options: ReadVotesOptions, expected: Expected) => {
  realTest(file, `readVotes counts ${file} as its README does`, (found) =>
    Effect.gen(function* () {
      const { columns, rejects, votes } = yield* read(found, options)
      assert.deepStrictEqual(
        {
          format: columns.format,
          votes: votes.length,
          pairs: distinct(votes, "pairId"),
          annotators: distinct(votes, "annotator"),
          tally: tally(votes),
          rejects: Object.fromEntries(
            [...Map.groupBy(rejects, (one) => one.reason)].map(([why, all]) => [why, all.length])
          )
        },
        { rejects: {}, ...expected }
      )
    })
  )
}

describe("readVotes on real data", () => {
  // Three annotators and 999 rows; 863 different pairs of texts, because some models answer alike.
  realVotes(
    "pandalm-testset/testset-v1.json",
    {},
    {
      format: "PandaLM votes",
      votes: 2997,
      pairs: 863,
      annotators: 3,
      tally: { first: 1255, second: 1416, tie: 326, none: 0 }
    }
  )
  realVotes(
    "pandalm-testset/gpt-3.5-turbo-testset-v1.json",
    { named: { label: "gpt_result", pair: "idx" } },
    {
      format: "columns as named",
      votes: 999,
      pairs: 999,
      annotators: 1,
      tally: { first: 460, second: 476, tie: 38, none: 25 }
    }
  )
  // Two of the 1,392 pairs occur twice.
  realVotes(
    "autoj-pairwise/testdata_pairwise.jsonl",
    {},
    {
      format: "Auto-J votes",
      votes: 1392,
      pairs: 1390,
      annotators: 1,
      tally: { first: 520, second: 499, tie: 373, none: 0 }
    }
  )
  realVotes(
    "llmbar/*.dataset.json",
    {},
    {
      format: "LLMBar pairs",
      votes: 419,
      pairs: 419,
      annotators: 1,
      tally: { first: 206, second: 213, tie: 0, none: 0 }
    }
  )
  realVotes(
    "llmbar/judgments.csv",
    { named: { annotator: "judge_model,judge_strategy" } },
    {
      format: "columns as named",
      votes: 54_470,
      pairs: 419,
      annotators: 65,
      tally: { first: 26_372, second: 27_964, tie: 0, none: 134 }
    }
  )
  realVotes(
    "llmfao/crowd-comparisons.csv",
    {},
    {
      format: "long votes, one row per vote",
      votes: 8931,
      pairs: 2139,
      annotators: 124,
      tally: { first: 2911, second: 2549, tie: 3471, none: 0 }
    }
  )
  realVotes(
    "llmfao/gpt4-crowd-comparisons.csv",
    {},
    {
      format: "long votes, one row per vote",
      votes: 2139,
      pairs: 2139,
      annotators: 1,
      tally: { first: 943, second: 1130, tie: 66, none: 0 }
    }
  )
  // 5 of 2,312 rows do not share what comes before the last answer.
  realVotes(
    "hh-rlhf-harmless-test/test.jsonl.gz",
    {},
    {
      format: "HH-RLHF transcripts",
      votes: 2307,
      pairs: 2307,
      annotators: 1,
      tally: { first: 2307, second: 0, tie: 0, none: 0 },
      rejects: { "different prompts": 5 }
    }
  )
  // 300 rows, 5 of which stand there twice.
  realVotes(
    "llamafactory-demos/dpo_en_demo.json",
    {},
    {
      format: "LLaMA-Factory sharegpt ranking",
      votes: 300,
      pairs: 295,
      annotators: 1,
      tally: { first: 300, second: 0, tie: 0, none: 0 }
    }
  )
  realVotes(
    "llamafactory-demos/v1_dpo_demo.jsonl",
    {},
    {
      format: "LLaMA-Factory v1 ranking",
      votes: 10,
      pairs: 10,
      annotators: 1,
      tally: { first: 10, second: 0, tie: 0, none: 0 }
    }
  )

  for (const file of [
    "llamafactory-demos/kto_en_demo.json",
    "hanna/ratings_long.csv",
    "prometheus-vicuna-eval/grouped.jsonl",
    "llmbar/judgments.csv"
  ]) {
    realTest(file, `readVotes refuses ${file}, whose columns allow no one reading`, (found) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(read(found))
        assert.include(error.message, "Cannot read votes from")
        assert.include(error.message, "--")
      })
    )
  }

  it.effect("readVotes says how many rows have a number or a truth value where a text belongs, once", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "votes.jsonl")
      const many = Array.from({ length: 300 }, (_, i) => ({ ...small[0]!, prompt: `p${i}` }))
      const odd = many.map((row, i) => ({
        ...row,
        ...(i === 250 ? { response_a: true } : i === 260 ? { prompt: 5 } : {})
      }))
      fs.writeFileSync(file, lines(odd))
      const found = yield* readVotes(file)
      for (let i = 0; i < 2; i++) {
        const votes = (yield* Stream.runCollect(found.batches)).flatMap(({ rows }) => rows)
        assert.deepStrictEqual([votes[250]!.first, votes[260]!.prompt], ["true", "5"])
        assert.strictEqual(found.nScalarTexts(), 2)
        assert.deepStrictEqual(
          found.warnings().map(({ code, message }) => [code, /^\d+ rows/.exec(message)?.[0]]),
          [["scalarText", "2 rows"]]
        )
      }
    }).pipe(Effect.provide(Run.layerTemporary()))
  )
})
