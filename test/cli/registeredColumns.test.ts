import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { registeredColumns } from "../../src/cli/registeredColumns.ts"
import { temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({
  "dataset_info.json": JSON.stringify({
    pairs: { file_name: "pairs.json", ranking: true, columns: { prompt: "question", chosen: "good", rejected: "bad" } },
    usual: {
      file_name: "usual.json",
      ranking: true,
      columns: { prompt: "instruction", chosen: "chosen", rejected: "rejected" }
    },
    kto: { file_name: "kto.json", formatting: "sharegpt", columns: { messages: "messages", kto_tag: "label" } },
    more: { file_name: "more.json", ranking: true, columns: { prompt: "q", query: "x", chosen: "a", rejected: "b" } },
    hub: { hf_hub_url: "a/b" }
  }),
  "broken/dataset_info.json": "{",
  "folder/dataset_info.json/x": ""
})
afterAll(remove)

const of = (name: string) => registeredColumns(path.join(folder, name))

describe("registeredColumns", () => {
  it("registeredColumns names the columns of pairs, and leaves those that a format is recognised by", () => {
    assert.deepStrictEqual(of("pairs.json"), {
      named: { prompt: "question", chosen: "good", rejected: "bad" },
      said: 'prompt in "question", chosen in "good", rejected in "bad"'
    })
    assert.isNull(of("usual.json")!.named)
  })

  it("registeredColumns says what it cannot take over, and nothing of files that are not there", () => {
    assert.deepStrictEqual(of("kto.json"), { named: null, said: 'messages in "messages", kto_tag in "label"' })
    assert.isNull(of("more.json")!.named)
    assert.isUndefined(of("other.json"))
    assert.isUndefined(of("broken/pairs.json"))
    assert.isUndefined(of("folder/pairs.json"))
  })
})
