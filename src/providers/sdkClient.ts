import type OpenAI from "openai"
import type { Endpoint } from "./Endpoint.ts"

/**
 * A client of the `openai` SDK for an endpoint, which makes one try of each request.
 *
 * What it sends with each is its own: further headers of the environment (`OPENAI_CUSTOM_HEADERS`), organization and project (`OPENAI_ORG_ID`,
 * `OPENAI_PROJECT_ID`), and whatever else later versions take from there.
 */
export const sdkClient = async (
  endpoint: Pick<Endpoint, "baseUrl">,
  authorization: string | null,
  fetcher: typeof fetch = fetch
): Promise<OpenAI> => {
  const sdk = await import("openai")
  return new sdk.default({
    apiKey: "none",
    baseURL: endpoint.baseUrl,
    // Tries and time-outs are the model service's.
    maxRetries: 0,
    timeout: 2 ** 31 - 1,
    defaultHeaders: { Authorization: authorization },
    logLevel: "off",
    fetch: fetcher
  })
}
