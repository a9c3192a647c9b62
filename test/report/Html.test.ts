import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { escapeHtml } from "../../src/report/escapeHtml.ts"
import { Html, html } from "../../src/report/Html.ts"
import { visibleText } from "../../src/report/visibleText.ts"
import { nasty } from "./fixture.ts"
import { markupProblem, textOf } from "./markup.ts"

const noChart = (): Promise<string> => Promise.reject(new Error("There is no chart in this page"))

describe("escapeHtml", () => {
  it("escapeHtml escapes the five characters", () => {
    assert.strictEqual(
      escapeHtml(`<a href="x" title='y'>&</a>`),
      "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;&lt;/a&gt;"
    )
  })

  it("escapeHtml leaves line breaks, tabs, emoji and right-to-left text alone", () => {
    const text = `one\n\ttwo ${nasty.emoji}`
    assert.strictEqual(escapeHtml(text), text)
  })

  it.prop(
    "escapeHtml leaves nothing that starts a tag, a reference or a hidden control",
    { text: Schema.String },
    ({ text }) => {
      const escaped = escapeHtml(text)
      assert.notMatch(escaped, /[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/)
      assert.notMatch(escaped, /(?![\t\n])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u)
      assert.isTrue(escaped.isWellFormed())
    }
  )
})

describe("visibleText", () => {
  it("visibleText shows control characters and overrides by number", () => {
    assert.strictEqual(
      visibleText("a\u0000b\u001Bc\u0085d\u202Ee\u2069"),
      "a[U+0000]b[U+001B]c[U+0085]d[U+202E]e[U+2069]"
    )
  })

  it("visibleText makes one line break of two characters", () => {
    assert.strictEqual(visibleText("a\r\nb\rc"), "a\nb[U+000D]c")
  })

  it("visibleText shows tag characters unless they spell a flag", () => {
    assert.strictEqual(visibleText("x\u{E0041}y"), "x[U+E0041]y")
    const scotland = "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}"
    assert.strictEqual(visibleText(scotland), scotland)
  })

  it("visibleText replaces half a surrogate pair", () => {
    assert.strictEqual(visibleText("a\uD83Db"), "a\uFFFDb")
  })
})

describe("html", () => {
  it("html escapes what is put in and keeps markup made by html", async () => {
    const inner = html`<b title="${nasty.closing}">${nasty.script}</b>`
    const page = await Html.resolve(html`<p>${inner}${["<", 3, inner]}</p>`, noChart)
    assert.isNull(markupProblem(page))
    assert.notInclude(page, "<script")
    assert.notInclude(page, "<img")
    assert.include(textOf(page), nasty.script)
  })

  it("html takes no object that only looks like markup", () => {
    // @ts-expect-error: a plain object is no Html.
    assert.throws(() => html`<p>${{ pieces: ["<script>"] }}</p>`)
  })

  it.prop("html shows any text as it is", { text: Schema.String }, ({ text }) => {
    const pieces = Html.piecesOf(html`<p title="${text}">${text}</p>`)
      .filter((piece) => typeof piece === "string")
      .join("")
    assert.isNull(markupProblem(pieces))
    assert.strictEqual(textOf(pieces).trim(), visibleText(text).replace(/\s+/g, " ").trim())
  })
})
