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

  it("ServerSecrets hides secrets of eight characters and more in answers, and shorter ones in errors alone", () => {
    const secrets = new ServerSecrets(name, null)
    for (const hushed of [
      key,
      "token-abc123",
      "kz9x8w7-12ab",
      "hunter2!",
      "aBcDeFgH",
      "correcthorsebattery",
      "a--b--c-"
    ]) {
      process.env[name] = hushed
      assert.strictEqual(secrets.hideInAnswer(`you sent ${hushed}.`), "you sent [secret].")
    }
    for (const short of ["none", "EMPTY", "k3y", "hunter2"]) {
      process.env[name] = short
      assert.strictEqual(secrets.hideInAnswer(`${short} of these`), `${short} of these`)
      assert.strictEqual(secrets.hideIn(`bad key ${short}`), "bad key [secret]")
    }
  })

  it("ServerSecrets leaves keys that are words or a number in answers, which may say the same, up to fifteen characters", () => {
    const secrets = new ServerSecrets(name, null)
    for (const word of ["password", "unused-k", "NOT_NEEDED", "Placeholder", "sk-local", "no key here", "12345678"]) {
      process.env[name] = word
      const answer = JSON.stringify({ text: `${word}!`, logprob: -0.12345678 })
      assert.strictEqual(secrets.hideInAnswer(answer), answer)
      assert.strictEqual(secrets.hideIn(`bad key ${word}`), "bad key [secret]")
    }
    process.env[name] = "sk-no-key-required"
    assert.strictEqual(secrets.hideInAnswer("sk-no-key-required"), "[secret]")
  })

  it("ServerSecrets leaves the longer words of an error whole in which a short secret occurs", () => {
    const secrets = new ServerSecrets(name, null)
    process.env[name] = "password"
    const said = "passwords and passwordless log-in are off, nopassword is on"
    assert.strictEqual(secrets.hideIn(said), said)
    for (const written of [
      "key password.",
      '{"key":"password"}',
      "key_password",
      String.raw`"bad:\npassword"`,
      String.raw`\u000apassword`,
      "me%3Apassword@host",
      "password"
    ]) {
      assert.strictEqual(secrets.hideIn(written), written.replace("password", "[secret]"))
    }
    process.env[name] = "$k.y*"
    assert.strictEqual(secrets.hideIn("a$k.y*b, $kxyy"), "a[secret]b, $kxyy")
    process.env[name] = "none"
    assert.strictEqual(secrets.hideIn("nonetheless none"), "nonetheless [secret]")
    process.env[name] = "kz9x8w7-12ab"
    assert.strictEqual(secrets.hideIn("xkz9x8w7-12abx"), "x[secret]x")
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

  it("ServerSecrets hides secrets of which a server writes characters by their codes, and leaves other codes alone", () => {
    const secrets = new ServerSecrets(name, null)
    const codeOf = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
    for (const hushed of ["sk-01+34/67==abcdef", 'sk-01"34\\67-abcdef']) {
      process.env[name] = hushed
      const plain = JSON.stringify(hushed)
      const all = `"${Array.from(hushed, codeOf).join("")}"`
      const some = plain.replaceAll(/[+=\-a]/g, codeOf)
      for (const written of [all, all.toUpperCase().replaceAll("\\U", "\\u"), some]) {
        assert.strictEqual(JSON.parse(written), hushed)
        const answer = `{"said":${written},"more":"\\u003cb\\u003e \\u00e9 \\u0022 \\\\u0041"}`
        const read = JSON.parse(secrets.hideInAnswer(answer)) as unknown
        assert.deepStrictEqual(read, { said: "[secret]", more: '<b> é " \\u0041' })
      }
    }
    const other = '{"said":"\\u0073k-other\\u002b"}'
    assert.strictEqual(secrets.hideInAnswer(other), other)
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
      secrets.hideInAnswer("you are gw-0123456789abcdef, fedcba98-word, by sk-fedcba9876543210: hush-hush-hush"),
      "you are [secret], [secret], by [secret]: hush-hush-hush"
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
      "HTTP-Referer: https://example.com\nX-Title: machine learning\nOpenAI-Beta: assistants=v2-0123456789\nX-Client-Version: gpt-4o-mini-2024-07-18\nX-Model: gpt-4o-mini\nx-model-name: llama-3.1-8b\nApi-Version: 2024-10-21\nX-Region: us-east-1"
    const secrets = new ServerSecrets(name, null)
    for (const answer of [
      "An intro to machine learning: see https://example.com/x",
      "assistants=v2-0123456789 of gpt-4o-mini-2024-07-18",
      "on 2024-10-21 llama-3.1-8b and gpt-4o-mini in us-east-1"
    ]) {
      assert.strictEqual(secrets.hideInAnswer(answer), answer)
      assert.strictEqual(secrets.hideIn(answer), answer)
    }
  })
})
