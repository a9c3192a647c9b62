import { assert, describe, it } from "@effect/vitest"
import { type Messages, readMessages } from "../../src/formats/Messages.ts"
import { loadChatTemplate, TemplateRefusal } from "../../src/preflight/ChatTemplate.ts"

const turns = (...messages: ReadonlyArray<unknown>): Messages => {
  const read = readMessages(messages, "messages")
  return Array.isArray(read) ? (read as Messages) : assert.fail("no messages")
}
const hello = turns({ role: "system", content: "Be brief." }, { role: "user", content: "Hello" })

const render = async (text: string, messages = hello, tools: string | null = null, asksForReply = false) =>
  (await loadChatTemplate(text, { bos_token: "<s>" }))(messages, tools, asksForReply)

describe("loadChatTemplate", () => {
  it("loadChatTemplate writes turns, special tokens and the beginning of the reply", async () => {
    const chatml = `{{- bos_token }}
{%- for message in messages %}
    {{- '<|im_start|>' + message['role'] + '\\n' + message['content'] | trim + '<|im_end|>' + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}`
    const written = "<s><|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n"
    assert.strictEqual(await render(chatml), written)
    assert.strictEqual(await render(chatml, hello, null, true), `${written}<|im_start|>assistant\n`)
  })

  it("loadChatTemplate hands over tools, and arguments of calls as objects", async () => {
    const messages = turns({
      role: "assistant",
      content: null,
      tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: `{"place":"sea"}` } }]
    })
    const text =
      "{{ tools[0].name }} {% for c in messages[0].tool_calls %}{{ c.id }} {{ c.function.name }} {{ c.function.arguments.place }} {{ c.function.arguments | tojson }}{% endfor %}{% if messages[0].content is none %} silent{% endif %}"
    assert.strictEqual(await render(text, messages, `[{"name":"first"}]`), `first c1 look sea {"place": "sea"} silent`)
    assert.strictEqual(await render("{% if tools is defined %}tools{% else %}no tools{% endif %}"), "no tools")
  })

  it("loadChatTemplate prints the same day whenever it is asked", async () => {
    assert.strictEqual(
      await render(`{{ strftime_now("%d %b %Y, %Y-%m-%d %A %%") }}`),
      "01 Jan 2025, 2025-01-01 Wednesday %%"
    )
  })

  it("loadChatTemplate counts like Python", async () => {
    const text =
      "{% for i in range(3) %}{{ i }}{% endfor %} {% for i in range(5, 1, -2) %}{{ i }}{% endfor %}{{ range(0) | length }}"
    assert.strictEqual(await render(text), "012 530")
  })

  it("loadChatTemplate says why a template does not take a conversation", async () => {
    const refused = await render("{{ raise_exception('System role not supported') }}")
    assert.match(refused instanceof TemplateRefusal ? refused.why : "", /System role not supported/)
    // Nothing is kept from one conversation to the next.
    const template = await loadChatTemplate("{% set n = messages | length %}{{ n }}", {})
    assert.strictEqual(template(hello, null, false), "2")
    assert.strictEqual(template(hello.slice(1), null, false), "1")
  })
})
