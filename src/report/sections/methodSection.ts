import type { Manifest } from "../../Manifest.ts"
import { Html, html } from "../Html.ts"
import type { Section } from "../Section.ts"

/** Says with which options and versions the run was made, so that it can be made again. */
export const methodSection = (manifest: Manifest): Section => {
  const { libraries, pipelineHash, provider } = manifest
  return {
    id: "method",
    title: "How it was made",
    body: html`<p>The same pipeline, input, seed and answers give the same files, byte for byte.</p>
      <dl class="facts">
        <div>
          <dt>Pipeline hash</dt>
          <dd><code>${pipelineHash.slice(0, 16)}</code></dd>
        </div>
        ${
          provider === null
            ? Html.empty
            : html`<div>
                <dt>Endpoint</dt>
                <dd><code>${provider.endpoint}</code></dd>
              </div>`
        }
        ${Object.entries(libraries).map(
          ([name, version]) =>
            html`<div>
              <dt>${name}</dt>
              <dd>${version}</dd>
            </div>`
        )}
      </dl>
      ${optionsOf(manifest)} `
  }
}

const optionsOf = ({ stages }: Manifest): Html => {
  const configured = stages.filter(({ config }) => config !== null && config !== undefined)
  if (configured.length === 0) return Html.empty
  return html`<h3>Options of the stages</h3>
    ${configured.map(
      (stage) =>
        html`<details>
          <summary>${stage.key}</summary>
          <pre>${JSON.stringify(stage.config, null, 2)}</pre>
        </details>`
    )}`
}
