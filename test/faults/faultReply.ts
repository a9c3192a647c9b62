import type { Fault } from "./Fault.ts"
import { errorReply, type Reply, vllmError } from "./ServedModel.ts"

/** The answer that a fault puts in the place of the model's; null for a fault that leaves the model to answer. */
export const faultReply = (fault: Fault | null): Reply | null => {
  switch (fault?.kind) {
    case "status": {
      const body = "body" in fault ? fault.body : defaultError(fault.status).body
      const retryAfter = fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) }
      return { status: fault.status, body, headers: { ...retryAfter, ...fault.headers } }
    }
    case "wrongContentType":
      return {
        status: 200,
        headers: { "content-type": "text/html; charset=utf-8" },
        body: "<!doctype html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>"
      }
    case "contentFilterError":
      return {
        status: 400,
        body: {
          error: {
            message: "The response was filtered due to the prompt triggering the content management policy.",
            type: null,
            param: "prompt",
            code: "content_filter",
            status: 400,
            innererror: {
              code: "ResponsibleAIPolicyViolation",
              content_filter_result: { violence: { filtered: true, severity: "high" } }
            }
          }
        }
      }
    case "contextTooLong":
      return fault.spelling === "openai"
        ? errorReply(
            400,
            "This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 tokens. Please reduce the length of the messages.",
            { param: "messages", code: "context_length_exceeded" }
          )
        : vllmError(
            "This model's maximum context length is 4096 tokens. However, you requested 512 output tokens and your prompt contains at least 3585 input tokens, for a total of at least 4097 tokens. Please reduce the length of the input prompt or the number of requested output tokens. (parameter=input_tokens, value=3585)",
            "input_tokens"
          )
    case "answer":
      return "body" in fault ? { status: 200, body: fault.body, usage: usageIn(fault.body) } : null
    default:
      return null
  }
}

const names: Readonly<Record<number, readonly [message: string, type: string, code: string | null]>> = {
  401: ["Incorrect API key provided.", "invalid_request_error", "invalid_api_key"],
  403: ["You have no access to this model.", "invalid_request_error", "model_not_allowed"],
  404: ["The model does not exist or you do not have access to it.", "invalid_request_error", "model_not_found"],
  429: ["Rate limit reached. Please try again.", "requests", "rate_limit_exceeded"],
  500: ["The server had an error while processing your request.", "server_error", null],
  502: ["Bad gateway.", "server_error", null],
  503: ["The engine is currently overloaded, please try again later.", "server_error", null],
  529: ["Overloaded.", "overloaded_error", null]
}

const defaultError = (status: number): Reply => {
  const [message, type, code] = names[status] ?? [`The request ended with status ${status}.`, undefined, null]
  return errorReply(status, message, { ...(type === undefined ? {} : { type }), code })
}

/** What a given body says that it costs. */
const usageIn = (body: unknown) => {
  const usage = (body as { readonly usage?: Readonly<Record<string, unknown>> } | null)?.usage
  const tokens = (name: string) => (typeof usage?.[name] === "number" ? usage[name] : 0)
  return { promptTokens: tokens("prompt_tokens"), completionTokens: tokens("completion_tokens") }
}
