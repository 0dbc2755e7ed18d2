import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'

/** Describes what the results depend on, without the name of the machine. */
export const describeMachine = (): string => {
  const processors = cpus()
  const gigabytes = Math.round(totalmem() / 1024 ** 3)
  return [
    `${new Date().toISOString().slice(0, 10)}, ${processors.length} cores (${processors[0]?.model.trim() ?? 'unknown'}), ${gigabytes} GB,`,
    `${platform()} ${release()} ${arch()}, Node ${process.versions.node}, load at the end ${loadavg()[0]?.toFixed(1)}`,
  ].join(' ')
}
