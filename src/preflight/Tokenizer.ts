import * as fs from "node:fs"
import * as path from "node:path"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { parseJson } from "../formats/Messages.ts"
import { statsIfThere } from "../statsIfThere.ts"
import { textIfThere } from "../textIfThere.ts"
import { type ChatTemplate, loadChatTemplate, TemplateRefusal } from "./ChatTemplate.ts"
import { encodings, isEncoding, loadEncoding, type Tokens } from "./Encoding.ts"

/** What lengths are counted with. */
export interface Tokenizer {
  /** The encoding, or the last parts of the path of the user's own, which say nothing of the machine. */
  readonly name: string
  /** The tokens of a text as it stands, without those that mark its beginning and end. */
  readonly tokens: Tokens
  /** How many tokens mark the beginning and end of a text; 0 where that is not known. */
  readonly nMarks: number
  /** The token that ends a text; null where there is none, or it is not known. */
  readonly endOfText: string | null
  /** Null where there is none, as with the encodings. */
  readonly template: ChatTemplate | null
}

/** A tokenizer could not be loaded. */
export class TokenizerError extends Data.TaggedError("TokenizerError")<{
  readonly found: string
  readonly wanted: string
  readonly remedy: string
}> {
  override get message(): string {
    return `Cannot count tokens: found ${this.found}, expected ${this.wanted}; ${this.remedy}`
  }
}

const remedy = "AutoTokenizer.from_pretrained(…).save_pretrained(folder) writes the files"

/** Finds the `tokenizer.json` of what a user names, a folder or a file in it; an error where there is none. Reads nothing. */
export const tokenizerFile = (given: string): string | TokenizerError => {
  const stat = statsIfThere(given)
  const wanted = `one of ${encodings.join(", ")}, or a folder with tokenizer.json, or that file`
  if (stat === undefined) return new TokenizerError({ found: `tokenizer ${JSON.stringify(given)}`, wanted, remedy })
  const isConfig = path.basename(given) === "tokenizer_config.json"
  const file = stat.isDirectory()
    ? path.join(given, "tokenizer.json")
    : isConfig
      ? path.join(path.dirname(given), "tokenizer.json")
      : given
  return fs.existsSync(file)
    ? file
    : new TokenizerError({ found: `no tokenizer.json in ${path.dirname(file)}`, wanted, remedy })
}

/** Says why a name is no tokenizer; undefined where it is an encoding or names files. */
export const tokenizerProblem = (given: string): TokenizerError | undefined => {
  if (isEncoding(given)) return undefined
  const file = tokenizerFile(given)
  return typeof file === "string" ? undefined : file
}

/**
 * Loads an encoding by its name, or the user's own tokenizer by the path of its folder or of its `tokenizer.json`.
 *
 * Tokens are those of `tokenizers` for the file, with those that `tokenizer_config.json` adds. Transformers 5 reads the files of
 * some classes in ways of its own, of which those of Llama 2 get a token less behind each special one; files that it saved count alike.
 * The chat template is that of `chat_template.jinja` beside the file, else of `chat_template.json` or `tokenizer_config.json`; of several
 * the one named "default", and that named "tool_use" for conversations with tools. Loads the library when it is asked for: some 0.5 s
 * for 130,000 tokens, and 0.7 to 2 µs a character of a text. Fails with a `TokenizerError` for files that are none.
 */
export const loadTokenizer = (given: string): Effect.Effect<Tokenizer, TokenizerError> =>
  isEncoding(given)
    ? Effect.promise(() => loadEncoding(given)).pipe(
        Effect.map((tokens) => ({ name: given, tokens, nMarks: 0, endOfText: null, template: null }))
      )
    : loadFiles(given)

