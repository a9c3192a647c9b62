import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { frontMatter } from "../../src/cli/frontMatter.ts"
import { temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({
  "card/README.md": "---\r\nlicense: mit\r\nconfigs:\r\n- config_name: a\r\nother: [\r\n---\r\nconfigs: none\r\n",
  "plain/README.md": "# Pairs\n---\nlicense: mit\n---\n"
})
afterAll(remove)

describe("frontMatter", () => {
  it("frontMatter gives the entries that are wanted, whole, from the head of a card alone", () => {
    assert.strictEqual(frontMatter(path.join(folder, "card"), /^configs:/), "configs:\r\n- config_name: a")
    assert.strictEqual(frontMatter(path.join(folder, "card"), /^tags:/), "")
    assert.isUndefined(frontMatter(path.join(folder, "plain"), /^license:/))
    assert.isUndefined(frontMatter(path.join(folder, "none"), /^license:/))
  })
})
