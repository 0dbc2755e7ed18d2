import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { projectRoot } from './home.ts'
import { nodeArguments } from './services.ts'

const Manifest = z.object({ scripts: z.object({ api: z.string(), worker: z.string() }) })

it.each(['api', 'worker'] as const)('the local system starts the %s with the arguments that npm run has', (name) => {
  const { scripts } = Manifest.parse(JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')))
  const command = ['node', ...nodeArguments[name], `${name}/src/main.ts`].join(' ')
  expect(scripts[name].endsWith(` ${command}`), scripts[name]).toBe(true)
})
