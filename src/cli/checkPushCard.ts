import * as Effect from "effect/Effect"
import { HubError } from "../hub/HubError.ts"
import type { Manifest } from "../Manifest.ts"
import { cardConfigs } from "./cardConfigs.ts"

/**
 * Fails where the card in a folder describes other files than the manifest lists: that of an earlier run, which had another sink.
 *
 * A card that says nothing of files, or names a folder alone, is taken as it is.
 */
export const checkPushCard = (out: string, { files }: Pick<Manifest, "files">): Effect.Effect<void, HubError> =>
  Effect.suspend(() => {
    const listed = new Set(files.map(({ path }) => path))
    const configs = cardConfigs(out)
    const described = configs.flatMap((config) => config.files.map(({ path }) => path.replaceAll("\\", "/")))
    const other = described.find((file) => !listed.has(file))
    const isOfNone = configs.length > 0 && described.length === 0 && configs.every(({ home }) => home === null)
    if (other === undefined && !isOfNone) return Effect.void
    const of = isOfNone
      ? "none of the files here"
      : `the file ${JSON.stringify(other)}, which manifest.json does not list`
    return Effect.fail(
      new HubError({
        reason: "badFolder",
        action: `push ${JSON.stringify(out)}`,
        found: `a card README.md of another run, with ${of}`,
        wanted: "that of the data set here, by which its rows are loaded",
        remedy: "run the pipeline into another folder, with into(dataset(…)) at its end, and push that"
      })
    )
  })
