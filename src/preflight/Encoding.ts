/** The encodings that lengths can be counted with. */
export const encodings = ["o200k_base", "cl100k_base", "p50k_base", "r50k_base"] as const

/** The name of an encoding. */
export type Encoding = (typeof encodings)[number]

/** Says whether a name is that of an encoding. */
export const isEncoding = (name: string): name is Encoding => encodings.some((one) => one === name)

/** Makes the tokens of a text, one after the other and no more than are taken. */
export type Tokens = (text: string) => Iterable<number>

/** Loads an encoding, which takes some 0.1 s; names of special tokens are plain text. */
export const loadEncoding = async (name: Encoding): Promise<Tokens> => {
  const { encodeGenerator } = await load[name]()
  // The names of special tokens are plain text where users write them.
  const options = { disallowedSpecial: new Set<string>() }
  return function* (text: string): Generator<number> {
    for (const tokens of encodeGenerator(text, options)) yield* tokens
  }
}

const load = {
  o200k_base: () => import("gpt-tokenizer/encoding/o200k_base"),
  cl100k_base: () => import("gpt-tokenizer/encoding/cl100k_base"),
  p50k_base: () => import("gpt-tokenizer/encoding/p50k_base"),
  r50k_base: () => import("gpt-tokenizer/encoding/r50k_base")
}
