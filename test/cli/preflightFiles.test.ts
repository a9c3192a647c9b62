import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type FilesPreflight, preflightFiles, type PreflightRequest } from "../../src/cli/preflightFiles.ts"
import { renderPreflight } from "../../src/cli/renderPreflight.ts"
import { wilson } from "../../src/math/wilson.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { Run } from "../../src/Run.ts"
import { temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({})
afterAll(remove)

type Rows = ReadonlyArray<Readonly<Record<string, unknown>>>

const write = (name: string, rows: Rows): string => {
  const file = path.join(folder, name)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""))
  return file
}

const check = (files: ReadonlyArray<string>, more: Partial<PreflightRequest> = {}): Promise<FilesPreflight> =>
  preflightFiles(
    { files, named: {}, encoding: "o200k_base", maxLength: 1024, ...more },
    { what: "", nRows: 0, totalRows: null }
  ).pipe(Effect.provide(Run.layerTemporary()), Effect.scoped, Effect.runPromise)

const checkRows = (name: string, rows: Rows, more: Partial<PreflightRequest> = {}) => check([write(name, rows)], more)

const findingIn = ({ findings }: FilesPreflight, name: string) => findings.find((finding) => finding.check === name)

/** The numbers of the rows that a finding names. */
const linesIn = (found: FilesPreflight, name: string) =>
  findingIn(found, name)?.examples.map(({ place }) => Number(place.split(":").at(-1)))

/** Words that are one token each, with a space in front or at the beginning. */
const vocabulary = "the of and to in is that for on with as at by from this have are was not but".split(" ")

/** A text of `n` tokens. */
const words = (n: number, random: () => number): string =>
  Array.from({ length: n }, () => vocabulary[Math.floor(random() * vocabulary.length)]!).join(" ")

const normal = (random: () => number) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

const good = { prompt: "Which is the largest planet?", chosen: " It is Jupiter.", rejected: " That would be Mars." }

