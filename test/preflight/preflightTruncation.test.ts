import { assert, describe, it } from "@effect/vitest"
import { checksIn, findingIn, lookAtRows } from "./lookAtRows.ts"
import { tinyTemplate, tinyTokenizer, writeTiny } from "./tinyTokenizer.ts"

const config = { bos_token: "<s>", chat_template: tinyTemplate }
const folder = writeTiny({ "tokenizer_config.json": config })
const said = (role: string, content: string) => ({ role, content })

/** As text <s><|u|>abc<|e|><|a|> and a reply with <|e|> behind it: five tokens, those of the reply, and one. */
const row = (chosen: string, rejected: string, prompt = "abc") => ({
  prompt: [said("user", prompt)],
  chosen: [said("assistant", chosen)],
  rejected: [said("assistant", rejected)]
})
/** Replies of the tokens abc abc a and abc abc b: nine in all, of which the eighth differs. */
const late = row("abcabca", "abcabcb")

const at = (maxLength: number, encoding = folder, rows: Parameters<typeof lookAtRows>[0] = [late]) =>
  lookAtRows(rows, { encoding, maxLength })

describe("preflightTruncation", () => {
  it("preflightTruncation counts conversations with the template of a tokenizer, to the token", async () => {
    assert.deepStrictEqual(checksIn(await at(9)), [])
    assert.deepStrictEqual(checksIn(await at(8)), ["truncated"])
    assert.deepStrictEqual(checksIn(await at(7)), ["sameAfterTruncation", "truncated"])
    assert.deepStrictEqual(checksIn(await at(6)), ["sameAfterTruncation", "truncated"])
    assert.deepStrictEqual(checksIn(await at(5)), ["promptFillsLength", "truncated"])
    const found = await at(7)
    assert.strictEqual(found.encoding, "tiny with its chat template")
    assert.match(findingIn(found, "sameAfterTruncation").what, /at 7 tokens of tiny with its chat template$/)
    const unchecked = found.unchecked.map(({ check }) => check)
    assert.notInclude(unchecked, "chat template")
    assert.notInclude(unchecked, "your tokenizer")
  })

  it("preflightTruncation finds the reply with more tokens, though it has fewer letters", async () => {
    // abc abc abc are three tokens, b b b b four.
    const rows = [row("abcabcabc", "bbbb")]
    assert.deepStrictEqual(checksIn(await at(10, folder, rows)), [])
    assert.deepStrictEqual(checksIn(await at(9, folder, rows)), ["truncated"])
    const texts = [{ prompt: "abc", chosen: "abcabcabc", rejected: "bbbb" }]
    assert.deepStrictEqual(checksIn(await at(5, folder, texts)), [])
    assert.deepStrictEqual(checksIn(await at(4, folder, texts)), ["truncated"])
  })

  it("preflightTruncation counts the texts alone where there is no template, and says so", async () => {
    // abc and abc abc a: four tokens, of which the fourth differs.
    const bare = writeTiny()
    assert.deepStrictEqual(checksIn(await at(4, bare)), [])
    assert.deepStrictEqual(checksIn(await at(3, bare)), ["sameAfterTruncation", "truncated"])
    const found = await at(4, bare)
    assert.strictEqual(found.encoding, "tiny")
    assert.include(
      found.unchecked.map(({ check }) => check),
      "lengths with a chat template"
    )
  })

  it("preflightTruncation counts plain texts without a template, though there is one", async () => {
    const texts = { prompt: "abc", chosen: " abcabca", rejected: " abcabcb" }
    const found = await at(5, folder, [texts])
    assert.strictEqual(found.encoding, "tiny")
    assert.deepStrictEqual(checksIn(found), [])
    assert.deepStrictEqual(checksIn(await at(4, folder, [texts])), ["sameAfterTruncation", "truncated"])
  })

  it("preflightTruncation finds prompts that are no prefix under the template, by their text and by their tokens", async () => {
    const asks = "{% if add_generation_prompt %}<|a|>"
    const other = writeTiny({
      "tokenizer_config.json": { ...config, chat_template: tinyTemplate.replace(asks, `${asks}c `) }
    })
    const found = await at(99, other)
    assert.deepStrictEqual(checksIn(found), ["templatePrefix"])
    assert.strictEqual(findingIn(found, "templatePrefix").severity, "silently wrong")
    // "ab" stands at the beginning of all replies, but its token only before the last one, as "abc" is a token of its own.
    const joining = writeTiny({
      "tokenizer_config.json": { ...config, chat_template: tinyTemplate.replace(asks, `${asks}ab`) }
    })
    const rows = [row("abca", "abcb"), row("abaa", "abab"), row("aba", "abca", "abb")]
    assert.deepStrictEqual(findingIn(await at(99, joining, rows), "templatePrefix").lines, [1, 3])
  })

  it("preflightTruncation counts single replies with a label", async () => {
    const single = (i: number) => ({
      prompt: [said("user", "abc")],
      completion: [said("assistant", "abcabca")],
      label: i === 0
    })
    const rows = [single(0), single(1)]
    // As of a pair: five tokens up to the reply, and nine in all.
    assert.deepStrictEqual(checksIn(await at(9, folder, rows)), [])
    assert.deepStrictEqual(checksIn(await at(8, folder, rows)), ["truncated"])
    assert.deepStrictEqual(checksIn(await at(6, folder, rows)), ["truncated"])
    assert.deepStrictEqual(checksIn(await at(5, folder, rows)), ["promptFillsLength", "truncated"])
    const texts = rows.map(({ label }) => ({ prompt: "abc", completion: " abcabca", label }))
    assert.deepStrictEqual(checksIn(await at(5, folder, texts)), [])
    assert.deepStrictEqual(checksIn(await at(4, folder, texts)), ["truncated"])
    assert.deepStrictEqual(checksIn(await at(1, folder, texts)), ["promptFillsLength", "truncated"])
  })

  it("preflightTruncation says of TRL's reward trainer that it drops what is longer, and looks for no seam", async () => {
    const of = (maxLength: number, rows: Parameters<typeof lookAtRows>[0]) =>
      lookAtRows(rows, { encoding: folder, maxLength, target: "trl-reward" })
    // Nine tokens, the prompt and the words before the reply five of them.
    assert.deepStrictEqual(checksIn(await of(9, [late])), [])
    for (const maxLength of [8, 7, 5]) {
      const found = await of(maxLength, [late])
      assert.deepStrictEqual(checksIn(found), ["droppedForLength"])
      assert.strictEqual(findingIn(found, "droppedForLength").severity, "silently wrong")
    }
    // The shorter side may fit.
    assert.deepStrictEqual(checksIn(await of(8, [row("abcabca", "b")])), ["droppedForLength"])
    // Texts: a and bc would be two tokens, and are one as a whole.
    const texts = [{ prompt: "a", chosen: "bc", rejected: "bcb" }]
    assert.deepStrictEqual(checksIn(await of(2, texts)), [])
    assert.deepStrictEqual(checksIn(await of(1, texts)), ["droppedForLength"])
    assert.include(checksIn(await lookAtRows(texts, { encoding: folder, maxLength: 9 })), "tokensJoin")
    const ending = { ...late, prompt: [said("user", "abc"), said("assistant", "ab")] }
    const o200k = { encoding: "o200k_base", maxLength: 99 }
    assert.notInclude(checksIn(await lookAtRows([ending], { ...o200k, target: "trl-reward" })), "noPrefix")
  })

  it("preflightTruncation counts the marks round plain texts that TRL's reward trainer puts there", async () => {
    const marked = writeTiny({
      "tokenizer.json": {
        ...tinyTokenizer,
        post_processor: {
          type: "TemplateProcessing",
          single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
          pair: [],
          special_tokens: { "<s>": { id: "<s>", ids: [6], tokens: ["<s>"] } }
        }
      },
      "tokenizer_config.json": { eos_token: "<|e|>" }
    })
    const of = async (maxLength: number, chosen: string) =>
      checksIn(
        await lookAtRows([{ prompt: "ab", chosen, rejected: "b" }], {
          encoding: marked,
          maxLength,
          target: "trl-reward"
        })
      )
    // The beginning, ab, the space, c, and the end.
    assert.notInclude(await of(5, " c"), "droppedForLength")
    assert.include(await of(4, " c"), "droppedForLength")
    // An end that is there is not put there once more.
    assert.notInclude(await of(5, " c<|e|>"), "droppedForLength")
    assert.include(await of(4, " c<|e|>"), "droppedForLength")
    const dpo = await lookAtRows([{ prompt: "ab", chosen: " c", rejected: "b" }], { encoding: marked, maxLength: 3 })
    assert.notInclude(checksIn(dpo), "truncated")
  })

  it("preflightTruncation leaves it to the template whether turns are in order", async () => {
    const ending = { ...late, prompt: [said("user", "abc"), said("assistant", "ab")] }
    assert.deepStrictEqual(checksIn(await at(99, folder, [ending])), [])
    assert.include(checksIn(await at(99, "o200k_base", [ending])), "noPrefix")
    const strict = writeTiny({
      "tokenizer_config.json": {
        ...config,
        chat_template: `{% if messages[0].role == "system" %}{{ raise_exception("no system turns") }}{% endif %}${tinyTemplate}`
      }
    })
    const led = { ...late, prompt: [said("system", "b"), said("user", "abc")] }
    const found = findingIn(await at(99, strict, [late, led]), "templateRefuses")
    assert.deepInclude(found, { severity: "stops training", rows: 1, lines: [2] })
    assert.match(found.what, /no system turns/)
  })

  it("preflightTruncation counts the texts alone where the template cannot be run, which need not stop training", async () => {
    const unable = writeTiny({
      "tokenizer_config.json": { ...config, chat_template: `{{ messages[0].content.unknown() }}${tinyTemplate}` }
    })
    // abc and abc abc a: four tokens, of which the fourth differs.
    assert.deepStrictEqual(checksIn(await at(4, unable)), [])
    assert.deepStrictEqual(checksIn(await at(3, unable)), ["sameAfterTruncation", "truncated"])
    const { unchecked } = await at(4, unable, [late, late])
    const lengths = unchecked.find(({ check }) => check === "lengths with a chat template")
    assert.match(lengths?.why ?? "", /cannot be run here on 2 conversations \(.+\), counted without it/)
  })
})
