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
})
