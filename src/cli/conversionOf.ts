import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Figure from "../Figure.ts"
import type { Conversion } from "../Manifest.ts"
import type { ConvertInput, InputRequest } from "./ConvertInput.ts"
import { dataName } from "./dataName.ts"
import { hashFile } from "./hashFile.ts"
import { sourceFacts } from "./sourceFacts.ts"
import type { ConversionFacts } from "./writeConversionCard.ts"

/** What card and manifest of a conversion say of where its rows come from; the files are read once for their checksums. */
export const conversionOf = Effect.fnUntraced(function* (
  input: ConvertInput,
  { files, from, labelValues, named, pairs, splits = [] }: InputRequest & { readonly pairs?: string },
  mended: Conversion["mended"]
) {
  const source = sourceFacts(input.files)
  const conversion: Conversion = {
    from: input.format,
    said: input.said,
    // Without folders, so that no path of this machine is told.
    files: yield* Effect.forEach(input.files, (file) =>
      Effect.map(hashFile(file), (sums) => ({ name: path.basename(file), ...sums }))
    ),
    splits: splits.length === 0 ? null : splits,
    mended,
    synthetic: source.synthetic,
    repeated: [...source.terms, ...source.origin]
  }
  const name = dataName(files[0]!)
  return {
    conversion,
    source,
    sourceName: files.length === 1 ? name : `${name} and ${Figure.count(files.length - 1)} more`,
    options: { splits: conversion.splits, from, labelValues, named, pairs }
  } satisfies Pick<ConversionFacts, "conversion" | "source" | "sourceName" | "options">
})
