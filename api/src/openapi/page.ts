import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Recto API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="reference"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`

const start = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#reference', deepLinking: true, validatorUrl: null })\n`

/** Reads a file of swagger-ui at the first request for it. */
const asset = (name: string) => {
  let content: Promise<Buffer<ArrayBuffer>> | undefined
  return () => {
    content ??= readFile(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`)))
    return content
  }
}
const bundle = asset('swagger-ui-bundle.js')
const styles = asset('swagger-ui.css')
const script = { 'Content-Type': 'text/javascript; charset=utf-8', 'Cache-Control': 'public, max-age=3600' }

/** Serves the reference page. All its files come from this process, so it works without the internet. */
export const createDocsPage = () =>
  new Hono()
    .use(
      secureHeaders({
        contentSecurityPolicy: {
          defaultSrc: ["'none'"],
          scriptSrc: ["'self'"],
          styleSrc: ["'self'", "'unsafe-inline'"],
          imgSrc: ["'self'", 'data:'],
          connectSrc: ["'self'"],
          frameAncestors: ["'none'"],
          baseUri: ["'none'"],
        },
      }),
    )
    .get('/', (c) => c.html(page))
    .get('/start.js', (c) => c.body(start, 200, script))
    .get('/swagger-ui-bundle.js', async (c) => c.body(await bundle(), 200, script))
    .get('/swagger-ui.css', async (c) =>
      c.body(await styles(), 200, { ...script, 'Content-Type': 'text/css; charset=utf-8' }),
    )
