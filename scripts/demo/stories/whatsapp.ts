import type { Customer, Story } from '../story.ts'
import { answer, text } from './steps.ts'

function customer(name: string, address: string, language: Customer['language']): Customer {
  return { platform: 'whatsapp', name, address, language }
}

const olena: Story = {
  customer: customer('Олена Ковальчук', '380501110001', 'uk'),
  steps: [
    text('Добрий день! Потрібен присяжний переклад диплома для Німеччини. Скільки це коштує?', { hoursAgo: 52 }),
    answer('Добрий день, Олено! Диплом з додатком — від 1200 грн, термін 3 робочі дні.', { hoursAgo: 51.6 }),
    text('Чудово, надішлю скани сьогодні ввечері', { hoursAgo: 51.5, key: 'scans' }),
    { kind: 'document', filename: 'diplom-z-dodatkom.pdf', text: 'Диплом і додаток', hoursAgo: 44 },
    text('Підкажіть, будь ласка, чи вже готовий мій диплом?'),
    answer('Так, можна забрати сьогодні до 18:00 або відправимо Новою поштою.', { key: 'ready' }),
    { kind: 'reaction', emoji: '❤️', to: 'ready' },
    text('Відправте, будь ласка, на відділення №12, Львів', { replyTo: 'ready' }),
  ],
}

const james: Story = {
  customer: customer('James Whitfield', '447700900124', 'en'),
  steps: [
    text('Hello, do you do apostilles as well? I need one for a birth certificate issued in Odesa.', { hoursAgo: 27 }),
    answer('Hello James! Yes, apostille and translation together take about ten working days.', { hoursAgo: 26.8 }),
    text('What would the express option cost?', { key: 'price' }),
    { kind: 'photo', picture: 'certificate', text: 'This is the certificate, both sides' },
    answer('Express is 5 working days, 95 EUR including the courier.'),
    text('Great, let us do that. When can I bring the original?', { replyTo: 'price' }),
  ],
}

const katarzyna: Story = {
  customer: customer('Katarzyna Nowak', '48600100201', 'pl'),
  steps: [
    text('Dzień dobry, potrzebuję tłumaczenia przysięgłego aktu małżeństwa na polski.', { hoursAgo: 8 }),
    { kind: 'photo', picture: 'certificate', text: 'Zdjęcie aktu, czy jest czytelne?', hoursAgo: 7.9 },
    text('Czy zdążą Państwo do piątku?', { key: 'deadline' }),
    { kind: 'edit', text: 'Czy zdążą Państwo do czwartku? Mam termin w urzędzie.', of: 'deadline' },
    answer('Dzień dobry! Tak, w czwartek rano wyślemy skan, oryginał kurierem.'),
    text('Super, dziękuję bardzo!'),
  ],
}

const thomas: Story = {
  customer: customer('Thomas Becker', '4915110000012', 'de'),
  steps: [
    text('Guten Tag, ich brauche eine beglaubigte Übersetzung meines Arbeitsvertrags (12 Seiten).', { hoursAgo: 30 }),
    text('Was kostet das pro Seite, und wie lange dauert es?'),
    answer('Guten Tag Herr Becker, 18 EUR pro Normseite, fünf Werktage.', { key: 'offer' }),
    text('Einverstanden. Die Rechnung bitte an die Firma.', { replyTo: 'offer' }),
    { kind: 'document', filename: 'Arbeitsvertrag.pdf', text: 'Hier der Vertrag' },
  ],
}

const ahmad: Story = {
  customer: customer('أحمد الخطيب', '201001110005', 'ar'),
  steps: [
    text('مرحباً، أحتاج ترجمة معتمدة لجواز السفر من العربية إلى الأوكرانية'),
    { kind: 'photo', picture: 'passport', text: 'صورة جواز السفر' },
    answer('Good afternoon! A passport page is 600 UAH, ready tomorrow.'),
    text('ممتاز، هل يمكنني الدفع بالبطاقة؟'),
  ],
}

const serhii: Story = {
  customer: customer('Сергій Мельник', '380671110006', 'uk'),
  steps: [
    text('Вітаю! Терміново потрібен переклад паспорта на англійську для візи', { hoursAgo: 3 }),
    { kind: 'photo', picture: 'passport', text: 'Фото паспорта, перша сторінка' },
    { kind: 'photo', picture: 'certificate', text: 'І сторінка з пропискою' },
    text('Зможете зробити до завтра, до 10 ранку?', { key: 'tomorrow' }),
    answer('Так, встигаємо. Терміновість +50 %, разом 900 грн.', { key: 'sum' }),
    { kind: 'reaction', emoji: '👍', to: 'sum' },
  ],
}

const iryna: Story = {
  customer: customer('Ірина Бондар', '380931110007', 'uk'),
  steps: [
    text('Доброго дня! А де ви знаходитесь? Хочу підійти з документами особисто'),
    {
      kind: 'location',
      name: 'Я зараз тут',
      address: 'вул. Хрещатик, 22, Київ',
      latitude: 50.4501,
      longitude: 30.5234,
    },
    answer('Ми за п’ять хвилин від вас: вул. Софіївська, 10, другий поверх.'),
    { kind: 'voice' },
    text('Запишіть мене, будь ласка, на 15:30'),
  ],
}

const anna: Story = {
  customer: customer('Anna Schmidt', '4917610000018', 'de'),
  steps: [
    text('Hallo! Brauche ich für das Führungszeugnis eine Apostille oder reicht die Übersetzung?'),
    answer('Für ukrainische Behörden brauchen Sie beides, wir übernehmen das gern.'),
    text('Können Sie mir bitte ein Angebot mit beidem schicken?'),
    { kind: 'unknown' },
  ],
}

const viktor: Story = {
  customer: customer('Віктор Ткаченко', '380501110009', 'uk'),
  steps: [
    text('Скільки коштує нотаріальне засвідчення довіреності на авто?', { hoursAgo: 75 }),
    answer('Вітаємо! 800 грн разом із перекладом, готово за два дні.', { hoursAgo: 74.5 }),
    { kind: 'voice' },
    text('Чи можна оплатити карткою?'),
  ],
}

export const whatsappStories: readonly Story[] = [olena, serhii, james, iryna, katarzyna, ahmad, thomas, anna, viktor]
