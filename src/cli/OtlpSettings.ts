/** Where one kind of telemetry goes. */
export interface OtlpTarget {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** What the standard OpenTelemetry variables say. */
export interface OtlpSettings {
  readonly traces: OtlpTarget | null
  readonly metrics: OtlpTarget | null
  readonly protocol: "http/json" | "http/protobuf"
  /** Null where variables name the service themselves. */
  readonly serviceName: string | null
}

/**
 * Reads the variables of the OpenTelemetry specification; a text says what is wrong with them.
 *
 * Kinds of telemetry have their own endpoint, headers and exporter ("none" turns one off), which win over the common ones. The
 * protocol is "http/protobuf" unless "http/json" is asked for; there is no gRPC.
 */
export const readOtlpSettings = (environment: NodeJS.ProcessEnv): OtlpSettings | string => {
  const given = (name: string): string | undefined => environment[name]?.trim() || undefined
  const protocol = given("OTEL_EXPORTER_OTLP_PROTOCOL") ?? "http/protobuf"
  if (protocol !== "http/json" && protocol !== "http/protobuf") {
    return `found OTEL_EXPORTER_OTLP_PROTOCOL "${protocol}", expected "http/protobuf" or "http/json"`
  }
  const targetOf = (kind: "TRACES" | "METRICS"): OtlpTarget | string | null => {
    if ((given(`OTEL_${kind}_EXPORTER`) ?? "otlp") !== "otlp") return null
    const own = given(`OTEL_EXPORTER_OTLP_${kind}_ENDPOINT`)
    const common = given("OTEL_EXPORTER_OTLP_ENDPOINT")?.replace(/\/+$/, "")
    const url = own ?? (common === undefined ? undefined : `${common}/v1/${kind.toLowerCase()}`)
    if (url === undefined) return null
    const parsed = URL.parse(url)
    if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
      const found = url.includes("@") ? "an endpoint that is none" : `the endpoint "${url}"`
      return `found ${found}, expected an http address such as "http://localhost:4318"`
    }
    if (parsed.username !== "" || parsed.password !== "") {
      return `found an endpoint at "${parsed.host}" with a user or a password in it, expected an address without; put them into OTEL_EXPORTER_OTLP_HEADERS`
    }
    const headers = given(`OTEL_EXPORTER_OTLP_${kind}_HEADERS`) ?? given("OTEL_EXPORTER_OTLP_HEADERS") ?? ""
    return { url, headers: readHeaders(headers) }
  }
  const traces = targetOf("TRACES")
  if (typeof traces === "string") return traces
  const metrics = targetOf("METRICS")
  if (typeof metrics === "string") return metrics
  const isNamed =
    given("OTEL_SERVICE_NAME") !== undefined ||
    /(^|,)\s*service\.name\s*=\s*[^\s,]/.test(given("OTEL_RESOURCE_ATTRIBUTES") ?? "")
  return { traces, metrics, protocol, serviceName: isNamed ? null : "prefloom" }
}

/** Reads `name=value,name=value`, with values that may be percent-encoded. */
const readHeaders = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text.split(",").flatMap((pair) => {
      const at = pair.indexOf("=")
      if (at < 1) return []
      const value = pair.slice(at + 1).trim()
      return [[pair.slice(0, at).trim().toLowerCase(), isEncoded(value) ? decodeURIComponent(value) : value]]
    })
  )

const isEncoded = (value: string): boolean => /^([^%]|%[0-7][0-9a-f])*$/i.test(value)
