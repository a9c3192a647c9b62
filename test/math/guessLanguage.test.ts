import { assert, describe, it } from "@effect/vitest"
import { guessLanguage } from "../../src/math/guessLanguage.ts"

const cases: ReadonlyArray<readonly [string, string | null]> = [
  ["The water boils at a lower temperature on a mountain because the pressure is lower.", "en"],
  ["Das Wasser kocht auf einem Berg bei einer niedrigeren Temperatur, weil der Druck geringer ist.", "de"],
  ["L'eau bout à une température plus basse sur une montagne, car la pression est plus faible.", "fr"],
  ["El agua hierve a una temperatura más baja en la montaña porque la presión es menor.", "es"],
  ["L'acqua bolle a una temperatura più bassa in montagna perché la pressione è minore.", "it"],
  ["A água ferve a uma temperatura mais baixa na montanha porque a pressão é menor.", "pt"],
  ["Het water kookt op een berg bij een lagere temperatuur omdat de druk lager is.", "nl"],
  ["水は山の上では低い温度で沸騰します。", "ja"],
  ["山上的气压较低，所以水在较低的温度下沸腾。", "zh"],
  ["산에서는 기압이 낮아서 물이 더 낮은 온도에서 끓습니다.", "ko"],
  ["Το νερό βράζει σε χαμηλότερη θερμοκρασία στο βουνό.", "el"],
  ["Вода кипит при более низкой температуре.", null],
  ["const x = await fetch(url)", null],
  ["Paris", null],
  ["42", null],
  ["", null]
]

describe("guessLanguage", () => {
  for (const [text, expected] of cases) {
    it(`guessLanguage finds ${expected} in ${JSON.stringify(text.slice(0, 20))}`, () => {
      assert.strictEqual(guessLanguage(text), expected)
    })
  }

  it("guessLanguage does not decide between two halves", () => {
    assert.isNull(guessLanguage(`${cases[0]![0]} ${cases[1]![0]}`))
  })
})
