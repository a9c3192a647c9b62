import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll } from "@effect/vitest"

/** Writes a user's turn as `<|u|>…<|e|>` and the assistant's as `<|a|>…<|e|>`, behind `<s>`. */
export const tinyTemplate =
  "{{ bos_token }}{% for m in messages %}<|{{ m.role[0] }}|>{{ m.content }}<|e|>{% endfor %}{% if add_generation_prompt %}<|a|>{% endif %}"

/** A tokenizer of the letters a, b, c, the space and the pieces "ab" and "abc", with four special tokens. */
export const tinyTokenizer = {
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: ["<s>", "<|u|>", "<|a|>", "<|e|>"].map((content, i) => ({
    id: 6 + i,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true
  })),
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: {
    type: "BPE",
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    vocab: { a: 0, b: 1, c: 2, " ": 3, ab: 4, abc: 5, "<s>": 6, "<|u|>": 7, "<|a|>": 8, "<|e|>": 9 },
    merges: [
      ["a", "b"],
      ["ab", "c"]
    ]
  }
}

const folders: Array<string> = []
afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true })
})

/** Writes files into a new folder `tiny` and returns its path: the tokenizer, and what else is given by name. Goes with the tests of the file. */
export const writeTiny = (files: Readonly<Record<string, unknown>> = {}): string => {
  const folder = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-tokenizer-")), "tiny")
  folders.push(path.dirname(folder))
  for (const [name, content] of Object.entries({ "tokenizer.json": tinyTokenizer, ...files })) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    fs.writeFileSync(path.join(folder, name), typeof content === "string" ? content : JSON.stringify(content))
  }
  return folder
}
