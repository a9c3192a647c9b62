import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { foreignCard } from "../../src/report/foreignCard.ts"
import { renderCroissant } from "../../src/report/renderCroissant.ts"
import { sealCard } from "../../src/report/sealCard.ts"
import { temporaryFolder } from "../contracts/source.ts"
import { cardFacts, fullManifest } from "./fixture.ts"

describe("foreignCard", () => {
  it.effect("foreignCard tells a card that somebody wrote or changed from none and from its own", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const card = path.join(folder, "README.md")
      assert.isNull(foreignCard(folder))
      assert.isNull(foreignCard(path.join(folder, "absent")))
      fs.writeFileSync(card, sealCard("# x\n"))
      assert.isNull(foreignCard(folder))
      for (const other of [sealCard("# x\n").replace("x", "y"), "# x\n", ""]) {
        fs.writeFileSync(card, other)
        assert.match(foreignCard(folder) ?? "", /^a README\.md that Prefloom did not write/)
      }
      fs.rmSync(card)
      fs.mkdirSync(card)
      assert.isNotNull(foreignCard(folder))
    })
  )

  it.effect("foreignCard tells a croissant.json that somebody wrote or changed, too", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const croissant = path.join(folder, "croissant.json")
      const own = renderCroissant(fullManifest, cardFacts)
      fs.writeFileSync(croissant, own)
      assert.isNull(foreignCard(folder))
      for (const other of [own.replace("apache-2.0", "mit"), '{"name":"mine"}']) {
        fs.writeFileSync(croissant, other)
        assert.match(
          foreignCard(folder) ?? "",
          /^a croissant\.json that Prefloom did not write, or that was changed since/
        )
      }
    })
  )
})
