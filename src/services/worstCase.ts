import type { WorstCase } from "../Budget.ts"
import type { Price, Usage } from "./Provider.ts"

/** A request as far as its size is concerned. */
export interface RequestSize {
  /** All text that is sent. */
  readonly texts: ReadonlyArray<string>
  /** Most tokens that may be generated, over all samples; undefined where nothing limits them. */
  readonly maxTokens: number | undefined
}

/** The worst case where tokens and money are not counted. */
export const oneCall: WorstCase = { calls: 1, tokens: null, usd: null }

/** What a call cost that a server never got, or certainly did not bill. */
export const noCall: WorstCase = { calls: 0, tokens: 0, usd: 0 }

/** Tokens that a chat template adds round a turn, with room to spare. */
const tokensPerText = 16

/**
 * The most that one call can take: no tokenizer in use makes more tokens than a text has bytes of UTF-8.
 *
 * Null where the request sets no limit on the answer, or, for money, where the price is not known.
 */
export const worstCase = ({ maxTokens, texts }: RequestSize, price: Price | null): WorstCase => {
  const promptTokens = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + tokensPerText, 0)
  return {
    calls: 1,
    tokens: maxTokens === undefined ? null : promptTokens + maxTokens,
    usd:
      maxTokens === undefined || price === null
        ? null
        : costOf({ promptTokens, completionTokens: maxTokens, ...dearest(promptTokens, price) }, price)
  }
}

/** A prompt that all goes into the cache, where that costs more. */
const dearest = (promptTokens: number, { cacheWritePerMillion = 0, inputPerMillion }: Price): Partial<Usage> =>
  cacheWritePerMillion > inputPerMillion ? { cacheWriteTokens: promptTokens } : {}

/** US dollars for what was used. */
export const costOf = (
  { cachedTokens = 0, cacheWriteTokens = 0, completionTokens, promptTokens }: Usage,
  { inputPerMillion, ...price }: Price
): number =>
  ((promptTokens - cachedTokens - cacheWriteTokens) * inputPerMillion +
    cachedTokens * (price.cachedInputPerMillion ?? inputPerMillion) +
    cacheWriteTokens * (price.cacheWritePerMillion ?? inputPerMillion) +
    completionTokens * price.outputPerMillion) /
  1e6

/** Tells that tokens cost nothing, so that the cost of a call is known though nobody counted them. */
export const isFree = ({
  cachedInputPerMillion = 0,
  cacheWritePerMillion = 0,
  inputPerMillion,
  outputPerMillion
}: Price): boolean =>
  [inputPerMillion, outputPerMillion, cachedInputPerMillion, cacheWritePerMillion].every((dollars) => dollars === 0)
