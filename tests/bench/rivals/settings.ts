import { z } from 'zod'

const Settings = z.object({
  url: z.string(),
  slots: z.int(),
  reportTo: z.string().optional(),
  more: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])).default({}),
})

// Without its bench it has nothing to do.
process.on('disconnect', () => process.exit())

/** What the bench told this process. */
export const settings = Settings.parse(JSON.parse(process.argv[2] ?? ''))

/** Tells the bench that jobs are taken from now on. */
export const ready = (): void => {
  process.send?.('ready')
}
