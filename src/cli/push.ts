import * as path from "node:path"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { HubOptions } from "../hub/HubClient.ts"
import { textIfThere } from "../textIfThere.ts"
import { booleanFlag } from "./booleanFlag.ts"
import { asCommand, CommandFailed } from "./CommandFailed.ts"
import { printJson, printNotice, printResult } from "./StandardOutput.ts"

/** `prefloom push`: the folder of a finished run or conversion to a data set on the hub. */
export const push = Command.make(
  "push",
  {
    out: Argument.String("out").pipe(Argument.withDescription("Output folder of a finished run, clean or convert")),
    repository: Argument.String("owner/name").pipe(Argument.withDescription("Data set on the hub; made when absent")),
    dryRun: booleanFlag("dry-run", "List what would be sent, with sizes, and change nothing"),
    private: booleanFlag("private", "Make the data set private; refuse one that is public"),
    revision: Flag.String("revision").pipe(
      Flag.withMetavar("BRANCH"),
      Flag.withDescription("Branch to commit to; made when absent. Default: main"),
      Flag.withDefault("main")
    ),
    message: Flag.String("message").pipe(
      Flag.withMetavar("TEXT"),
      Flag.withDescription("Title of the commit. Default: names the pipeline"),
      Flag.optional
    ),
    tokenVariable: Flag.String("token-variable").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDescription("Environment variable with the token. Default: HF_TOKEN"),
      Flag.withDefault("HF_TOKEN")
    ),
    endpoint: Flag.String("endpoint").pipe(
      Flag.withMetavar("URL"),
      Flag.withDescription("The hub. Default: HF_ENDPOINT, else https://huggingface.co"),
      Flag.optional
    ),
    json: booleanFlag("json", "Print the result as one JSON object")
  },
  Effect.fnUntraced(function* ({ dryRun, json, message, out, private: isPrivate, ...named }) {
    const { repository, revision, tokenVariable } = named
    const endpoint = yield* endpointOf(Option.getOrUndefined(named.endpoint) ?? process.env["HF_ENDPOINT"])
    const token = process.env[tokenVariable]?.trim() || null
    const options: HubOptions = { endpoint, repository, revision, token, tokenVariable }
    yield* checkOptions(options, dryRun)
    const [{ readPushFiles }, { makePushProgress }, { showPush }, { renderDryRun, renderPush }, { HubClient }] =
      yield* Effect.promise(() =>
        Promise.all([
          import("../hub/readPushFiles.ts"),
          import("../hub/PushProgress.ts"),
          import("./showPush.ts"),
          import("./renderPush.ts"),
          import("../hub/HubClient.ts")
        ])
      )
    const [{ pushFolder }, { pushPlan }, { sourceFacts }, { checkPushCard }] = yield* Effect.promise(() =>
      Promise.all([
        import("../hub/pushFolder.ts"),
        import("../hub/pushPlan.ts"),
        import("./sourceFacts.ts"),
        import("./checkPushCard.ts")
      ])
    )
    const progress = makePushProgress()
    const firstTrouble = yield* Deferred.make<string>()
    const onWait = (trouble: string | null) => {
      progress.trouble = trouble
      if (trouble !== null)
        Deferred.doneUnsafe(firstTrouble, Effect.succeed(trouble.replace(/ in try \d+ of \d+$/, "")))
    }
    const work = Effect.gen(function* () {
      yield* showPush(progress)
      const { files, manifest } = yield* readPushFiles(out, progress)
      yield* checkPushCard(out, manifest)
      const card = path.join(out, "README.md")
      const facts = {
        simulated: manifest.simulated,
        cardSaysSimulated: /simulated/i.test(textIfThere(card) ?? ""),
        isLicensed: sourceFacts([card]).licence !== undefined
      }
      const hub = yield* HubClient
      if (dryRun) {
        Object.assign(progress, { what: "Looking", totalBytes: 0 })
        // What is there is worth a question, and no minutes of waiting.
        const { state, there } = yield* Effect.raceFirst(
          Effect.gen(function* () {
            const seen = yield* hub.look
            return { state: seen, there: seen.kind === "commit" ? yield* hub.list(seen.oid) : [] }
          }),
          Effect.map(Deferred.await(firstTrouble), (trouble) => ({
            state: { kind: "notReached", trouble } as const,
            there: []
          }))
        )
        const plan = pushPlan(files, there)
        return {
          text: renderDryRun({ ...options, page: hub.page, plan, state, ...facts }),
          value: { state, ...plan }
        }
      }
      const request = {
        files,
        isPrivate,
        message: Option.getOrElse(message, () => `Upload ${manifest.pipeline} with Prefloom ${manifest.prefloom}`)
      }
      const outcome = yield* pushFolder(request, progress)
      return {
        text: renderPush({ ...outcome, page: hub.page, revision, ...facts }),
        value: outcome
      }
    })
    const { text, value } = yield* work.pipe(
      Effect.provide(HubClient.layer({ ...options, onWait })),
      asCommand,
      Effect.onInterrupt(() =>
        printNotice("Interrupted. The same command goes on from here; files that are there are not sent again")
      )
    )
    return yield* json ? printJson(value) : printResult(text)
  })
).pipe(
  Command.withDescription(
    `Push the folder of a finished run, clean or convert to a data set on the Hugging Face hub.

  Sends the files that the manifest lists, the card with its pictures, croissant.json, the report and the manifest, in one commit; the
  journal stays here. Files that are there with the same checksum are not sent again, also after a push that was broken off:
  the same command goes on. Shards of an earlier push that the folder no longer has are removed.

  The token is read from the environment and goes to the hub alone. Without one, --dry-run lists the files without comparing them
  with a private data set, and without a hub that answers it lists them all.`
  ),
  Command.withShortDescription("Push finished results to the Hugging Face hub"),
  Command.withExamples([
    { command: "prefloom push out/first me/my-pairs --dry-run", description: "See what would be sent" },
    { command: "prefloom push out/first me/my-pairs --private", description: "Send it, for your eyes alone" },
    { command: "prefloom push out/first me/my-pairs --revision v2", description: "To a branch of its own" }
  ])
)

