import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type FilesPreflight, preflightFiles } from "../../src/cli/preflightFiles.ts"
import { Run } from "../../src/Run.ts"
import { temporaryFolder } from "../cli/runPrefloom.ts"

const lines = (rows: ReadonlyArray<unknown>) => rows.map((row) => `${JSON.stringify(row)}\n`).join("")
const turn = (role: string, content: string) => ({ role, content })
const said = (from: string, value: string) => ({ from, value })
const asked = said("human", "Which is the largest planet?")
const [better, worse] = [said("gpt", "It is Jupiter."), said("gpt", "That would be Mars.")]
const ranking = { conversations: [asked], chosen: better, rejected: worse }
const user = turn("user", "Which is the largest planet?")

const { folder, remove } = temporaryFolder({
  "binarized.jsonl": lines([
    {
      prompt: user.content,
      prompt_id: "p",
      chosen: [user, turn("assistant", "It is Jupiter.")],
      rejected: [user, turn("assistant", "That would be Mars.")],
      messages: [user, turn("assistant", "It is Jupiter.")],
      score_chosen: 8,
      score_rejected: 3
    }
  ]),
  "alone/ranking.jsonl": lines([ranking, { ...ranking, conversations: [asked, better] }]),
  "listed/ranking.jsonl": lines([ranking]),
  "listed/dataset_info.json": JSON.stringify({
    mine: { file_name: "ranking.jsonl", formatting: "sharegpt", ranking: true }
  }),
  "unranked/ranking.jsonl": lines([ranking]),
  "unranked/dataset_info.json": JSON.stringify({ mine: { file_name: "ranking.jsonl", formatting: "sharegpt" } }),
  "kto.jsonl": lines([
    ...Array.from({ length: 100 }, (_, i) => ({ conversations: [asked, i < 50 ? better : worse], kto_tag: i < 50 })),
    { conversations: [asked, worse], kto_tag: 1 }
  ]),
  "mixed.jsonl": lines([
    { conversations: [asked, better], kto_tag: true },
    { conversations: [asked, worse], kto_tag: 1 }
  ]),
  "axolotl.jsonl": lines([
    { messages: [user], chosen: turn("assistant", "It is certainly Jupiter."), rejected: turn("assistant", "user") },
    { messages: [user], chosen: turn("assistant", " It is certainly Jupiter."), rejected: turn("assistant", "Mars.") }
  ]),
  "implicit.jsonl": lines([
    { chosen: "Where is the sea? The sky knows.", rejected: "Where is the sea? The sea knows." },
    { chosen: "Where is it? Above.", rejected: "Where is it? Below." },
    { chosen: "One text.", rejected: "Another text." }
  ]),
  "keys.jsonl": lines([
    {
      chosen: [{ ...user, tool_calls: null }, turn("assistant", "It is Jupiter.")],
      rejected: [user, turn("assistant", "That would be Mars.")]
    }
  ]),
  "reward.jsonl": lines(
    [1, null, 2].map((margin, i) => ({ prompt: `Question ${i}?`, chosen: " Yes.", rejected: " Not at all.", margin }))
  ),
  "options.jsonl": lines([{ prompt: "Hi there?", chosen: " Yes.", rejected: " No.", chat_template_kwargs: null }])
})
afterAll(remove)

const check = (file: string, target?: string): Promise<FilesPreflight> =>
  preflightFiles(
    {
      files: [path.join(folder, file)],
      named: {},
      encoding: "o200k_base",
      maxLength: 1024,
      ...(target === undefined ? {} : { target })
    },
    { what: "", nRows: 0, totalRows: null }
  ).pipe(Effect.provide(Run.layerTemporary()), Effect.scoped, Effect.runPromise)

const findingIn = ({ findings }: FilesPreflight, name: string) => findings.find((finding) => finding.check === name)
const linesIn = (found: FilesPreflight, name: string) =>
  findingIn(found, name)?.examples.map(({ place }) => Number(place.split(":").at(-1)))

