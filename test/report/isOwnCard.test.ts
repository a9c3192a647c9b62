import { assert, describe, it } from "@effect/vitest"
import { isOwnCard } from "../../src/report/isOwnCard.ts"
import { renderCard } from "../../src/report/renderCard.ts"
import { sealCard } from "../../src/report/sealCard.ts"
import { cardFacts, fullManifest } from "./fixture.ts"

describe("isOwnCard", () => {
  it("isOwnCard knows a card as it was written, also with line breaks of Windows", () => {
    const card = renderCard(fullManifest, cardFacts)
    assert.isTrue(isOwnCard(card))
    assert.isTrue(isOwnCard(card.replaceAll("\n", "\r\n")))
  })

  it("isOwnCard takes no card that somebody wrote, changed or went on with", () => {
    const card = renderCard(fullManifest, cardFacts)
    for (const other of [
      "",
      "# My data\n",
      card.replace("license: apache-2.0", "license: mit"),
      `${card}More.\n`,
      card.slice(0, card.lastIndexOf("<!--")),
      card.replace(/[0-9a-f]{64} -->/, `${"0".repeat(64)} -->`)
    ]) {
      assert.notStrictEqual(other, card)
      assert.isFalse(isOwnCard(other), other.slice(-80))
    }
  })

  it("isOwnCard is not led astray by a seal inside the text", () => {
    assert.isTrue(isOwnCard(sealCard(sealCard("# x\n"))))
  })
})
