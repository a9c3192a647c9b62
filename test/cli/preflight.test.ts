import { afterAll, assert, describe, it } from "@effect/vitest"
import { tinyTemplate, writeTiny } from "../preflight/tinyTokenizer.ts"
import { runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const pair = {
  id: "r\u001b[31m1",
  prompt: "Which is the largest planet?",
  chosen: " It is Jupiter.",
  rejected: " Mars."
}
const lines = (rows: ReadonlyArray<unknown>) => rows.map((row) => `${JSON.stringify(row)}\n`).join("")
const { folder, remove } = temporaryFolder({
  "good.jsonl": lines([pair]),
  "splits/data/train.jsonl": lines([pair]),
  "splits/data/test.jsonl": lines([{ ...pair, chosen: " Jupiter, I think." }]),
  "same.jsonl": lines([{ ...pair, rejected: pair.chosen }, pair]),
  "copies.jsonl": lines([pair, pair]),
  "tags.jsonl": lines(
    [1, 0].map((kto_tag) => ({
      conversations: [
        { from: "human", value: pair.prompt },
        { from: "gpt", value: "Jupiter." }
      ],
      kto_tag
    }))
  ),
  "turns.jsonl": lines([
    {
      prompt: [{ role: "user", content: "abc" }],
      chosen: [{ role: "assistant", content: "abcabca" }],
      rejected: [{ role: "assistant", content: "abcabcb" }]
    }
  ])
})
afterAll(remove)

const preflight = (...args: ReadonlyArray<string>) => runPrefloom(["preflight", ...args], { cwd: folder })

describe("prefloom preflight", () => {
  it("prefloom preflight passes good data and says what it did not check", async () => {
    const { code, stderr, stdout } = await preflight("good.jsonl")
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /^Checked +1 row for trl-preference, 1,024 tokens of o200k_base$/m)
    assert.match(stdout, /^Nothing found$/m)
    assert.match(stdout, /^Not checked\n +\S/m)
  })

  it("prefloom preflight exits with 1 when something is silently wrong, and names rows, escaped, and the remedy", async () => {
    const { code, stderr, stdout } = await preflight("same.jsonl")
    assert.strictEqual(code, 1)
    assert.match(stdout, /^Silently wrong\n {2}1 row \(50\.0%\): chosen and rejected are the same text/m)
    assert.match(stdout, /^ {4}such as \S+ \(same\.jsonl:1\)\n {4}remedy: prefloom convert/m)
    assert.notInclude(stdout, "\u001b")
    assert.match(stderr, /found 1 finding that would stop training or make it silently wrong, expected none/)
  })

  it("prefloom preflight exits with 0 where there is only something to know, and prints JSON", async () => {
    const { code, stdout } = await preflight(
      "copies.jsonl",
      "--json",
      "--tokenizer",
      "cl100k_base",
      "--max-length",
      "99"
    )
    assert.strictEqual(code, 0)
    const found = JSON.parse(stdout) as Readonly<Record<string, unknown>>
    assert.strictEqual(found["worst"], "worth knowing")
    assert.strictEqual(found["encoding"], "cl100k_base")
    assert.strictEqual(found["maxLength"], 99)
    assert.deepInclude((found["findings"] as ReadonlyArray<Readonly<Record<string, unknown>>>)[0], {
      check: "duplicate",
      severity: "worth knowing",
      rows: 1,
      share: 0.5,
      examples: [{ id: null, place: "copies.jsonl:2" }]
    })
  })

  it("prefloom preflight reads all splits of a folder, or those that are named", async () => {
    const both = await preflight("splits", "--json")
    const checksOf = (text: string) =>
      (JSON.parse(text) as { readonly findings: ReadonlyArray<{ readonly check: string }> }).findings.map(
        ({ check }) => check
      )
    const one = await preflight("splits", "--split", "test", "--json")
    assert.deepStrictEqual(checksOf(both.stdout), ["promptInSplits"])
    assert.deepStrictEqual(checksOf(one.stdout), [])
    const none = await preflight("splits", "--split", "dev")
    assert.strictEqual(none.code, 1)
    assert.match(none.stderr, /found the splits .*dev/)
  })

  it("prefloom preflight counts with the tokenizer of a folder, and its chat template", async () => {
    const tokenizer = writeTiny({ "tokenizer_config.json": { bos_token: "<s>", chat_template: tinyTemplate } })
    const passed = await preflight("turns.jsonl", "--tokenizer", tokenizer, "--max-length", "8")
    assert.strictEqual(passed.code, 0, passed.stderr)
    assert.match(passed.stdout, /^Checked +1 row for trl-preference, 8 tokens of tiny with its chat template$/m)
    const cut = await preflight("turns.jsonl", "--tokenizer", tokenizer, "--max-length", "7")
    assert.strictEqual(cut.code, 1)
    assert.match(cut.stdout, /the same after truncation at 7 tokens of tiny with its chat template$/m)
  })

  it("prefloom preflight counts rows whose kto_tag is a number, and prints them as JSON", async () => {
    const { code, stdout } = await preflight("tags.jsonl", "--json")
    assert.strictEqual(code, 1)
    const found = JSON.parse(stdout) as { readonly rows: number; readonly findings: ReadonlyArray<object> }
    assert.strictEqual(found.rows, 2)
    assert.isTrue(
      found.findings.some(
        (one) => "check" in one && "rows" in one && /no boolean/.test(String(one.check)) && one.rows === 2
      )
    )
  })

  it("prefloom preflight takes no unknown encoding, length or file", async () => {
    assert.strictEqual((await preflight("good.jsonl", "--tokenizer", "mine")).code, 2)
    assert.strictEqual((await preflight("good.jsonl", "--max-length", "0")).code, 2)
    const { code, stderr } = await preflight("absent.jsonl")
    assert.strictEqual(code, 1)
    assert.match(stderr, /absent\.jsonl.*no such file/)
  })
})
