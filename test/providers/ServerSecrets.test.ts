import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { ServerSecrets } from "../../src/providers/ServerSecrets.ts"

const name = "PREFLOOM_TEST_SERVER_SECRETS"
const key = "sk-0123456789abcdef"

describe("ServerSecrets", () => {
  beforeEach(() => void (process.env[name] = key))
  afterEach(() => void delete process.env[name])

  it("ServerSecrets shows the key, or the credentials in its place", () => {
    assert.strictEqual(new ServerSecrets(name, null).authorization, `Bearer ${key}`)
    const basic = Buffer.from("me:word").toString("base64")
    assert.strictEqual(new ServerSecrets(name, "me:word").authorization, `Basic ${basic}`)
    process.env[name] = ""
    assert.isNull(new ServerSecrets(name, null).authorization)
  })

  it("ServerSecrets hides the key, the password, and a name that stands alone, in every form", () => {
    const basic = Buffer.from("me:p@ss").toString("base64")
    const withPassword = new ServerSecrets(name, "me:p@ss")
    assert.strictEqual(withPassword.hideIn(`${key} p@ss p%40ss ${basic} me`), "[secret] [secret] [secret] [secret] me")
    assert.strictEqual(new ServerSecrets(name, "tok3n:").hideIn("no tok3n"), "no [secret]")
    assert.strictEqual(new ServerSecrets(name, "tok3n").hideIn("no tok3n"), "no [secret]")
  })

  it("ServerSecrets leaves short secrets in answers, where they are words", () => {
    const secrets = new ServerSecrets(name, null)
    assert.strictEqual(secrets.hideInAnswer(`you sent ${key}`), "you sent [secret]")
    process.env[name] = "none"
    assert.strictEqual(secrets.hideInAnswer("none of these"), "none of these")
    assert.strictEqual(secrets.hideIn("bad key none"), "bad key [secret]")
  })

  it("ServerSecrets takes blanks round a key away, and a key of blanks alone for absent", () => {
    for (const padded of [`${key}\n`, ` \t${key} \r\n`]) {
      process.env[name] = padded
      const secrets = new ServerSecrets(name, null)
      assert.strictEqual(secrets.authorization, `Bearer ${key}`)
      assert.strictEqual(secrets.hideIn(`bad key ${key}!`), "bad key [secret]!")
    }
    for (const blank of ["  ", "\n", "\u00a0"]) {
      process.env[name] = blank
      assert.isNull(new ServerSecrets(name, null).authorization)
    }
  })

  it("ServerSecrets hides a password as JSON writes it", () => {
    const secrets = new ServerSecrets(name, 'me:a"very\\long/pass')
    for (const written of ['"a\\"very\\\\long/pass"', '"a\\"very\\\\long\\/pass"']) {
      assert.strictEqual(JSON.parse(written), 'a"very\\long/pass')
      assert.strictEqual(secrets.hideInAnswer(written), '"[secret]"')
    }
  })

  const headers = "OPENAI_CUSTOM_HEADERS"
  afterEach(() => void delete process.env[headers])

  it("ServerSecrets hides the secrets in headers that the environment adds", () => {
    process.env[headers] = [
      "X-Gateway-Token: gw-0123456789abcdef",
      "X-Auth: Bearer 0123456789-token",
      "Authorization: Token fedcba98-word",
      "cf-access-client-secret: hush-hush-hush",
      "X-Forwarded: sk-fedcba9876543210",
      "X-Login-Token: on",
      "nonsense"
    ].join("\r\n")
    const secrets = new ServerSecrets(name, null)
    assert.strictEqual(
      secrets.hideIn("gw-0123456789abcdef is not 0123456789-token or fedcba98-word, hush-hush-hush, login on"),
      "[secret] is not [secret] or [secret], [secret], login on"
    )
    assert.strictEqual(
      secrets.hideInAnswer("you are gw-0123456789abcdef by sk-fedcba9876543210"),
      "you are [secret] by [secret]"
    )
  })

  it("ServerSecrets hides headers whose names say nothing, in every form in which they come back", () => {
    const hushed = 'tok/en+abc"def=='
    process.env[headers] = [`X-B: Bearer ${hushed}`, "X-Pass: open sesame", "X-Title: sk-fedcba9876543210"].join("\n")
    const secrets = new ServerSecrets(name, null)
    const said = [hushed, JSON.stringify(hushed), encodeURIComponent(hushed), "open sesame", "sk-fedcba9876543210"]
    assert.strictEqual(secrets.hideIn(said.join(" ")), '[secret] "[secret]" [secret] [secret] [secret]')
    process.env[name] = 'sk-se+cr/et=="q'
    assert.strictEqual(secrets.hideIn(JSON.stringify({ key: process.env[name] })), '{"key":"[secret]"}')
    delete process.env[name]
    assert.include(secrets.hideIn('sk-se+cr/et=="q'), "sk-se")
  })

  it("ServerSecrets leaves what headers say that are meant to be read in answers", () => {
    process.env[headers] =
      "HTTP-Referer: https://example.com\nX-Title: machine learning\nOpenAI-Beta: assistants=v2-0123456789\nX-Client-Version: gpt-4o-mini-2024-07-18"
    const secrets = new ServerSecrets(name, null)
    for (const answer of [
      "An intro to machine learning: see https://example.com/x",
      "assistants=v2-0123456789 of gpt-4o-mini-2024-07-18"
    ]) {
      assert.strictEqual(secrets.hideInAnswer(answer), answer)
      assert.strictEqual(secrets.hideIn(answer), answer)
    }
  })
})
