// Exits with 0 when the process of this container is ready, as the images have neither curl nor a shell. The argument
// names the variable with its port.
const port = process.env[process.argv[2] ?? '']
const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(4_000) }).catch(
  () => undefined,
)
process.exit(answer?.ok ? 0 : 1)
