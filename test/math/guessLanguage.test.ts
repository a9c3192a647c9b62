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
  ["Это Юпитер.", "ru"],
  ["Вода быстро кипит.", "ru"],
  ["Вода кипит при более низкой температуре, так как давление меньше.", "ru"],
  ["Так, це правда, бо її тут немає.", "uk"],
  ["Вода кипить за нижчої температури, і це правда.", "uk"],
  ["Гэта быў Юпітэр.", "be"],
  ["Водата кипи при по-ниска температура, а не това, че се пие.", "bg"],
  ["Вода кључа на нижој температури.", "sr"],
  ["Куќата е голема.", "mk"],
  ["Юпитер", null],
  ["Сәлем, қалайсың?", null],
  ["It is Jupiter.", "en"],
  ["That would be Mars.", "en"],
  ["I don't know.", "en"],
  ["Sure, here you go!", "en"],
  ["No, thank you.", "en"],
  ["Please try again later.", "en"],
  ["You can use a loop.", "en"],
  ["Das ist Jupiter.", "de"],
  ["Eu não sei.", "pt"],
  ["Jag vet inte.", null],
  ["Nie wiem.", null],
  ["Saya di sini.", null],
  ["Berlin, Paris, Rom", null],
  ["for i in range(10): print(i)", null],
  ["SELECT * FROM users WHERE id = 1", null],
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
