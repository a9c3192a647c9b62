import { assert, describe, expect, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import type * as Schema from "effect/Schema"
import * as Columns from "../../src/Columns.ts"
import { Candidate } from "../../schemas/Candidate.ts"
import { ContextPair } from "../../schemas/ContextPair.ts"
import { Example } from "../../schemas/Example.ts"
import { Group } from "../../schemas/Group.ts"
import { Judgment } from "../../schemas/Judgment.ts"
import { Label } from "../../schemas/Label.ts"
import { Pair } from "../../schemas/Pair.ts"
import { PairOfPairs } from "../../schemas/PairOfPairs.ts"
import { PairStrength } from "../../schemas/PairStrength.ts"
import { Preference } from "../../schemas/Preference.ts"
import { Prompt } from "../../schemas/Prompt.ts"
import { PromptVariant } from "../../schemas/PromptVariant.ts"
import { Ranked } from "../../schemas/Ranked.ts"
import { Span } from "../../schemas/Span.ts"
import { SpanWeight } from "../../schemas/SpanWeight.ts"
import { TokenEntropy } from "../../schemas/TokenEntropy.ts"
import { ToolFinding } from "../../schemas/ToolFinding.ts"
import { Unpaired } from "../../schemas/Unpaired.ts"

const schemas: Readonly<Record<string, Schema.Struct.Fields>> = {
  Candidate: Candidate.fields,
  ContextPair,
  Example,
  Group,
  Judgment: Judgment.fields,
  Label: Label.fields,
  Pair,
  PairOfPairs,
  Preference,
  PairStrength,
  Prompt,
  PromptVariant: PromptVariant.fields,
  Ranked,
  Span: Span.fields,
  SpanWeight: SpanWeight.fields,
  TokenEntropy: TokenEntropy.fields,
  ToolFinding: ToolFinding.fields,
  Unpaired
}

describe("schemas", () => {
  it.each(Object.entries(schemas))("%s has its JSON Schema beside it (vitest -u writes it)", async (name, fields) => {
    const text = `${JSON.stringify(Columns.toJsonSchema(fields), null, 2)}\n`
    await expect(text).toMatchFileSnapshot(`../../schemas/${name}.json`)
  })

  it("lists every file of the folder", () => {
    const files = fs.readdirSync(path.resolve(import.meta.dirname, "../../schemas"))
    const names = new Set(files.map((file) => path.parse(file).name))
    assert.deepStrictEqual([...names].toSorted(), Object.keys(schemas).toSorted())
  })

  it.each(Object.entries(schemas))("%s survives columns → fields → columns", (_name, fields) => {
    const columns = Columns.fromFields(fields)
    const bare = columns.map(({ name, type }) => ({ name, type }))
    assert.deepStrictEqual(Columns.fromFields(Columns.toFields(columns)), bare)
  })
})
