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
const referenced = (ref_chosen_logps: number, ref_rejected_logps: number | null) => ({
  prompt: "Which one?",
  chosen: ` The first, ${ref_chosen_logps}.`,
  rejected: " The second.",
  ref_chosen_logps,
  ref_rejected_logps
})
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
  "replies.jsonl": lines([
    { prompt: user.content, chosen: [turn("assistant", "Jupiter.")], rejected: [turn("assistant", "Mars.")] }
  ]),
  "alone/ranking.jsonl": lines([ranking, { ...ranking, conversations: [asked, better] }]),
  "kto.jsonl": lines([
    ...Array.from({ length: 100 }, (_, i) => ({ conversations: [asked, i < 50 ? better : worse], kto_tag: i < 50 })),
    { conversations: [asked, worse], kto_tag: 1 }
  ]),
  "mixed.jsonl": lines([
    { conversations: [asked, better], kto_tag: true },
    { conversations: [asked, worse], kto_tag: 1 }
  ]),
  "numbers.jsonl": lines([1, 0, 1].map((kto_tag) => ({ messages: [user, turn("assistant", "Jupiter.")], kto_tag }))),
  "labels.jsonl": lines([1, 0].map((label) => ({ messages: [user, turn("assistant", "Jupiter.")], label }))),
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
  "users.jsonl": lines(
    ["assistant", "user"].map((role) => ({
      prompt: [user],
      chosen: [turn(role, "It is certainly Jupiter.")],
      rejected: [turn("assistant", "That would be Mars.")]
    }))
  ),
  "nulls.jsonl": lines([{ prompt: "Question?", chosen: " Yes.", rejected: " Not at all.", margin: null }]),
  "scores.jsonl": lines(
    [1, null].map((score_rejected) => ({
      prompt: `Question ${score_rejected}?`,
      chosen: " Yes.",
      rejected: " Not at all.",
      score_chosen: 4,
      score_rejected
    }))
  ),
  "reference.jsonl": lines([referenced(-4, -5), referenced(-6.5, -7)]),
  "someReference.jsonl": lines([
    referenced(-4, -5),
    referenced(-6, null),
    { prompt: "Q?", chosen: " No.", rejected: " Yes." }
  ]),
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

  it("preflightTarget finds what LLaMA-Factory drops", async () => {
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
  })

  it("preflightTarget finds a KTO tag that is no boolean", async () => {
    const found = await check("kto.jsonl", "llamafactory-kto")
    const finding = findingIn(found, "label that is no boolean")!
    assert.deepStrictEqual(linesIn(found, "label that is no boolean"), [101])
    assert.strictEqual(finding.severity, "silently wrong")
    for (const target of ["llamafactory-kto", undefined]) {
      const mixed = await check("mixed.jsonl", target)
      assert.strictEqual(mixed.rows, 2)
      assert.strictEqual(mixed.format, "llamafactory-kto")
      assert.deepStrictEqual(linesIn(mixed, "label that is no boolean"), [2])
      const numbers = await check("numbers.jsonl", target)
      assert.deepInclude(findingIn(numbers, "label that is no boolean"), {
        rows: 3,
        share: 1,
        severity: "silently wrong"
      })
    }
    // A number in "label" may be anything, until somebody says what it is.
    const labels = await check("labels.jsonl", "llamafactory-kto")
    assert.deepInclude(findingIn(labels, "label that is no boolean"), { rows: 2, share: 1 })
    const failed = await check("labels.jsonl").then(
      () => "",
      (problem: Error) => problem.message
    )
    assert.match(failed, /found the columns "messages", "label", expected those of a known format/)
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

  it("preflightTarget says of TRL's reward trainer that it goes on with replies of another role", async () => {
    const found = await check("users.jsonl", "trl-reward")
    assert.deepInclude(findingIn(found, "reply of another role"), { rows: 1, severity: "silently wrong" })
    assert.deepStrictEqual(linesIn(found, "reply of another role"), [2])
  })

  it("preflightTarget takes no scores for margins, which RewardTrainer does not look for", async () => {
    const found = await check("scores.jsonl", "trl-reward")
    assert.strictEqual(found.rows, 2)
    assert.isUndefined(found.findings.find(({ severity }) => severity === "stops training"))
    assert.isUndefined(findingIn(found, "remark"))
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
  it("preflightTrl finds a prompt as text beside replies as messages, in the data's own format too (TRL-1)", async () => {
    const found = await check("binarized.jsonl")
    assert.strictEqual(found.target, "ultrafeedback-binarized")
    assert.deepStrictEqual(linesIn(found, "mixedShapes"), [1])
    assert.strictEqual(found.worst, "stops training")
    const replies = await check("replies.jsonl")
    assert.deepStrictEqual(linesIn(replies, "mixedShapes"), [1])
    assert.isUndefined(findingIn(await check("keys.jsonl"), "mixedShapes"))
    assert.isUndefined(findingIn(await check("options.jsonl"), "mixedShapes"))
  })

  it("preflightTrl finds margins that are no numbers, where there is such a column", async () => {
    const some = await check("reward.jsonl", "trl-reward")
    assert.deepInclude(findingIn(some, "missingMargin"), { rows: 1, severity: "stops training" })
    assert.deepStrictEqual(linesIn(some, "missingMargin"), [2])
    assert.deepInclude(findingIn(await check("nulls.jsonl", "trl-reward"), "missingMargin"), { rows: 1 })
    assert.isUndefined(findingIn(await check("scores.jsonl", "trl-reward"), "missingMargin"))
    assert.isUndefined(findingIn(await check("reward.jsonl", "trl-preference"), "missingMargin"))
  })

  it("preflightTrl finds log-probabilities of a reference model, and those that are no numbers", async () => {
    const all = await check("reference.jsonl")
    assert.deepInclude(findingIn(all, "referenceColumns"), { rows: 2, severity: "worth knowing" })
    assert.match(findingIn(all, "referenceColumns")!.what, /"ref_chosen_logps" and "ref_rejected_logps"/)
    assert.isUndefined(findingIn(all, "missingReference"))
    const some = await check("someReference.jsonl")
    assert.deepInclude(findingIn(some, "missingReference"), { rows: 2, severity: "stops training" })
    assert.deepStrictEqual(linesIn(some, "missingReference"), [2, 3])
    const none = await check("options.jsonl")
    assert.isUndefined(findingIn(none, "missingReference"))
    assert.isUndefined(findingIn(none, "referenceColumns"))
  })

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
