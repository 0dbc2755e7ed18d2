import { useState } from 'react'

/** Runs one piece of work at a time, and keeps why the last one failed. */
export const useWork = () => {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const run = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true)
    setError(null)
    await work().catch(setError)
    setBusy(false)
  }
  return { busy, error, run }
}
