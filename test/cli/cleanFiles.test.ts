import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet"
import type { Cleaned, CleanRequest } from "../../src/cli/Cleaned.ts"
import { inputFiles } from "../../src/cli/inputFiles.ts"
import { cleanFiles } from "../../src/cli/cleanFiles.ts"
import type { CleanMethod } from "../../src/cli/cleanMethods.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { Run } from "../../src/Run.ts"
import { temporaryFolder } from "./runPrefloom.ts"

type Row = Readonly<Record<string, unknown>>

const lines = (rows: ReadonlyArray<object>) => rows.map((row) => `${JSON.stringify(row)}\n`).join("")

const random = keyedRandom("cleanFiles test")
const sea = "sea wind port mast sail rope deck hull oar keel bow stern tide wave shore reef".split(" ")
const phrase = () => Array.from({ length: 12 }, () => sea[Math.floor(random() * sea.length)]!).join(" ")

const reliability = { ada: 0.95, bram: 0.7, chen: 0.65, dunja: 0.6, emil: 0.55 }
/** Five votes on each of 600 pairs, the right answer on either side, as long votes; one pair in twenty is judged by gold too. */
const crowd = Array.from({ length: 600 }, (_, i) => i).flatMap((i) =>
  Object.entries({ ...reliability, ...(i % 20 === 0 ? { gold: 1 } : {}) }).map(([annotator, r]) => {
    const isRight = random() < r
    const goodFirst = random() < 0.5
    const [response_a, response_b] = goodFirst ? [`good ${i}`, `bad ${i}`] : [`bad ${i}`, `good ${i}`]
    return {
      prompt: `question ${i}`,
      response_a,
      response_b,
      winner: isRight === goodFirst ? "a" : "b",
      annotator,
      seconds: Math.floor(random() * 60)
    }
  })
)
/** The same pairs by one label each, with scores that lean to the good answer; one label in ten is wrong. */
const labelled = Array.from({ length: 500 }, (_, i) => {
  const sides = [`good ${i}`, `bad ${i}`]
  const isWrong = i % 10 === 4
  const gap = 1 + random()
  return {
    prompt: `question ${i}`,
    chosen: sides[isWrong ? 1 : 0],
    rejected: sides[isWrong ? 0 : 1],
    score_chosen: isWrong ? -gap : gap,
    score_rejected: 0,
    chosen_model: isWrong ? "small" : "large",
    rejected_model: isWrong ? "large" : "small",
    margin: isWrong ? -gap : gap
  }
})
/** One label each on 800 pairs by somebody who is right in four of five, 200 of them judged by gold too, with scores of a fair scorer. */
const scored = Array.from({ length: 800 }, (_, i) => i).flatMap((i) => {
  const judged = {
    prompt: `question ${i}`,
    response_a: `good ${i}`,
    response_b: `bad ${i}`,
    score_a: 4 * random() - 0.5
  }
  const label = { ...judged, score_b: 0, winner: random() < 0.8 ? "a" : "b", annotator: "ada" }
  return i < 200 ? [label, { ...label, winner: "a", annotator: "gold" }] : [label]
})
/** One label on each of 600 pairs, whose better answer says "please"; one in ten is wrong. */
const polite = Array.from({ length: 600 }, (_, i) => {
  const answers = [`${phrase()} please`, phrase()]
  const [chosen, rejected] = i % 10 === 3 ? answers.toReversed() : answers
  return { prompt: `${i} ${phrase()}`, chosen, rejected }
})
/** Of 40 such sets of coin flips one has a signal by chance: this is none. */
const coin = Array.from({ length: 400 }, (_, i) => ({ prompt: `${i}`, chosen: phrase(), rejected: phrase() }))

/** Rows with columns of all kinds; three votes in each. */
const wide = Array.from({ length: 130 }, (_, i) => ({
  prompt: `question ${i}`,
  output_1: `good ${i}`,
  output_2: i === 7 ? "good 7" : `bad ${i}`,
  annotator_1: i === 3 ? 0 : 1,
  annotator_2: i === 3 ? 0 : i % 4 === 0 ? 2 : 1,
  annotator_3: 1,
  labelProb: 0.25,
  mixed: i === 120 ? "text" : i,
  keys: { [`k${i}`]: i, [`k${i + 1000}`]: i, [`l${i}`]: 1 },
  ...(i > 110 ? { late: { at: [1, 2] } } : {})
}))

