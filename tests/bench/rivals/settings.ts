import { z } from 'zod'

const Settings = z.object({
  url: z.string(),
  slots: z.int(),
  reportTo: z.string().optional(),
  more: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])).default({}),
})

// Ends this process when the benchmark has ended.
process.on('disconnect', () => process.exit())

/** The settings that the benchmark gave to this process. */
export const settings = Settings.parse(JSON.parse(process.argv[2] ?? ''))

/** Tells the benchmark that this process is ready for jobs. */
export const ready = (): void => {
  process.send?.('ready')
}
