import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import ranks from "gpt-tokenizer/bpeRanks/r50k_base"
import * as r50k from "gpt-tokenizer/encoding/r50k_base"
import { TemplateRefusal } from "../../src/preflight/ChatTemplate.ts"
import { loadTokenizer, tokenizerProblem } from "../../src/preflight/Tokenizer.ts"
import { tinyTemplate, tinyTokenizer, writeTiny } from "./tinyTokenizer.ts"

const load = (given: string) => Effect.runPromise(loadTokenizer(given))
const problem = (given: string) => Effect.runPromise(Effect.flip(loadTokenizer(given)))
const asked = [{ role: "user", content: "abc", toolCalls: [], name: null, toolCallId: null }] as const

/** GPT-2's letters for bytes: printable ones stand for themselves, the others for those from 256 on. */
const letters = (() => {
  const isPrintable = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255)
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : next++))
})()

/** The encoding r50k_base as a tokenizer.json: each token of several letters is merged of the two that are left without it. */
const r50kFile = () => {
  const tokens = ranks.map((rank) =>
    [...Buffer.from(typeof rank === "string" ? Buffer.from(rank) : rank)].map((byte) => letters[byte]!).join("")
  )
  const rankOf = new Map(tokens.map((token, i) => [token, i]))
  const merges = tokens.flatMap((token, i) => {
    let parts = Array.from(token)
    if (parts.length < 2) return []
    while (parts.length > 2) {
      const joined = parts.slice(1).map((part, k) => rankOf.get(parts[k]! + part) ?? Infinity)
      const at = joined.indexOf(Math.min(...joined.filter((rank) => rank < i)))
      parts = [...parts.slice(0, at), parts[at]! + parts[at + 1]!, ...parts.slice(at + 2)]
    }
    return [parts]
  })
  return {
    ...tinyTokenizer,
    added_tokens: [],
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    model: { ...tinyTokenizer.model, vocab: Object.fromEntries(rankOf), merges }
  }
}