describe("preflightFiles", () => {
  // Made after https://github.com/natolambert/rlhf-book/pull/504: 352 of 5,000 pairs of UltraFeedback (7 %) were the same at 512 tokens, because
  // long prompts left no room. Here prompts have log-normal lengths of which 7.04 % in theory reach 512 tokens: a median of 120 tokens, and
  // 1.4728 standard deviations of the logarithm up to 512. It shows that the check counts what was published, not how long prompts are.
  it(
    "preflightFiles finds the published 7 % of pairs that are the same at 512 tokens",
    { timeout: 60_000 },
    async () => {
      const random = keyedRandom(7, "ultrafeedback")
      const spread = Math.log(512 / 120) / 1.4728
      const lengths = Array.from({ length: 5000 }, () =>
        Math.max(1, Math.floor(120 * Math.exp(spread * normal(random))))
      )
      const rows = lengths.map((n) => ({
        prompt: words(n, random),
        chosen: ` ${words(60, random)}`,
        rejected: ` ${words(60, random)}`
      }))
      const found = await checkRows("lengths.jsonl", rows, { maxLength: 512 })
      const full = findingIn(found, "promptFillsLength")!
      assert.strictEqual(full.severity, "silently wrong")
      assert.strictEqual(full.rows, lengths.filter((n) => n >= 512).length)
      const { lower, upper } = wilson(full.rows, 5000)
      assert.isBelow(lower, 352 / 5000)
      assert.isAbove(upper, 352 / 5000)
      assert.isUndefined(findingIn(await checkRows("lengths.jsonl", rows, { maxLength: 100_000 }), "promptFillsLength"))
    }
  )

  it("preflightFiles finds replies that differ behind the cut, to the token, and one earlier for OpenRLHF", async () => {
    const random = keyedRandom(1, "cut")
    const rows = [48, 49, 50, 51].map((shared) => {
      const start = words(shared, random)
      return { prompt: words(50, random), chosen: ` ${start} the`, rejected: ` ${start} of` }
    })
    const found = await checkRows("cut.jsonl", rows, { maxLength: 100 })
    assert.deepStrictEqual(linesIn(found, "sameAfterTruncation"), [3, 4])
    const strict = await checkRows("cut.jsonl", rows, { maxLength: 100, target: "openrlhf" })
    assert.deepStrictEqual(linesIn(strict, "sameAfterTruncation"), [2, 3, 4])
  })

  it("preflightFiles finds what is wrong with the texts of a row", async () => {
    const long = "Take the train at nine in the morning."
    const rows = [
      good,
      { ...good, rejected: good.chosen },
      { ...good, rejected: "It is  Jupiter." },
      { ...good, chosen: "" },
      { ...good, chosen: long, rejected: `Well. ${long}` },
      { ...good, chosen: `${long} It is cheap.`, rejected: long },
      { ...good, chosen: `${good.prompt} Jupiter.` },
      { ...good, rejected: "Mars.<|im_end|>" }
    ]
    const found = await checkRows("texts.jsonl", rows)
    assert.strictEqual(found.format, "trl-preference")
    for (const [name, line] of [
      ["equal", 2],
      ["almostEqual", 3],
      ["empty", 4],
      ["chosenInRejected", 5],
      ["rejectedInChosen", 6],
      ["repeatsPrompt", 7],
      ["markup", 8]
    ] as const) {
      assert.deepStrictEqual(linesIn(found, name), [line], name)
      assert.strictEqual(findingIn(found, name)!.share, 1 / 8)
    }
    assert.match(findingIn(found, "markup")!.what, /"<\|im_end\|>"/)
    assert.strictEqual(found.worst, "silently wrong")
    assert.deepStrictEqual(
      found.findings.map(({ severity }) => severity),
      found.findings.map(({ severity }) => severity).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    )
  })

  it("preflightFiles finds nothing in good pairs and says what it could not look at", async () => {
    const found = await checkRows("good.jsonl", [
      good,
      { prompt: "Why is the sky blue?", chosen: " Light scatters.", rejected: " It is the sea." }
    ])
    assert.deepStrictEqual(found.findings, [])
    assert.isNull(found.worst)
    const skipped = found.unchecked.map((one) => one.check)
    for (const name of ["position bias", "self-preference", "prompts in several splits", "scores"]) {
      assert.include(skipped, name)
    }
  })

  it("preflightFiles compares scores, margins, turns and the order of repeated rows", async () => {
    const scored = (score_chosen: number, score_rejected: number, n: number) => ({
      ...good,
      prompt: `Question ${n}?`,
      score_chosen,
      score_rejected
    })
    const scores = await checkRows("scores.jsonl", [scored(2, 1, 1), scored(1, 2, 2), scored(3, 3, 3)])
    assert.deepStrictEqual(linesIn(scores, "lowerScore"), [2])
    assert.deepStrictEqual(linesIn(scores, "equalScore"), [3])

    const turned = { ...good, chosen: good.rejected, rejected: good.chosen }
    const copies = await checkRows("copies.jsonl", [
      good,
      turned,
      { ...good, prompt: "Again?" },
      { ...good, prompt: "Again?" }
    ])
    assert.deepStrictEqual(linesIn(copies, "contradiction"), [1, 2])
    assert.deepStrictEqual(linesIn(copies, "duplicate"), [4])

    const message = (role: string, content: string) => [{ role, content }]
    const turns = await checkRows("turns.jsonl", [
      { prompt: message("user", "Hello?"), chosen: message("assistant", "Hi."), rejected: message("assistant", "No.") },
      {
        prompt: message("assistant", "Hello?"),
        chosen: message("assistant", "Hi."),
        rejected: message("assistant", "No.")
      }
    ])
    assert.deepStrictEqual(linesIn(turns, "noPrefix"), [2])
  })

  it("preflightFiles finds prompts in several splits, equal and nearly so, in files and in a column", async () => {
    const text = "Describe in three sentences how a steam engine turns heat into motion for a child of ten years"
    const train = [
      { ...good, prompt: `${text}.` },
      { ...good, prompt: "What is a cell?" },
      { ...good, prompt: "Alone?" }
    ]
    const test = [
      { ...good, prompt: `${text} please.` },
      { ...good, prompt: "What is  a cell?" }
    ]
    write("splits/data/train.jsonl", train)
    write("splits/data/test.jsonl", test)
    const found = await check([path.join(folder, "splits")])
    assert.strictEqual(found.rows, 5)
    assert.strictEqual(findingIn(found, "promptInSplits")!.rows, 2)
    const near = findingIn(found, "nearPromptInSplits")!
    assert.match(near.what, /^1 group of/)
    assert.strictEqual(near.rows, 2)

    const inColumn = await checkRows("column.jsonl", [
      ...train.map((row) => ({ ...row, split: "train" })),
      ...test.map((row) => ({ ...row, split: "test" }))
    ])
    assert.deepStrictEqual(linesIn(inColumn, "promptInSplits"), [2, 5])
  })

  it("preflightFiles takes for splits what convert does: null and nothing as train, and no texts that name none", async () => {
    const withSplits = (...names: ReadonlyArray<string | null>) =>
      checkRows(
        "named.jsonl",
        names.map((split) => ({ ...good, split }))
      )
    const same = (found: FilesPreflight) => findingIn(found, "promptInSplits")
    assert.isUndefined(same(await withSplits("train", "", null)))
    assert.match(same(await withSplits("", "test"))!.what, /\(test, train\)/)
    const other = await withSplits("some text 0", "some text 1")
    assert.include(other.said, 'column "split" names no splits')
    assert.isUndefined(same(other))
  })

  it("preflightFiles looks at the splits of a column that are asked for, also where tags are texts, and names those there are", async () => {
    const inColumn = ["train", "test", "train", "test", "test"].map((split, i) => ({ ...good, prompt: `${i}?`, split }))
    assert.strictEqual((await checkRows("plain.jsonl", inColumn, { splits: ["test"] })).rows, 3)
    const tags = inColumn.map(({ prompt, split }) => ({
      conversations: [
        { from: "human", value: prompt },
        { from: "gpt", value: "Jupiter." }
      ],
      kto_tag: "yes",
      split
    }))
    const found = await checkRows("tags.jsonl", tags, { splits: ["test"] })
    assert.strictEqual(found.rows, 3)
    assert.deepStrictEqual(
      found.findings.filter(({ check: name }) => /no boolean/.test(name)).map(({ rows }) => rows),
      [3]
    )
    for (const rows of [inColumn, tags]) {
      const problem = await checkRows("absent.jsonl", rows, { splits: ["dev"] }).then(
        () => "none",
        ({ message }: Error) => message
      )
      assert.match(problem, /no rows of the split dev.*there are those of test, train/)
    }
  })

  it("preflightFiles finds biases of length, position and judges", async () => {
    const longer = Array.from({ length: 72 }, (_, i) => ({
      prompt: `Question ${i}?`,
      chosen: i < 54 ? "A longer answer." : i < 60 ? "Short." : "As long ok",
      rejected: "Medium so."
    }))
    const length = findingIn(await checkRows("longer.jsonl", longer), "lengthBias")!
    assert.match(length.what, /the longer reply is chosen in 90\.0% of the pairs of different length/)
    assert.deepStrictEqual([length.rows, length.share], [54, 54 / 72])
    assert.strictEqual(length.severity, "worth knowing")

    const vote = (i: number, winner: string) => ({
      prompt: `Question ${i}?`,
      model_a: "alpha",
      model_b: "beta",
      winner,
      judge: i % 2 === 0 ? "alpha" : "person"
    })
    const votes = Array.from({ length: 100 }, (_, i) =>
      vote(i, i >= 80 ? "tie" : i % 2 === 0 || i % 4 === 1 ? "model_a" : "model_b")
    )
    const found = await checkRows("judges.jsonl", votes)
    const position = findingIn(found, "positionBias")!
    assert.match(position.what, /the first reply wins 75\.0% of the verdicts/)
    assert.deepStrictEqual([position.rows, position.share], [60, 60 / 100])
    assert.match(position.what, /most one-sided, with the share of the first: alpha 100\.0%/)
    const own = findingIn(found, "selfPreference")!
    assert.match(own.what, /^alpha lets its own replies win 100\.0% of 40 times; others let them win 50\.0%/)
    assert.deepStrictEqual([own.rows, own.share], [40, 40 / found.rows])
  })

  it("preflightFiles takes ties for what votes may say, and for wrong where they are to be trained on", async () => {
    const rows = ["a", "b", "tie"].map((winner, i) => {
      return { prompt: `Which ${i}?`, response_a: `This one, ${i}.`, response_b: `That one, ${i}.`, winner }
    })
    const seen = await checkRows("ties.jsonl", rows)
    assert.deepInclude(findingIn(seen, "ties"), { severity: "worth knowing", rows: 1 })
    assert.deepStrictEqual(linesIn(seen, "ties"), [3])
    assert.strictEqual(seen.worst, "worth knowing")
    const trained = await checkRows("ties.jsonl", rows, { target: "trl-preference", named: { label: "winner" } })
    assert.strictEqual(findingIn(trained, "noOrder")?.severity, "silently wrong")
    assert.isUndefined(findingIn(trained, "ties"))
  })

  it("preflightFiles checks pairs as their trainer reads them, also where who judged is named", async () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({
      prompt: `Which is the planet of number ${i}? `,
      chosen: `It is the one called ${i}.`,
      rejected: "Nobody knows.",
      judge: "m1"
    }))
    for (const [chosen, rejected] of [
      ["chosen_model", "rejected_model"],
      ["chosenModel", "rejectedModel"]
    ] as const) {
      const judged = rows.map((row) => ({ ...row, [chosen]: "m1", [rejected]: "m2" }))
      const found = await checkRows("judged.jsonl", judged, { named: { annotator: "judge" } })
      assert.strictEqual(found.target, "trl-preference")
      assert.match(found.said, /"judge" names who chose$/)
      assert.strictEqual(findingIn(found, "tokensJoin")?.rows, 60)
      assert.match(findingIn(found, "selfPreference")!.what, /^m1 lets its own replies win 100\.0% of 60 times/)
      assert.isUndefined(findingIn(await checkRows("judged.jsonl", judged), "selfPreference"))
    }
    const asVotes = rows.map(({ chosen, judge, prompt, rejected }) => {
      return { prompt, response_a: chosen, response_b: rejected, winner: "a", judge }
    })
    const voted = await checkRows("voted.jsonl", asVotes, { named: { annotator: "judge" } })
    assert.isNull(voted.target)
  })

  it("preflightFiles looks at Prefloom's own pairs as TRL trains on them, unless another format is named", async () => {
    const own = { id: "r", promptId: "p", chosenId: "c", rejectedId: "d", scoreChosen: 1, scoreRejected: 2 }
    // TRL spreads these options into a call.
    const rows = [
      { ...own, ...good, chat_template_kwargs: null },
      { ...own, ...good, prompt: "Another?", chat_template_kwargs: null }
    ]
    const found = await checkRows("own.jsonl", rows)
    assert.match(found.said, /^prefloom, because .*; looked at as trl-preference/)
    assert.strictEqual(found.target, "trl-preference")
    const named = await checkRows("own.jsonl", rows, { target: "trl-preference" })
    assert.isAbove(named.findings.length, 0)
    assert.deepStrictEqual(found.findings, named.findings)
    assert.deepStrictEqual(linesIn(found, "lowerScore"), [1, 2])
    const read = await checkRows("own.jsonl", rows, { from: "prefloom" })
    assert.strictEqual(read.target, "trl-preference")
    const other = await checkRows("own.jsonl", rows, { target: "prefloom" })
    assert.strictEqual(other.target, "prefloom")
    const strict = await checkRows("own.jsonl", rows, { target: "openrlhf" })
    assert.strictEqual(strict.target, "openrlhf")
  })

  it("preflightFiles tells what card and manifest beside the data say of them", async () => {
    const place = path.join(folder, "simulated")
    write("simulated/data/train.jsonl", [good])
    fs.writeFileSync(path.join(place, "README.md"), "---\nlicense: mit\n---\n")
    const manifest = { prefloom: "0.1.0", simulated: true, provider: {}, pipeline: "first", files: [] }
    fs.writeFileSync(path.join(place, "manifest.json"), JSON.stringify(manifest))
    const found = await check([place])
    assert.isTrue(found.source.simulated)
    assert.strictEqual(found.source.licence, "mit")
    const text = renderPreflight(found)
    assert.match(text, /^Note +"simulated" is simulated: not for training a model$/m)
    assert.match(text, /^Note +The licence is mit, as the card of "simulated" states$/m)
    const alone = await checkRows("nothing/alone.jsonl", [good])
    assert.isFalse(alone.source.simulated)
    assert.notMatch(renderPreflight(alone), /^Note/m)
  })

  it("preflightFiles weighs the labels of single replies", async () => {
    const single = (label: boolean, i: number) => ({ prompt: `Question ${i}?`, completion: `Answer ${i}.`, label })
    const rows = Array.from({ length: 30 }, (_, i) => single(i < 20, i))
    const found = findingIn(await checkRows("labels.jsonl", rows), "labelBalance")!
    assert.match(found.what, /20 wanted and 10 unwanted/)
    assert.match(found.remedy, /undesirable_weight to about 2\.00/)
    const even = await checkRows(
      "even.jsonl",
      rows.slice(5, 25).map((row, i) => ({ ...row, label: i < 11 }))
    )
    assert.isUndefined(findingIn(even, "labelBalance"))
    const one = await checkRows("one.jsonl", rows.slice(0, 20), { target: "trl-unpaired" })
    assert.strictEqual(findingIn(one, "oneLabel")!.rows, 20)
  })
})
