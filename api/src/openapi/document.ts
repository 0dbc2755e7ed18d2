import type { OpenAPIHono } from '@hono/zod-openapi'
import type { ApiEnv } from '../env.ts'

const info = {
  title: 'Recto',
  version: '0.1.0',
  description: 'A text in, grounded flashcards out. Errors are RFC 9457 problems; every answer carries `X-Request-Id`.',
}

/** Serves /openapi.json, built once from the schemas that validate requests. */
export const addDocument = (app: OpenAPIHono<ApiEnv>): void => {
  app.openAPIRegistry.registerComponent('securitySchemes', 'accessToken', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The access token of a Supabase session.',
  })
  let document: string | undefined
  app.get('/openapi.json', (c) => {
    document ??= JSON.stringify(app.getOpenAPI31Document({ openapi: '3.1.0', info }))
    return c.body(document, 200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' })
  })
}
