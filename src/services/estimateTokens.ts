/**
 * Tokens of texts by the encoding of OpenAI's current models: an estimate for every other model.
 *
 * For servers that count none. The tables are loaded at the first use, which takes a moment; no call waits for them elsewhere.
 */
export const estimateTokens = async (texts: ReadonlyArray<string>): Promise<number> => {
  const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base")
  return texts.reduce((sum, text) => sum + countTokens(text, { disallowedSpecial: none }), 0)
}

/** The names of special tokens are plain text where users write them. */
const none = new Set<string>()