const { folder, remove } = temporaryFolder({
  "crowd.jsonl": lines(crowd),
  "nobody.jsonl": lines(crowd.map((row) => ({ ...row, annotator: undefined }))),
  "labelled.jsonl": lines(labelled),
  "polite.jsonl": lines(polite),
  "scored.jsonl": lines(scored),
  "coin.jsonl": lines(coin),
  "wide.json": JSON.stringify(wide),
  "parts/train.jsonl": lines(crowd.slice(0, 1500)),
  "parts/test.jsonl": lines(crowd.slice(1400)),
  "turns.jsonl": lines(
    labelled.map(({ chosen, prompt, rejected, score_chosen, score_rejected }) => {
      const talk = (reply: string | undefined) => [
        { role: "user", content: prompt },
        { role: "assistant", content: reply }
      ]
      return { chosen: talk(chosen), rejected: talk(rejected), score_chosen, score_rejected }
    })
  ),
  "names.jsonl": lines(
    crowd.map(({ annotator, prompt, response_a, response_b, winner }) => {
      const [model_a, model_b] = [response_a, response_b].map((text) => (text.startsWith("good") ? "large" : "small"))
      return { prompt, id: prompt, model_a, model_b, winner, annotator }
    })
  ),
  "no-sides.jsonl": lines([
    { pair_id: "p", winner: "a" },
    { pair_id: "p", winner: "b" }
  ]),
  "votes.csv": `prompt,response_a,response_b,winner,annotator,empty\n${crowd
    .slice(0, 300)
    .map(({ annotator, prompt, response_a, response_b, winner }) =>
      [prompt, response_a, response_b, winner, annotator, ""].join(",")
    )
    .join("\n")}\n`
})
afterAll(remove)

let nRuns = 0
const clean = (file: string, request: Partial<CleanRequest> = {}, name = `out-${nRuns++}`) => {
  const out = path.join(folder, name)
  fs.mkdirSync(out, { recursive: true })
  return cleanFiles(
    {
      files: [path.join(folder, file)],
      named: {},
      trusted: [],
      method: "re-po",
      treatment: "keep",
      name: "test",
      ...request
    },
    { what: "", nRows: 0, totalRows: null }
  ).pipe(
    Effect.provide(Run.layer({ folder: out })),
    Effect.scoped,
    Effect.map((cleaned) => ({ cleaned, out }))
  )
}

const refusal = (file: string, request: Partial<CleanRequest>) =>
  Effect.map(Effect.flip(clean(file, request)), ({ message }: { readonly message: string }) => message)

const readRows = (file: string) =>
  Effect.promise(
    async () =>
      (await parquetReadObjects({
        file: await asyncBufferFromFile(file),
        compressors: { ZSTD: (bytes) => zlib.zstdDecompressSync(bytes) }
      })) as ReadonlyArray<Row>
  )

/** The rows of a data set, split by split, and its rejects. */
const tables = (out: string) =>
  Effect.gen(function* () {
    const files = fs.readdirSync(path.join(out, "data")).toSorted()
    const splits = new Map<string, ReadonlyArray<Row>>()
    for (const file of files) splits.set(file.split("-")[0]!, yield* readRows(path.join(out, "data", file)))
    return { splits, rows: [...splits.values()].flat(), rejects: yield* readRows(path.join(out, "rejects.parquet")) }
  })

const isGood = (row: Row) => String(row["chosen"]).startsWith("good")
const wrongShare = (rows: ReadonlyArray<Row>) => rows.filter((row) => !isGood(row)).length / rows.length

/** Every row that was read is in the data or in the rejects, once. */
const nothingLost = ({ rejected, rowsIn, rowsOut }: Cleaned, rows: ReadonlyArray<Row>, rejects: ReadonlyArray<Row>) => {
  assert.strictEqual(rows.length, rowsOut)
  assert.strictEqual(rejects.length, rejected)
  // Results are for others: no folder of this machine is told.
  assert.notInclude(JSON.stringify(rejects), folder)
  assert.strictEqual(rowsOut + rejected, rowsIn)
}

