import type { Language } from '../../i18n/define-texts.ts'

/** What the API says of a URL that it does not take, in Polish. A test keeps the two in step. */
const polish: [RegExp, (...found: string[]) => string][] = [
  [/^must have at most (\d+) characters$/, (most) => `może mieć najwyżej ${most} znaków`],
  [/^must be a URL$/, () => 'musi być adresem URL'],
  [/^must begin with https:\/\/$/, () => 'musi zaczynać się od https://'],
  [/^must have no user name and no password$/, () => 'nie może zawierać nazwy użytkownika ani hasła'],
  [/^must not lead to an address that is not public$/, () => 'nie może prowadzić do adresu, który nie jest publiczny'],
  [/^must use port 443$/, () => 'musi używać portu 443'],
  [/^must have a host with a full domain name$/, () => 'musi zawierać pełną nazwę domeny'],
  [/^must have a host that is a domain name$/, () => 'musi zawierać poprawną nazwę domeny'],
  [/^must not have a host of a local network$/, () => 'nie może prowadzić do sieci lokalnej'],
]

/** What is wrong with a URL, in the person's language. What is new in the API stays in English. */
export const urlWords = (message: string, language: Language): string => {
  if (language === 'en') return message
  for (const [pattern, translate] of polish) {
    const found = pattern.exec(message)
    if (found) return translate(...found.slice(1))
  }
  return message
}