describe("preflightTarget", () => {
  it("preflightTarget says that data are not in the format that is trained on (TRL-1)", async () => {
    const found = await check("binarized.jsonl", "trl-preference")
    assert.strictEqual(found.format, "ultrafeedback-binarized")
    assert.strictEqual(findingIn(found, "otherFormat")!.severity, "stops training")
    assert.match(findingIn(found, "otherFormat")!.what, /all three texts or all three lists of messages/)
    assert.isUndefined(findingIn(await check("binarized.jsonl"), "otherFormat"))
  })

  it("preflightTarget finds what LLaMA-Factory drops, and whether dataset_info.json names the file", async () => {
    const alone = await check("alone/ranking.jsonl")
    assert.strictEqual(alone.target, "llamafactory-sharegpt")
    const dropped = alone.findings.filter(({ severity }) => severity === "silently wrong")
    assert.deepStrictEqual(
      dropped.flatMap(({ examples }) => examples.map(({ place }) => place.split(":").at(-1))),
      // The turn of the assistant at the end of the prompt breaks the alternation and the template's prefix.
      ["2", "2"]
    )
    assert.include(
      alone.unchecked.map((one) => one.check),
      "truncation"
    )
    assert.match(findingIn(alone, "companion")!.what, /no dataset_info\.json/)
    assert.isUndefined(findingIn(await check("listed/ranking.jsonl"), "companion"))
    assert.match(findingIn(await check("unranked/ranking.jsonl"), "companion")!.what, /ranking: false/)
  })

  it("preflightTarget finds a KTO tag that is no boolean", async () => {
    const found = await check("kto.jsonl", "llamafactory-kto")
    const finding = findingIn(found, "label that is no boolean")!
    assert.deepStrictEqual(linesIn(found, "label that is no boolean"), [101])
    assert.strictEqual(finding.severity, "silently wrong")
    const failed = await check("mixed.jsonl", "llamafactory-kto").then(
      () => "",
      (problem: Error) => problem.message
    )
    assert.match(failed, /expected "conversations" or "messages", and "kto_tag" with true and false/)
  })

  it("preflightTarget finds replies that Axolotl loses (AX-1)", async () => {
    const found = await check("axolotl.jsonl", "axolotl")
    assert.deepStrictEqual(linesIn(found, "reply inside the chat template"), [1])
    const remarks = found.findings.filter((finding) => finding.check === "remark")
    assert.deepStrictEqual(
      remarks.map(({ rows, severity }) => ({ rows, severity })),
      [
        { rows: 1, severity: "silently wrong" },
        { rows: 1, severity: "worth knowing" }
      ]
    )
  })

  it("preflightTarget finds a margin that is missing in some rows", async () => {
    const found = await check("reward.jsonl", "trl-reward")
    const [finding] = found.findings
    assert.strictEqual(finding!.severity, "stops training")
    assert.deepStrictEqual(
      finding!.examples.map(({ place }) => place.split(":").at(-1)),
      ["2"]
    )
  })

  it("preflightTarget says when a format cannot hold the data at all, and refuses names that are none", async () => {
    const found = await check("kto.jsonl", "trl-preference")
    assert.match(findingIn(found, "otherKind")!.what, /single replies with a label/)
    const failed = await check("kto.jsonl", "nonsense").then(
      () => "",
      (problem: Error) => problem.message
    )
    assert.match(failed, /found --for nonsense, expected the name of a format; take one of trl-preference/)
  })
})

describe("preflightTrl", () => {
  it("preflightTrl finds prompts that TRL cuts out by their characters (TRL-3)", async () => {
    const found = await check("implicit.jsonl")
    assert.strictEqual(found.target, "trl-preference-implicit")
    assert.deepStrictEqual(linesIn(found, "promptCutInsideWord"), [1])
    assert.deepStrictEqual(linesIn(found, "noCommonPrompt"), [3])
  })

  it("preflightTrl finds messages whose keys differ (TRL-4) and template options that are null", async () => {
    assert.deepStrictEqual(linesIn(await check("keys.jsonl"), "messageKeysDiffer"), [1])
    assert.deepStrictEqual(linesIn(await check("options.jsonl"), "nullTemplateOptions"), [1])
  })
})
