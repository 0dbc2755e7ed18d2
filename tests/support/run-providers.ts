import { execFile } from 'node:child_process'
import { buildProgram, hashSources } from './build-program.ts'

export type Printed = { code: unknown; out: string; err: string }

/** Runs `npm run providers` with these arguments, in an environment that has nothing else, and answers what it printed. */
export const runProviders = async (args: string[], env: Record<string, string>): Promise<Printed> => {
  const program = await buildProgram('providers', hashSources())
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env }, (error, out, err) =>
      resolve({ code: error ? error.code : 0, out, err }),
    )
  })
}