/** Share of wrong pairs of whoever knows how reliable everybody is. */
const oracle = () => {
  const evidence = new Map<string, number>()
  for (const { annotator, prompt, response_a, winner } of crowd) {
    if (annotator === "gold") continue
    const r = reliability[annotator as keyof typeof reliability]
    const forGood = (winner === "a") === response_a.startsWith("good")
    evidence.set(prompt, (evidence.get(prompt) ?? 0) + (forGood ? 1 : -1) * Math.log(r / (1 - r)))
  }
  return [...evidence.values()].filter((sum) => sum < 0).length / evidence.size
}

describe("cleanFiles", () => {
  it.effect("cleanFiles lowers the share of wrong pairs, nearly to what can be reached, and loses no row", () =>
    Effect.gen(function* () {
      const shares = new Map<string, number>()
      for (const method of ["majority", "re-po", "consensus", "dawid-skene", "glad"] as const) {
        const { cleaned, out } = yield* clean("crowd.jsonl", { method, treatment: "flip" })
        const { rejects, rows } = yield* tables(out)
        nothingLost(cleaned, rows, rejects)
        assert.strictEqual(rows.length, 600)
        shares.set(method, wrongShare(rows))
        assert.strictEqual(rows.filter((row) => row["flipped"] === true).length, cleaned.flipped)
        assert.strictEqual(rejects.length, crowd.length - 600)
      }
      const best = oracle()
      assert.isAbove(shares.get("majority")!, best + 0.08)
      // A standard error of 600 pairs of which one in twenty is wrong is 0.009.
      for (const method of ["re-po", "dawid-skene"]) assert.isAtMost(shares.get(method)!, best + 0.03, method)
      assert.isAtMost(shares.get("consensus")!, shares.get("majority")!)
      assert.isBelow(shares.get("glad")!, shares.get("majority")!)
    })
  )

  it.effect("cleanFiles keeps the columns of a row whose vote is in the recorded order", () =>
    Effect.gen(function* () {
      const { out } = yield* clean("crowd.jsonl", { method: "majority" })
      const { rejects, rows } = yield* tables(out)
      for (const row of rows) {
        const votes = crowd.filter(({ prompt }) => prompt === row["prompt"])
        const nGood = votes.filter(
          ({ response_a, winner }) => (winner === "a") === response_a.startsWith("good")
        ).length
        const goodIsRecorded = 2 * nGood > votes.length
        const own = votes.find(({ annotator }) => annotator === row["annotator"])!
        assert.strictEqual(Number(row["seconds"]), own.seconds)
        assert.strictEqual(row["response_a"], own.response_a)
        if (2 * nGood !== votes.length) assert.strictEqual(isGood(row), goodIsRecorded)
        assert.strictEqual(row["chosen"], own.winner === "a" ? own.response_a : own.response_b)
        assert.deepStrictEqual(
          [Number(row["votesFor"]), Number(row["votesAgainst"])],
          isGood(row) ? [nGood, votes.length - nGood] : [votes.length - nGood, nGood]
        )
      }
      const left = rejects.map((row) => JSON.parse(row["detail"] as string) as { readonly seconds: number })
      const total = [...left, ...rows].reduce((sum, row) => sum + Number((row as Row)["seconds"]), 0)
      assert.strictEqual(
        total,
        crowd.reduce((sum, { seconds }) => sum + seconds, 0)
      )
    })
  )

  it.effect("cleanFiles carries out every treatment as the stage does", () =>
    Effect.gen(function* () {
      const request = { method: "re-po" } as const
      const byTreatment = new Map<string, { readonly rows: ReadonlyArray<Row>; readonly rejects: ReadonlyArray<Row> }>()
      for (const treatment of ["keep", "weight", "soft-label", "flip", "remove"] as const) {
        const { cleaned, out } = yield* clean("crowd.jsonl", { ...request, treatment })
        const found = yield* tables(out)
        nothingLost(cleaned, found.rows, found.rejects)
        byTreatment.set(treatment, found)
      }
      const kept = byTreatment.get("keep")!.rows
      const flagged = kept.filter((row) => row["flagged"])
      assert.isAbove(flagged.length, 20)
      assert.isTrue(kept.every((row) => row["flagged"] === (row["labelProb"] as number) < 0.5))
      assert.isTrue(kept.every((row) => row["weight"] === 1 && row["target"] === 1 && row["flipped"] === false))
      const weighted = byTreatment.get("weight")!.rows
      assert.isTrue(weighted.every((row) => row["weight"] === row["labelProb"] && row["target"] === 1))
      const soft = byTreatment.get("soft-label")!.rows
      assert.isTrue(soft.every((row) => row["target"] === row["labelProb"] && row["weight"] === 1))
      for (const [i, row] of byTreatment.get("flip")!.rows.entries()) {
        const before = kept[i]!
        const sides = [before["chosen"], before["rejected"]]
        assert.deepStrictEqual(
          [row["chosen"], row["rejected"]],
          before["flagged"] === true ? sides.toReversed() : sides
        )
        assert.strictEqual(row["flipped"], before["flagged"])
        const p = before["labelProb"] as number
        assert.closeTo(row["labelProb"] as number, before["flagged"] === true ? 1 - p : p, 1e-12)
      }
      const { rejects, rows } = byTreatment.get("remove")!
      const removed = rejects.filter((row) => row["reason"] === "suspect pair")
      assert.deepStrictEqual(
        rows,
        kept.filter((row) => row["flagged"] === false)
      )
      const details = removed.map((row) => JSON.parse(row["detail"] as string) as Row)
      assert.deepStrictEqual(
        details.map((row) => row["labelProb"]),
        flagged.map((row) => row["labelProb"])
      )
      assert.isTrue(details.every((row) => typeof row["votesFor"] === "number" && typeof row["chosen"] === "string"))
    })
  )

  it.effect(
    "cleanFiles turns columns of sides that are called chosen and rejected, with all that depends on them",
    () =>
      Effect.gen(function* () {
        const request = { method: "rw-gap", treatment: "flip", amount: { fraction: 0.1 } } as const
        const { cleaned, out } = yield* clean("labelled.jsonl", request)
        const { rejects, rows } = yield* tables(out)
        nothingLost(cleaned, rows, rejects)
        assert.strictEqual(wrongShare(rows), 0)
        assert.strictEqual(cleaned.flipped, 50)
        assert.isTrue(rows.every((row) => row["chosen_model"] === "large" && row["rejected_model"] === "small"))
        assert.isTrue(rows.every((row) => (row["score_chosen"] as number) >= (row["score_rejected"] as number)))
        assert.isTrue(rows.every((row) => (row["margin"] as number) > 0))
        assert.isTrue(rows.every((row) => row["labelProb"] === null && row["weight"] === 1))
        assert.isNull(cleaned.wrong)
        const removed = yield* clean("labelled.jsonl", { ...request, treatment: "remove", amount: { budget: 30 } })
        assert.deepStrictEqual([removed.cleaned.rowsOut, removed.cleaned.removed], [470, 30])
        assert.strictEqual(wrongShare((yield* tables(removed.out)).rows), 20 / 470)
      })
  )

  it.effect("cleanFiles flips single labels that scores contradict, where trusted annotators calibrate these", () =>
    Effect.gen(function* () {
      const scores = { scoreChosen: "score_a", scoreRejected: "score_b" }
      const request = { named: scores, treatment: "flip", trusted: ["gold"] } as const
      const { cleaned, out } = yield* clean("scored.jsonl", request)
      const { rejects, rows } = yield* tables(out)
      nothingLost(cleaned, rows, rejects)
      const single = rows.filter((row) => Number(String(row["prompt"]).slice(9)) >= 200)
      const before = scored.filter(({ winner }, i) => i >= 400 && winner === "b").length / 600
      assert.isAbove(before, 0.15)
      // Scores name the better answer in seven of eight pairs, so believing them alone leaves 0.125.
      assert.isBelow(wrongShare(single), 0.1)
      assert.strictEqual(wrongShare(rows.filter((row) => !single.includes(row))), 0)
      assert.match(
        yield* refusal("scored.jsonl", { ...request, trusted: [] }),
        /name annotators who are right with --trusted/
      )
    })
  )

  it.effect("cleanFiles ranks by the texts where these tell, and refuses where they do not", () =>
    Effect.gen(function* () {
      const request = { method: "text-model", treatment: "remove", amount: { fraction: 0.1 } } as const
      const { cleaned, out } = yield* clean("polite.jsonl", request)
      const { rejects, rows } = yield* tables(out)
      nothingLost(cleaned, rows, rejects)
      assert.strictEqual(rows.length, 540)
      const wrong = rows.filter((row) => !String(row["chosen"]).endsWith("please")).length
      // 60 of 600 were wrong.
      assert.isBelow(wrong, 15)
      assert.match(
        yield* refusal("coin.jsonl", request),
        /Cannot clean by "text-model": found a model of the texts that agrees with .* expected one that beats a coin; collect/
      )
    })
  )

  it.effect(
    "cleanFiles keeps columns of every type, renames those whose names it needs, and rejects pairs without a winner",
    () =>
      Effect.gen(function* () {
        const { cleaned, out } = yield* clean("wide.json", { method: "majority", labelValues: "1,2,0" })
        const { rejects, rows } = yield* tables(out)
        nothingLost(cleaned, rows, rejects)
        assert.deepStrictEqual(
          rejects.map((row) => row["reason"]),
          ["tie", "same texts"]
        )
        assert.strictEqual(rows.length, 128)
        assert.deepStrictEqual(cleaned.renamed, [{ from: "labelProb", to: "labelProb_given" }])
        assert.deepStrictEqual(cleaned.asJson, ["mixed", "keys"])
        const at = (i: number) => rows.find((row) => row["prompt"] === `question ${i}`)!
        assert.deepStrictEqual([at(0)["labelProb_given"], at(0)["labelProb"], at(1)["labelProb"]], [0.25, 2 / 3, 1])
        assert.deepStrictEqual([at(5)["mixed"], at(120)["mixed"]], ["5", "text"])
        assert.deepStrictEqual(JSON.parse(at(9)["keys"] as string), { k9: 9, k1009: 9, l9: 1 })
        assert.deepStrictEqual([at(5)["late"] ?? null, at(115)["late"]], [null, { at: [1n, 2n] }])
        assert.isTrue(rows.every((row) => row["chosen"] === row["output_1"] && row["rejected"] === row["output_2"]))
      })
  )

  it.effect("cleanFiles keeps the parts of a data set apart, with a pair of both in both", () =>
    Effect.gen(function* () {
      const { cleaned, out } = yield* clean("parts", { method: "majority" })
      const { rejects, rows, splits } = yield* tables(out)
      nothingLost(cleaned, rows, rejects)
      assert.lengthOf((yield* inputFiles(out)).files, 2)
      // As a cleaning leaves it that was killed.
      fs.rmSync(path.join(out, "manifest.json"))
      assert.include(
        (yield* Effect.flip(inputFiles(out))).message,
        "found no manifest.json, which the run or the conversion"
      )
      const prompts = (from: number, to?: number) => new Set(crowd.slice(from, to).map(({ prompt }) => prompt))
      const [train, test] = [prompts(0, 1500), prompts(1400)]
      assert.isAbove(train.intersection(test).size, 15)
      assert.deepStrictEqual(new Set(splits.get("train")!.map((row) => row["prompt"])), train)
      assert.deepStrictEqual(new Set(splits.get("test")!.map((row) => row["prompt"])), test)
      assert.isTrue(splits.get("test")!.every((row) => row["split"] === "test"))
      assert.strictEqual(rows.length, train.size + test.size)
    })
  )

  it.effect("cleanFiles takes Parquet and conversations, and what it wrote itself", () =>
    Effect.gen(function* () {
      const request = { method: "rw-gap", treatment: "flip", amount: { fraction: 0.1 } } as const
      const first = yield* clean("turns.jsonl", request)
      const made = yield* tables(first.out)
      nothingLost(first.cleaned, made.rows, made.rejects)
      const said = (row: Row) =>
        (row["chosen"] as ReadonlyArray<{ readonly content: string }>).map(({ content }) => content)
      assert.isTrue(made.rows.every((row) => said(row)[0]!.startsWith("question") && said(row)[1]!.startsWith("good")))
      const again = yield* clean(path.basename(first.out), { ...request, amount: { budget: 0 } })
      const { rows } = yield* tables(again.out)
      assert.deepStrictEqual(
        rows.map(({ chosen, flipped_given }) => [chosen, flipped_given]),
        made.rows.map(({ chosen, flipped }) => [chosen, flipped])
      )
      assert.deepStrictEqual(
        again.cleaned.renamed.map(({ from }) => from),
        ["labelProb", "flagged", "votesFor", "votesAgainst", "flipped", "weight", "target"]
      )
    })
  )

  it.effect("cleanFiles warns where there are names and no texts, and where a number of flips is too large", () =>
    Effect.gen(function* () {
      const request = { treatment: "flip", amount: { fraction: 0.5 } } as const
      const { cleaned, out } = yield* clean("names.jsonl", request)
      const { rows } = yield* tables(out)
      assert.deepStrictEqual(new Set(rows.map((row) => row["chosen"])), new Set(["large", "small"]))
      assert.includeMembers(
        cleaned.warnings.map(({ code }) => code),
        ["noTexts", "probablyRight"]
      )
      const page = fs.readFileSync(path.join(out, "report.html"), "utf8")
      for (const { code } of cleaned.warnings) assert.include(page, code)
      const nSpoilt = rows.filter((row) => row["flipped"] === true && (row["labelProb"] as number) < 0.5).length
      assert.isAbove(nSpoilt, 100)
      assert.match(
        cleaned.warnings.find(({ code }) => code === "probablyRight")!.message,
        new RegExp(`^${nSpoilt} pairs`)
      )
    })
  )

  it.effect("cleanFiles takes cells of CSV as text, and trusted annotators at their word", () =>
    Effect.gen(function* () {
      const { out } = yield* clean("votes.csv", { method: "consensus", trusted: ["gold"], treatment: "flip" })
      const { rows } = yield* tables(out)
      const settled = rows.filter((row) => Number(String(row["prompt"]).slice(9)) % 20 === 0)
      assert.isAbove(settled.length, 2)
      assert.isTrue(settled.every((row) => isGood(row) && row["labelProb"] === 1))
      assert.isTrue(rows.every((row) => row["empty"] === "" && typeof row["winner"] === "string"))
    })
  )

  it.effect("cleanFiles leaves what a run leaves, the same bytes each time, and the old data where it refuses", () =>
    Effect.gen(function* () {
      const bytes = (out: string) =>
        fs
          .readdirSync(out, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => path.join(entry.parentPath, entry.name))
          .toSorted()
          .map((file) => [path.relative(out, file), fs.readFileSync(file, "latin1")] as const)
      const request = { treatment: "flip" } as const
      const { cleaned, out } = yield* clean("crowd.jsonl", request, "twice")
      const first = bytes(out)
      for (const file of ["README.md", "report.html", "manifest.json", "croissant.json", "rejects.parquet"]) {
        assert.include(
          first.map(([name]) => name),
          file
        )
      }
      assert.match(fs.readFileSync(path.join(out, "README.md"), "utf8"), /# test, cleaned\n/)
      assert.isTrue(cleaned.written.every((file) => fs.existsSync(path.join(out, file))))
      yield* Effect.flip(clean("crowd.jsonl", { ...request, trusted: ["nobody"] }, "twice"))
      assert.deepStrictEqual(bytes(out), first)
      yield* clean("crowd.jsonl", request, "twice")
      assert.deepStrictEqual(bytes(out), first)
    })
  )

  it.effect("cleanFiles warns where votes of one pair say nobody's name, and not where they all say one", () =>
    Effect.gen(function* () {
      const request = { method: "text-model", amount: { fraction: 0.1 } } as const
      const codes = ({ warnings }: Cleaned) => warnings.map(({ code }) => code)
      assert.include(codes((yield* clean("nobody.jsonl", request)).cleaned), "anonymousVotes")
      assert.notInclude(codes((yield* clean("crowd.jsonl", request)).cleaned), "anonymousVotes")
    })
  )

  it.effect("cleanFiles refuses what does not go together, and says what to do", () =>
    Effect.gen(function* () {
      const told: ReadonlyArray<readonly [string, Partial<CleanRequest>, RegExp]> = [
        ["labelled.jsonl", {}, /Cannot clean by "re-po": .*one vote.*; name annotators who are right with --trusted/],
        ["labelled.jsonl", { method: "majority" }, /found at most one vote on each of 500 pairs.*--method rw-gap/],
        ["polite.jsonl", { method: "glad" }, /found at most one vote.*--method text-model --fraction/],
        ["nobody.jsonl", {}, /; name the column that tells people apart with --annotator, since all votes of nobody/],
        ["crowd.jsonl", { method: "rw-gap", amount: { budget: 5 } }, /no pair with scores.*--score-chosen/],
        ["labelled.jsonl", { method: "rw-gap" }, /found neither --fraction nor --budget.*add --fraction 0.1/],
        ["labelled.jsonl", { method: "rw-gap", threshold: 0.4 }, /found --threshold, expected a share/],
        [
          "labelled.jsonl",
          { method: "rw-gap", treatment: "weight", amount: { budget: 5 } },
          /found --treatment weight, expected keep, flip or remove/
        ],
        [
          "crowd.jsonl",
          { threshold: 0.8, treatment: "flip" },
          /found --threshold 0.8 with --treatment flip, expected at most 0.5/
        ],
        ["crowd.jsonl", { threshold: 0.4, amount: { budget: 5 } }, /expected one of them/],
        ["crowd.jsonl", { trusted: ["silver"] }, /no vote by "silver", but by "ada", "bram"/],
        ["no-sides.jsonl", {}, /no columns with what was compared.*--chosen and --rejected/]
      ]
      for (const [file, request, message] of told) assert.match(yield* refusal(file, request), message)
      const inside = path.join(folder, "inside")
      fs.cpSync(path.join(folder, "crowd.jsonl"), path.join(inside, "data", "train.jsonl"), { recursive: true })
      const { message } = yield* Effect.flip(clean("inside", {}, "inside"))
      assert.match(message, /found ".*train.jsonl" in the folder of the results.*--out/)
    })
  )

  it.effect("cleanFiles keeps own columns under names that every object has something under", () =>
    Effect.gen(function* () {
      const rows = [0, 1, 2].flatMap((i) =>
        ["ada", "bram"].map((annotator) => ({
          prompt: `q${i}`,
          response_a: "yes",
          response_b: `no ${i}`,
          winner: "a",
          annotator,
          ["__proto__"]: i,
          ...(i === 1 ? {} : { constructor: `c${i}` }),
          inner: i === 1 ? { n: i } : { n: i, toString: "t" }
        }))
      )
      fs.writeFileSync(path.join(folder, "names.jsonl"), lines(rows))
      yield* clean("names.jsonl", { method: "majority", treatment: "keep" }, "names")
      const file = path.join(folder, "names/data/train-00000-of-00001.parquet")
      const made = yield* readRows(file)
      assert.deepStrictEqual(
        made.map((row) => [row["constructor"], row["inner"]]),
        [
          ["c0", { n: 0n, toString: "t" }],
          [null, { n: 1n, toString: null }],
          ["c2", { n: 2n, toString: "t" }]
        ]
      )
      const metadata = yield* Effect.promise(async () => parquetMetadataAsync(await asyncBufferFromFile(file)))
      const column = metadata.row_groups[0]!.columns.find(
        ({ meta_data }) => meta_data?.path_in_schema[0] === "__proto__"
      )
      assert.deepStrictEqual(
        [column?.meta_data?.statistics?.min_value, column?.meta_data?.statistics?.max_value].map(Number),
        [0, 2]
      )
    })
  )

  it.effect("cleanFiles writes over its own card, and not over one that somebody wrote or changed", () =>
    Effect.gen(function* () {
      const out = "twice"
      yield* clean("crowd.jsonl", {}, out)
      const card = path.join(folder, out, "README.md")
      const manifest = path.join(folder, out, "manifest.json")
      const written = fs.readFileSync(card, "utf8")
      yield* clean("crowd.jsonl", {}, out)
      assert.strictEqual(fs.readFileSync(card, "utf8"), written)
      for (const other of [written.replace("# ", "# My "), "# Mine\n"]) {
        fs.writeFileSync(card, other)
        const before = fs.statSync(manifest).mtimeMs
        const { message } = yield* Effect.flip(clean("crowd.jsonl", {}, out))
        assert.match(message, /Cannot clean into ".*twice": found a README\.md that .* changed since, .*; move it away/)
        assert.strictEqual(fs.readFileSync(card, "utf8"), other)
        assert.strictEqual(fs.statSync(manifest).mtimeMs, before)
      }
    })
  )

  it.effect("cleanFiles replaces no file of somebody else, and writes nothing then", () =>
    Effect.gen(function* () {
      for (const name of ["data/train-00000-of-00001.parquet", "rejects.parquet", "report.html", "manifest.json"]) {
        const out = path.join(folder, "others", name)
        const file = path.join(out, name)
        fs.mkdirSync(path.dirname(file), { recursive: true })
        fs.writeFileSync(file, "mine")
        const { message } = yield* Effect.flip(clean("crowd.jsonl", {}, path.relative(folder, out)))
        assert.include(message, `found "${file}", which no command of Prefloom wrote there, expected none, or its own`)
        assert.strictEqual(fs.readFileSync(file, "utf8"), "mine")
        assert.deepStrictEqual(fs.readdirSync(out).toSorted(), [".prefloom", name.split("/")[0]])
      }
    })
  )

  const pandaLm = path.resolve(import.meta.dirname, "../../../shared/data/real/pandalm-testset/testset-v1.json")
  const isThere = fs.existsSync(pandaLm)
  if (!isThere) process.stdout.write(`Skipped: PandaLM's test set is not at ${pandaLm}\n`)
  it.effect.skipIf(!isThere)("cleanFiles makes one row of the three opinions on each pair of PandaLM", () =>
    Effect.gen(function* () {
      interface Judged {
        readonly instruction: string
        readonly input: string
        readonly response1: unknown
        readonly response2: unknown
        readonly annotator1: number
        readonly annotator2: number
        readonly annotator3: number
      }
      const judged = JSON.parse(fs.readFileSync(pandaLm, "utf8")) as ReadonlyArray<Judged>
      const textsOf = ({ input, instruction, response1, response2 }: Judged) =>
        JSON.stringify([instruction, input, [String(response1), String(response2)].toSorted()])
      /** Votes by text of the answer, and ties, of each pair with two different answers. */
      const counts = new Map<string, Map<string, number>>()
      for (const row of judged) {
        if (row.response1 === row.response2) continue
        const ofPair = counts.get(textsOf(row)) ?? new Map<string, number>()
        counts.set(textsOf(row), ofPair)
        for (const vote of [row.annotator1, row.annotator2, row.annotator3]) {
          const named = vote === 0 ? "a tie" : String(vote === 1 ? row.response1 : row.response2)
          ofPair.set(named, (ofPair.get(named) ?? 0) + 1)
        }
      }
      /** The answer that more name than the other, and at least as many as call it a tie; null where both have as many. */
      const winnerOf = (votes: ReadonlyMap<string, number>): string | null | undefined => {
        const named = [...votes].filter(([name]) => name !== "a tie").toSorted(([, a], [, b]) => b - a)
        const most = named[0]?.[1] ?? 0
        if (most === 0 || most < (votes.get("a tie") ?? 0)) return undefined
        return named[1]?.[1] === most ? null : named[0]![0]
      }
      const methods: ReadonlyArray<CleanMethod> = ["re-po", "consensus"]
      for (const method of methods) {
        const { cleaned, out } = yield* clean(pandaLm, { method, files: [pandaLm] })
        const { rejects, rows } = yield* tables(out)
        nothingLost(cleaned, rows, rejects)
        assert.strictEqual(cleaned.rowsIn, 999)
        const written = new Map(rows.map((row) => [textsOf(row as unknown as Judged), row["chosen"]] as const))
        assert.strictEqual(written.size, rows.length)
        assert.strictEqual(rows.length, [...counts.values()].filter((votes) => winnerOf(votes) !== undefined).length)
        for (const [pair, votes] of counts) {
          const winner = winnerOf(votes)
          if (winner !== null) assert.strictEqual(written.get(pair), winner)
        }
        const probabilities = rows.flatMap((row) => (row["labelProb"] === null ? [] : [row["labelProb"] as number]))
        // Three annotators who are right 97 times in 100 are together wrong in hardly any pair.
        assert.isAbove(probabilities.reduce((sum, p) => sum + p, 0) / probabilities.length, 0.95)
      }
    })
  )
})
