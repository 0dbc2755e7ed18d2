import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeCollection } from './apkg-collection.ts'
import type { WriteCards } from './card.ts'
import { zip } from './zip.ts'

const CHUNK_BYTES = 64 * 1024

/** The bytes of a file in pieces that share one buffer: each is gone when the next one is read. */
async function* readChunks(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  await using file = await open(path)
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  for (;;) {
    signal.throwIfAborted()
    const { bytesRead } = await file.read(buffer)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

/**
 * Anki's package, in the form that every version reads: a zip archive with a database and an empty list of media. The
 * first bytes come after all cards were read, because SQLite needs a file. The file is in the folder for temporary files
 * and is removed in each case: at the end, after an error, and when the consumer leaves.
 */
export const writeApkg: WriteCards = async function* write(batches, signal) {
  const folder = await mkdtemp(join(tmpdir(), 'recto-export-'))
  try {
    const path = join(folder, 'collection.anki2')
    await writeCollection(path, batches, signal)
    yield* zip([
      { name: 'collection.anki2', chunks: readChunks(path, signal) },
      { name: 'media', chunks: [new TextEncoder().encode('{}')] },
    ])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
