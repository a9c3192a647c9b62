import { assert, describe, it } from "@effect/vitest"
import { missingColumns } from "./missingColumns.ts"

describe("swapped stages", () => {
  it(
    "swapped stages of a recipe do not compile, and the message names the column that is missing",
    { timeout: 60_000 },
    () => {
      assert.deepStrictEqual(missingColumns("seaPoToAft"), {
        seaPo: "judgments",
        rePo: "judgments",
        rePoTreated: "labelProb",
        cleaned: "infChosen, infRejected",
        dpoPop: "margin",
        mnpo: "chosen, rejected",
        haNoRec: "chosen, rejected",
        scpo: "chosenGivenPrompt",
        ordMoe: "judgments",
        aft: "judgments"
      })
    }
  )
})
