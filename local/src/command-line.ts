import { type ParseArgsConfig, parseArgs } from 'node:util'

/** Reads a command's arguments strictly; an unknown one, or one too many, ends the command with its usage. */
export const readArgs = <Config extends ParseArgsConfig>(usage: string, config: Config) => {
  try {
    const parsed = parseArgs({ ...config, options: { ...config.options, help: { type: 'boolean', short: 'h' } } })
    if (!('help' in parsed.values && parsed.values.help)) return parsed
    process.stdout.write(`${usage}\n`)
    process.exit(0)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}\n`)
    process.exit(2)
  }
}

/** Runs a command; what it throws is told in one line on stderr, with exit code 1. */
export const runCommand = async (work: () => Promise<void>): Promise<void> => {
  try {
    await work()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 1
  }
}