const endpointOf = (given: string | undefined): Effect.Effect<string, CommandFailed> => {
  const text = (given || "https://huggingface.co").replace(/\/+$/, "")
  const url = URL.canParse(text) ? new URL(text) : null
  const isFine =
    url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "" && url.search === ""
  // The text may hold a password.
  return isFine
    ? Effect.succeed(text)
    : Effect.fail(
        new CommandFailed({
          message:
            "Cannot push: found an endpoint that is no plain address, expected one such as https://huggingface.co, without a name, password or query; set --endpoint or HF_ENDPOINT"
        })
      )
}

const part = "[A-Za-z0-9](?:[A-Za-z0-9_-]|\\.(?!\\.))*"
const repositoryName = new RegExp(`^${part}/${part}$`)
const branchName = /^(?![-/.])(?!.*(?:\.\.|\/\/|@\{))[\w./-]*\w$/

const checkOptions = (options: HubOptions, dryRun: boolean): Effect.Effect<void, CommandFailed> => {
  const { repository, revision, token, tokenVariable } = options
  if (!repositoryName.test(repository)) {
    return new CommandFailed({
      message: `Cannot push to ${JSON.stringify(repository)}: expected owner/name, of letters, digits, "-", "_" and single dots`
    })
  }
  if (!branchName.test(revision)) {
    return new CommandFailed({
      message: `Cannot push to branch ${JSON.stringify(revision)}: expected a name such as "main"`
    })
  }
  if (token === null && !dryRun) {
    return new CommandFailed({
      message: `Cannot push to "${repository}": found no token in ${tokenVariable}, expected one that may write; make one at ${options.endpoint}/settings/tokens and set the variable, or name another with --token-variable`
    })
  }
  if (token !== null && !/^[\x21-\x7e]+$/.test(token)) {
    return new CommandFailed({
      message: `Cannot push to "${repository}": found a token in ${tokenVariable} with characters that no token has; set the variable again`
    })
  }
  return Effect.void
}
