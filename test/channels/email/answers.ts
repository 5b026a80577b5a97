/** How mail programs quote, in the languages they are set to. Each stands below an answer and above what is quoted. */
export type QuotingStyle = { name: string; intro: string; isMarked: boolean }

const marked = (name: string, intro: string): QuotingStyle => ({ name, intro, isMarked: true })
const unmarked = (name: string, intro: string): QuotingStyle => ({ name, intro, isMarked: false })

export const quotingStyles: readonly QuotingStyle[] = [
  marked('Gmail, English', 'On Mon, Jan 5, 2026 at 10:00 AM Office <office@bureau.example> wrote:'),
  marked(
    'Gmail, English, broken in two',
    'On Mon, Jan 5, 2026 at 10:00 AM The Office of the Bureau <\noffice@bureau.example> wrote:',
  ),
  marked('Gmail, English, before 2018', '2026-01-05 10:00 GMT+02:00 Office <office@bureau.example>:'),
  marked('Gmail, Ukrainian', 'пн, 5 січ. 2026 р. о 10:00 Бюро <office@bureau.example> пише:'),
  marked('Gmail, Russian', 'пн, 5 янв. 2026 г. в 10:00, Бюро <office@bureau.example>:'),
  marked('Gmail, German', 'Am Mo., 5. Jan. 2026 um 10:00 Uhr schrieb Büro <office@bureau.example>:'),
  marked('Gmail, French', 'Le lun. 5 janv. 2026 à 10:00, Bureau <office@bureau.example> a écrit :'),
  marked('Gmail, Spanish', 'El lun, 5 ene 2026 a las 10:00, Oficina (<office@bureau.example>) escribió:'),
  marked('Gmail, Polish', 'pon., 5 sty 2026 o 10:00 Biuro <office@bureau.example> napisał(a):'),
  marked('Gmail, Italian', 'Il giorno lun 5 gen 2026 alle ore 10:00 Ufficio <office@bureau.example> ha scritto:'),
  marked('Gmail, Japanese', '2026年1月5日(月) 10:00 Office <office@bureau.example>:'),
  marked(
    'Android, Russian',
    '05.01.2026 10:00 пользователь "office@bureau.example" <\noffice@bureau.example> написал:',
  ),
  marked('Apple Mail, English', 'On 5 Jan 2026, at 10:00, Office <office@bureau.example> wrote:'),
  marked('Apple Mail, Ukrainian', '5 січ. 2026 р. о 10:00 Бюро <office@bureau.example> написав(-ла):'),
  marked('Apple Mail, Russian', '5 янв. 2026 г., в 10:00, Бюро <office@bureau.example> написал(а):'),
  marked('Apple Mail, German', 'Am 05.01.2026 um 10:00 schrieb Büro <office@bureau.example>:'),
  marked('Apple Mail, French', 'Le 5 janv. 2026 à 10:00, Bureau <office@bureau.example> a écrit :'),
  marked('Apple Mail, Spanish', 'El 5 ene 2026, a las 10:00, Oficina <office@bureau.example> escribió:'),
  marked(
    'Apple Mail, Polish',
    'Wiadomość napisana przez Biuro <office@bureau.example> w dniu 5 sty 2026, o godz. 10:00:',
  ),
  marked('Apple Mail, nothing between', '> On 5 Jan 2026, at 10:00, Office <office@bureau.example> wrote:'),
  marked('Thunderbird, English', 'On 1/5/26 10:00 AM, Office wrote:'),
  marked('Thunderbird, Ukrainian', '05.01.26 10:00, Бюро пише:'),
  marked('Thunderbird, Russian', '05.01.2026 10:00, Бюро пишет:'),
  marked('Thunderbird, German', 'Am 05.01.26 um 10:00 schrieb Büro:'),
  marked('Thunderbird, Polish', 'W dniu 5.01.2026 o 10:00, Biuro pisze:'),
  marked('Thunderbird, French', 'Le 05/01/2026 à 10:00, Bureau a écrit :'),
  marked('Proton Mail', 'On Monday, January 5th, 2026 at 10:00 AM, Office <office@bureau.example> wrote:'),
  marked('mail.ru', 'Понедельник, 5 января 2026, 10:00 +03:00 от Бюро <office@bureau.example>:'),
  marked('ukr.net', '5 січня 2026, 10:00:00, від "Бюро" <office@bureau.example>:'),
  marked('Yandex', '05.01.2026, 10:00, "Бюро" <office@bureau.example>:'),
  marked('KMail', 'Office <office@bureau.example> wrote:'),
  marked('nothing at all', ''),
  unmarked(
    'Proton Mail, older',
    '------- Original Message -------\nOn Monday, January 5th, 2026 at 10:00 AM, Office <office@bureau.example> wrote:',
  ),
  unmarked('Yahoo', 'On Monday, January 5, 2026, 10:00:00 AM GMT+2, Office <office@bureau.example> wrote:'),
  unmarked(
    'Outlook, plain',
    '-----Original Message-----\nFrom: Office\nSent: Monday, January 5, 2026 10:00 AM\nTo: Olena\nSubject: Price',
  ),
  unmarked(
    'Outlook, plain, German',
    '-----Ursprüngliche Nachricht-----\nVon: Büro\nGesendet: Montag, 5. Januar 2026 10:00\nAn: Olena\nBetreff: Preis',
  ),
  unmarked(
    'Outlook, plain, Ukrainian',
    '-----Оригінальне повідомлення-----\nВід: Бюро\nНадіслано: 5 січня 2026 р. 10:00\nКому: Олена\nТема: Ціна',
  ),
  unmarked(
    'Outlook, English',
    'From: Office <office@bureau.example>\nSent: Monday, January 5, 2026 10:00 AM\nTo: Olena <olena@customer.example>\nSubject: Price',
  ),
  unmarked(
    'Outlook, Ukrainian',
    'Від: Бюро <office@bureau.example>\nНадіслано: понеділок, 5 січня 2026 р. 10:00\nКому: Олена\nТема: Ціна',
  ),
  unmarked(
    'Outlook, Russian',
    'От: Бюро <office@bureau.example>\nОтправлено: 5 января 2026 г. 10:00\nКому: Олена\nТема: Цена',
  ),
  unmarked(
    'Outlook, French',
    'De : Bureau <office@bureau.example>\nEnvoyé : lundi 5 janvier 2026 10:00\nÀ : Olena\nObjet : Prix',
  ),
  unmarked(
    'Outlook, Spanish',
    'De: Oficina <office@bureau.example>\nEnviado el: lunes, 5 de enero de 2026 10:00\nPara: Olena\nAsunto: Precio',
  ),
  unmarked(
    'Outlook, Polish',
    'Od: Biuro <office@bureau.example>\nWysłano: poniedziałek, 5 stycznia 2026 10:00\nDo: Olena\nTemat: Cena',
  ),
  unmarked(
    'Outlook in a browser',
    '________________________________\nFrom: Office <office@bureau.example>\nSent: Monday, January 5, 2026 10:00 AM\nTo: Olena\nSubject: Price',
  ),
  unmarked(
    'Outlook on a telephone',
    'Get Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\nFrom: Office <office@bureau.example>\nSent: Monday, January 5, 2026 10:00 AM\nTo: Olena\nSubject: Price',
  ),
  unmarked(
    'Outlook, its names in bold',
    '*From:* Office <office@bureau.example>\n*Sent:* Monday, January 5, 2026 10:00 AM\n*To:* Olena\n*Subject:* Price',
  ),
]

export const deviceLines: readonly string[] = [
  'Sent from my iPhone',
  'Sent from my Samsung Galaxy smartphone.',
  'Sent via BlackBerry by AT&T',
  'Sent with Proton Mail secure email.',
  'Sent from Yahoo Mail on Android',
  'Get Outlook for Android<https://aka.ms/AAb9ysg>',
  'Надіслано з iPhone',
  'Надіслано з пошти ukr.net',
  'Отримати Outlook для iOS',
  'Отправлено с iPhone',
  'Отправлено из мобильной Почты Mail.ru',
  'Отправлено из мобильной Яндекс Почты: http://m.ya.ru/ymail',
  'Von meinem iPhone gesendet',
  'Gesendet von Outlook für Android',
  'Envoyé de mon iPhone',
  'Enviado desde mi iPhone',
  'Wysłane z iPhone’a',
]
