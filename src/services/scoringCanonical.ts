import type { EmbedRequest, Provider, RewardRequest, ScoreRequest } from "./Provider.ts"

/** A request for anything but a completion. */
export type ScoringRequest = ScoreRequest | EmbedRequest | RewardRequest

/**
 * What an answer other than a completion is filed under: everything that decides it, and no secret.
 *
 * The settings of the provider come in only where they are not the usual ones, so that journals without them stay valid.
 */
export const scoringCanonical = (
  provider: Pick<Provider, "name" | "endpoint" | "defaultModel" | "scoringSettings">,
  kind: "score" | "embed" | "reward",
  request: ScoringRequest
): object => ({
  ...provider.scoringSettings?.(kind, request),
  kind,
  provider: provider.name,
  endpoint: provider.endpoint,
  model: request.model ?? provider.defaultModel,
  request: { ...request, model: undefined }
})
