import { once } from 'node:events'
import { promisify } from 'node:util'
import { crc32, createDeflateRaw } from 'node:zlib'
import { Zip, type ZipInputFile } from 'fflate'

/** One file of an archive. A chunk is read before the next one is asked for, so its memory may be used again. */
type Entry = { name: string; chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array> }

/** The method of a compressed file in a zip archive. */
const DEFLATE = 8

/** The same content gives the same bytes. A zip archive knows no earlier year. */
const mtime = new Date(1980, 0, 1)

/** A zip archive, compressed as it is read. Node compresses in another thread, so no step takes long. */
export async function* zip(entries: Iterable<Entry>): AsyncGenerator<Uint8Array> {
  const written: Uint8Array[] = []
  const archive = new Zip((error, bytes) => {
    if (error) throw error
    written.push(bytes)
  })
  for (const { name, chunks } of entries) {
    const file: ZipInputFile = { filename: name, size: 0, crc: 0, compression: DEFLATE, mtime }
    archive.add(file)
    const deflate = createDeflateRaw()
    try {
      deflate.on('data', (bytes: Uint8Array<ArrayBuffer>) => file.ondata?.(null, bytes, false))
      const compress = promisify((chunk: Uint8Array, done: (error?: Error | null) => void) => {
        deflate.write(chunk, done)
      })
      for await (const chunk of chunks) {
        file.size += chunk.length
        file.crc = crc32(chunk, file.crc)
        await compress(chunk)
        yield* written.splice(0)
      }
      deflate.end()
      await once(deflate, 'end')
    } finally {
      deflate.destroy()
    }
    file.ondata?.(null, new Uint8Array(), true)
    yield* written.splice(0)
  }
  archive.end()
  yield* written.splice(0)
}
