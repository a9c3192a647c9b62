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
      "{{ tools[0].name }} {% for c in messages[0].tool_calls %}{{ c.id }} {{ c.function.name }} {{ c.function.arguments.place }} {{ c.function.arguments | tojson }}{% endfor %}{% if messages[0].content is not defined %} silent{% endif %}"
    assert.strictEqual(await render(text, messages, `[{"name":"first"}]`), `first c1 look sea {"place": "sea"} silent`)
    // As in transformers, which always gives both.
    const given = "{{ tools is defined }} {{ tools is none }} {{ documents is defined }} {{ documents is none }}"
    assert.strictEqual(await render(given), "true true true true")
  })

  it("loadChatTemplate hands over calls as far as a template takes them, as text and with an empty content", async () => {
    const call = { id: "c1", type: "function", function: { name: "look", arguments: `{"place": "sea"}` } }
    const messages = turns(
      { role: "user", content: "Where?" },
      { role: "assistant", content: null, tool_calls: [call] }
    )
    const each = (inner: string) => `{% for m in messages %}${inner};{% endfor %}`
    const joined = "{% for c in m.tool_calls or [] %}{{ c.function.name + c.function.arguments }}{% endfor %}"
    assert.strictEqual(await render(each(joined), messages), `;look{"place": "sea"};`)
    // Python's engine cuts nothing off what is absent, and the one here fails on it.
    const trimmed =
      "{{ m.content | trim }}{% for c in m.tool_calls or [] %}{{ c.function.arguments.place }}{% endfor %}"
    assert.strictEqual(await render(each(trimmed), messages), "Where?;sea;")
    assert.strictEqual(await render(each(`{{ m.content | trim }}${joined}`), messages), `Where?;look{"place": "sea"};`)
  })

  it("loadChatTemplate selects what has no attribute, as templates do that want turns in order", async () => {
    const call = { id: "c1", type: "function", function: { name: "look", arguments: "{}" } }
    const messages = turns(
      { role: "user", content: "Where?" },
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "assistant", content: "There." }
    )
    const roles = "| map(attribute='role') | join(' ')"
    const without = `{{ messages | selectattr("tool_calls", "undefined") ${roles} }}`
    assert.strictEqual(await render(without, messages), "user assistant")
    const withCalls = `{{ messages | rejectattr( 'tool_calls' , 'undefined' ) ${roles} }}`
    assert.strictEqual(await render(withCalls, messages), "assistant")
    const strict = `{% for m in messages | selectattr("tool_calls", "undefined") %}{% if (m.role == "user") != (loop.index0 % 2 == 0) %}{{ raise_exception("no turns") }}{% endif %}{% endfor %}ok`
    assert.strictEqual(await render(strict, messages), "ok")
    assert.deepEqual(await render(strict, messages.slice(1)), new TemplateRefusal("no turns", true))
  })

  it("loadChatTemplate reads all ends of lines as Jinja does", async () => {
    const text = "{% for m in messages %}\n{{ m.role }}\n{% endfor %}\n|"
    const written = "system\nuser\n|"
    assert.strictEqual(await render(text), written)
    assert.strictEqual(await render(text.replaceAll("\n", "\r\n")), written)
    assert.strictEqual(await render(text.replaceAll("\n", "\r")), written)
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
    assert.deepEqual(refused, new TemplateRefusal("System role not supported", true))
    const failed = await render("{{ messages[0].content.unknown() }}")
    assert.isFalse(failed instanceof TemplateRefusal ? failed.isCertain : true)
    // Python's engine joins nothing to a text either, such as the content of a turn that only calls.
    const call = { function: { name: "look", arguments: "{}" } }
    const silent = turns({ role: "user", content: "Where?" }, { role: "assistant", tool_calls: [call] })
    const joining = await render("{% for m in messages %}{{ m.role + ': ' + m.content }}{% endfor %}", silent)
    assert.isTrue(joining instanceof TemplateRefusal ? joining.isCertain : false)
    // Nothing is kept from one conversation to the next.
    const template = await loadChatTemplate("{% set n = messages | length %}{{ n }}", {})
    assert.strictEqual(template(hello, null, false), "2")
    assert.strictEqual(template(hello.slice(1), null, false), "1")
  })
})
