/** The browser reads the file after the click; it has a minute to begin. */
const KEPT_MS = 60_000

/** Lets the browser store a file under a name, where its downloads go. */
export const saveFile = (file: Blob, name: string): void => {
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS)
}