const loadFiles = Effect.fnUntraced(function* (given: string): Effect.fn.Return<Tokenizer, TokenizerError> {
  const file = tokenizerFile(given)
  if (typeof file !== "string") return yield* file
  const shown = path.basename(file)
  const json = objectIn(file)
  const type = modelType(json)
  if (json === null || type === null) {
    const isPointer = textIfThere(file)?.startsWith("version https://git-lfs") === true
    return yield* new TokenizerError({
      found: isPointer ? `a pointer of Git LFS in ${shown}` : `no model of a known type in ${shown}`,
      wanted: `a tokenizer.json of Hugging Face with a model of type ${[...modelTypes].join(", ")}`,
      remedy: isPointer ? "git lfs pull fetches the file" : remedy
    })
  }
  const folder = path.dirname(file)
  const config = objectIn(path.join(folder, "tokenizer_config.json")) ?? {}
  const { Tokenizer: Loaded } = yield* Effect.promise(() => import("@huggingface/tokenizers"))
  const loaded = yield* Effect.try({
    // Its own settings are for tokenizers without a complete tokenizer.json.
    try: () => new Loaded(withAddedTokens(json, config), {}),
    catch: (cause) =>
      new TokenizerError({ found: `${shown}: ${String(cause)}`, wanted: "a tokenizer that can be loaded", remedy })
  })
  const special = specialTokens(config)
  const texts = templateTexts(folder, config)
  const load = (jinja: string): Effect.Effect<ChatTemplate, TokenizerError> =>
    Effect.tryPromise({
      try: () => loadChatTemplate(jinja, special),
      catch: (cause) =>
        new TokenizerError({
          found: `a chat template that cannot be read: ${String(cause)}`,
          wanted: "a template in Jinja",
          remedy
        })
    })
  const usual = texts.usual === null ? null : yield* load(texts.usual)
  const withTools =
    usual === null || texts.withTools === null
      ? null
      : yield* load(texts.withTools).pipe(
          Effect.catch(({ found }) => Effect.succeed<ChatTemplate>(() => new TemplateRefusal(found, false)))
        )
  return {
    name: path
      .resolve(given)
      .split(path.sep)
      .slice(given.endsWith(".json") ? -2 : -1)
      .join("/"),
    tokens: (text) => loaded.encode(text, { add_special_tokens: false }).ids,
    nMarks: loaded.encode("", { add_special_tokens: true }).ids.length,
    endOfText: special["eos_token"] ?? null,
    template:
      usual === null || withTools === null
        ? usual
        : (messages, tools, asksForReply) => (tools === null ? usual : withTools)(messages, tools, asksForReply)
  }
})

/** Others would be taken for something else by the library. */
const modelTypes = new Set(["BPE", "Unigram", "WordPiece"])

const modelType = (json: Readonly<Record<string, unknown>> | null): string | null => {
  const model = json?.["model"]
  const type =
    typeof model === "object" && model !== null ? ((model as Record<string, unknown>)["type"] ?? "BPE") : null
  return typeof type === "string" && modelTypes.has(type) ? type : null
}

const objectIn = (file: string): Readonly<Record<string, unknown>> | null => {
  const value = parseJson(textIfThere(file) ?? "")
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null
}

/** Adds the tokens that stand in the configuration alone, which transformers adds when it loads both. */
const withAddedTokens = (
  json: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>>
): Readonly<Record<string, unknown>> => {
  const own = json["added_tokens"] as ReadonlyArray<{ readonly content: string }> | undefined
  const known = new Set(own?.map(({ content }) => content))
  const added = Object.entries((config["added_tokens_decoder"] ?? {}) as Readonly<Record<string, object>>)
    .map(([id, token]) => ({ ...(token as { readonly content: string }), id: Number(id) }))
    .filter(({ content }) => !known.has(content))
  return added.length === 0 ? json : { ...json, added_tokens: [...(own ?? []), ...added] }
}

/** The texts of the usual template and of the one for conversations with tools, null where there is none. */
const templateTexts = (
  folder: string,
  config: Readonly<Record<string, unknown>>
): { readonly usual: string | null; readonly withTools: string | null } => {
  const jinja = path.join(folder, "chat_template.jinja")
  const forTools = path.join(folder, "additional_chat_templates", "tool_use.jinja")
  const found = objectIn(path.join(folder, "chat_template.json"))?.["chat_template"] ?? config["chat_template"]
  const several = (Array.isArray(found) ? found : [{ name: "default", template: found }]) as ReadonlyArray<Readonly<
    Record<string, unknown>
  > | null>
  const named = (name: string): string | null => {
    const text = several.find((one) => one?.["name"] === name)?.["template"]
    return typeof text === "string" ? text : null
  }
  return {
    usual: textOf(jinja) ?? named("default"),
    withTools: textOf(forTools) ?? named("tool_use")
  }
}

const textOf = (file: string): string | null => (statsIfThere(file)?.isFile() === true ? textIfThere(file) : null)

/** The special tokens by the names that templates use, such as `bos_token`. */
const specialTokens = (config: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(config).flatMap(([name, value]) => {
      const text = typeof value === "object" && value !== null ? (value as Record<string, unknown>)["content"] : value
      return name.endsWith("_token") && typeof text === "string" ? [[name, text]] : []
    })
  )
