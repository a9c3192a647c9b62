import { assert, describe, it } from "@effect/vitest"
import { refusalMeaning } from "../../src/providers/refusalMeaning.ts"

const meaning = (status: number, body: unknown, hide = (text: string) => text) =>
  refusalMeaning({ status, body }, "MY_KEY", hide)

describe("refusalMeaning", () => {
  it("refusalMeaning takes a 403 for the key unless the server speaks of the content", () => {
    const key = meaning(403, { error: { message: "Country, region, or territory not supported" } })
    assert.strictEqual(key.reason, "authentication")
    assert.include(key.found, "territory not supported")
    assert.include(key.remedy, "MY_KEY")
    for (const message of ["Your input was flagged", "Requires moderation", "against our content policy"]) {
      const row = meaning(403, { error: { code: 403, message } })
      assert.strictEqual(row.reason, "contentFilter", message)
      assert.include(row.found, message)
    }
  })

  it("refusalMeaning says nothing of what a 401 says, which may repeat a part of the key", () => {
    assert.notInclude(meaning(401, { error: { message: "Incorrect API key: sk-ab***yz" } }).found, "sk-ab")
  })

  it("refusalMeaning reads the status in the code of an error that came as a success", () => {
    assert.strictEqual(meaning(200, { error: { code: 429, message: "slow down" } }).reason, "rateLimited")
    assert.strictEqual(meaning(200, { error: { code: 502, message: "no upstream" } }).reason, "overloaded")
    const unknown = meaning(200, { error: { code: 7, message: "broken" } })
    assert.deepInclude(unknown, { reason: "malformed", found: "status 200, broken" })
  })

  it("refusalMeaning knows that a gateway may give up on a server that goes on", () => {
    for (const status of [504, 524])
      assert.deepInclude(meaning(status, null), { reason: "overloaded", mayBeBilled: true })
    assert.isTrue(meaning(200, { error: { code: 504, message: "time-out" } }).mayBeBilled)
    for (const status of [500, 502, 503, 529]) assert.isUndefined(meaning(status, null).mayBeBilled)
  })

  it("refusalMeaning hides secrets before it cuts", () => {
    const key = "k".repeat(40)
    const said = `${"x".repeat(480)}${key} and more`
    const { found } = meaning(404, { error: said }, (text) => text.replaceAll(key, "[secret]"))
    assert.notInclude(found, "k")
    assert.isTrue(found.includes("[secret]"))
  })

  it("refusalMeaning says how a model that thinks is to be asked, where it refuses what stages send", () => {
    const refused = (param: string | null, message: string, code = "unsupported_value") =>
      meaning(400, { error: { message, type: "invalid_request_error", param, code } })
    const value = (name: string, given: string) =>
      `Unsupported value: '${name}' does not support ${given} with this model. Only the default (1) value is supported.`
    for (const temperature of [
      refused("temperature", value("temperature", "0")),
      refused(null, value("temperature", "0.7"), "invalid_request"),
      refused(
        "temperature",
        "Unsupported parameter: 'temperature' is not supported with this model.",
        "unsupported_parameter"
      )
    ]) {
      assert.strictEqual(temperature.reason, "badRequest")
      for (const words of [/reasoning_effort: "none"/, /extraBody: { temperature: 1 }/, /maxTokens/]) {
        assert.match(temperature.remedy, words)
      }
    }
    assert.match(refused("top_p", value("top_p", "0.9")).remedy, /reasoning_effort: "none".* leave topP out/)
    const logProbs = refused("logprobs", "logprobs are not supported with reasoning models.")
    assert.match(logProbs.remedy, /reasoning_effort: "none".* log-probabilities/)
    assert.notMatch(logProbs.remedy, /temperature/)
  })

  it("refusalMeaning leads on where thinking cannot be turned off, and says nothing of it to other refusals", () => {
    const none = meaning(400, {
      error: {
        message:
          "Unsupported value: 'none' is not supported with the 'gpt-5-mini' model. Supported values are: 'minimal', 'low'.",
        param: "reasoning_effort"
      }
    })
    const unknown = meaning(400, { error: { message: "Unrecognized request argument supplied: reasoning_effort" } })
    for (const { remedy } of [none, unknown])
      assert.match(remedy, /reasoning_effort that this model knows.*temperature: 1/)
    for (const message of ["The model `x` does not exist", "temperature must be non-negative, got -1", "no message"]) {
      assert.strictEqual(meaning(400, { error: { message } }).remedy, "check the model name and the parameters")
    }
  })
})
