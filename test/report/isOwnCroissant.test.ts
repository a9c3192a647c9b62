import { assert, describe, it } from "@effect/vitest"
import { isOwnCroissant } from "../../src/report/isOwnCroissant.ts"
import { renderCroissant } from "../../src/report/renderCroissant.ts"
import { cardFacts, emptyManifest, fullManifest } from "./fixture.ts"

const own = renderCroissant(fullManifest, cardFacts)

describe("isOwnCroissant", () => {
  it("isOwnCroissant knows a description as it was written, also with line breaks of Windows", () => {
    assert.isTrue(isOwnCroissant(own))
    assert.isTrue(isOwnCroissant(own.replaceAll("\n", "\r\n")))
    assert.isTrue(isOwnCroissant(renderCroissant(emptyManifest, { prettyName: "x", configs: [] })))
  })

  it("isOwnCroissant takes no description that somebody wrote, changed or formatted", () => {
    const document = JSON.parse(own)
    for (const other of [
      "",
      "null",
      "[]",
      "{}\n",
      '{"@type":"sc:Dataset","name":"mine"}',
      own.replace('"license": "apache-2.0"', '"license": "mit"'),
      own.replace(/sha256:[0-9a-f]{64}/, `sha256:${"0".repeat(64)}`),
      `${JSON.stringify({ ...document, version: "1.0.0" }, null, 2)}\n`,
      JSON.stringify(document)
    ]) {
      assert.notStrictEqual(other, own)
      assert.isFalse(isOwnCroissant(other), other.slice(-80))
    }
  })
})