describe("loadTokenizer", () => {
  it("loadTokenizer takes the tokens of a folder, of its tokenizer.json and of its tokenizer_config.json", async () => {
    const folder = writeTiny({ "tokenizer_config.json": {} })
    for (const given of ["", "tokenizer.json", "tokenizer_config.json"]) {
      const { name, template, tokens } = await load(path.join(folder, given))
      assert.strictEqual(name, given === "" ? "tiny" : `tiny/${given}`)
      assert.isNull(template)
      // abc | ab | c would be abc abc: the merges make abc of the first three letters, and again of the next.
      assert.deepStrictEqual([...tokens("abcabcab ba")], [5, 5, 4, 3, 1, 0])
      assert.deepStrictEqual([...tokens("<|u|>abc<|e|>")], [7, 5, 9])
    }
  })

  it("loadTokenizer takes the tokens that stand in tokenizer_config.json alone, and none of its other settings", async () => {
    const token = { lstrip: false, normalized: false, rstrip: false, single_word: false, special: true }
    const added_tokens_decoder = {
      9: { ...token, content: "<|e|>" },
      10: { ...token, content: "<|t|>" }
    }
    const folder = writeTiny({ "tokenizer_config.json": { added_tokens_decoder, remove_space: true } })
    const { tokens } = await load(folder)
    assert.deepStrictEqual([...tokens("abc<|t|> a<|e|> ")], [5, 10, 3, 0, 9, 3])
  })

  it(
    "loadTokenizer gives the tokens of an encoding, from tokenizer.json as from gpt-tokenizer",
    { timeout: 30_000 },
    async () => {
      const { tokens } = await load(writeTiny({ "tokenizer.json": r50kFile() }))
      const own = await load("r50k_base")
      assert.strictEqual(own.name, "r50k_base")
      assert.isNull(own.template)
      const texts = [
        fs.readFileSync(new URL("../../README.md", import.meta.url), "utf8"),
        fs.readFileSync(new URL("../../src/preflight/Tokenizer.ts", import.meta.url), "utf8"),
        "Ünïcode 你好 мир 👩‍👩‍👧 \n\n\t x  y 25,000.00's",
        ""
      ]
      for (const text of texts) {
        assert.deepStrictEqual([...tokens(text)], r50k.encode(text))
        assert.deepStrictEqual([...own.tokens(text)], r50k.encode(text))
      }
    }
  )

  it("loadTokenizer takes the chat template from its own file, else from the configuration, of several the default", async () => {
    const said = async (files: Readonly<Record<string, unknown>>) => {
      const { template } = await load(writeTiny(files))
      return template === null ? null : template(asked, null, true)
    }
    const config = { bos_token: { content: "<s>", special: true }, chat_template: tinyTemplate }
    assert.strictEqual(await said({ "tokenizer_config.json": config }), "<s><|u|>abc<|e|><|a|>")
    const several = [
      { name: "tool_use", template: "tools" },
      { name: "default", template: "default" }
    ]
    assert.strictEqual(await said({ "tokenizer_config.json": { chat_template: several } }), "default")
    const json = { "chat_template.json": { chat_template: "of JSON" } }
    assert.strictEqual(await said({ "tokenizer_config.json": config, ...json }), "of JSON")
    const jinja = { "chat_template.jinja": "{{ eos_token }} of Jinja" }
    assert.strictEqual(
      await said({ "tokenizer_config.json": { ...config, eos_token: "<|e|>" }, ...json, ...jinja }),
      "<|e|> of Jinja"
    )
    assert.isNull(await said({ "tokenizer_config.json": { bos_token: "<s>" } }))
  })

  it("loadTokenizer takes folders with the names of its files for none", async () => {
    const files = { "tokenizer_config.json": { chat_template: tinyTemplate } }
    const folder = writeTiny(files)
    for (const name of ["chat_template.jinja", "chat_template.json"]) fs.mkdirSync(path.join(folder, name))
    const rendered = (await load(folder)).template!(asked, null, true)
    assert.deepStrictEqual(rendered, (await load(writeTiny(files))).template!(asked, null, true))
    assert.include(JSON.stringify(rendered), "abc")
  })

  it("loadTokenizer takes the template for tools where there are tools", async () => {
    const both = async (files: Readonly<Record<string, unknown>>) => {
      const { template } = await load(writeTiny(files))
      return [null, "[]"].map((tools) => template!(asked, tools, true))
    }
    const several = [
      { name: "default", template: "usual" },
      { name: "tool_use", template: "with tools" }
    ]
    assert.deepStrictEqual(await both({ "tokenizer_config.json": { chat_template: several } }), ["usual", "with tools"])
    const own = {
      "chat_template.jinja": "usual",
      "additional_chat_templates/tool_use.jinja": "of its own file"
    }
    assert.deepStrictEqual(await both(own), ["usual", "of its own file"])
    assert.deepStrictEqual(await both({ "chat_template.jinja": "alone" }), ["alone", "alone"])
    const [usual, refused] = await both({ ...own, "additional_chat_templates/tool_use.jinja": "{% for %}" })
    assert.strictEqual(usual, "usual")
    assert.match(refused instanceof TemplateRefusal ? refused.why : "", /cannot be read/)
  })

  it("loadTokenizer says what is the matter with files that are no tokenizer", async () => {
    const empty = path.dirname(writeTiny())
    assert.match((await problem(empty)).message, /^Cannot count tokens: found no tokenizer\.json in .*save_pretrained/)
    assert.match(
      (await problem("nowhere")).message,
      /found tokenizer "nowhere", expected one of o200k_base, .* or a folder/
    )
    assert.match(
      (await problem(writeTiny({ "tokenizer.json": "{" }))).message,
      /found no model of a known type in tokenizer\.json/
    )
    const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9085657\n"
    assert.match(
      (await problem(writeTiny({ "tokenizer.json": pointer }))).message,
      /found a pointer of Git LFS in tokenizer\.json, .*; git lfs pull fetches the file$/
    )
    const words = { ...tinyTokenizer, model: { type: "WordLevel", vocab: { a: 0 }, unk_token: "a" } }
    assert.match((await problem(writeTiny({ "tokenizer.json": words }))).message, /expected .* BPE, Unigram, WordPiece/)
    const unknown = { ...tinyTokenizer, pre_tokenizer: { type: "Magic" } }
    assert.match((await problem(writeTiny({ "tokenizer.json": unknown }))).message, /found tokenizer\.json: .*Magic/)
    const folders = writeTiny({ "tokenizer.json": "{" })
    for (const name of ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]) {
      fs.rmSync(path.join(folders, name), { force: true })
      fs.mkdirSync(path.join(folders, name))
    }
    assert.match((await problem(folders)).message, /found no model of a known type in tokenizer\.json/)
    const broken = writeTiny({ "chat_template.jinja": "{% for %}" })
    assert.match((await problem(broken)).message, /found a chat template that cannot be read/)
  })
})

describe("tokenizerProblem", () => {
  it("tokenizerProblem looks at names and files without loading them", () => {
    assert.isUndefined(tokenizerProblem("cl100k_base"))
    assert.isUndefined(tokenizerProblem(writeTiny({ "tokenizer.json": "{" })))
    for (const given of ["mine", "x".repeat(300)]) {
      assert.include(tokenizerProblem(given)!.message, `found tokenizer "${given}"`)
    }
  })
})
