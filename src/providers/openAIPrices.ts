import type { Price } from "../services/Provider.ts"

const price = (inputPerMillion: number, outputPerMillion: number, cachedInputPerMillion?: number): Price => ({
  inputPerMillion,
  outputPerMillion,
  ...(cachedInputPerMillion === undefined ? {} : { cachedInputPerMillion })
})

/** From GPT-5.6 on, what goes into the cache costs a quarter more than other input. */
const written = (one: Price): Price => ({ ...one, cacheWritePerMillion: 1.25 * one.inputPerMillion })

/** Embedding models bill no answers; with the price of input for them a budget never falls short. */
const embedding = (inputPerMillion: number): Price => price(inputPerMillion, inputPerMillion)

const named = (names: ReadonlyArray<string>, one: Price): Readonly<Record<string, Price>> =>
  Object.fromEntries(names.map((name) => [name, one]))

/**
 * List prices of OpenAI's own text models, of November 2026: what a call costs where no other price is given.
 *
 * US dollars per million tokens on the standard tier, for prompts below 272,000 tokens. Models whose prices could not be
 * checked, differ between sources or have a fee that `Price` cannot tell are left out, so that their cost is unknown rather
 * than wrong, and so are models that are shut down. They apply to api.openai.com alone. Sources: for GPT-5.6 and later OpenAI's page of each
 * model (developers.openai.com/api/docs/models), where it was read in full; for the others `prices/providers/openai.yml` of pydantic/genai-prices at
 * commit 47df840, which follows OpenAI's pricing page; the models up to GPT-5.2 agree with `model_prices_and_context_window.json` of
 * BerriAI/litellm as far as it was read.
 */
export const openAIPrices: Readonly<Record<string, Price>> = {
  ...named(["gpt-6.2-sol"], written(price(2, 10, 0.1))),
  ...named(["gpt-6-luna"], written(price(0.1, 0.5, 0.01))),
  ...named(["gpt-5.6-luna"], written(price(0.2, 1.2, 0.02))),
  ...named(["gpt-5.5", "gpt-5.5-2026-04-23"], price(5, 30, 0.5)),
  ...named(["gpt-5.4", "gpt-5.4-2026-03-05"], price(2.5, 15, 0.25)),
  ...named(["gpt-5.4-mini", "gpt-5.4-mini-2026-03-17"], price(0.75, 4.5, 0.075)),
  ...named(["gpt-5.4-nano", "gpt-5.4-nano-2026-03-17"], price(0.2, 1.25, 0.02)),
  ...named(["gpt-5.2", "gpt-5.2-2025-12-11"], price(1.75, 14, 0.175)),
  ...named(["gpt-5.1", "gpt-5.1-2025-11-13"], price(1.25, 10, 0.125)),
  ...named(["gpt-5", "gpt-5-2025-08-07", "gpt-5-chat-latest"], price(1.25, 10, 0.125)),
  ...named(["gpt-5-mini", "gpt-5-mini-2025-08-07"], price(0.25, 2, 0.025)),
  ...named(["gpt-5-nano"], price(0.05, 0.4, 0.005)),
  ...named(["gpt-4.1", "gpt-4.1-2025-04-14"], price(2, 8, 0.5)),
  ...named(["gpt-4.1-mini", "gpt-4.1-mini-2025-04-14"], price(0.4, 1.6, 0.1)),
  ...named(["gpt-4o", "gpt-4o-2024-08-06", "gpt-4o-2024-11-20"], price(2.5, 10, 1.25)),
  ...named(["gpt-4o-mini", "gpt-4o-mini-2024-07-18"], price(0.15, 0.6, 0.075)),
  ...named(["o3", "o3-2025-04-16"], price(2, 8, 0.5)),
  ...named(["gpt-3.5-turbo-instruct"], price(1.5, 2)),
  ...named(["text-embedding-3-large"], embedding(0.13)),
  ...named(["text-embedding-3-small"], embedding(0.02)),
  ...named(["text-embedding-ada-002"], embedding(0.1))
}
