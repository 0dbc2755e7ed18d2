import { useTexts } from '../i18n/language.tsx'
import { Button } from './button.tsx'
import { uiTexts } from './texts.ts'
import { useToast } from './toast.tsx'

/** A button that puts a text into the clipboard, and says whether it did. `what` names the text for screen readers. */
export const Copy = ({ value, what }: { value: string; what: string }) => {
  const text = useTexts(uiTexts)
  const toast = useToast()
  const copy = async () => {
    // Where a browser has no clipboard, or forbids it, the text beside the button can be selected.
    const isCopied = await navigator.clipboard?.writeText(value).then(
      () => true,
      () => false,
    )
    toast({ text: isCopied ? text.copied : text.notCopied })
  }
  return (
    <Button aria-label={`${text.copy}: ${what}`} onClick={() => void copy()}>
      {text.copy}
    </Button>
  )
}
