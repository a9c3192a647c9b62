import { assert, describe, it } from "@effect/vitest"
import { placeAsked } from "../../src/cli/placeAsked.ts"

describe("placeAsked", () => {
  for (const [asked, place] of [
    ["train:17", { name: "train", row: 17 }],
    ["train", { name: "train", row: 3 }],
    ["margins/train:0", { name: "margins/train", row: 0 }],
    ["C:\\data\\train.jsonl:2", { name: "C:\\data\\train.jsonl", row: 2 }],
    ["a:1:2", { name: "a:1", row: 2 }],
    ["two\nlines:4", { name: "two\nlines", row: 4 }],
    [":5", { name: ":5", row: 3 }],
    ["train:", { name: "train:", row: 3 }],
    ["train:-1", { name: "train:-1", row: 3 }]
  ] as const) {
    it(`placeAsked reads ${JSON.stringify(asked)} as row ${place.row} of ${JSON.stringify(place.name)}`, () => {
      assert.deepStrictEqual(placeAsked(asked, 3), place)
    })
  }
})
