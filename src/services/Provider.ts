import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { JournalError } from "../Journal.ts"
import type { LanguageModelError } from "./LanguageModelError.ts"

/** One turn of a conversation. */
export interface Message {
  readonly role: "system" | "user" | "assistant"
  readonly content: string
}

/**
 * What a request is for, in a form that needs no reading of English.
 *
 * Only the simulated and the scripted provider look at it; it is never sent to a server and is no part of what a server's
 * answer is filed under.
 */
export type Task =
  | { readonly kind: "generate"; readonly prompt: string; readonly persona: string | null }
  | { readonly kind: "inject"; readonly prompt: string; readonly original: string; readonly errorType: string }
  /** Another version of a text, or a piece for it, that is expected to be better, worse or neither. */
  | {
      readonly kind: "rewrite"
      readonly prompt: string
      readonly original: string
      readonly operation: string
      readonly direction: "better" | "worse" | "neutral"
    }
  | (Graded & { readonly kind: "rate"; readonly prompt: string; readonly text: string; readonly axis: string })
  | {
      readonly kind: "compare"
      readonly prompt: string
      readonly first: string
      readonly second: string
      readonly annotator: string
      readonly axis: string
      /** Which is worse is asked. */
      readonly negated?: true
      /** Reasons are asked for. */
      readonly critique?: true
    }
  /** The text from character `start` to `end`. */
  | (Graded & {
      readonly kind: "rateSpan"
      readonly prompt: string
      readonly text: string
      readonly start: number
      readonly end: number
      readonly axis: string
    })
  /** A preference as a whole: the preferred answer first. */
  | (Graded & {
      readonly kind: "ratePreference"
      readonly prompt: string
      readonly first: string
      readonly second: string
    })
  | (Graded & { readonly kind: "ratePrompt"; readonly prompt: string; readonly axis: string })
  | {
      readonly kind: "classify"
      readonly prompt: string
      readonly annotator: string
      readonly classes: ReadonlyArray<string>
    }
  /** Which of two preferences, each a chosen and a rejected answer, is the stronger one. */
  | {
      readonly kind: "compareGaps"
      /** The first one's, so that every task has one. */
      readonly prompt: string
      readonly first: PreferenceShown
      readonly second: PreferenceShown
      readonly annotator: string
    }
  | {
      readonly kind: "ratePair"
      readonly prompt: string
      readonly first: string
      readonly second: string
      readonly annotator: string
      readonly scale: readonly [number, number]
    }
  | { readonly kind: "tag"; readonly prompt: string; readonly vocabulary: ReadonlyArray<string> | null }

/** What a judge of one thing may say. */
interface Graded {
  readonly annotator: string
  readonly scale: readonly [number, number]
  /** One of these verdicts, each with its score, in place of a score. */
  readonly levels?: Readonly<Record<string, number>>
  /** The opposite of the quality is asked for. */
  readonly negated?: true
  /** Reasons are asked for. */
  readonly critique?: true
}

/** A preference as a judge of preferences sees it. */
export interface PreferenceShown {
  readonly prompt: string
  readonly chosen: string
  readonly rejected: string
}

/** A request for one completion. `sampleIndex` tells repeated samples of one request apart. */
export interface Request {
  readonly task: Task
  readonly messages: ReadonlyArray<Message>
  /** `null` asks the model that the provider was made with. */
  readonly model: string | null
  readonly sampleIndex: number
  readonly temperature?: number | undefined
  readonly topP?: number | undefined
  readonly maxTokens?: number | undefined
  readonly seed?: number | undefined
  readonly stop?: ReadonlyArray<string> | undefined
  /** Asks for JSON of this JSON Schema. */
  readonly answer?: { readonly name: string; readonly schema: unknown } | undefined
  /** The answer begins with this text and the model goes on from there; the completion's text is what follows it. Needs `prefix`. */
  readonly prefix?: string | undefined
  /** Asks for the log-probability of each sampled token and of this many alternatives, 0 to 20. Needs `topLogProbs`. */
  readonly topLogProbs?: number | undefined
}

/**
 * Tokens a server counted. Of those of the prompt, `cachedTokens` are those that it had in its cache and `cacheWriteTokens` those that it put
 * there, where it says so.
 */
export interface Usage {
  readonly promptTokens: number
  readonly completionTokens: number
  readonly cachedTokens?: number
  readonly cacheWriteTokens?: number
}

/** A token with its natural log-probability. */
export interface TokenLogProb {
  readonly token: string
  readonly logProb: number
}

/** The answer to a request. `planted` is what a simulated model knows about its own answer, null for every other. */
export interface Completion {
  readonly text: string
  readonly finishReason: "stop" | "length" | "contentFilter" | "refusal" | "other"
  readonly model: string
  readonly usage: Usage | null
  readonly planted: { readonly quality: number | null; readonly correct: boolean | null } | null
  /** Sampled tokens in order, each with the alternatives that were asked for, none where these are missing; absent unless asked. */
  readonly logProbs?: ReadonlyArray<TokenLogProb & { readonly alternatives: ReadonlyArray<TokenLogProb> }>
}

/**
 * A request for the log-probability of a given text.
 *
 * With a string as context the two are joined as they are, untouched by a chat template (needs `scoreText`); with messages the
 * text is the assistant's turn behind them, in the model's own template (needs `scoreChat`).
 */
export interface ScoreRequest {
  readonly context: string | ReadonlyArray<Message>
  readonly text: string
  readonly model: string | null
}

