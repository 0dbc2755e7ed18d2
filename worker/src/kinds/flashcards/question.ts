import type { Sides } from './card.ts'

const letter = /[\p{L}\p{N}]/u
// Scripts that write words without spaces: in them a match need not end where a word does.
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]/u
const edges = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu
const article =
  /^(?:the|an?|der|die|das|ein|eine|le|la|les|un|une|el|los|las|una|il|lo|gli|o|os|as|um|uma|de|het|een) |^l'/u

/** Whether the answer, without its article and punctuation, stands in the question as whole words. */
export const leaksAnswer = ({ front: question, back }: Sides): boolean => {
  const answer = back.replace(edges, '').replace(article, '')
  if (answer === '') return false
  if (unspaced.test(answer)) return answer.length > 1 && question.includes(answer)
  for (let at = question.indexOf(answer); at !== -1; at = question.indexOf(answer, at + 1)) {
    const before = question.slice(0, at).at(-1) ?? ''
    const after = question.charAt(at + answer.length)
    if (!letter.test(before) && !letter.test(after)) return true
  }
  return false
}

const yesOrNo =
  /^(?:yes|no|true|false|tak|nie|prawda|fałsz|ja|nein|oui|non|vrai|faux|sí|si|verdadero|falso|sì|sim|não|nee|так|ні|да|нет|نعم|لا|はい|いいえ|是|是的|不是|否|对|對|예|네|아니요|아니오)(?:$|\s*[,.;:!،。、，-])/u

// How a yes/no question begins (or, in Japanese, Chinese and Korean, ends), where the language shows it.
const openings: Record<string, string> = {
  en: "(?:is|are|was|were|do|does|did|can|could|has|have|had|will|would|should|must|may|might|isn't|aren't|wasn't|doesn't|didn't|can't)",
  pl: 'czy',
  de: '(?:ist|sind|war|waren|hat|haben|hatte|hatten|kann|können|konnte|darf|dürfen|muss|müssen|soll|sollen|wird|werden|wurde|wurden|gibt es|gilt|stimmt es)',
  fr: '(?:est-ce (?:que|qu)|est-il|est-elle|sont-ils|sont-elles|peut-on|doit-on|faut-il|y a-t-il|a-t-on|a-t-il|a-t-elle)',
  es: '¿\\s*(?:es|son|está|están|fue|fueron|era|eran|puede|pueden|hay|ha|han|tiene|tienen|debe|deben|existe|existen)',
  it: "(?:è vero|è possibile|c'è|ci sono|esiste|esistono)",
  pt: '(?:é|são|foi|foram|pode|podem|há|existe|existem|deve|devem)',
  nl: '(?:is|zijn|was|waren|heeft|hebben|kan|kunnen|mag|mogen|moet|moeten|wordt|worden)',
  uk: 'чи',
  ar: '(?:هل|أليس|ألا)',
}
const opens = new RegExp(`^(?:${Object.values(openings).join('|')})(?![\\p{L}\\p{N}'])`, 'u')
const alternative = /(?<!\p{L})(?:or|czy|oder|ou|o|of|чи|أم|أو)(?!\p{L})/u
const asksInJapanese = /(?:です|ます|でした|ました|ません)か[。?]?$/u
const japaneseQuestionWord = /[何誰幾]|なに|なん|だれ|どこ|どの|どれ|どちら|どう|どん|いつ|いく|なぜ/u
const asksElsewhere = /(?:吗|嗎|么)\??$/u

const asksYesOrNo = (question: string): boolean => {
  if (asksInJapanese.test(question)) return !japaneseQuestionWord.test(question)
  if (asksElsewhere.test(question)) return true
  const opening = question.endsWith('?') || question.endsWith('؟') ? opens.exec(question) : null
  return opening !== null && !alternative.test(question.slice(opening[0].length))
}

/** Whether a card is answered by yes or no: its answer begins so, or its question asks so. A choice ("A or B") is neither. */
export const isYesNo = ({ front, back }: Sides): boolean => yesOrNo.test(back) || asksYesOrNo(front)
