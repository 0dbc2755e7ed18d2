import type { Sides } from '../card.ts'

const yesNoAnswer =
  /^(?:yes|no|true|false|tak|nie|prawda|fałsz|ja|nein|oui|non|vrai|faux|sí|si|verdadero|falso|sì|sim|não|nee|так|ні|да|нет|نعم|لا|はい|いいえ|是|是的|不是|否|对|對|예|네|아니요|아니오)(?:$|\s*[,.;:!،。、，-])/u

// How yes/no questions begin, in languages whose question words tell them from other questions.
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
const yesNoOpening = new RegExp(`^(?:${Object.values(openings).join('|')})(?![\\p{L}\\p{N}'])`, 'u')
const alternative = /(?<!\p{L})(?:or|czy|oder|ou|o|of|чи|أم|أو)(?!\p{L})/u
const japaneseQuestionEnding = /(?:です|ます|でした|ました|ません)か[。?]?$/u
const japaneseQuestionWord = /[何誰幾]|なに|なん|だれ|どこ|どの|どれ|どちら|どう|どん|いつ|いく|なぜ/u
const chineseQuestionEnding = /(?:吗|嗎|么)\??$/u

const isYesNoQuestion = (question: string): boolean => {
  if (japaneseQuestionEnding.test(question)) return !japaneseQuestionWord.test(question)
  if (chineseQuestionEnding.test(question)) return true
  const opening = question.endsWith('?') || question.endsWith('؟') ? yesNoOpening.exec(question) : null
  return opening !== null && !alternative.test(question.slice(opening[0].length))
}

/** Whether the answer begins with yes or no, or the question asks for yes or no. "Is it A or B?" asks for neither. */
export const isYesNoCard = ({ front, back }: Sides): boolean => yesNoAnswer.test(back) || isYesNoQuestion(front)
