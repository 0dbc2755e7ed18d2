/** `traceparent` of W3C Trace Context: version, trace id, parent id and flags. Later versions may have more fields. */
const traceparent = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(-.*)?$/

/** The trace id of a `traceparent` header: 32 hex digits. Undefined when the header is absent or not well-formed. */
export const readTraceId = (header: string | undefined): string | undefined => {
  const [, version, traceId, more] = traceparent.exec(header ?? '') ?? []
  return version === '00' && more !== undefined ? undefined : traceId
}
