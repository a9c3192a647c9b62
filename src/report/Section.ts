import type { Finding } from "../Findings.ts"
import type { Manifest } from "../Manifest.ts"
import type { Html } from "./Html.ts"

/** One part of the page; `id` is its address within the page, `title` its heading and its name in the contents. */
export interface Section {
  readonly id: string
  readonly title: string
  readonly body: Html
}

/** The finding of one kind. */
export type FindingOf<Kind extends Finding["kind"]> = Extract<Finding, { readonly kind: Kind }>

/** All findings of one kind with the stages that made them, in the order they were made. */
export const findingsOf = <Kind extends Finding["kind"]>(
  manifest: Pick<Manifest, "findings">,
  kind: Kind
): ReadonlyArray<{ readonly stage: string; readonly finding: FindingOf<Kind> }> =>
  manifest.findings.flatMap(({ finding, stage }) => (isOf(finding, kind) ? [{ stage, finding }] : []))

const isOf = <Kind extends Finding["kind"]>(finding: Finding, kind: Kind): finding is FindingOf<Kind> =>
  finding.kind === kind
