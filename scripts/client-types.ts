import { compile, type JSONSchema } from 'json-schema-to-typescript'
import { createApp } from '../api/src/app.ts'
import { exampleAppDeps } from '../api/src/testing/example-app.ts'

export type Schemas = Record<string, JSONSchema>

/** The schemas of the OpenAPI document, which are those that validate requests and describe answers. */
export const apiSchemas = async (): Promise<Schemas> => {
  const document = await (await createApp(exampleAppDeps()).request('/openapi.json')).text()
  return JSON.parse(document.replaceAll('#/components/schemas/', '#/definitions/')).components.schemas
}

const banner = '// Made by `npm run types` of the schemas of the API. Do not edit.'

/** The types of what the API accepts and answers, as TypeScript. They need no package. */
export const clientTypes = async (definitions: Schemas): Promise<string> => {
  const types = await compile({ definitions }, 'Unused', {
    additionalProperties: false,
    bannerComment: banner,
    format: false,
    // Tuples of each length would take hundreds of lines, and nobody could pass an array that was mapped.
    ignoreMinAndMaxItems: true,
    strictIndexSignatures: false,
    unreachableDefinitions: true,
  })
  return types
    .replace(/export interface Unused \{[^}]*\}\n/, '')
    .replaceAll(/(?:\n \* ?)?\n \* This interface was referenced by [^\n]*\n \* via the `definition` [^\n]*/g, '')
    .replaceAll(/\/\*\*\s*\*\/\n/g, '')
}
