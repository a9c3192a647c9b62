import { secretField } from "./secretField.ts"

/**
 * What is shown to a server and may be written nowhere: its key, the name and password in its URL, and what stands in the further headers
 * that the `openai` SDK takes from `OPENAI_CUSTOM_HEADERS`, but for headers that are meant to be read, such as `X-Title`.
 *
 * A server's words may repeat what it was sent, in an error and in an answer. What stays in answers are secrets of fewer than eight
 * characters, and of fewer than sixteen that are a number or words of letters alone: an answer may say them by itself.
 */
export class ServerSecrets {
  readonly #keyVariable: string
  /** What the URL holds before its host, decoded; null where that is nothing. */
  readonly #credentials: string | null
  readonly #others: ReadonlyArray<string>
  /** The key that was read last, in all its forms. */
  #known: { readonly key: string | undefined; readonly forms: ReadonlyArray<string> } = { key: undefined, forms: [] }

  constructor(keyVariable: string, credentials: string | null) {
    this.#keyVariable = keyVariable
    this.#credentials = credentials
    this.#others = [
      ...(credentials === null ? [] : secretsIn(credentials)),
      ...headerSecrets(process.env["OPENAI_CUSTOM_HEADERS"] ?? "")
    ]
  }

  /** The value of the authorization header; null where there is neither key nor password. The key is read at each use. */
  get authorization(): string | null {
    if (this.#credentials !== null) return `Basic ${toBase64(this.#credentials)}`
    const key = this.key
    return key === undefined ? null : `Bearer ${key}`
  }

  /** The key without blanks and line breaks round it; an empty or blank variable counts as absent. */
  get key(): string | undefined {
    return process.env[this.#keyVariable]?.trim() || undefined
  }

  /**
   * A text of a server's about a failure, with `[secret]` for every secret; for one that any text may say by itself only where it is no part
   * of a longer word.
   */
  hideIn(text: string): string {
    return this.#replaced(text, () => true)
  }

  /**
   * A server's whole answer, with `[secret]` for every secret that no answer says by itself: one of sixteen characters and more, or of
   * eight and more that is neither words nor a number.
   *
   * Servers that want any key at all get one such as "none", "password", "not-needed" or "12345678".
   */
  hideInAnswer(text: string): string {
    return this.#replaced(text, isTelling)
  }

  #replaced(text: string, isHidden: (secret: string) => boolean): string {
    const { key } = this
    if (key !== this.#known.key) this.#known = { key, forms: key === undefined ? [] : formsOf(key) }
    const secrets = [...this.#known.forms, ...this.#others].filter(isHidden)
    const hidden = (from: string) =>
      secrets.reduce(
        (rest, secret) =>
          rest.includes(secret) ? rest.replaceAll(isTelling(secret) ? secret : asWord(secret), "[secret]") : rest,
        from
      )
    const rest = hidden(text)
    if (!escaped.test(rest)) return rest
    // Some servers write in JSON plain characters by their codes, one or all.
    const spelt = rest.replaceAll(escapes, (_, code: string) => inJson(String.fromCharCode(Number.parseInt(code, 16))))
    const hiddenToo = hidden(spelt)
    return hiddenToo === spelt ? rest : hiddenToo
  }
}

/** A character of ASCII by its code, as JSON may write it. */
const escaped = /\\u00[2-7][\da-f]/i
/** All of them, none that has a backslash of its own before it: that is no escape. */
const escapes = /(?<=(?:^|[^\\])(?:\\\\)*)\\u00([2-7][\da-f])/gi

/** Whether a text that holds this was sent it, rather than happened to say it. */
const isTelling = (secret: string): boolean =>
  secret.length >= 16 || (secret.length >= 8 && !wordsOrNumber.test(secret))

/** Words in small or capital letters, parted by single signs, or digits alone. */
const wordsOrNumber = /^(([A-Z]?[a-z]+|[A-Z]+)([ _.-]([A-Z]?[a-z]+|[A-Z]+))*|\d+)$/

/** Finds a short secret where it is no part of a longer word; what stands for a character, such as `\\n` or `%3A`, is none. */
const asWord = (secret: string): RegExp => {
  const escapedSecret = secret.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)
  const before = String.raw`(?<=^|[^\p{L}\p{N}]|\\[bfnrt]|(?:\\u[\da-fA-F]{2}|%)[\da-fA-F]{2})`
  const after = String.raw`(?![\p{L}\p{N}])`
  return new RegExp(
    `${ofWord.test(secret[0] ?? "") ? before : ""}${escapedSecret}${ofWord.test(secret.at(-1) ?? "") ? after : ""}`,
    "gu"
  )
}

const ofWord = /[\p{L}\p{N}]/u

/** A secret in every form in which it travels. */
const formsOf = (secret: string): ReadonlyArray<string> => {
  const forms = [secret, encodeURIComponent(secret), inJson(secret)]
  // Some servers write a slash in JSON with a backslash before it.
  const all = new Set([...forms, ...forms.map((form) => form.replaceAll("/", "\\/"))])
  all.delete("")
  return [...all]
}

/** A text as JSON writes it, without the quotes. */
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)

/** The password, or all where there is none: some servers take a token as the name. */
const secretsIn = (credentials: string): ReadonlyArray<string> => {
  const [name = "", ...rest] = credentials.split(":")
  const password = rest.join(":")
  return [...formsOf(toBase64(credentials)), ...formsOf(password === "" ? name : password)]
}

/** What stands in headers, a line each, also without the scheme before a token; short ones are words. */
const headerSecrets = (lines: string): ReadonlyArray<string> =>
  lines.split("\n").flatMap((line) => {
    const [, name = "", value = ""] = /^([^:]+):(.*)$/.exec(line.trim()) ?? []
    const isPublic = publicHeader.test(name.trim()) && secretField({ value: value.trim() }) === null
    const whole = value.trim()
    const secrets = [whole, whole.replace(/^[a-z]+ +(?=\S+$)/i, "")].filter((secret) => secret.length >= 8)
    return isPublic ? [] : secrets.flatMap(formsOf)
  })

/** Headers that say who asks, and how, for others to read: an answer may well say the same. */
const publicHeader =
  /^(accept(-.*)?|anthropic-beta|content-.*|http-referer|openai-(beta|organization|project)|origin|referer|user-agent|x-(app|client)(-.*)?|x-title|(.+-)?(model|provider|region|version)(-(id|name))?)$/i

const toBase64 = (text: string): string => Buffer.from(text).toString("base64")
