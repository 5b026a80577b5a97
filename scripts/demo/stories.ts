import { emailStories } from './stories/email.ts'
import { facebookStories } from './stories/facebook.ts'
import { instagramStories } from './stories/instagram.ts'
import { telegramStories } from './stories/telegram.ts'
import { whatsappStories } from './stories/whatsapp.ts'
import type { Language, Story } from './story.ts'

/** Everybody who writes. The order is the order in which the live part lets them begin. */
export const stories: readonly Story[] = interleave([
  whatsappStories,
  facebookStories,
  instagramStories,
  emailStories,
  telegramStories,
])

/** One of each list in turn, so that every platform is heard of early. */
function interleave(lists: readonly (readonly Story[])[]): Story[] {
  const longest = Math.max(...lists.map(({ length }) => length))
  return Array.from({ length: longest }, (_, turn) => lists.flatMap((list) => list.slice(turn, turn + 1))).flat()
}

/** What people add when their story is over, so that a demo left running stays alive. */
export const smallTalk: Readonly<Record<Language, readonly [string, ...string[]]>> = {
  uk: [
    'Дякую за швидку відповідь!',
    'А чи можна ще одну завірену копію?',
    'Підкажіть, будь ласка, графік роботи в суботу',
    'Маю ще одне свідоцтво, перекладете разом?',
    'Коли приблизно буде готово?',
  ],
  en: [
    'Thank you, that was quick!',
    'Could I get a second certified copy?',
    'Is Saturday morning possible?',
    'One more question about the invoice',
  ],
  pl: ['Dziękuję za pomoc!', 'Czy mogę prosić o drugi egzemplarz?', 'Kiedy będzie gotowe?', 'Czy są Państwo w sobotę?'],
  de: [
    'Vielen Dank!',
    'Bräuchte noch eine zweite Ausfertigung.',
    'Wann ist es ungefähr fertig?',
    'Geht es auch per Post?',
  ],
  ar: ['شكراً جزيلاً', 'متى سيكون جاهزاً؟', 'هل أنتم مفتوحون يوم السبت؟'],
}

/** What a customer says to an answer that they have just read. */
export const thanks: Readonly<Record<Language, readonly [string, ...string[]]>> = {
  uk: [
    'Дякую, зрозуміло!',
    'Чудово, тоді чекаю на вас',
    'Добре, підійду завтра зранку',
    'Супер, дуже виручили 🙏',
    'Так, це мені підходить',
  ],
  en: [
    'Thank you, that works for me',
    'Perfect, see you tomorrow then',
    'Great, thanks a lot!',
    'Understood, thank you',
  ],
  pl: ['Dziękuję, to mi odpowiada', 'Świetnie, do zobaczenia', 'Rozumiem, dziękuję'],
  de: ['Danke, das passt mir gut', 'Wunderbar, bis morgen', 'Alles klar, danke'],
  ar: ['شكراً، هذا مناسب', 'ممتاز، أراكم غداً'],
}
