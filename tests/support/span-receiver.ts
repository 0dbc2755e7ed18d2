import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { projectRoot } from '@recto/local/home'
import { z } from 'zod'
import { type Answer, startReceiver } from './receiver.ts'

const value = z.union([
  z.object({ stringValue: z.string() }).transform(({ stringValue }) => stringValue),
  z.object({ boolValue: z.boolean() }).transform(({ boolValue }) => boolValue),
  z.object({ intValue: z.coerce.number() }).transform(({ intValue }) => intValue),
  z.object({ doubleValue: z.number() }).transform(({ doubleValue }) => doubleValue),
])
const attributes = z
  .array(z.object({ key: z.string(), value }))
  .transform((all) => Object.fromEntries(all.map((one) => [one.key, one.value])))

/** The kinds of OTLP that Recto uses, by their numbers. */
const kinds: Record<number, string> = { 2: 'server', 3: 'client', 5: 'consumer' }

const spanSchema = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number().transform((number) => kinds[number]),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  attributes,
  events: z.array(z.unknown()),
  status: z.object({ code: z.number(), message: z.string().optional() }),
})

/** OTLP in JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
const requestSchema = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(spanSchema) })),
    }),
  ),
})

/** A span as it was exported, with the name of the service that exported it. */
export type ExportedSpan = z.infer<typeof spanSchema> & { service: unknown }

export const newTraceId = (): string => crypto.randomUUID().replaceAll('-', '')

/** Receives spans by OTLP over HTTP in this process. `env` makes a process of Recto export to it, soon after each end. */
export const startSpanReceiver = async () => {
  const receiver = await startReceiver()
  const path = '/v1/traces'
  receiver.answer(path, { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' })
  return {
    env: {
      NODE_OPTIONS: `--import=${pathToFileURL(join(projectRoot, 'deploy', 'telemetry', 'register.ts'))}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    },
    answer: (answer: Answer): void => receiver.answer(path, answer),
    /** All that was received, as it came. */
    text: (): string => receiver.received.map(({ body }) => body).join('\n'),
    requests: (): number => receiver.received.length,
    spans: (): ExportedSpan[] =>
      receiver
        .at(path)
        .flatMap(({ body }) => requestSchema.parse(JSON.parse(body)).resourceSpans)
        .flatMap(({ resource, scopeSpans }) =>
          scopeSpans.flatMap(({ spans }) =>
            spans.map((span) => ({ ...span, service: resource.attributes['service.name'] })),
          ),
        ),
    stop: receiver.stop,
  }
}

export type SpanReceiver = Awaited<ReturnType<typeof startSpanReceiver>>
