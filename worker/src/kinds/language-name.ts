/**
 * The English name of the language of a tag, for a prompt; `otherwise` for a tag that is none. ICU names the parsed tag,
 * so that nothing a person wrote stands in the instructions.
 */
export const languageName = (tag: string, otherwise: string): string => {
  try {
    const { language, script, region } = new Intl.Locale(tag)
    const plain = [language, script, region].filter((part) => part !== undefined).join('-')
    return `${new Intl.DisplayNames('en', { type: 'language' }).of(plain) ?? plain} (${plain})`
  } catch {
    return otherwise
  }
}
