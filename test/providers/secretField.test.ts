import { assert, describe, it } from "@effect/vitest"
import { secretField } from "../../src/providers/secretField.ts"

describe("secretField", () => {
  for (const [fields, path] of [
    [{ token: "hush" }, "token"],
    [{ apikey: "hush" }, "apikey"],
    [{ top_k: 5, access_token: "hush" }, "access_token"],
    [{ accessToken: "hush" }, "accessToken"],
    [{ extra_headers: { "X-Api-Key": "hush" } }, "extra_headers.X-Api-Key"],
    [{ headers: { Authorization: "hush" } }, "headers.Authorization"],
    [{ metadata: { deep: [{}, { client_secret: "hush" }] } }, "metadata.deep.1.client_secret"],
    [{ login: { user: "me", password: "hush" } }, "login.password"],
    [{ headers: [["x-forwarded", "Bearer hush-0123"]] }, "headers.0.1"],
    [{ headers: [["x-forwarded", "bearer hushHushHush"]] }, "headers.0.1"],
    [{ custom: `Basic ${btoa("me:hush")}` }, "custom"],
    [{ token: { value: "hush" } }, "token.value"],
    [{ auth: { scheme: { of: ["hush"] } } }, "auth.scheme.of.0"],
    [{ properties: { token: "hush" } }, "properties.token"],
    [{ metadata: { "sk-0123456789abcdef": "hush" } }, "metadata.[secret]"],
    [{ client_secret: 123456 }, "client_secret"],
    [{ custom: "sk-proj-0123456789abcdef" }, "custom"],
    [{ custom: "hf_0123456789abcdefgh" }, "custom"]
  ] as const) {
    it(`secretField finds ${path} in ${JSON.stringify(fields)}`, () => {
      assert.strictEqual(secretField(fields, {}), path)
    })
  }

  it("secretField finds the value of a variable that holds a secret, under any name", () => {
    const environment = { GATEWAY_TOKEN: "0123456789abcdef\n", EDITOR: "an-editor-of-some-length", SHORT_KEY: "word" }
    assert.strictEqual(secretField({ a: { note: "is 0123456789abcdef, yes" } }, environment), "a.note")
    assert.strictEqual(secretField({ a: [{ "0123456789abcdef": true }] }, environment), "a.0.[secret]")
    assert.isNull(secretField({ a: { note: "an-editor-of-some-length", b: "word" } }, environment))
  })

  for (const text of [
    "Basic English only",
    "basic tier",
    "Basic English",
    "basic gpt-4o-mini",
    "bearer of bad news",
    "Bearer friend",
    "HF_INFERENCE_API_KEY",
    "hf_inference_api_key",
    "GSK_0123456789ABCDEF0123"
  ]) {
    it(`secretField takes ${text} for words or the name of a variable`, () => {
      assert.isNull(secretField({ system: text }, {}))
    })
  }

  it("secretField takes fields that models know", () => {
    const fields = {
      top_k: 5,
      stop_token_ids: [1, 2],
      eos_token: "</s>",
      user_token: "<|user|>",
      min_tokens: 1,
      skip_special_tokens: false,
      prompt_cache_key: "mine",
      chat_template_kwargs: { enable_thinking: false },
      token: "",
      metadata: { key: "trial 1", author: "me" },
      // A form of answers may have a field of that name.
      guided_json: {
        type: "object",
        properties: {
          token: { type: "string" },
          password: { type: "object", patternProperties: { "^secret": { $ref: "#/$defs/auth" } } }
        },
        $defs: { auth: { type: "string" } },
        dependentRequired: { password: ["token"] }
      },
      auth: { enabled: false, by: null },
      tools: null,
      seed: undefined
    }
    assert.isNull(secretField(fields, {}))
  })
})
