import * as Effect from "effect/Effect"
import type { EndpointOptions } from "../../src/providers/Endpoint.ts"
import type { Completion, ProviderSource } from "../../src/services/Provider.ts"
import { type ProviderCase, requestFor } from "../contracts/provider.ts"
import { chatCompletion, chatServer, type Reply, type SeenRequest } from "./chatServer.ts"

/** What the user said in a request, as the server sees it. */
export const promptOf = (request: SeenRequest): string =>
  (request.body["messages"] as ReadonlyArray<{ readonly content: string }>).at(-1)!.content

/** The body of an answer that ended so. */
export const choice = (finish_reason: string, message: object) => ({
  choices: [{ index: 0, finish_reason, message: { role: "assistant", content: null, refusal: null, ...message } }]
})

/** Prompts that end in a way of their own, with the finish reason to expect and the body. */
export const endings: Readonly<
  Record<string, readonly [Completion["finishReason"], Readonly<Record<string, unknown>>]>
> = {
  "end with stop": ["stop", choice("stop", { content: "whole" })],
  "end with length": ["length", choice("length", { content: "cut o" })],
  "end with content_filter": ["contentFilter", choice("content_filter", {})],
  "end with refusal": ["refusal", choice("stop", { refusal: "I would rather not." })],
  "end with tool_calls": ["other", choice("tool_calls", {})]
}

/** The contract's case of a provider that speaks OpenAI's formats, with servers on this machine and a key in a variable. */
export const chatSubject = (
  provider: (options: EndpointOptions) => ProviderSource,
  keyVariable: string,
  key: string
): ProviderCase => {
  let samples = 0
  return {
    make: (setup) =>
      Effect.gen(function* () {
        const reply = (request: SeenRequest): Reply => {
          const prompt = promptOf(request)
          if (prompt === "fail")
            return { status: 400, body: { error: { message: `bad request by ${key}`, code: null } } }
          const ending = endings[prompt]?.[1]
          const body =
            ending === undefined
              ? chatCompletion(`answer to ${prompt}, sample ${samples++}`)
              : chatCompletion("", ending)
          return { body, afterMs: setup.latencyMs ?? 0 }
        }
        const here = yield* chatServer(reply)
        const there = yield* chatServer(reply)
        const options = { model: "m", keyVariable, concurrency: setup.concurrency ?? 64 }
        return {
          source: provider({ ...options, baseUrl: here.baseUrl }),
          elsewhere: provider({ ...options, baseUrl: there.baseUrl }),
          calls: () => here.requests.length + there.requests.length,
          mostAtOnce: () => Math.max(here.mostAtOnce(), there.mostAtOnce())
        }
      }),
    secrets: [key],
    endings: Object.entries(endings).map(([prompt, [ending]]) => [requestFor(prompt), ending] as const),
    failing: requestFor("fail")
  }
}