/** The tokens of the text alone, in order, with their natural log-probabilities given the context. */
export interface TextScore {
  readonly tokens: ReadonlyArray<TokenLogProb>
  readonly model: string
  readonly usage: Usage | null
}

/** A request for the embedding of a text. Needs `embed`. */
export interface EmbedRequest {
  readonly text: string
  readonly model: string | null
  readonly dimensions?: number | undefined
}

/** The embedding of a text, as the server scales it. */
export interface Embedding {
  readonly vector: ReadonlyArray<number>
  readonly model: string
  readonly usage: Usage | null
}

/** A request for what a reward model or classifier says about an answer to a conversation. Needs `reward`. */
export interface RewardRequest {
  readonly messages: ReadonlyArray<Message>
  readonly text: string
  readonly model: string | null
}

/** Scores of a reward model, one for a plain reward; of a classifier one per class, in the model's order. */
export interface Reward {
  readonly scores: ReadonlyArray<number>
  readonly model: string
  readonly usage: Usage | null
}

/** What a provider may be able to do beyond plain completions. */
export type Capability =
  | "seed"
  | "jsonSchema"
  | "samples"
  | "prefix"
  | "topLogProbs"
  | "scoreText"
  | "scoreChat"
  | "embed"
  | "reward"

/** US dollars per million tokens. Tokens from the server's cache, and those put there, cost the input price where no other is given. */
export interface Price {
  readonly inputPerMillion: number
  readonly outputPerMillion: number
  readonly cachedInputPerMillion?: number
  readonly cacheWritePerMillion?: number
}

/** How hard an endpoint may be asked. */
export interface Limits {
  /** Most calls in flight at once; fewer while the endpoint refuses them. */
  readonly concurrency: number
  readonly requestsPerMinute?: number | undefined
  /** Tokens of prompts, estimated, and answers, at their limit, until the server has counted them. */
  readonly tokensPerMinute?: number | undefined
  /** Milliseconds before one try is given up; null waits as long as it takes. */
  readonly timeoutMs: number | null
  /** Milliseconds of trying and waiting between tries before a call is given up. */
  readonly deadlineMs: number
  /** Tries after the first before a call is given up; a server that limits the rate is asked until the deadline. */
  readonly maxRetries: number
}

/** What a route may use while it answers one request. */
export interface Call {
  /** What the answer will be filed under: the same for the same request in every run. */
  readonly key: string
  /** Tells what the headers of a response say about the server's limits. */
  readonly heard: (header: (name: string) => string | null | undefined) => void
  /** Small texts that outlive the process. */
  readonly note: (name: string) => string | undefined
  readonly writeNote: (name: string, value: string | null) => Effect.Effect<void, JournalError>
  /**
   * Has to be run by a route that is resumable before a request leaves, so that caps hold when the process dies: as "live" where
   * its answer would be lost, though paid for; as "kept" where it can be fetched later.
   */
  readonly leaves: (as: "live" | "kept") => Effect.Effect<void, JournalError>
  /** Takes back that the calls filed under some keys left as "kept": no server will bill them. */
  readonly cancelled: (keys: ReadonlyArray<string>) => void
}

type Answering<Asked, Answer> = (request: Asked, call: Call) => Effect.Effect<Answer, LanguageModelError | JournalError>

/** One endpoint. It makes one try for each call; waiting, retries and limits are the service's. */
export interface Route {
  /** Where it leads, in words for people. */
  readonly endpoint: string
  readonly limits: Limits
  /**
   * Tells that the call filed under a key may be given up and asked again later without being paid twice, as with offline
   * batches; absent where an answer is lost when nobody waits for it.
   */
  readonly resumable?: (key: string) => boolean
  readonly complete: Answering<Request, Completion>
  /** Several samples of one request in one call; where it is absent, or gives too few, they are asked for one by one. */
  readonly samples?: (
    request: Request,
    n: number,
    call: Call
  ) => Effect.Effect<ReadonlyArray<Completion>, LanguageModelError | JournalError>
  readonly score?: Answering<ScoreRequest, TextScore>
  readonly embed?: Answering<EmbedRequest, Embedding>
  readonly reward?: Answering<RewardRequest, Reward>
}

/**
 * What a vendor has to implement; the contract suite `test/contracts/provider.ts` says how it must behave.
 *
 * `canonical` returns everything that decides a completion and no secret: the journal files the answer under its hash.
 * Several routes are interchangeable: each answers every request.
 */
export interface Provider {
  readonly name: string
  /** The base URL, or the name a user gave it. */
  readonly endpoint: string
  readonly defaultModel: string
  /** True when no real model stands behind it; stages mark what it made. */
  readonly simulated: boolean
  readonly capabilities: ReadonlyArray<Capability>
  readonly canonical: (request: Request) => unknown
  /**
   * What decides other answers besides the request, by name, such as the endpoint that rewards come from; absent, or without
   * entries, where all is as usual.
   */
  readonly scoringSettings?: (
    kind: "score" | "embed" | "reward",
    request: ScoreRequest | EmbedRequest | RewardRequest
  ) => Readonly<Record<string, unknown>>
  readonly routes: ReadonlyArray<Route>
  /** Null where the price of a model is not known. */
  readonly price: (model: string) => Price | null
  /** Rows that should be under way at once so that the provider is kept busy; absent leaves it to the stages. */
  readonly rowsUnderWay?: number
  /** What the provider waits for at the moment, in words for people; null when there is nothing to say. */
  readonly status?: () => string | null
}

/** How a provider is started. Nothing is contacted and no key is read before the first call. */
export type ProviderSource = Effect.Effect<Provider, LanguageModelError, Scope.Scope>
