import { secretField } from "./secretField.ts"

/**
 * What is shown to a server and may be written nowhere: its key, the name and password in its URL, and secrets in the further headers
 * that the `openai` SDK takes from `OPENAI_CUSTOM_HEADERS`, told by a header's name, such as `X-Gateway-Token`, or by how its value begins.
 *
 * A server's words may repeat what it was sent, in an error and in an answer.
 */
export class ServerSecrets {
  readonly #keyVariable: string
  /** What the URL holds before its host, decoded; null where that is nothing. */
  readonly #credentials: string | null
  readonly #others: ReadonlyArray<string>

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

  /** A text of a server's about a failure, with `[secret]` for every secret. */
  hideIn(text: string): string {
    return this.#replaced(text, 1)
  }

  /**
   * A server's whole answer, with `[secret]` for secrets of sixteen characters and more.
   *
   * Shorter ones are often words, such as "none" for servers that want any key, and an answer may say them.
   */
  hideInAnswer(text: string): string {
    return this.#replaced(text, 16)
  }

  #replaced(text: string, shortest: number): string {
    let rest = text
    const hide = (secret: string | undefined) => {
      if (secret !== undefined && secret.length >= shortest && rest.includes(secret)) {
        rest = rest.replaceAll(secret, "[secret]")
      }
    }
    hide(this.key)
    for (const secret of this.#others) hide(secret)
    return rest
  }
}

/** The password, or all where there is none: some servers take a token as the name. In every form in which it travels. */
const secretsIn = (credentials: string): ReadonlyArray<string> => {
  const [name = "", ...rest] = credentials.split(":")
  const password = rest.join(":")
  const secret = password === "" ? name : password
  const inJson = JSON.stringify(secret).slice(1, -1)
  const forms = [toBase64(credentials), secret, encodeURIComponent(secret), inJson]
  // Some servers write a slash in JSON with a backslash before it.
  return [...forms, ...forms.map((form) => form.replaceAll("/", "\\/"))].filter((one) => one !== "")
}

/** Secrets in headers, a line each, with the scheme before a token taken off; short ones are words. */
const headerSecrets = (lines: string): ReadonlyArray<string> =>
  lines.split("\n").flatMap((line) => {
    const [, name = "", value = ""] = /^([^:]+):(.*)$/.exec(line.trim()) ?? []
    const isSecret = secretHeader.test(name.trim()) || secretField({ [name.trim()]: value.trim() }) !== null
    const secret = value.trim().replace(/^[a-z]+ +(?=\S+$)/i, "")
    return isSecret && secret.length >= 8 ? [secret] : []
  })

/** Wider than the names of secrets in a request, whose models have tokens and keys that are none. */
const secretHeader = /(auth|authentication|cookie|jwt|key|session|signature|token)$/i

const toBase64 = (text: string): string => Buffer.from(text).toString("base64")
